"""What a word means where it stands: the words of other sentences that a language model sees as most alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqweave.data.corpus import Corpus
from seqweave.insight.embedding import AnyCodec, token_vectors
from seqweave.insight.explaining.subject import AnyExample
from seqweave.layers.contracts import Model

CHUNK = 2048
"""Sentences whose vectors are in memory at once."""
FLOOR = 1e-12


@dataclass(frozen=True)
class Alike:
    """A word in its sentence.

    Args:
        example: the sentence.
        position: of the word, from 0.
        cosine: of its vector and that of the word asked for, -1 to 1.
    """

    example: AnyExample
    position: int
    cosine: float


@dataclass(frozen=True)
class Senses:
    """The neighbours of some words of a text.

    Args:
        example: the text.
        words: for each position asked for, those that are most alike, the nearest first.
        looked_at: in how many words they were looked for.
    """

    example: AnyExample
    words: dict[int, tuple[Alike, ...]]
    looked_at: int


def senses(
    subject: tuple[Model[Any, Any], AnyCodec],
    corpus: Corpus[Any],
    text: AnyExample,
    positions: Sequence[int],
    count: int,
) -> Senses:
    """The words of a corpus whose vectors are most alike those of a text's words; sentences equal to it left out.

    Args:
        subject: a network in `eval()` mode with vectors of tokens, and the codec that was fitted with it.
        corpus: where to look; memory does not grow with it.
        text: an example.
        positions: of its words, from 0.
        count: how many to find of each, at least 1.

    Raises:
        CommandError: if the network has no vectors of tokens.
    """
    (own,) = token_vectors(*subject, Corpus.of(type(text), [text]))
    wanted = _unit(own[list(positions)])
    best: list[list[tuple[float, int, int]]] = [[] for _ in positions]
    looked_at = 0
    for start in range(0, len(corpus), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(corpus)))
        for row, vectors in zip(rows.tolist(), token_vectors(*subject, corpus.take(rows)), strict=True):
            if corpus[row].tokens == text.tokens:
                continue
            looked_at += len(vectors)
            cosines = wanted @ _unit(vectors).T  # (positions, tokens)
            for found, told in zip(best, cosines, strict=True):
                found += [(-float(told[at]), row, int(at)) for at in np.argsort(-told, kind="stable")[:count]]
        best = [sorted(found)[:count] for found in best]
    words = {
        position: tuple(Alike(corpus[row], at, -cosine) for cosine, row, at in found)
        for position, found in zip(positions, best, strict=True)
    }
    return Senses(text, words, looked_at)


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length 1. Shape (tokens, dim), float64."""
    wide = vectors.astype(np.float64)
    found: np.ndarray = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), FLOOR)
    return found


def to_json(found: Senses) -> dict[str, Any]:
    """The object that `explain --json` prints."""
    return {
        "text": found.example.text,
        "looked_at": found.looked_at,
        "tokens": [
            {"word": found.example.tokens[position], "position": position, "neighbours": [plain(one) for one in alike]}
            for position, alike in found.words.items()
        ],
    }


def plain(one: Alike) -> dict[str, Any]:
    """A neighbour as JSON values: the word, and its sentence around it as it was written."""
    example, at = one.example, one.position
    return {
        "word": example.tokens[at],
        "cosine": round(one.cosine, 6),
        "before": example.text[: example.starts[at]],
        "after": example.text[example.ends[at] :],
        "place": f"{example.source}:{example.line}",
    }
