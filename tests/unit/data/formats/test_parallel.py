from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError, MissingInputError, ProblemsError
from seqweave.data.formats.contract import Row
from seqweave.data.formats.parallel import ParallelFormat
from seqweave.data.receipt import Receipt

FORMAT = ParallelFormat(source="de", target="en")
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n\r\ufeff"), max_size=6)


def written(folder: Path, source: bytes | str, target: bytes | str) -> Path:
    for language, text in (("de", source), ("en", target)):
        (folder / f"a.{language}").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder / "a"


def read(stem: Path, receipt: Receipt | None = None, reader: ParallelFormat = FORMAT) -> tuple[list[Row], Receipt]:
    receipt = receipt or Receipt(stem.name)
    rows = list(reader.read(stem, "auto", receipt))
    receipt.close()
    return rows, receipt


@pytest.mark.parametrize(
    ("stem", "names"),
    [
        ("train", ("train.de", "train.en")),
        ("train.lc.norm.tok", ("train.lc.norm.tok.de", "train.lc.norm.tok.en")),
        ("train", ("train.de.gz", "train.en")),
        ("news.*.txt", ("news.de.txt", "news.en.txt")),
        ("*.train", ("de.train.gz", "en.train.gz")),
    ],
)
def test_the_languages_stand_behind_the_stem_or_for_its_star(tmp_path: Path, stem: str, names: tuple[str, str]) -> None:
    for name, text in zip(names, (b"ja\n", b"yes\n"), strict=True):
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    assert FORMAT.files(tmp_path / stem) == tuple(tmp_path / name for name in names)
    (row,), receipt = read(tmp_path / stem)
    assert (row.line, dict(row.fields), row.file) == (1, {"de": "ja", "en": "yes"}, names[0])
    assert (receipt.lines, receipt.counts, receipt.notices) == (2, {"used": 2}, {})


@settings(deadline=None, max_examples=40)
@given(pairs=st.lists(st.tuples(LINE, LINE), min_size=1, max_size=8))
def test_lines_side_by_side(pairs: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Beside `split` of the whole texts: whatever may stand in a line, U+0085 and U+2028 too, parts none."""
    pairs = [("x", "y"), *pairs]
    stem = written(tmp_path_factory.getbasetemp(), *("".join(f"{pair[side]}\n" for pair in pairs) for side in (0, 1)))
    receipt = Receipt("a", "skip")
    rows = list(FORMAT.read(stem, "auto", receipt))
    sides = [(stem.parent / f"a.{language}").read_bytes().decode().split("\n") for language in ("de", "en")]
    seen = [[any(c.isprintable() and not c.isspace() for c in text) for text in side] for side in sides]
    assert [tuple(row.fields.values()) for row in rows] == [
        pair for *pair, one, other in zip(*sides, *seen, strict=True) for pair in [tuple(pair)] if one and other
    ]
    assert receipt.lines == sum(receipt.counts.values()) == 2 * len(pairs)
    assert receipt.problem_count == sum(one != other for one, other in zip(*seen, strict=True))


@pytest.mark.parametrize("broken", [0, 1])
def test_what_cannot_be_read_on_one_side_is_left_out_with_its_partner(tmp_path: Path, broken: int) -> None:
    sides = ["ä\neins\nzwei\n\ndrei\n".encode(), "ä!\none\ntwo\n\nthree\n".encode()]
    sides[broken] = sides[broken].replace(b"w", b"\xff")
    receipt = Receipt("a", "skip")
    rows = list(FORMAT.read(written(tmp_path, *sides), "auto", receipt))
    assert [tuple(row.fields.values()) for row in rows] == [("ä", "ä!"), ("eins", "one"), ("drei", "three")]
    assert [row.line for row in rows] == [1, 2, 5]
    assert (receipt.lines, receipt.counts) == (10, {"used": 6, "refused": 2, "blank": 2})
    assert [str(problem.place) for problem in receipt.problems] == [f"a.{('de', 'en')[broken]}:3:2"]


def test_a_wrong_encoding_names_its_file(tmp_path: Path) -> None:
    stem = written(tmp_path, "Tür\n".encode("latin-1"), "door\n")
    with pytest.raises(DataError, match=r"^a\.de:1:2: byte 0xfc is not UTF-8"):
        read(stem)


@pytest.mark.parametrize("turned", [False, True])
def test_one_encoding_is_not_laid_over_files_of_two(tmp_path: Path, turned: bool) -> None:
    sides = ["Die Tür\n".encode("latin-1"), "la porte fermée\n"]
    stem = written(tmp_path, *(sides[::-1] if turned else sides))
    with pytest.raises(
        DataError, match=r"^a\.(de|en): this file is UTF-8 and a\.(de|en) is not.*E-PARALLEL-06"
    ) as told:
        list(FORMAT.read(stem, "cp1252", Receipt(stem.name)))
    assert told.value.place.file == ("a.de" if turned else "a.en")
    both = written(tmp_path, "Die Tür\n".encode("latin-1"), "la porte fermée\n".encode("latin-1"))
    assert [row.fields["en"] for row in FORMAT.read(both, "cp1252", Receipt("a"))] == ["la porte fermée"]
    plain = written(tmp_path, "Die Tür\n".encode("latin-1"), "the door\n")
    assert [row.fields["de"] for row in FORMAT.read(plain, "cp1252", Receipt("a"))] == ["Die Tür"]


def test_an_empty_side_is_refused_where_it_stands(tmp_path: Path) -> None:
    stem = written(tmp_path, "ja\n \nnein\n", "\nmaybe\nno\n")
    with pytest.raises(ProblemsError) as caught:
        read(stem)
    assert [str(problem.place) for problem in caught.value.problems] == ["a.en:1", "a.de:2"]
    assert {problem.code for problem in caught.value.problems} == {"E-PARALLEL-03"}


@pytest.mark.parametrize("on_bad_row", ["stop", "skip"])
def test_different_numbers_of_lines_are_an_error_in_any_case(tmp_path: Path, on_bad_row: str) -> None:
    texts = [f"{'x' * (7 * number % 50)}y" for number in range(100)]
    stem = written(tmp_path, "\n".join(texts), "\n".join([*texts[:60], *texts[61:]]))
    with pytest.raises(
        DataError, match=r"^a\.de:61: a\.de has 100 lines and a\.en 99; .* slip at about line 61\."
    ) as caught:
        read(stem, Receipt("a", on_bad_row))
    assert caught.value.code == "E-PARALLEL-04"


def test_one_file_for_both_sides_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="E-PARALLEL-01"):
        read(written(tmp_path, "same\n", "same\n"))


def test_swapped_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zh").write_text("We are.\n", "utf-8")
    (tmp_path / "a.en").write_text("我们是。\n", "utf-8")
    with pytest.raises(DataError, match="E-PARALLEL-02"):
        read(tmp_path / "a", reader=ParallelFormat(source="zh", target="en"))


def test_a_missing_side_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.de").write_text("ja\n")
    with pytest.raises(MissingInputError, match=r"a\.en: there is no such file"):
        read(tmp_path / "a")


def test_blank_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="E-PARALLEL-05"):
        read(written(tmp_path, "\n\n", " \n\n"))
