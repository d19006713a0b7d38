"""CoNLL columns: one token a line, its columns parted by tabs or spaces, a blank line after each sentence.

Every line is a token, one that begins with `#` too; `-DOCSTART-` lines alone are no tokens, and part sentences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.blocks import Block, blocks
from seqweave.data.formats.contract import Format, Row, format  # noqa: A004  # reads as the sentence "@format('conll')"
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt

DOCUMENT = "-DOCSTART-"
SUFFIXES = (".conll", ".bio", ".iob", ".iob2", ".bioes", ".bmes", ".col", ".conll2000", ".conll2003")
UNPARTED_TOKENS = 100
"""A file of more tokens than this in a single sentence surely lacks its blank lines."""
MAX_COLUMNS = 64


@format("conll")
class ConllFormat(Format):
    """Columns named "0", "1" ... from the left; `Row.value("-1")` is the last one."""

    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """What parts the columns: a tab, or a space for runs of spaces; told by the first sentence where not given."""

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the sentences of one file; see `Format.read`."""
        table: _Table | None = None
        for number, block in enumerate(blocks(lines(path, encoding, receipt), receipt, DOCUMENT)):
            table = table or _Table.told_by(block, self.delimiter, receipt)
            if number == 0 and not block.closed and len(block.texts) > UNPARTED_TOKENS:
                receipt.notice(
                    "W-CONLL-06",
                    f"the whole file is one sentence of {len(block.texts):,} tokens: no blank line parts sentences",
                    block.numbers[0],
                )
            row = table.row(block)
            if row is not None:
                yield row

    @classmethod
    def suits(cls, name: str, head: str) -> float:
        """High where sentences are parted by blank lines and all lines have equally many columns."""
        sentences = [part.split("\n") for part in re.split(r"\r?\n\r?\n", head.rsplit("\n", 1)[0].strip("\r\n"))]
        rows = [line.rstrip("\r") for sentence in sentences for line in sentence if not line.startswith(DOCUMENT)]
        named = name.lower().endswith(SUFFIXES)
        for delimiter in "\t ":
            widths = Counter(len(_split(line, delimiter)) for line in rows)
            (width, agreeing), *_ = widths.most_common(1) or [(0, 0)]
            if 1 < width <= MAX_COLUMNS and agreeing >= 0.95 * len(rows):
                return 0.95 if named else 0.7 * (len(sentences) > 1)
        return 0.6 * named


@dataclass(frozen=True, slots=True)
class _Table:
    """What all lines of a file have in common.

    Args:
        delimiter: what parts columns; a space stands for runs of spaces.
        width: number of columns.
        untidy: finds, in lines that are joined by line feeds, a cell that is empty or begins or ends with a space.
        receipt: the account of the file.
    """

    delimiter: str
    width: int
    untidy: re.Pattern[str]
    receipt: Receipt

    @classmethod
    def told_by(cls, block: Block, delimiter: str | None, receipt: Receipt) -> _Table:
        """The delimiter, where not given, and the number of columns of most lines of the first sentence."""
        if delimiter is None:
            tabs = sum("\t" in text for text in block.texts)
            delimiter = "\t" if 2 * tabs >= len(block.texts) else " "
        width = Counter(len(_split(text, delimiter)) for text in block.texts).most_common(1)[0][0]
        mark = re.escape(delimiter)
        untidy = re.compile(rf"(?:^|{mark}|\n)(?: |{mark}|\n|$)| (?:{mark}|\n|$)" if delimiter != " " else r"\t")
        return cls(delimiter, width, untidy, receipt)

    def row(self, block: Block) -> Row | None:
        """The sentence of a block; None where it is refused, whole, for the sake of one of its lines."""
        size = len(block.texts)
        if not block.whole:
            self.receipt.count("refused", size)
            return None
        cells = [_split(text, self.delimiter) for text in block.texts]
        widths = set(map(len, cells))
        if widths != {self.width} or self.untidy.search("\n".join(block.texts)):
            cells = self._tidied(block.numbers, cells)
            problems = [self._problem(*line) for line in zip(block.numbers, block.texts, cells, strict=True)]
            found = [problem for problem in problems if problem is not None]
            for i, problem in enumerate(found):
                self.receipt.refuse(problem, 0 if i else size)
            if found:
                return None
        self.receipt.count("used", size)
        columns = zip(*cells, strict=True)
        return Row(block.numbers[0], {str(i): column for i, column in enumerate(columns)}, block.numbers)

    def _tidied(self, numbers: tuple[int, ...], cells: list[list[str]]) -> list[list[str]]:
        """The cells without spaces around them, which would make equal tags differ."""
        tidied = [[cell.strip(" ") for cell in line] for line in cells]
        for number, line, tidy in zip(numbers, cells, tidied, strict=True):
            if line != tidy:
                seen = next(cell for cell, clean in zip(line, tidy, strict=True) if cell != clean)
                self.receipt.notice(
                    "W-CONLL-11", f"spaces around columns are left out (first: '{shown(seen)}')", number
                )
        return tidied

    def _problem(self, number: int, text: str, cells: list[str]) -> DataError | None:
        place = Place(self.receipt.file, number)
        seen = f"('{shown(text)}')"
        if len(cells) == self.width and all(cells):
            return None
        if text.startswith("#") and len(cells) != self.width:
            what = f"the line has {_columns(cells)}, others have {self.width}; here a line with # is a token {seen}"
            return DataError("E-CONLL-12", what, mend="delete comment lines, or use data.format: conllu", place=place)
        other = " " if self.delimiter == "\t" else "\t"
        if len(cells) == 1 < len(_split(text, other)):
            what = f"columns are parted by {_name(other)}, where the lines before have {_name(self.delimiter)} {seen}"
            return DataError("E-CONLL-02", what, mend="use one delimiter in the whole file", place=place)
        if not all(cells) or text.startswith(" "):
            column = cells.index("") if "" in cells else 0
            mend = "write the token, or a placeholder such as _ ; sentences are parted by lines that are quite empty"
            return DataError("E-CONLL-08", f"column {column} is empty {seen}", mend=mend, place=place)
        if len(cells) < self.width:
            what = f"the line has {_columns(cells)}, others have {self.width}: a tag is missing {seen}"
            return DataError("E-CONLL-10", what, mend="write every column in every line", place=place)
        what = f"the line has {_columns(cells)}, others have {self.width} {seen}"
        mend = "write as many columns in every line; part them by tabs where tokens hold spaces"
        return DataError("E-CONLL-01", what, mend=mend, place=place)


def _split(text: str, delimiter: str) -> list[str]:
    return [cell for cell in text.split(" ") if cell] if delimiter == " " else text.split(delimiter)


def _name(delimiter: str) -> str:
    return {"\t": "tabs", " ": "spaces"}.get(delimiter, repr(delimiter))


def _columns(cells: list[str]) -> str:
    return f"{len(cells)} column" + ("s" if len(cells) != 1 else "")
