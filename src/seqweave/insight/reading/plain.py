"""A reading in plain words and as JSON values; the page and the command line tell the same."""

from __future__ import annotations

from typing import Any

from seqweave.insight.reading.explain import Hangs, Reading, Told

DIGITS = 6
END = "end of line"
"""What is written for the end of a line, and of a text."""


def named(word: str) -> str:
    r"""A word as people read it.

    Example:
        >>> named("cat"), named("\n"), named("")
        ('cat', 'end of line', 'end of line')
    """
    return word if word.strip("\n") else END


def question(found: Reading, one: Hangs) -> str:
    """What is explained, as a question."""
    if one.position == len(found.example.tokens):
        return f"Why would “{named(one.word)}” come next?"
    return f"Token {one.position + 1}: why “{named(one.word)}”?"


def place(found: Reading, position: int) -> str:
    """A place that was looked at: the token and its number."""
    if position < 0:
        return "the beginning"
    return f"{named(found.example.tokens[position])} ({position + 1})"


def to_json(found: Reading) -> dict[str, Any]:
    """The object that `explain --json` prints for a text that was read; rounded to six digits."""
    return {
        "text": found.example.text,
        "perplexity": _rounded(found.perplexity),
        "tokens": [_told(one) for one in found.told[:-1]],
        "end": _told(found.told[-1]),
        "next": _words(found.following),
        "pointer": {"kind": found.pointer, "window": found.window} if found.pointer else None,
        "hangs_on": [_hangs(one) for one in found.hangs],
        "sanity": {
            "meaningless": found.sanity.meaningless,
            "order": _rounded(found.sanity.order),
            "copies": [_rounded(one) for one in found.sanity.copies],
        },
    }


def _told(one: Told) -> dict[str, Any]:
    """One position; an unknown word is known by its form where it stood before, else by the unknown token."""
    pointed = {} if one.gate is None else {"gate": _rounded(one.gate), "looked": _looked(one)}
    return {
        "word": one.word,
        "known": one.known,
        "log_probability": _rounded(one.log_probability),
        "bits": _rounded(one.bits),
        "others": _words(one.others),
        **pointed,
    }


def _looked(one: Told) -> list[dict[str, Any]]:
    """Where it looked; token 0 is the beginning."""
    return [{"token": position + 1, "share": _rounded(share)} for position, share in one.looked]


def _hangs(one: Hangs) -> dict[str, Any]:
    shares = [{"token": one.first + at + 1, "share": _rounded(share)} for at, share in enumerate(one.shares)]
    facts = {"token": one.position + 1, "word": one.word, "log_probability": _rounded(one.log_probability)}
    return {**facts, "shares": shares}


def _words(words: tuple[tuple[str, float], ...]) -> list[dict[str, Any]]:
    return [{"word": word, "probability": _rounded(chance)} for word, chance in words]


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
