"""A source whose entropy is known: against sampled texts, and against the sum over its steps; a network comes near."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.tokenizers.characters import CharactersConfig
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.answering import answer
from seqweave.laboratory.contract import laboratory_of
from seqweave.laboratory.language_modelling import START, STOP
from seqweave.models.contract import MODELS
from seqweave.tasks.contract import TASKS
from seqweave.tasks.language_rows import document
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contiguous import stream_of
from seqweave.training.contract import Portion
from seqweave.training.devices import Devices
from seqweave.training.step import GradientStep

LANGUAGES = ["en", "zh"]


def texts(language, count, seed=1):
    lab = laboratory_of("language-modelling", "", language)
    return lab, [specimen.example for specimen in lab.split([count], seed)[0]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_is_a_distribution_whose_words_are_told_apart(language):
    lab = laboratory_of("language-modelling", "", language)
    for choices in lab.states.values():
        words = [word for word, _, _ in choices]
        assert math.fsum(chance for _, chance, _ in choices) == pytest.approx(1)
        assert len(set(words)) == len(words), "a word tells the next state"
        assert not [(a, b) for a in words if a for b in words if language == "zh" and a != b and b.startswith(a)]
        assert {to for _, _, to in choices} <= {*lab.states, STOP}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_cut_as_they_are_read_again(language):
    _, examples = texts(language, 20)
    tokenizer = (CharactersConfig() if language == "zh" else SpacesConfig()).fit(())
    assert [document(one.text, tokenizer) for one in examples] == examples


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_best_perplexity_is_that_of_sampled_texts(language):
    lab, examples = texts(language, 1500)
    nats = np.array([lab.log_probability(one) for one in examples])
    tokens = np.array([len(one.tokens) + 1 for one in examples])
    draws = np.random.default_rng(0).integers(0, len(nats), (200, len(nats)))
    found = np.exp(-nats[draws].sum(axis=1) / tokens[draws].sum(axis=1))
    low, high = np.quantile(found, [0.001, 0.999])
    assert low <= lab.best_perplexity <= high
    assert lab.log_probability(document("no such text", SpacesConfig().fit(()))) == -math.inf


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_best_perplexity_is_that_of_following_the_chances_step_by_step(language):
    lab = laboratory_of("language-modelling", "", language)
    mass, nats, tokens = {START: 1.0}, 0.0, 0.0
    for _ in range(3000):
        after: dict[str, float] = {}
        for state, share in mass.items():
            for word, chance, to in lab.states[state]:
                nats -= share * chance * math.log(chance)
                tokens += share * chance * (max(len(word), 1) if language == "zh" else 1)
                if to != STOP:
                    after[to] = after.get(to, 0.0) + share * chance
        mass = after
    assert math.exp(nats / tokens) == pytest.approx(lab.best_perplexity, rel=1e-9)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_network_comes_near_the_best_perplexity(language):
    lab, examples = texts(language, 700)
    held = examples[600:]
    train, dev = (Corpus.of(DocumentExample, part) for part in (examples[:600], held))
    task = TASKS["language-modelling"](train="lab").build()
    codec = task.fit(train, {}, SpacesConfig().fit(()))
    torch.manual_seed(1)
    lstm = {"kind": "lstm", "hidden": 32, "bidirectional": False}
    model = MODELS["language-model"](embed={"dim": 32}, encoder=lstm).build(codec.sizes)
    epochs = 4
    config = TrainingConfig(batch_rows=20, window={"length": 20}, clip=1.0)
    stream, step = stream_of("lab", codec.encode(train), config, lambda _: None), GradientStep(model, config, Devices())
    for epoch in range(epochs):
        for draw in stream.epoch(epoch):
            step([Portion(draw, stream.batch(draw))], 0.02 * (1 - epoch / epochs))
    found = task.score(held, answer(model, codec, dev))["perplexity"].value
    tokens = sum(len(one.tokens) + 1 for one in held)
    best = math.exp(-sum(map(lab.log_probability, held)) / tokens)
    counted = task.baselines(train, held)["Kneser-Ney trigram"]["perplexity"].value
    assert best < found < 1.1 * best < counted
