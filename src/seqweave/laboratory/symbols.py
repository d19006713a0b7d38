"""Strings of symbols to be written again, backwards, or sorted: what attention must solve without an error.

The target has the length of the source, which a single vector cannot hold for long strings; see Sutskever et al., 2014,
arXiv:1409.3215, and Graves et al., 2014, arXiv:1410.5401, for such tasks.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from random import Random

from pydantic import Field

from seqweave.laboratory.contract import laboratory
from seqweave.laboratory.translation import Phrase, TranslationLaboratory, joined, word

SYMBOLS = {"en": "abcdefghijklmnopqrst", "zh": "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"}
"""In the order in which they are sorted; the Chinese ones are the heavenly stems and earthly branches."""


class SymbolsLaboratory(TranslationLaboratory):
    """Settings of strings of symbols."""

    longest: int = Field(default=20, ge=1, le=1000)
    """Most symbols of a string; all lengths from 1 on are equally frequent, but for those with too few strings."""

    @abstractmethod
    def order(self, ranks: Sequence[int]) -> Sequence[int]:
        """The positions in the source of the target's symbols, from the ranks of the source's symbols."""

    def phrase(self, generator: Random) -> Phrase:
        """A string and what it becomes."""
        symbols = SYMBOLS[self.language]
        ranks = generator.choices(range(len(symbols)), k=generator.randint(1, self.longest))
        return joined([word(symbols[rank], symbols[rank]) for rank in ranks], self.order(ranks))


@laboratory("copy")
class CopyLaboratory(SymbolsLaboratory):
    """Settings of strings to be written again as they are."""

    def order(self, ranks: Sequence[int]) -> Sequence[int]:
        """From the first to the last."""
        return range(len(ranks))


@laboratory("reverse")
class ReverseLaboratory(SymbolsLaboratory):
    """Settings of strings to be written backwards."""

    def order(self, ranks: Sequence[int]) -> Sequence[int]:
        """From the last to the first."""
        return range(len(ranks))[::-1]


@laboratory("sort")
class SortLaboratory(SymbolsLaboratory):
    """Settings of strings to be sorted."""

    def order(self, ranks: Sequence[int]) -> Sequence[int]:
        """From the least to the greatest; of equal symbols, the first comes first."""
        return sorted(range(len(ranks)), key=ranks.__getitem__)
