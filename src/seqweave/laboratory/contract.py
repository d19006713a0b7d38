"""The contract of a laboratory: seeded sentences of any number, each with its deciding tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Generic, Literal, Protocol, TypeVar

from seqweave.core.configuration import Config
from seqweave.core.errors import RecipeError
from seqweave.core.registry import Registry

LABORATORIES = Registry("laboratories", "seqweave.laboratory")
laboratory = LABORATORIES.register

REPEATS_LIMIT = 10_000
"""After so many texts that were there before, there are surely too few others."""


class WithText(Protocol):
    """An example that has a text."""

    @property
    def text(self) -> str:
        """The text."""


E = TypeVar("E", bound=WithText)


@dataclass(frozen=True, slots=True)
class Specimen(Generic[E]):
    """An example and what decides it.

    Args:
        example: the example, with gold.
        evidence: for a text, the positions of the tokens that decide its label. For tags, one pair for each token
            that cannot be told from its own form: its position, and that of the token that decides it. All are
            positions in the example's own tokens, whose `starts` and `ends` say where they stand in the text.
    """

    example: E
    evidence: tuple[int, ...]


class Laboratory(Config, ABC, Generic[E]):
    """Settings of a generator of specimens of one task and language."""

    language: Literal["en", "zh"] = "en"
    """English or Chinese."""

    @abstractmethod
    def specimens(self, seed: int) -> Iterator[Specimen[E]]:
        """Endless specimens; equal seeds give equal ones."""

    @abstractmethod
    def write(self, examples: Sequence[E], path: Path) -> None:
        """The examples as a file of the format that the task reads by default."""

    def split(self, sizes: Sequence[int], seed: int) -> list[list[Specimen[E]]]:
        """Parts of the sizes asked for, no text in two of them.

        Args:
            sizes: number of specimens of each part.
            seed: of the generator.

        Raises:
            RecipeError: if there are not so many different texts.
        """
        fresh = self._fresh(seed)
        return [list(islice(fresh, size)) for size in sizes]

    def _fresh(self, seed: int) -> Iterator[Specimen[E]]:
        """The specimens, without those whose text was there before."""
        seen: set[str] = set()
        repeats = 0
        for specimen in self.specimens(seed):
            repeats = repeats + 1 if specimen.example.text in seen else 0
            if repeats == 0:
                seen.add(specimen.example.text)
                yield specimen
            elif repeats > REPEATS_LIMIT:
                what = f"this laboratory has few more than {len(seen):,} different texts"
                raise RecipeError("E-LAB-01", what, mend="ask for fewer")


def pick(generator: Random, choices: str) -> list[str]:
    """One of several phrases written `a b|c d`, as its tokens."""
    return generator.choice(choices.split("|")).split()
