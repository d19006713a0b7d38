"""Strings of symbols to be written again, backwards, or sorted: what attention must solve without an error.

The target has the length of the source, which a single vector cannot hold for long strings; see Sutskever et al., 2014,
arXiv:1409.3215, and Graves et al., 2014, arXiv:1410.5401, for such tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pydantic import Field

from seqweave.laboratory.contract import laboratory
from seqweave.laboratory.translation import Phrase, TranslationLaboratory, joined, word

SYMBOLS = {"en": "abcdefghijklmnopqrst", "zh": "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"}
"""In the order in which they are sorted; the Chinese ones are the heavenly stems and earthly branches."""


def drawn(generator: Random, longest: int) -> list[int]:
    """The ranks of a string's symbols; all lengths from 1 to the longest are equally frequent."""
    return generator.choices(range(len(SYMBOLS["en"])), k=generator.randint(1, longest))


def string(language: str, ranks: Sequence[int], order: Sequence[int]) -> Phrase:
    """A string and what it becomes.

    Args:
        language: of the symbols.
        ranks: of the source's symbols.
        order: the positions in the source of the target's symbols.
    """
    symbols = SYMBOLS[language]
    return joined([word(symbols[rank], symbols[rank]) for rank in ranks], order)


@laboratory("copy")
class CopyLaboratory(TranslationLaboratory):
    """Settings of strings to be written again as they are."""

    longest: int = Field(default=20, ge=1, le=1000)
    """Most symbols of a string; lengths with too few strings are rarer than others."""

    def phrase(self, generator: Random) -> Phrase:
        """The symbols from the first to the last."""
        ranks = drawn(generator, self.longest)
        return string(self.language, ranks, range(len(ranks)))


@laboratory("reverse")
class ReverseLaboratory(TranslationLaboratory):
    """Settings of strings to be written backwards."""

    longest: int = Field(default=20, ge=1, le=1000)
    """Most symbols of a string; lengths with too few strings are rarer than others."""

    def phrase(self, generator: Random) -> Phrase:
        """The symbols from the last to the first."""
        ranks = drawn(generator, self.longest)
        return string(self.language, ranks, range(len(ranks))[::-1])


@laboratory("sort")
class SortLaboratory(TranslationLaboratory):
    """Settings of strings to be sorted."""

    longest: int = Field(default=20, ge=1, le=1000)
    """Most symbols of a string; lengths with too few strings are rarer than others."""

    def phrase(self, generator: Random) -> Phrase:
        """The symbols from the least to the greatest; of equal ones, the first comes first."""
        ranks = drawn(generator, self.longest)
        return string(self.language, ranks, sorted(range(len(ranks)), key=ranks.__getitem__))
