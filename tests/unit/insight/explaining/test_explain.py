"""Whole explanations: the planted word has the largest share, nothing is changed, and what does not fit is refused."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from seqweave.core.errors import CommandError
from seqweave.data.corpus import Corpus
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.explaining.attribution import Target
from seqweave.insight.explaining.explain import explain
from seqweave.insight.explaining.neighbours import nearest, summaries
from seqweave.insight.explaining.subject import EncodedSubject, LinearSubject, ngrams
from seqweave.laboratory.tagging import TaggingLaboratory
from seqweave.layers.attention import Attention
from seqweave.models.contract import MODELS
from seqweave.tasks.tagging import TaggingData
from seqweave.training.weights import weights

PLANTED = 0.95


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_planted_word_has_the_largest_share(learned, language):
    model, right = learned[language], []
    for specimen in model.specimens:
        subject = EncodedSubject.of(model.network, model.codec, specimen.example)
        label = int(subject.logs().argmax())
        for found in subject.attributions(Target(-1, label, 1 - label)):
            right.append(int(np.abs(found.shares).argmax()) in specimen.evidence)
    assert sum(right) >= PLANTED * len(right)


def test_the_shares_of_a_linear_model_are_exact(linear):
    for specimen in linear.specimens[:20]:
        found = LinearSubject.of(linear.network, linear.codec, specimen.example)
        (told,) = found.attributions(Target(-1, 0, 1))
        logs = found.logs()[0]
        assert told.value == pytest.approx(float(logs[0] - logs[1]), abs=1e-5)
        assert told.gap < 1e-5
        assert sum(share for _, share in told.pieces) == pytest.approx(sum(told.shares), abs=1e-6)
        assert int(np.abs(told.shares).argmax()) in specimen.evidence


def test_ngrams_are_where_they_stand_and_repeats_are_found(linear):
    example = linear.specimens[0].example
    words = ("the", "film", "was", "the", "film", "was", "the")
    found = ngrams(linear.codec, replace(example, tokens=words, starts=tuple(range(7)), ends=tuple(range(1, 8))))
    named = {tuple(words[slice(*places[0])]): places for places in found.values()}
    assert named["the",] == [(0, 1), (3, 4), (6, 7)]
    assert named["the", "film"] == [(0, 2), (3, 5)]
    assert all(words[slice(*place)] == name for name, places in named.items() for place in places)


@pytest.fixture(scope="module")
def tagger():
    examples = [specimen.example for specimen in islice(TaggingLaboratory().specimens(1), 40)]
    corpus = Corpus.of(type(examples[0]), examples)
    encoder = {"kind": "self-attention", "hidden": 8, "heads": 2, "layers": 2, "feed_forward": 8}
    config = MODELS["tagger"](embed=({"kind": "words", "dim": 6},), encoder=encoder, head={"kind": "crf"})
    codec = (
        TaggingData(train="lab").build().settled(corpus).build().fit(corpus, config.features(), SpacesConfig().fit(()))
    )
    torch.manual_seed(0)
    return config.build(codec.sizes).eval(), codec, corpus


def test_a_tagger_tells_marginals_its_least_certain_token_and_where_it_looks(tagger):
    network, codec, corpus = tagger
    before = copy.deepcopy(weights(network))
    example = corpus[0]
    found = explain(network, codec, example)
    time = len(example.tokens)
    assert found.tagged
    assert found.probabilities.shape == (time, len(codec.tags))
    assert found.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    chosen = [found.probabilities[at, answer] for at, (answer,) in enumerate(found.answers)]
    (reason,) = found.reasons
    assert reason.target.position == int(np.argmin(chosen))
    assert reason.target.label == found.answers[reason.target.position][0]
    assert [one.weights.shape for one in found.maps] == [(2, time, time)] * 2
    assert all(one.weights.sum(axis=2) == pytest.approx(1) for one in found.maps)
    assert all(torch.equal(weights(network)[name], before[name]) for name in before)
    assert not any(layer._forward_pre_hooks for layer in network.modules() if isinstance(layer, Attention))
    two = explain(network, codec, example, [3, 0])
    assert [reason.target.position for reason in two.reasons] == [3, 0]


def test_an_explanation_is_the_same_each_time(tagger):
    network, codec, corpus = tagger
    one, two = (explain(network, codec, corpus[1]) for _ in range(2))
    assert one.reasons == two.reasons
    assert one.sanity == two.sanity


@pytest.mark.parametrize(("positions", "code"), [([99], "E-EXPLAIN-03"), ([-1], "E-EXPLAIN-03")])
def test_a_token_that_is_not_there_is_refused(tagger, positions, code):
    network, codec, corpus = tagger
    with pytest.raises(CommandError, match=code):
        explain(network, codec, corpus[0], positions)


def test_a_text_with_labels_has_no_token_to_choose(learned):
    model = learned["en"]
    with pytest.raises(CommandError, match="E-EXPLAIN-02"):
        explain(model.network, model.codec, model.specimens[0].example, [0])


def test_the_baseline_is_the_one_that_decides_less(learned):
    """Zeros, whose score is that of the bias, where unknown words happen to say much; and the other way round."""
    model = learned["en"]
    subject = EncodedSubject.of(model.network, model.codec, model.specimens[0].example)
    for loud, name in ((9.0, "zero vectors"), (0.0, "unknown words")):
        network = copy.deepcopy(model.network)
        with torch.no_grad():
            network.embed.embedders[0].table.weight[1] = loud
            network.head.project.bias.copy_(torch.tensor([0.0, 0.1]))
        (first, _) = subject.before(network).attributions(Target(-1, 0, 1))
        assert first.how.endswith(f"against {name}")


def test_neighbours_are_the_nearest_by_cosine(learned):
    model = learned["en"]
    examples = [specimen.example for specimen in model.specimens]
    corpus = Corpus.of(type(examples[0]), examples)
    found = nearest(model.network, model.codec, corpus, examples[5], 4)
    vectors = summaries(model.network, model.codec, corpus).double().numpy()
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit[5]
    assert found[0].example == examples[5]
    assert [one.cosine for one in found] == pytest.approx(sorted(cosines, reverse=True)[:4], abs=1e-5)
    alone = [summaries(model.network, model.codec, Corpus.of(type(one), [one]))[0] for one in examples[:5]]
    torch.testing.assert_close(torch.stack(alone), torch.tensor(vectors[:5]).float(), rtol=0, atol=1e-5)
