from pathlib import Path

import pytest

from seqweave.core.errors import CommandError, MissingInputError
from seqweave.recipes.guessing.parts import part_named, parts_of


def files(folder, sizes):
    paths = [folder / name for name in sizes]
    for path, size in zip(paths, sizes.values(), strict=True):
        path.write_text("x" * size, encoding="utf-8")
    return paths


NAMED = {
    "en_ewt-ud-train.conllu.gz": "train",
    "eng.train": "train",
    "Flickr_8k.trainImages.txt": "train",
    "训练集.csv": "train",
    "dev.char.bmes": "dev",
    "ptb.valid.txt": "dev",
    "validation.csv": "dev",
    "eng.testa": "dev",
    "SICK_trial.txt": "dev",
    "eng.testb": "test",
    "weiboNER_2nd_conll.test": "test",
    "测试.tsv": "test",
    "reviews.csv": "",
    "latest.csv": "",
    "devices.csv": "",
    "values.csv": "",
}


@pytest.mark.parametrize("name", NAMED)
def test_names_tell_their_part(name):
    assert part_named(Path(name)) == NAMED[name]


def test_named_files_in_any_order(tmp_path):
    test, train, dev = files(tmp_path, {"a.test": 9, "a.train": 1, "a.dev": 5})
    parts = parts_of([test, train, dev])
    assert (parts.train, parts.dev, parts.test) == ((train,), dev, test)
    assert parts.by_part() == [("train", (train,)), ("dev", (dev,)), ("test", (test,))]
    assert parts.files() == [train, dev, test]


def test_a_single_file_is_for_training_whatever_its_name(tmp_path):
    (only,) = files(tmp_path, {"test.csv": 3})
    assert parts_of([only]).train == (only,)
    assert parts_of([only]).by_part() == [("train", (only,))]


def test_sizes_tell_what_names_do_not(tmp_path):
    small, large, middle = files(tmp_path, {"a.csv": 1, "b.csv": 9, "c.csv": 5})
    parts = parts_of([small, large, middle])
    assert (parts.train, parts.dev, parts.test) == ((large,), small, middle)
    parts = parts_of([small, large])
    assert (parts.train, parts.dev, parts.test) == ((large,), None, small)


def test_the_unnamed_one_beside_named_ones_is_for_training(tmp_path):
    reviews, test = files(tmp_path, {"reviews.csv": 1, "test.csv": 9})
    parts = parts_of([reviews, test])
    assert (parts.train, parts.test) == ((reviews,), test)


def test_several_training_files_are_one_part(tmp_path):
    one, two = files(tmp_path, {"train1.csv": 1, "train2.csv": 2})
    assert parts_of([one, two]).train == (one, two)


@pytest.mark.parametrize(
    ("names", "code", "kind"),
    [
        (("dev.csv", "test.csv"), "E-INIT-02", MissingInputError),
        (("train.csv", "dev1.csv", "dev.csv", "valid.csv"), "E-INIT-03", CommandError),
        (("train.csv", "test.csv", "other.csv"), "E-INIT-03", CommandError),
        (("a", "b", "c", "d"), "E-INIT-03", CommandError),
    ],
)
def test_what_cannot_be_told_is_asked_for(names, code, kind, tmp_path):
    with pytest.raises(kind, match=code):
        parts_of(files(tmp_path, dict.fromkeys(names, 3)))


def test_a_missing_file_is_named(tmp_path):
    files(tmp_path, {"train.csv": 3})
    with pytest.raises(MissingInputError, match=r"trian\.csv: there is no such file.*name train\.csv"):
        parts_of([tmp_path / "trian.csv"])
