"""The contract of a laboratory: seeded sentences of any number, each with its deciding tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Generic, TypeVar

from seqweave.core.configuration import Config
from seqweave.core.registry import Registry

LABORATORIES = Registry("laboratories", "seqweave.laboratory")
laboratory = LABORATORIES.register

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Specimen(Generic[E]):
    """An example and what decides it.

    Args:
        example: the example, with gold.
        evidence: for a text, the positions of the tokens that decide its label. For tags, one entry per token that
            cannot be told from its own form: (token, the position that decides it), flattened pairwise.
    """

    example: E
    evidence: tuple[int, ...]


class Laboratory(Config, ABC, Generic[E]):
    """Settings of a generator of specimens of one task and language."""

    language: str = "en"
    """en or zh."""

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
        """
        stream, seen = self.specimens(seed), set[E]()
        parts: list[list[Specimen[E]]] = []
        for size in sizes:
            part: list[Specimen[E]] = []
            while len(part) < size:
                specimen = next(stream)
                if specimen.example not in seen:
                    seen.add(specimen.example)
                    part.append(specimen)
            parts.append(part)
        return parts


def pick(generator: Random, choices: str) -> list[str]:
    """One of several phrases written `a b|c d`, as its tokens."""
    return generator.choice(choices.split("|")).split()
