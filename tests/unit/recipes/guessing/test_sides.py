"""Two sides of a translation are told by the language in their names, and the first one named is read."""

import re
from pathlib import Path

import pytest

from seqweave.core.errors import CommandError
from seqweave.recipes.guessing.sides import sides_of

PAIRED = {
    "endings": (["train.zh", "train.en"], ("zh", "en")),
    "the other direction": (["train.en", "train.zh"], ("en", "zh")),
    "compressed": (["train.de.gz", "train.en.gz"], ("de", "en")),
    "whole names": (["zh.txt", "en.txt"], ("zh", "en")),
    "joined by other characters": (["news_de.txt", "news_en.txt"], ("de", "en")),
    "both languages in each": (["europarl.de-en.de", "europarl.de-en.en"], ("de", "en")),
    "capitals": (["Train.ZH", "Train.EN"], ("zh", "en")),
    "several parts": (["train.zh", "dev.zh", "train.en", "dev.en"], ("zh", "en")),
    "folders": (["a/train.zh", "a/train.en"], ("zh", "en")),
}


@pytest.mark.parametrize("name", PAIRED)
def test_names_that_differ_in_their_language_are_pairs(name):
    names, languages = PAIRED[name]
    sides = sides_of([Path(one) for one in names])
    assert (sides.source, sides.target) == languages
    assert {*sides.targets, *sides.targets.values()} == {Path(one) for one in names}
    for source, target in sides.targets.items():
        assert source != target
        bare = [re.sub("|".join(languages), "", side.name.lower()) for side in (source, target)]
        assert bare[0] == bare[1]


@pytest.mark.parametrize(
    "names",
    [["train.tsv", "dev.tsv"], ["train.jsonl"], ["train.zh"], ["a/train.zh", "b/train.en"], ["my.txt", "your.txt"]],
)
def test_other_files_are_no_pairs(names):
    assert sides_of([Path(one) for one in names]) is None


@pytest.mark.parametrize(
    ("names", "alone"),
    [
        (["train.zh", "train.en", "dev.zh"], "dev.zh"),
        (["train.zh", "train.en", "dev.de", "dev.en"], "dev.de"),
        (["train.zh", "train.en", "test.tsv"], "test.tsv"),
    ],
)
def test_a_file_without_its_partner_is_named(names, alone):
    with pytest.raises(CommandError, match="no partner") as caught:
        sides_of([Path(one) for one in names])
    assert caught.value.place.file == alone
