"""Texts of users, shown in a page: escaped, cut only where one sees it, nothing invisible left invisible."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from seqweave.core.errors import shown

LETTERS = 300
"""Longest text that is shown whole, in characters."""
MARKED = 80
"""Longest marked part that is shown whole, in characters."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A text, or what is shown of it.

    Args:
        before: what stands before the marked part.
        marked: the marked part; empty where nothing is.
        after: what stands after it.
        cut: says what was left out; empty where nothing was.
    """

    before: str
    marked: str
    after: str
    cut: str


def beginning(text: str) -> Extract:
    """The first characters of a text, nothing marked."""
    if len(text) <= LETTERS:
        return Extract(text, "", "", "")
    return Extract(f"{text[:LETTERS]}...", "", "", f"first {LETTERS} of {len(text):,} characters")


def around(text: str, start: int, end: int) -> Extract:
    """The characters around a marked part.

    Args:
        text: the whole text.
        start: where the marked part begins, in characters.
        end: where it ends, exclusive.
    """
    marked = text[start:end] if end - start <= MARKED else f"{text[start : start + MARKED]}..."
    if len(text) <= LETTERS:
        return Extract(text[:start], marked, text[end:], "")
    room = (LETTERS - len(marked)) // 2
    first, last = max(0, start - room), min(len(text), end + room)
    before, after = text[first:start], text[end:last]
    left_out = f"{last - first:,} of {len(text):,} characters"
    return Extract(f"...{before}" if first else before, marked, f"{after}..." if last < len(text) else after, left_out)


def visible(text: object) -> Markup:
    """Text as HTML; control, bidirectional and zero-width characters as their escapes, set apart; line ends stay."""
    return Markup("").join(map(_escaped, str(text)))


def _escaped(character: str) -> Markup:
    if character == "\n" or character.isprintable():
        return escape(character)
    return Markup('<span class="escape">{}</span>').format(shown(character))
