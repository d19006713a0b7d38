"""Lines against a plain split of the whole text; errors against the byte they must name."""

import gzip
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError, MissingInputError, ProblemsError, RecipeError
from seqweave.data import reading
from seqweave.data.reading import head, lines
from seqweave.data.receipt import Receipt

CODECS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-be", "gb18030")
# U+0A0A and U+0D0A hold the bytes of line ends, U+2028 and U+0085 end lines for other readers.
TEXT = st.text(st.one_of(st.sampled_from("\n\nab,ਊഊ\u2028\x85\x0b😀"), st.characters(codec="utf-8")), max_size=40)
TEXT = TEXT.filter(lambda text: text.strip("\n") and not set("\0\r\ufeff") & set(text))


def read(path: Path, encoding: str = "auto") -> list[tuple[int, str]]:
    receipt = Receipt(path.name)
    found = list(lines(path, encoding, receipt))
    receipt.close()
    return found


def split(text: str) -> list[tuple[int, str]]:
    """The slow answer: every line is what stands between line feeds."""
    return list(enumerate(text.removesuffix("\n").split("\n"), 1))


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=60, deadline=None)
@given(text=TEXT)
def test_lines_are_those_of_a_split_in_every_encoding(
    codec: str, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / f"{codec}.txt"
    path.write_bytes(text.encode(codec))
    assert read(path, codec) == split(text)
    if codec in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        assert read(path) == split(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([b"fine", b"", b"caf\xe9", b"a\0b", b"a\rb", b"x" * 70, "很好".encode()]), min_size=1))
def test_every_line_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    path = tmp_path_factory.getbasetemp() / "mixed.txt"
    path.write_bytes(b"\n".join(parts) + b"\n")
    receipt = Receipt(path.name, on_bad_row="skip")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "LINE_LIMIT", 64)
        found = list(lines(path, "auto", receipt))
    good = [part in (b"fine", b"", "很好".encode()) for part in parts]
    assert [number for number, _ in found] == [at for at, is_good in enumerate(good, 1) if is_good]
    assert receipt.lines == receipt.counts["refused"] == good.count(False)
    assert all(text.encode() == parts[number - 1] for number, text in found)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("packed", [False, True])
def test_gzip_is_known_by_its_bytes(tmp_path: Path, name: str, packed: bool) -> None:
    path, receipt = tmp_path / name, Receipt(name)
    path.write_bytes(gzip.compress(b"a\nb\n") if packed else b"a\nb\n")
    assert list(lines(path, "auto", receipt)) == [(1, "a"), (2, "b")]
    assert bool(receipt.notices) == (packed != name.endswith(".gz"))


@settings(max_examples=60, deadline=None)
@given(before=TEXT)
def test_a_bad_byte_is_named_by_line_column_and_offset(before: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "bad.txt"
    whole = before.encode() + b"\xff\n"
    path.write_bytes(whole)
    receipt = Receipt(path.name, on_bad_row="skip")
    list(lines(path, "auto", receipt))
    (problem,) = receipt.problems
    assert f"byte {len(whole) - 1:,} of the file" in problem.what
    place = problem.place
    assert place is not None
    assert (place.line, place.column) == (before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)


@pytest.mark.parametrize(
    ("text", "codec"),
    [("房间很大，早餐不错", "gb18030"), ("café au lait", "cp1252"), ("naïve words", "cp1252"), ("“good”", "cp1252")],
)
def test_the_mend_of_a_bad_byte_reads_the_file(tmp_path: Path, text: str, codec: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(codec))
    with pytest.raises(DataError, match="E-TEXT-09") as caught:
        read(path)
    named, told = caught.value.mend.removeprefix("data.encoding: ").split(", or ")
    assert read(path, named) == [(1, text)]
    assert told == f"iconv -f {named} -t utf-8 OLD > NEW"


def test_a_bad_byte_below_lines_of_utf_8_does_not_put_the_encoding_in_doubt(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("naïve\nplain\n".encode() + b"caf\xe9\nfine\n\xff\n")
    with pytest.raises(ProblemsError) as caught:
        read(path)
    problems = caught.value.problems
    assert [problem.place.line for problem in problems if problem.place] == [3, 5]
    assert not any("data.encoding:" in problem.mend for problem in problems)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_named(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("text,label\nfine,pos\n".encode(codec))
    with pytest.raises(DataError, match="E-TEXT-10") as caught:
        read(path)
    assert caught.value.mend.startswith(f"data.encoding: {codec}, ")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-32"])
def test_a_line_over_the_limit_is_refused_and_reading_goes_on(tmp_path: Path, codec: str) -> None:
    path, receipt = tmp_path / "a.txt", Receipt("a.txt")
    width = len("x".encode(codec.replace("utf-16", "utf-16-le").replace("utf-32", "utf-32-le")))
    longest = "x" * (reading.LINE_LIMIT // width - 1)
    path.write_text(f"{longest}\n{longest}xx\n{'y' * 3_000_000}\nend", codec)
    assert [number for number, _ in lines(path, "auto", receipt)] == [1, 4]
    assert [problem.code for problem in receipt.problems] == ["E-TEXT-11"] * 2


@pytest.mark.parametrize("codec", ["gbx", "rot13", "cp037", "a\0b"])
def test_an_encoding_that_is_none_is_a_mistake_of_the_recipe(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a")
    with pytest.raises(RecipeError, match="E-TEXT-08"):
        read(path, codec)


def test_a_mark_that_contradicts_the_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text", "utf-8-sig")
    with pytest.raises(DataError, match="E-TEXT-13"):
        read(path, "gb18030")


def test_old_mac_lines_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\rb\r")
    with pytest.raises(ProblemsError, match="E-TEXT-12"):
        read(path)


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("a")
    (tmp_path / "locked.csv").write_text("a")
    (tmp_path / "locked.csv").chmod(0)
    with pytest.raises(MissingInputError, match=r"name train\.csv, which is there"):
        read(tmp_path / "trian.csv")
    with pytest.raises(MissingInputError, match="which does not exist either"):
        read(tmp_path / "nowhere" / "a.csv")
    with pytest.raises(MissingInputError, match="a folder, not a file"):
        read(tmp_path)
    try:
        (tmp_path / "locked.csv").read_text()
    except PermissionError:
        with pytest.raises(MissingInputError, match="E-TEXT-03"):
            read(tmp_path / "locked.csv")
    (tmp_path / "locked.csv").chmod(stat.S_IRUSR)


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:-8] + b"12345678"])
def test_damaged_gzip_is_told(tmp_path: Path, damage) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(damage(gzip.compress(b"some text\n" * 100)))
    with pytest.raises(DataError, match="E-TEXT-06"):
        read(path)


def test_head_is_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(("\ufeffhead\n" + "x" * 100_000).encode("utf-16-le")))
    assert head(path) == "head\n" + "x" * (reading.HEAD_BYTES // 2 - 6)
    path.write_bytes("plain words\n".encode("utf-16-be"))
    assert head(path) == "plain words\n", "UTF-16 without its mark is known by its zeros"
    path.write_bytes(b"one \0 only" + b"x" * 100)
    assert head(path) == "one \ufffd only" + "x" * 100
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(DataError, match="E-TEXT-10"):
        head(path)
