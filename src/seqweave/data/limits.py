"""Examples longer than the limit: refused, cut into windows, or shortened to head and tail; never silently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import Field, fields, replace
from itertools import chain, pairwise
from typing import Any, ClassVar, Literal, Protocol, TypeVar

import numpy as np

from seqweave.core.errors import DataError, Place
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample, TranslationExample
from seqweave.data.receipt import Receipt

PER_TOKEN = ("tokens", "starts", "ends", "tags", "lines")
"""Fields with one entry for each token, or none at all (tags where there is no gold)."""

OverLimit = Literal["error", "windows", "head-tail"]


class Tokenized(Protocol):
    """An example that has tokens."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def tokens(self) -> tuple[str, ...]:
        """Its tokens."""

    @property
    def source(self) -> str:
        """Its file."""

    @property
    def line(self) -> int:
        """Its line."""


E = TypeVar("E", bound=Tokenized)


def limited(examples: Iterable[E], limit: int, over_limit: OverLimit, receipt: Receipt) -> Iterator[E]:
    """The examples, with those that are too long cut as the recipe says, each counted in the receipt.

    Args:
        examples: of one file, as its reader yields them.
        limit: most tokens of an example, on either side, >= 1.
        over_limit: "error" refuses them in the receipt (E-LIMIT-01), "windows" and "head-tail" count their lines so.
        receipt: of that file.
    """
    largest = 0
    for example in examples:
        length = _length(example)
        if length <= limit:
            yield example
        elif over_limit == "error":
            largest = max(largest, length)
            receipt.reject(_too_long(example, limit, largest))
        else:
            receipt.recount("windowed" if over_limit == "windows" else "head-tail")
            yield from cut(example, limit, over_limit)


def cut(example: E, limit: int, over_limit: OverLimit) -> list[E]:
    """The pieces of one example that are answered in its place; itself where it is short enough.

    Args:
        example: of any length.
        limit: most tokens of a piece, >= 1.
        over_limit: what becomes of a longer example.

    Raises:
        DataError: if it is longer, and that is an error.
    """
    if _length(example) <= limit:
        return [example]
    if over_limit == "error":
        raise _too_long(example, limit, _length(example))
    return windows(example, limit) if over_limit == "windows" else [head_tail(example, limit)]


def windows(example: E, limit: int) -> list[E]:
    """The fewest consecutive pieces of at most `limit` tokens, as even as can be; each keeps the whole text."""
    length = len(example.tokens)
    count = max(-(-length // limit), 1)
    bounds = [i * length // count for i in range(count + 1)]
    return [_pick(example, slice(first, last)) for first, last in pairwise(bounds)]


def rejoined(pieces: Sequence[E]) -> E:
    """The example that `windows` cut."""
    columns = {name: tuple(chain.from_iterable(getattr(p, name) for p in pieces)) for name in _per_token(pieces[0])}
    return replace(pieces[0], **columns)


def head_tail(example: E, limit: int) -> E:
    """The first and the last half of `limit` tokens; an odd limit gives the head one more."""
    if len(example.tokens) <= limit:
        return example
    return _pick(example, slice(limit - limit // 2), slice(len(example.tokens) - limit // 2, None))


def parents(corpus: Corpus[Any]) -> np.ndarray:
    """Which example each row was cut from, so that answers to windows can be put together again.

    Windows stand in a row: same file, line and text, and each begins where the one before has ended; any other example
    of that line begins before it.

    Returns:
        Numbers of the uncut examples, ascending without gaps from 0. Shape (rows,), int64.
    """
    new = np.ones(len(corpus), bool)
    before: tuple[Any, ...] = ()
    ended = 0
    names = ("source", "line", "text", "starts", "ends")
    for row, (*place, starts, ends) in enumerate(zip(*map(corpus.field, names), strict=True)):
        new[row] = tuple(place) != before or not starts or not ended or starts[0] < ended
        before, ended = tuple(place), ends[-1] if ends else 0
    return np.cumsum(new) - 1


def _pick(example: E, *pieces: slice) -> E:
    columns = {name: tuple(chain(*(getattr(example, name)[p] for p in pieces))) for name in _per_token(example)}
    return replace(example, **columns)


def _per_token(example: Tokenized) -> list[str]:
    return [field.name for field in fields(example) if field.name in PER_TOKEN]


def _length(example: Tokenized) -> int:
    """The tokens of an example; of a pair of texts, those of its longer side."""
    sides = (example.tokens, example.target_tokens) if isinstance(example, TranslationExample) else (example.tokens,)
    return max(map(len, sides))


def _too_long(example: Tokenized, limit: int, largest: int) -> DataError:
    pair = isinstance(example, TranslationExample)
    seen = f"the longer side has {_length(example)} tokens" if pair else f"the example has {_length(example)} tokens"
    whole = pair or isinstance(example, DocumentExample)  # what over_limit does not cut
    cuts = "" if whole else "data.over_limit to windows or head-tail, or "
    skip = ", or data.on_bad_row to skip, which leaves out at most 1 % of the lines" if pair else ""
    return DataError(
        "E-LIMIT-01",
        f"{seen}, the limit is {limit}",
        mend=f"set {cuts}data.limit to {largest} (the longest so far) or more{skip}; for a trained run, part the text",
        place=Place(example.source, example.line),
    )
