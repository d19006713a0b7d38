"""A user's glossary: terms of the source, and how each must be written in the target."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

from pydantic import Field

from seqweave.core.configuration import Config
from seqweave.core.errors import DataError, Notice, Place, shown
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt
from seqweave.data.state import malformed, mappings
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.data.tokenizers.scripts import HAN

_UNSPACED = re.compile(f"[{HAN}]")


@final
class GlossaryConfig(Config):
    """Which terms must be translated how."""

    path: str = Field(min_length=1)
    """File of two columns with a tab between them, UTF-8: a source term, and what must stand for it in the target. The
    path is relative to the recipe; a saved model holds the terms, and needs no file."""


@dataclass(frozen=True)
class Glossary:
    """Terms, found in a text wherever they stand as whole words; longer ones before shorter ones.

    Args:
        terms: by source term, the tokens that must be written for it.
    """

    terms: Mapping[str, tuple[str, ...]]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.terms, key=lambda term: (-len(term), term))
        return re.compile("|".join(map(_bounded, longest_first)))

    def required(self, text: str) -> list[tuple[str, ...]]:
        """What must be written for a text: the tokens of each term that it holds, in its order, each once.

        Example:
            >>> Glossary({"bank": ("Ufer",), "river bank": ("Fluss", "ufer")}).required("a river bank, no banker")
            [('Fluss', 'ufer')]
        """
        if not self.terms:
            return []
        return list(dict.fromkeys(self.terms[match[0]] for match in self._pattern.finditer(text)))

    def copied(self, known: Collection[str]) -> str:
        """The first word that must be written and is not known, so that it can only be copied; empty if none is."""
        return next((word for target in self.terms.values() for word in target if word not in known), "")

    def to_json(self) -> list[dict[str, Any]]:
        """The terms as JSON values."""
        return [{"source": source, "target": list(target)} for source, target in self.terms.items()]

    @classmethod
    def restore(cls, state: Mapping[str, Any], key: str) -> Glossary:
        """The glossary that `to_json` described.

        Raises:
            DataError: if it is malformed.
        """
        terms: dict[str, tuple[str, ...]] = {}
        for one in mappings(state, key):
            source, target = one.get("source"), one.get("target")
            strings = isinstance(target, list) and all(isinstance(token, str) for token in target)
            if not (isinstance(source, str) and source and target and strings):
                raise malformed(f"{key!r} holds what is no term")
            terms[source] = tuple(target)
        return cls(terms)


NO_TERMS = Glossary({})


def read_glossary(config: GlossaryConfig, tokenizer: Tokenizer, known: Sequence[str]) -> Glossary:
    """The terms of a file.

    Args:
        config: names the file.
        tokenizer: of the texts.
        known: the tokens that can be written; others only where they stand in the source term, to be copied.

    Raises:
        MissingInputError: if there is no such file.
        DataError: if the file is in another encoding, a line is no pair, a term has two translations, or one that
            cannot be written.
    """
    vocabulary, terms = set(known), dict[str, tuple[str, ...]]()
    path = Path(config.path)
    receipt = Receipt(path.name)
    for number, line in lines(path, "auto", receipt):
        if not line.strip():
            continue
        place = Place(path.name, number)
        source, target = _pair(line, place)
        tokens = tokenizer.target.split(target).words
        copied = set(tokenizer.split(source).words)
        lost = [token for token in tokens if token not in vocabulary and token not in copied]
        if lost or not tokens:
            what = f"the network cannot write {shown(' '.join(lost) or target)!r}: training never holds it"
            mend = "use words of the training targets, or subwords (data.tokenizer: {kind: bpe})"
            raise DataError("E-GLOSSARY-02", what, mend=mend, place=place)
        if terms.setdefault(source, tokens) != tokens:
            what = f"the term {shown(source)!r} has two translations"
            raise DataError("E-GLOSSARY-03", what, mend="keep one of them", place=place)
    receipt.close()
    return Glossary(terms)


def lacking(answers: int) -> Notice:
    """The warning that some answers lack a term of the glossary."""
    return Notice("W-GLOSSARY-01", "texts lack what the glossary asks for (terms_missed)", count=answers)


def _pair(line: str, place: Place) -> tuple[str, str]:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) != 2 or not all(cells):
        what = f"a source term, a tab and its translation are needed ({shown(line)!r} was found)"
        raise DataError("E-GLOSSARY-01", what, mend="write TERM<tab>TRANSLATION", place=place)
    return cells[0], cells[1]


def _bounded(term: str) -> str:
    """A pattern of a term as whole words; Han characters have no borders."""
    before = r"(?<!\w)" if term[0].isalnum() and not _UNSPACED.match(term[0]) else ""
    after = r"(?!\w)" if term[-1].isalnum() and not _UNSPACED.match(term[-1]) else ""
    return before + re.escape(term) + after
