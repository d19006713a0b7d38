"""Tag schemes: how labelled spans are written as one tag per token, and back.

A tag is `O` or a letter and a label, `B-PER`. The letter's role is to begin a span (B), to be inside (I), to end it
(E) or to be a span of one token (S); schemes differ in the letters they use and in which role may follow which.

Any sequence of tags has spans by the rule of conlleval, even one that breaks its own scheme: a span begins at B or S,
after E, S or O, and where the label changes. Converting goes through these spans, so its result is always well formed.

Papers: Ramshaw and Marcus, 1995, cmp-lg/9505040 (IOB1); Ratnaparkhi, 1998, and Tjong Kim Sang and Veenstra, 1999,
cs/9907006 (IOB2, and begin-end schemes); Ratinov and Roth, 2009, W09-1119 (BILOU).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from seqweave.core.errors import DataError, InternalError, Notice, Place, shown

Scheme = Literal["none", "iob1", "iob2", "bioes", "bilou", "bmes", "bmewo"]

LETTERS: dict[Scheme, str] = {
    "iob1": "BI",
    "iob2": "BI",
    "bioes": "BIES",
    "bilou": "BILU",
    "bmes": "BMES",
    "bmewo": "BMEW",
}
"""The letters of each scheme; in those of four, they stand for the roles B, I, E, S in this order."""

OUTSIDE = "O"
ROLES = dict(zip("BIMELSUW", "BIIEESSS", strict=True))
TAG = re.compile(r"([BIMELSUW])(?:-(.*))?", re.DOTALL)
MIXTURE_SHARE = 0.1
"""From this share of sequences that break the likeliest scheme, we speak of two schemes and not of slips."""

Tags = Sequence[str]
Locate = Callable[[int, int], Place]
"""The place of token `position` (second) of sequence `row` (first)."""


class Span(NamedTuple):
    """A labelled stretch of tokens; `end` is exclusive."""

    label: str
    start: int
    end: int


class Part(NamedTuple):
    """A tag taken apart: its role B, I, E, S or O, and its label, empty for O."""

    role: str
    label: str


EDGE = Part(OUTSIDE, "")
"""What stands before the first and after the last tag."""


@lru_cache(maxsize=65536)
def part(tag: str) -> Part | None:
    """A tag taken apart; None where it is of no scheme.

    Example:
        >>> part("M-PER")
        Part(role='I', label='PER')
    """
    if tag == OUTSIDE:
        return EDGE
    found = TAG.fullmatch(tag)
    return Part(ROLES[found[1]], found[2] or "") if found else None


def spans(tags: Tags, scheme: Scheme) -> tuple[Span, ...]:
    """The spans of a sequence by the rule of conlleval; none under the scheme "none".

    Example:
        >>> spans(["B-PER", "I-PER", "O", "I-LOC"], "iob2")
        (Span(label='PER', start=0, end=2), Span(label='LOC', start=3, end=4))
    """
    if scheme == "none":
        return ()
    parts = [_known(tag) for tag in tags]
    begins = [i for i, (before, after) in enumerate(pairwise([EDGE, *parts])) if _begins(before, after)]
    outsides = [i for i, this in enumerate(parts) if this == EDGE]
    borders = sorted([*begins, *outsides, len(parts)])
    ends = dict(pairwise(borders))
    return tuple(Span(parts[start].label, start, ends[start]) for start in begins)


def tags(found: Iterable[tuple[str, int, int]], length: int, scheme: Scheme) -> tuple[str, ...]:
    """Spans written as tags; the inverse of `spans`.

    Args:
        found: (label, start, end) of spans that do not overlap, in order.
        length: number of tokens.
        scheme: how to write them; not "none".
    """
    written = [OUTSIDE] * length
    before = Span("", 0, 0)
    for span in itertools.starmap(Span, found):
        assert before.end <= span.start < span.end <= length, "spans overlap, are empty or out of order"
        touches = before.end == span.start and before.label == span.label and span.start > 0
        suffix = f"-{span.label}" if span.label else ""
        letters = _letters(span.end - span.start, scheme, touches)
        written[span.start : span.end] = [letter + suffix for letter in letters]
        before = span
    return tuple(written)


def convert(sequence: Tags, source: Scheme, target: Scheme) -> tuple[str, ...]:
    """The same spans in another scheme; a broken sequence comes out well formed, into its own scheme too.

    Raises:
        InternalError: if only one of the schemes is "none".
    """
    if source == target == "none":
        return tuple(sequence)
    if "none" in (source, target):
        raise InternalError("E-SCHEME-03", f"tags of scheme {source} cannot be written in scheme {target}")
    return tags(spans(sequence, source), len(sequence), target)


def allowed_transitions(labels: Sequence[str], scheme: Scheme) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which tag may follow which, may come first, and may come last.

    Args:
        labels: the tags.
        scheme: their scheme; "none" allows everything.

    Returns:
        allowed (labels, labels), starts (labels,), ends (labels,); all bool.
    """
    around = [OUTSIDE, *labels]
    table = np.array([[may_follow(before, after, scheme) for after in around] for before in around], bool)
    return table[1:, 1:], table[0, 1:], table[1:, 0]


@lru_cache(maxsize=65536)
def may_follow(before: str, after: str, scheme: Scheme) -> bool:
    """May a tag come directly after another? `O` also stands for both edges of a sequence."""
    if scheme == "none":
        return True
    if after != OUTSIDE and after[0] not in LETTERS[scheme]:
        return False
    left, right = _known(before), _known(after)
    inside = left.role != OUTSIDE and left.label == right.label
    if scheme == "iob1":
        return right.role != "B" or inside
    if scheme == "iob2":
        return right.role != "I" or inside
    if left.role in "BI":
        return right.role in "IE" and inside
    return right.role in "OBS"


def detect(sequences: Sequence[Tags], locate: Locate) -> Scheme:
    """The scheme that the fewest sequences break.

    Args:
        sequences: the tags of every sentence.
        locate: the place of a token, for errors.

    Returns:
        The scheme; "none" where the tags are of no scheme, such as parts of speech.

    Raises:
        DataError: if a tag has an unknown letter, or the sequences are of several schemes.
    """
    kinds = {tag for sequence in sequences for tag in sequence}
    foreign = {tag for tag in kinds if part(tag) is None}
    lettered = kinds - foreign - {OUTSIDE}
    if len(lettered) <= len(foreign):
        return "none"
    require_known(sequences, locate)
    broken = {scheme: list(breaks(sequences, scheme)) for scheme in LETTERS}
    scheme = min(broken, key=lambda name: len(broken[name]))
    spanned = sum(any(tag != OUTSIDE for tag in sequence) for sequence in sequences)
    if len(broken[scheme]) > max(1, MIXTURE_SHARE * spanned):
        raise _mixture(scheme, sequences, broken[scheme], locate)
    return scheme


def require_known(sequences: Iterable[Tags], locate: Locate) -> None:
    """Refuse tags of no scheme.

    Raises:
        DataError: E-SCHEME-02, for the first one.
    """
    for row, sequence in enumerate(sequences):
        for position, tag in enumerate(sequence):
            if part(tag) is None:
                raise _unknown(tag, locate(row, position))


def breaks(sequences: Sequence[Tags], scheme: Scheme) -> Iterator[tuple[int, int]]:
    """Row and position of the first token that breaks the scheme, for every sequence that does.

    The position is the number of tokens where the sequence ends inside a span.
    """
    pairs = {pair for sequence in sequences for pair in _pairs(sequence)}
    forbidden = {pair for pair in pairs if not may_follow(*pair, scheme)}
    if not forbidden:
        return
    for row, sequence in enumerate(sequences):
        if not forbidden.isdisjoint(_pairs(sequence)):
            yield row, next(i for i, pair in enumerate(_pairs(sequence)) if pair in forbidden)


def broken_notice(sequences: Sequence[Tags], scheme: Scheme, locate: Locate) -> Notice | None:
    """The counted warning that some sequences break their scheme; None where none does."""
    broken = list(breaks(sequences, scheme))
    if not broken:
        return None
    place, seen = _seen(sequences, broken[0], locate)
    what = (
        f"{len(broken)} of {len(sequences)} sentences break their tag scheme {scheme} (first: {seen}); "
        "their spans are read by the rule of conlleval and written anew"
    )
    return Notice("W-SCHEME-01", what, place, len(broken))


def _pairs(sequence: Tags) -> Iterator[tuple[str, str]]:
    return pairwise((OUTSIDE, *sequence, OUTSIDE))


def _begins(before: Part, after: Part) -> bool:
    if after.role == OUTSIDE:
        return False
    return after.role in "BS" or before.role in "OES" or before.label != after.label


def _letters(length: int, scheme: Scheme, touches: bool) -> str:
    """The letters of one span; `touches` where it directly follows one of the same label."""
    if scheme == "iob1":
        return ("B" if touches else "I") + "I" * (length - 1)
    if scheme == "iob2":
        return "B" + "I" * (length - 1)
    begin, inside, end, single = tuple(LETTERS[scheme])
    return single if length == 1 else begin + inside * (length - 2) + end


def _known(tag: str) -> Part:
    found = part(tag)
    if found is None:
        raise _unknown(tag, None)
    return found


def _unknown(tag: str, place: Place | None) -> DataError:
    return DataError(
        "E-SCHEME-02",
        f"the tag '{shown(tag)}' belongs to no tag scheme, but other tags do",
        mend="write O, or one of B- I- E- S- (BMES: M-; BILOU: L-, U-; BMEWO: M-, W-) and the label",
        place=place,
    )


def _mixture(scheme: Scheme, sequences: Sequence[Tags], broken: list[tuple[int, int]], locate: Locate) -> DataError:
    rows = {row for row, _ in broken}
    fits = next((row for row, sequence in enumerate(sequences) if row not in rows and set(sequence) - {OUTSIDE}), None)
    other = f"; {locate(fits, 0)} does not" if fits is not None else ""
    place, seen = _seen(sequences, broken[0], locate)
    return DataError(
        "E-SCHEME-01",
        f"the tags are of several schemes: {len(broken)} of {len(sequences)} sentences break {scheme}, the likeliest "
        f"(first: {seen}){other}",
        mend="write all tags in one scheme, for example IOB2: B- for the first token of a span, I- for the others",
        place=place,
    )


def _seen(sequences: Sequence[Tags], at: tuple[int, int], locate: Locate) -> tuple[Place, str]:
    """Where a sequence breaks its scheme, and what is seen there."""
    row, position = at
    around = ["the start of the sentence", *(f"'{shown(tag)}'" for tag in sequences[row]), "the end of the sentence"]
    place = locate(row, min(position, len(sequences[row]) - 1))
    return place, f"{around[position + 1]} after {around[position]}"
