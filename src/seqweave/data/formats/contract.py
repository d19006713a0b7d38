"""The contract of a file format."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seqweave.core.configuration import Config
from seqweave.core.registry import Registry
from seqweave.data.receipt import Receipt

FORMATS = Registry("formats", "seqweave.data.formats")
format = FORMATS.register  # noqa: A001  # reads as the sentence "@format('csv')"

Value = str | int | float | bool | None | Sequence[object] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file.

    Args:
        line: its first line, counted from 1.
        fields: values by column name. In column formats (CoNLL) each value is a tuple with one string per token, and
            names are "0", "1", ... ; in CoNLL-U they are id, form, lemma, upos, xpos, feats, head, deprel, deps, misc,
            and "text" for the sentence as written.
        lines: the line of each token, where a record spans several lines; else empty.
        file: its own file, where every record has one (a folder of texts); else empty.
    """

    line: int
    fields: Mapping[str, Value]
    lines: Sequence[int] = field(default=())
    file: str = ""

    def value(self, name: str) -> Value:
        """The value of a column; where no column is named so, "-1" is the last one, "-2" the one before ...

        Raises:
            KeyError: if there is no such column.
        """
        if name in self.fields or not re.fullmatch(r"-[1-9][0-9]?", name):
            return self.fields[name]
        names = tuple(self.fields)
        if -int(name) > len(names):
            raise KeyError(name)
        return self.fields[names[int(name)]]


class Format(Config, ABC):
    """Settings of a format (delimiter, quoting ...), and its reader."""

    @abstractmethod
    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the rows of one file (or folder); memory does not grow with the file.

        A bad line goes to `receipt.refuse(...)`, which raises or counts as the recipe says; every input line is
        accounted for exactly once.

        Args:
            path: the file, `.gz` or plain.
            encoding: "auto" (UTF-8, or what a byte order mark says) or a name of Python's codecs.
            receipt: the account of this file's lines.
        """

    @classmethod
    @abstractmethod
    def suits(cls, name: str, head: str) -> float:
        """How sure we are that a file is of this format, 0 to 1, from its name (without .gz) and its first 64 kB."""


class PairedFormat(Format, ABC):
    """A format of two files, one for each side of a translation, which a recipe names by what their names share."""

    source: str
    """Language of the source, as the names of its files have it."""
    target: str
    """Language of the target, as the names of its files have it."""

    @abstractmethod
    def files(self, path: Path) -> tuple[Path, Path]:
        """The file of the source and that of the target, whether they exist or not.

        Args:
            path: what the recipe names.
        """
