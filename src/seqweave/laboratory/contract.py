"""The contract of a laboratory: seeded sentences of any number, each with its deciding tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from seqweave.core.configuration import Config
from seqweave.core.errors import RecipeError, shown
from seqweave.core.registry import Registry, nearest

LABORATORIES = Registry("laboratories", "seqweave.laboratory")
laboratory = LABORATORIES.register

USUAL = {"translation": "reverse"}
"""The laboratory of a task that has several, where none is named; the only one of a task is called as the task is."""
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
            that cannot be told from its own form: its position, and that of the token that decides it. For a
            translation, one for each target token: the source token that it comes from. All are positions in the
            example's own tokens, whose `starts` and `ends` say where they stand in the text.
    """

    example: E
    evidence: tuple[int, ...]


class Laboratory(Config, ABC, Generic[E]):
    """Settings of a generator of specimens of one task and language."""

    task: ClassVar[str]
    """The task that its examples are of."""
    suffix: ClassVar[str]
    """How the files that it writes end."""
    languages: ClassVar[tuple[str, ...]] = ("en", "zh")
    """Those that it knows."""
    held_back: ClassVar[Mapping[str, Any]] = {}
    """Settings that the other parts than the one for training are made with; none where all are made alike."""

    repeats: ClassVar[bool] = False
    """Whether a text may come again, in whatever part: where it is their frequency that is learned."""

    language: Literal["en", "zh"] = "en"
    """English or Chinese."""

    @abstractmethod
    def specimens(self, seed: int) -> Iterator[Specimen[E]]:
        """Endless specimens; equal seeds give equal ones."""

    @abstractmethod
    def write(self, examples: Sequence[E], path: Path) -> None:
        """The examples as a file of the format that the task reads by default."""

    def split(self, sizes: Sequence[int], seed: int) -> list[list[Specimen[E]]]:
        """Parts of the sizes asked for, no text in two of them unless texts may come again.

        Args:
            sizes: number of specimens of each part.
            seed: of the generator.

        Raises:
            RecipeError: if there are not so many different texts.
        """
        train = other = self.specimens(seed)
        if self.held_back:
            other = self.model_copy(update=self.held_back).specimens(seed + 1)
        if self.repeats:
            return [list(islice(train, size)) for size in sizes]
        seen: set[str] = set()
        fresh = [_fresh(train, seen), _fresh(other, seen)]
        return [list(islice(fresh[min(part, 1)], size)) for part, size in enumerate(sizes)]


def laboratory_of(task: str, kind: str = "", language: str = "") -> Laboratory[Any]:
    """A laboratory of a task.

    Args:
        task: name of the task.
        kind: which of its laboratories; the usual one where empty.
        language: its own where empty.

    Raises:
        RecipeError: if the task has no such laboratory, or it does not know the language.
    """
    fitting = {name: config for name, config in LABORATORIES if issubclass(config, Laboratory) and config.task == task}
    chosen = kind or USUAL.get(task, task)
    if chosen not in fitting:
        what = f"{task} has no laboratory {shown(repr(chosen))}"
        raise RecipeError("E-LAB-02", what, mend=f"use {nearest(chosen, tuple(fitting))}")
    config = fitting[chosen]
    if language and language not in config.languages:
        what = f"the laboratory {chosen} does not know the language {language}"
        raise RecipeError("E-LAB-03", what, mend=f"use --language {' or '.join(config.languages)}, or leave it out")
    return config.model_validate({"language": language} if language else {})


def _fresh(stream: Iterator[Specimen[E]], seen: set[str]) -> Iterator[Specimen[E]]:
    """The specimens whose text was not there before; it is then among those seen."""
    repeats = 0
    for specimen in stream:
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
