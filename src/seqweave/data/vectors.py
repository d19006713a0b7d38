"""Pretrained word vectors as GloVe, word2vec and fastText write them in text: a word and its numbers on each line.

The file is streamed; only the rows of a vocabulary are kept, so memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from pydantic import Field

from seqweave.core.configuration import Config
from seqweave.core.errors import DataError, Notice, Place, shown
from seqweave.data.opening import opened
from seqweave.data.receipt import Receipt
from seqweave.data.vocabulary import RESERVED, Vocabulary

LINE_LIMIT = 1 << 20
DIM_LIMIT = 10_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@final
class VectorsConfig(Config):
    """Which pretrained vectors to read."""

    path: str = Field(min_length=1)
    """Text file of vectors, `.gz` or plain, its path relative to the recipe: a word and its numbers on each line,
    parted by spaces; a first line with the number of words and dimensions may be there."""
    dim: int = Field(ge=1, le=DIM_LIMIT)
    """Numbers of each word."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of a vocabulary.

    Args:
        matrix: a row for every id, zero where the file has none. Shape (vocabulary.count, dim), float32.
        found: number of words that have a vector.
        notices: the coverage, and what was odd about the file.
    """

    matrix: np.ndarray
    found: int
    notices: tuple[Notice, ...]


def read_vectors(config: VectorsConfig, vocabulary: Vocabulary) -> Vectors:
    """The vectors of the words of a vocabulary. Of a word that comes twice the first one is taken, with a notice.

    Words may hold spaces: the last `dim` fields of a line are its numbers.

    Raises:
        MissingInputError: if there is no such file.
        DataError: if a line has another number of dimensions, or a vector of the vocabulary is not all finite numbers.
        DiskError: if reading fails.
    """
    receipt = Receipt(Path(config.path).name)
    rows = {word.encode("utf-8", "surrogatepass"): row for row, word in enumerate(vocabulary.words, RESERVED)}
    matrix = np.zeros((vocabulary.count, config.dim), np.float32)
    seen = np.zeros(vocabulary.count, bool)
    for number, word, values in _entries(config, receipt):
        row = rows.get(word)
        if row is None:
            continue
        if seen[row]:
            receipt.notice("W-VECTOR-02", f"{shown(word.decode())!r} has a vector already; the first is kept", number)
            continue
        matrix[row], seen[row] = _numbers(values, Place(Path(config.path).name, number)), True
    found, total = int(seen.sum()), len(vocabulary.words)
    share = 100 * found / max(total, 1)
    coverage = f"{found} of {total} words of the vocabulary ({share:.1f} %) have a pretrained vector"
    receipt.notice("W-VECTOR-01", coverage)
    return Vectors(matrix, found, tuple(receipt.notices.values()))


def _entries(config: VectorsConfig, receipt: Receipt) -> Iterator[tuple[int, bytes, bytes]]:
    """Line number, word and numbers of every line, as bytes: only what is needed is ever decoded."""
    with opened(Path(config.path), receipt) as stream:
        # A line of binary data may be as long as the file.
        for number, line in enumerate(iter(lambda: stream.readline(LINE_LIMIT), b""), 1):
            line = line.rstrip()
            if number == 1:
                line = line.removeprefix(_BYTE_ORDER_MARK)
                if _is_header(line, config):
                    continue
            if not line:
                continue
            spaces = line.count(b" ")
            if spaces < config.dim:
                raise _wrong_dim(config, spaces, number)
            if spaces == config.dim:
                word, _, values = line.partition(b" ")
            else:
                fields = line.rsplit(b" ", config.dim)
                word, values = fields[0], b" ".join(fields[1:])
            yield number, word, values


def _is_header(line: bytes, config: VectorsConfig) -> bool:
    """Is this the line `words dimensions` of word2vec? A vector of one dimension could look the same, and is one."""
    fields = line.split()
    if len(fields) != 2 or config.dim == 1 or not all(field.isdigit() and len(field) < 20 for field in fields):
        return False
    if int(fields[1]) != config.dim:
        raise _wrong_dim(config, int(fields[1]), 1)
    return True


def _wrong_dim(config: VectorsConfig, found: int, number: int) -> DataError:
    mend = f"write dim: {found} if all lines have as many" if number == 1 and found else "mend or delete the line"
    return DataError(
        "E-VECTOR-01",
        f"{config.dim} numbers after the word are asked for, parted by single spaces, and {found} were found",
        mend=mend,
        place=Place(Path(config.path).name, number),
    )


def _numbers(values: bytes, place: Place) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is refused below
            row = np.array([float(value) for value in values.split(b" ")]).astype(np.float32)
    except ValueError as error:
        raise DataError(
            "E-VECTOR-02",
            f"a vector holds what is no number ({shown(error)})",
            mend="mend or delete the line",
            place=place,
        ) from error
    if not np.isfinite(row).all():
        raise DataError(
            "E-VECTOR-03", "a vector holds a number that is not finite", mend="mend or delete the line", place=place
        )
    return row
