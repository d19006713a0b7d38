"""Pairs of texts made together, so that it is known for each word written which word read it comes from.

A phrase has both sides, and larger ones are put together from smaller ones, in an order of their own on each side: a
syntax-directed transduction (Lewis and Stearns, 1968). Texts are written with a space between any two tokens.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import ClassVar

from seqweave.core.files import write_text
from seqweave.data.examples import TranslationExample, spelled
from seqweave.laboratory.contract import Laboratory, Specimen


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase and its translation.

    Args:
        source: the tokens that are read.
        target: the tokens that are to be written.
        origins: for each target token, the position of the source token that it comes from.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    origins: tuple[int, ...]


def word(source: str, target: str) -> Phrase:
    """One source token, from which all tokens of the target come; there may be none.

    Example:
        >>> word("图书馆", "the library")
        Phrase(source=('图书馆',), target=('the', 'library'), origins=(0, 0))
    """
    tokens = tuple(target.split())
    return Phrase((source,), tokens, (0,) * len(tokens))


def joined(phrases: Sequence[Phrase], order: Sequence[int]) -> Phrase:
    """Phrases one after another in the source; in the target, those that `order` names, as it orders them.

    Example:
        >>> joined([word("昨天", "yesterday"), word("来", "came")], (1, 0))
        Phrase(source=('昨天', '来'), target=('came', 'yesterday'), origins=(1, 0))
    """
    starts = list(accumulate((len(phrase.source) for phrase in phrases), initial=0))
    return Phrase(
        tuple(token for phrase in phrases for token in phrase.source),
        tuple(token for place in order for token in phrases[place].target),
        tuple(starts[place] + origin for place in order for origin in phrases[place].origins),
    )


class TranslationLaboratory(Laboratory[TranslationExample]):
    """Settings of a generator of pairs."""

    task = "translation"
    suffix = ".jsonl"
    sides: ClassVar[tuple[str, str]] = ("source", "target")
    """What the two texts of a line are called in the files: their languages, where they have some."""

    @abstractmethod
    def phrase(self, generator: Random) -> Phrase:
        """A whole text with its translation."""

    def specimens(self, seed: int) -> Iterator[Specimen[TranslationExample]]:
        """Endless specimens; equal seeds give equal ones."""
        generator = Random(seed)  # noqa: S311  # data, not secrets
        while True:
            phrase = self.phrase(generator)
            text, starts, ends = spelled(phrase.source)
            target, _, _ = spelled(phrase.target)
            example = TranslationExample(text, phrase.source, starts, ends, target, phrase.target)
            yield Specimen(example, phrase.origins)

    def write(self, examples: Sequence[TranslationExample], path: Path) -> None:
        """JSON lines: `{"translation": {"zh": ..., "en": ...}}`, or with the keys source and target."""
        rows = [{"translation": dict(zip(self.sides, (one.text, one.target), strict=True))} for one in examples]
        write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
