"""What training and evaluation of a language model keep of the text: numbers, not objects."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from seqweave.cli.app import run
from seqweave.recipes.evaluation import baselines, gold, judge, material_of
from seqweave.recipes.guessing import generated
from seqweave.recipes.predictor import Predictor
from seqweave.tasks import language_modelling, language_slices, told_texts

MOST = 20
"""Bytes a token, of which two log-probabilities, with unknown forms as one token and apart, are 8."""

SMALL = (
    *("-o", "training.epochs=1", "-o", "data.max_size=30", "-o", "model.embed.dim=8", "-o", "model.encoder.hidden=8"),
    *("-o", "model.pointer={kind: sentinel, window: 20}"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("memory")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generated, "LABORATORY_SIZES", {"train": 150, "dev": 15, "test": 15})
        assert run(["init", "language-modelling", "--laboratory", "--output", str(folder / "lab.yaml")]) == 0
    assert run(["train", str(folder / "lab.yaml"), "--run", str(folder / "run"), *SMALL, "-o", "data.cache=off"]) == 0
    return folder


@pytest.mark.parametrize("context", ["stream", "document"])
def test_scoring_keeps_a_few_bytes_a_token(folder, monkeypatch, context):
    for module in (language_slices, told_texts):
        monkeypatch.setattr(module, "AT_ONCE", 1 << 10)  # so that a short text is not one part
    trained, material = Predictor.load(folder / "run").trained, material_of(folder / "run")
    trained = replace(trained, codec=replace(trained.codec, context=context))
    lines = (folder / "lab-data" / "test.txt").read_text().replace("\n", " ") + "\n"

    def scored(times):
        path = folder / f"{times}.txt"
        path.write_text(lines * 5 * times)
        corpus = gold(trained, path)
        tracemalloc.start()
        found = judge(trained, corpus, "text", np.arange(3))
        assert "perplexity_unknown_apart" in found.unseen
        assert len(found.slices) > 3
        assert baselines(material, {"": corpus})[""]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak, sum(corpus.strings("tokens").ids.lengths) + len(corpus)

    scored(1)  # what is imported and compiled at first use
    (few, tokens), (many, more) = scored(8), scored(32)
    assert (many - few) / (more - tokens) < MOST


def test_training_keeps_a_few_bytes_a_token(folder, monkeypatch):
    """Of texts as long as these, 38 tokens in the mean; what is counted beside has a bound of its own (ngrams.py)."""
    monkeypatch.setattr(language_modelling, "MOST_TOKENS", 1000)
    lines = (folder / "lab-data" / "train.txt").read_text()

    def trained(times):
        (folder / "lab-data" / "more.txt").write_text(lines * times)
        ask = [*SMALL, "-o", "data.train=lab-data/more.txt"]
        tracemalloc.start()
        assert run(["train", str(folder / "lab.yaml"), "--run", str(folder / f"run-{times}"), *ask]) == 0
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak, len(lines.split()) * times

    trained(1)  # what is imported and compiled at first use
    (few, tokens), (many, more) = trained(4), trained(16)
    assert (many - few) / (more - tokens) < MOST
