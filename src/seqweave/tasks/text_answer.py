"""What is answered where a text is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Origin = Literal["written", "copied", "unknown"]
"""How a token came about: out of the vocabulary, out of the source because no vocabulary has it, or not at all."""
ORIGINS: tuple[Origin, ...] = get_args(Origin)
LOST = "<unk>"
"""Stands in a text where the network wrote that it does not know the word."""
MISSED = "terms_missed"
"""The key under which an answer tells what the glossary asks for and the text does not have."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another text that was found.

    Args:
        text: the text.
        score: of it, as the search compares them.
    """

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """What is written for one text.

    Args:
        text: the best text that was found.
        tokens: its tokens.
        origins: how each token came about.
        probabilities: of each token, 0 to 1.
        links: the position of the source token that was looked at most at each token; empty without attention.
        score: of the text, as the search compares them.
        log_probability: of the text, its end included.
        alternatives: other texts that were found, best first.
        missed: what the glossary asks for and the text does not have.
        proven: whether no better text is possible; None where the search does not ask.
    """

    text: str
    tokens: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()
    probabilities: tuple[float, ...] = ()
    links: tuple[int, ...] = ()
    score: float = 0.0
    log_probability: float = 0.0
    alternatives: tuple[Alternative, ...] = ()
    missed: tuple[str, ...] = ()
    proven: bool | None = None
