"""How a text was written in plain words and as JSON values; the page and the command line tell the same."""

from __future__ import annotations

from typing import Any

from seqweave.insight.searching.explain import Reference, Writing
from seqweave.insight.searching.tree import Tree

DIGITS = 6


def texts(found: Writing, most: int) -> list[dict[str, Any]]:
    """The texts that ended in the beam, the best first."""
    return [_text(found.tree, place) for place in found.tree.texts[:most]]


def reference_line(found: Reference, size: int) -> str:
    """What became of a reference, in one sentence.

    Example:
        >>> reference_line(Reference("a b", ("a", "b"), -6.0, -2.0, 2, 9, "model error"), 5).split(": ")[0]
        'The reference fell out at step 2 (b), where it came 9th and the beam holds 5'
    """
    fate = "The reference stayed in the beam"
    if found.fell:
        step = (*found.words, "end")[found.fell - 1]
        place = f"it came {_ordinal(found.rank)} and the beam holds {size}" if found.rank else "it may not be written"
        fate = f"The reference fell out at step {found.fell} ({step}), where {place}"
    told = {
        "found": "it is the answer",
        "search error": "a search error, for the model likes it better than the answer",
        "model error": "a model error, for the model likes its answer better",
        "cannot be written": "this model's vocabulary cannot write it",
        "too long": "it is longer than what this model may write and end",
        "forbidden": "no error, for a setting of the search, the glossary or a prefix forbids it",
    }[found.verdict]
    return f"{fate}: {told} (log-probability {found.log_probability:.2f}, score {found.score:.3f})."


def to_json(found: Writing) -> dict[str, Any]:
    """The object that `explain --json` prints for a text that was written; rounded to six digits."""
    tokens = [
        {"word": word, "probability": round(float(chance), DIGITS)}
        for word, chance in zip((*found.words, *([""] if found.finished else [])), found.chances, strict=True)
    ]
    return {
        "text": found.example.text,
        "translation_text": found.text,
        "source": list(found.example.tokens),
        "tokens": tokens,
        "attention": None if found.attention is None else found.attention.round(DIGITS).tolist(),
        "search": {"size": found.tree.size, "normalise": found.normalise},
        "own_search": found.own and {"kind": found.own[0], "translation_text": found.own[1]},
        "reference": found.reference and _reference(found.reference, found.tree.size),
        "tree": found.tree.to_json(),
    }


def _reference(found: Reference, size: int) -> dict[str, Any]:
    return {
        "text": found.text,
        "log_probability": round(found.log_probability, DIGITS),
        "score": round(found.score, DIGITS),
        "fell": found.fell or None,
        "rank": found.rank or None,
        "verdict": found.verdict,
        "line": reference_line(found, size),
    }


def _text(tree: Tree, place: int) -> dict[str, Any]:
    path = tree.path(place)
    last = tree.nodes[place]
    return {
        "words": [node.word for node in path if node.word],
        "log_probability": last.log_probability,
        "score": last.score,
        "finished": last.fate == "finished",
        "best": last.best,
        "reference": last.reference,
    }


def _ordinal(number: int) -> str:
    """A rank in words.

    Example:
        >>> [_ordinal(number) for number in (1, 2, 3, 4, 11, 22)]
        ['1st', '2nd', '3rd', '4th', '11th', '22nd']
    """
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
