"""Parallel text: two files, each line of one the translation of the same line of the other."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import numpy as np

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.alignment import likely_slip
from seqweave.data.examples import blank
from seqweave.data.formats.contract import PairedFormat, Row, format  # noqa: A004  # "@format('parallel')"
from seqweave.data.han import swapped
from seqweave.data.opening import opened
from seqweave.data.reading import head, lines
from seqweave.data.receipt import Receipt

_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_UNICODE = ("auto", "utf-8", "utf8", "utf-8-sig")
Numbered = Iterator[tuple[int, str]]


@format("parallel")
class ParallelFormat(PairedFormat):
    """Two line-aligned files, named by what their names share. Columns: the two languages.

    `train` with the languages zh and en stands for `train.zh` and `train.en`, `news.*.txt` for `news.zh.txt` and
    `news.en.txt`, each plain or with `.gz` behind it. The receipt counts the lines of both files.
    """

    def files(self, path: Path) -> tuple[Path, Path]:
        """The file of the source and that of the target."""
        return _file(path, self.source), _file(path, self.target)

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the pairs as rows; a pair of which one side is empty is refused, one of two empty sides is blank.

        Raises:
            MissingInputError: if one of the files is not there.
            DataError: if they have different numbers of lines, are one file, seem to be swapped, or hold only blank
                lines; or if one is in another encoding.
        """
        files = self.files(path)
        accounts = [Receipt(_beside(receipt.file, file), receipt.on_bad_row) for file in files]
        self._require_two_languages(files, accounts)
        _require_one_encoding([head(file) for file in files], accounts, encoding)
        counts = [0, 0]
        streams = [lines(file, encoding, account) for file, account in zip(files, accounts, strict=True)]
        for number, *sides in _aligned(*streams):
            counts = [count + (side is not None) for count, side in zip(counts, sides, strict=True)]
            texts = [side for side in sides if side is not None]
            if len(texts) == 1:
                receipt.count("refused")  # its partner, which cannot be read, is told of in its own account
            elif all(map(blank, texts)):
                receipt.count("blank", 2)
            elif any(map(blank, texts)):
                receipt.refuse(_half_empty(number, texts, accounts), 2)
            else:
                receipt.count("used", 2)
                fields = dict(zip((self.source, self.target), texts, strict=True))
                yield Row(number, fields, file=accounts[0].file)
        totals = [count + account.lines for count, account in zip(counts, accounts, strict=True)]
        if totals[0] != totals[1]:
            raise _slipped(files, encoding, accounts, totals)
        for account in accounts:
            receipt.absorb(account)
        if receipt.without_records:
            what, mend = "the files hold only blank lines", "check that they were written"
            raise DataError("E-PARALLEL-05", what, mend=mend, place=Place(receipt.file))

    def _require_two_languages(self, files: tuple[Path, Path], accounts: Sequence[Receipt]) -> None:
        """Refuse one file that stands for both sides, and sides that have changed places."""
        for file, account in zip(files, accounts, strict=True):
            with opened(file, Receipt(account.file)):
                pass  # says clearly what is wrong with a file, under the name that the recipe gives it
        heads = [head(file) for file in files]
        place, other = Place(accounts[0].file), shown(accounts[1].file)
        if heads[0] == heads[1] and filecmp.cmp(*files, shallow=False):
            what, mend = f"the file is the same as {other}", "name the two sides of the translation"
            raise DataError("E-PARALLEL-01", what, mend=mend, place=place)
        if swapped(self.source, self.target, *heads):
            what = f"this file and {other} seem to be swapped: their characters show which one is Chinese"
            raise DataError("E-PARALLEL-02", what, mend="exchange the names of the two files", place=place)

    @classmethod
    def suits(cls, name: str, head: str) -> float:  # noqa: ARG003  # part of the contract
        """Never one file."""
        return 0.0


def _file(stem: Path, language: str) -> Path:
    """The file of one side: plain, or packed where only that is there."""
    name = stem.name.replace("*", language) if "*" in stem.name else f"{stem.name}.{language}"
    plain, packed = stem.with_name(name), stem.with_name(f"{name}.gz")
    return packed if packed.exists() and not plain.exists() else plain


def _require_one_encoding(heads: Sequence[str], accounts: Sequence[Receipt], encoding: str) -> None:
    """Refuse to lay an encoding over both files where one of them is UTF-8 and the other is not."""
    broken = [_UNREADABLE in text[:-1] for text in heads]  # the last character may be cut in two
    if encoding.lower() in _UNICODE or sorted(broken) != [False, True] or heads[broken.index(False)].isascii():
        return
    sound, other = accounts[broken.index(False)].file, PurePath(accounts[broken.index(True)].file).name
    what = f"this file is UTF-8 and {shown(other)} is not, but one data.encoding, {encoding}, would read both"
    mend = f"leave data.encoding out, and write the other one in UTF-8: iconv -f {encoding} -t utf-8 OLD > NEW"
    raise DataError("E-PARALLEL-06", what, mend=mend, place=Place(sound))


def _beside(stem: str, file: Path) -> str:
    """The file as the recipe would name it."""
    return str(PurePath(stem).with_name(file.name))


def _aligned(source: Numbered, target: Numbered) -> Iterator[tuple[int, str | None, str | None]]:
    """The lines of equal number; None for one that could not be read, or beyond the end."""
    left, right = next(source, None), next(target, None)
    while left or right:
        number = min(side[0] for side in (left, right) if side)
        here, there = left if left and left[0] == number else None, right if right and right[0] == number else None
        yield number, here[1] if here else None, there[1] if there else None
        left = next(source, None) if here else left
        right = next(target, None) if there else right


def _half_empty(number: int, texts: Sequence[str], accounts: Sequence[Receipt]) -> DataError:
    empty = 0 if blank(texts[0]) else 1
    what = f"the line is empty, and line {number} of {shown(accounts[1 - empty].file)} is not"
    mend = "write the translation, or delete the line in both files"
    full = shown(texts[1 - empty], 30)
    return DataError("E-PARALLEL-03", f"{what} ({full!r})", mend=mend, place=Place(accounts[empty].file, number))


def _slipped(files: Sequence[Path], encoding: str, accounts: Sequence[Receipt], totals: Sequence[int]) -> DataError:
    """The error of files with different numbers of lines, with the place where they begin to differ."""
    texts = [_lengths(file, encoding, total) for file, total in zip(files, totals, strict=True)]
    line = likely_slip(*texts) + 1
    names = [shown(account.file) for account in accounts]
    what = f"{names[0]} has {totals[0]:,} lines and {names[1]} {totals[1]:,}; the lengths of the lines say "
    mend = f"look at both files from line {max(line - 2, 1):,} on, and add or delete what is missing or too much"
    return DataError(
        "E-PARALLEL-04", f"{what}that they slip at about line {line:,}", mend=mend, place=Place(accounts[0].file, line)
    )


def _lengths(file: Path, encoding: str, total: int) -> np.ndarray:
    """The length of every line; 0 where it cannot be read. Shape (total,), int64."""
    found = np.zeros(total, np.int64)
    for number, text in lines(file, encoding, Receipt(file.name, "skip")):
        found[number - 1] = len(text)
    return found
