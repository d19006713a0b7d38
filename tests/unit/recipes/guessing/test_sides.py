"""Two sides of a translation are told by the language in their names, and the first one named is read."""

from pathlib import Path

import pytest

from seqweave.core.errors import CommandError
from seqweave.data.formats.parallel import ParallelFormat
from seqweave.recipes.guessing.sides import sides_of

PAIRED = {
    "endings": (["train.zh", "train.en"], ("zh", "en"), ["train"]),
    "the other direction": (["train.en", "train.zh"], ("en", "zh"), ["train"]),
    "compressed": (["train.de.gz", "train.en.gz"], ("de", "en"), ["train"]),
    "whole names": (["zh.txt", "en.txt"], ("zh", "en"), ["*.txt"]),
    "joined by other characters": (["news_de.txt", "news_en.txt"], ("de", "en"), ["news_*.txt"]),
    "both languages in each": (["europarl.de-en.de", "europarl.de-en.en"], ("de", "en"), ["europarl.de-en"]),
    "capitals": (["Train.ZH", "Train.EN"], ("ZH", "EN"), ["Train"]),
    "several parts": (["train.zh", "dev.zh", "train.en", "dev.en"], ("zh", "en"), ["train", "dev"]),
    "folders": (["a/train.zh", "a/train.en"], ("zh", "en"), ["a/train"]),
}


@pytest.mark.parametrize("name", PAIRED)
def test_names_that_differ_in_their_language_are_pairs(name, tmp_path):
    names, languages, stems = PAIRED[name]
    paths = [tmp_path / one for one in names]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    sides = sides_of(paths)
    assert (sides.source, sides.target) == languages
    assert [stem.relative_to(tmp_path) for stem in sides.stems.values()] == [Path(stem) for stem in stems]
    reader = ParallelFormat(source=sides.source, target=sides.target)
    found = {source: reader.files(stem) for source, stem in sides.stems.items()}
    assert all(files[0] == source for source, files in found.items()), "the reader finds the same files by the stem"
    assert {file for files in found.values() for file in files} == set(paths)


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
