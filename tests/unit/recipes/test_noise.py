"""Labels that were turned round on purpose are among the suspects, and the suspects are little else."""

import random
from dataclasses import replace

import pytest

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TextExample
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.laboratory.contract import LABORATORIES
from seqweave.recipes.noise import noisy_labels
from seqweave.tasks.classification import ClassificationData

FLIPPED = 0.02
TEXTS = 600
SPACES = SpacesConfig().fit(())
TASK = ClassificationData(train="lab").build()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_errors_are_found_and_little_else(language):
    # without negation one word decides, which a linear model learns from so few texts
    (part,) = LABORATORIES["classification"](language=language, negation=0.0).split([TEXTS], seed=3)
    examples = [specimen.example for specimen in part]
    names = sorted({example.labels[0] for example in examples})
    planted = set(random.Random(4).sample(range(TEXTS), int(FLIPPED * TEXTS)))
    for row in planted:
        other = names[1 - names.index(examples[row].labels[0])]
        examples[row] = replace(examples[row], labels=(other,))
    found, told = noisy_labels(TASK, Corpus.of(TextExample, examples), SPACES)
    assert told == tuple(names)
    rows = [one.row for one in found]
    assert len(planted & set(rows)) >= 0.75 * len(planted), "recall; by chance it would be the share of suspects"
    assert len(planted & set(rows)) >= 0.5 * len(rows), "precision; by chance it would be 0.02"
    assert len(planted & set(rows[: len(planted)])) >= 0.75 * len(planted), "the surest come first"
    assert all(names[one.given] == examples[one.row].labels[0] and one.given != one.likely for one in found)


@pytest.mark.parametrize("labels", [["a"] * 8, ["a"] * 7 + ["b"]])
def test_a_label_without_a_second_one_beside_it_is_not_judged(labels):
    examples = [TextExample("x", ("x",), (0,), (1,), (label,)) for label in labels]
    assert noisy_labels(TASK, Corpus.of(TextExample, examples), SPACES)[0] == []
