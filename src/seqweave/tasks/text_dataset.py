"""Pairs of texts as ids: the source as features, both sides in the vocabulary that each source text extends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.batches import TextBatch
from seqweave.data.corpus import Corpus, Strings
from seqweave.data.examples import TranslationExample
from seqweave.data.features.contract import END, PADDING, UNKNOWN
from seqweave.data.gather import Gatherer
from seqweave.tasks.contract import Dataset
from seqweave.tasks.glossary import Glossary


@dataclass(frozen=True, slots=True)
class Extended:
    """Rows in their extended vocabularies.

    Args:
        source: ids of the source. Shape (batch, time), int64.
        targets: ids of the target, the end mark last; 0 in rows without gold. Shape (batch, target_time), int64.
        added: for each row the words that it adds, and the id of each.
    """

    source: np.ndarray
    targets: np.ndarray
    added: Sequence[Mapping[str, int]]


class Writing:
    """Both sides of a corpus as ids of what can be written.

    Args:
        source: tokens of the source.
        target: tokens of the target; no row of it is empty but where there is no gold.
        known: the id of every token in the vocabulary.
        count: size of the vocabulary, the first id of a row's own words.
    """

    def __init__(self, source: Strings, target: Strings, known: Mapping[str, int], count: int) -> None:
        self.source, self.target, self.known, self.count = source, target, known, count
        self._source_ids, self._target_ids = self._ids(source), self._ids(target)

    def _ids(self, tokens: Strings) -> np.ndarray:
        ids = np.array([self.known.get(form, UNKNOWN) for form in tokens.table], np.int64)
        ids[0] = PADDING
        return ids

    def rows(self, rows: np.ndarray) -> Extended:
        """The chosen rows. Shape of rows: (batch,), int64."""
        forms = self.source.ids.padded(rows, PADDING)
        source, added = self._source_ids[forms], [dict[str, int]() for _ in rows]
        for row, place in np.argwhere(source == UNKNOWN).tolist():
            own = added[row]
            source[row, place] = own.setdefault(self.source.table[forms[row, place]], self.count + len(own))
        forms = self.target.ids.padded(rows, PADDING)
        targets = np.pad(self._target_ids[forms], ((0, 0), (0, 1)))
        for row, place in np.argwhere(targets == UNKNOWN).tolist():
            targets[row, place] = added[row].get(self.target.table[forms[row, place]], UNKNOWN)
        lengths = self.target.ids.lengths[rows]
        gold = np.flatnonzero(lengths)
        targets[gold, lengths[gold]] = END
        return Extended(source, targets, added)

    def ids(self, tokens: Sequence[str], added: Mapping[str, int]) -> tuple[int, ...]:
        """The ids of tokens in a row that adds its own."""
        return tuple([self.known.get(token) or added.get(token, UNKNOWN) for token in tokens])


class TextDataset(Dataset[TextBatch]):
    """Pairs of texts as ids.

    Args:
        tokens: features of the source.
        writing: ids of both sides.
        corpus: the pairs.
        glossary: what must be written for some terms.
    """

    def __init__(
        self, tokens: Gatherer, writing: Writing, corpus: Corpus[TranslationExample], glossary: Glossary
    ) -> None:
        self.tokens, self.writing, self.corpus, self.glossary = tokens, writing, corpus, glossary
        self.prefixes = corpus.strings("prefix")
        self._required = [glossary.required(text) for text in corpus.field("text")] if glossary.terms else []

    @property
    def lengths(self) -> np.ndarray:
        """Length of the longer side of every pair, in tokens; the end mark counts. Shape (examples,), int64."""
        target = self.writing.target.ids.lengths
        longer: np.ndarray = np.maximum(np.diff(self.tokens.offsets), target + (target > 0))
        return longer

    def batch(self, rows: np.ndarray) -> TextBatch:
        """The chosen examples as one padded batch. Shape of rows: (batch,), int64.

        Raises:
            DataError: if a text is to begin with what cannot be written.
        """
        found = self.writing.rows(rows)
        asked = [self._asked(row, added) for row, added in zip(rows.tolist(), found.added, strict=True)]
        return TextBatch(
            self.tokens(rows),
            torch.from_numpy(found.source),
            max(map(len, found.added), default=0),
            torch.from_numpy(found.targets),
            tuple(self._prefix(row, added) for row, added in zip(rows.tolist(), found.added, strict=True)),
            tuple(tuple(run for run in row.values() if UNKNOWN not in run) for row in asked),
            torch.from_numpy(np.asarray(rows)),
            tuple(map(tuple, found.added)),
            tuple(tuple(tokens for tokens, run in row.items() if UNKNOWN in run) for row in asked),
        )

    def _prefix(self, row: int, added: Mapping[str, int]) -> tuple[int, ...]:
        tokens = [self.prefixes.table[entry] for entry in self.prefixes.ids[row].tolist()]
        ids = self.writing.ids(tokens, added)
        lost = [token for token, number in zip(tokens, ids, strict=True) if number == UNKNOWN]
        if lost:
            what = f"the text is to begin with {shown(' '.join(lost))!r}, which the network cannot write"
            mend = "begin it with words of the training targets, or of the source"
            raise DataError("E-PREFIX-01", what, mend=mend, place=self._place(row))
        return ids

    def _place(self, row: int) -> Place | None:
        example = self.corpus[row]
        return Place(example.source, example.line) if example.source else None

    def _asked(self, row: int, added: Mapping[str, int]) -> dict[tuple[str, ...], tuple[int, ...]]:
        """What the glossary asks of a row, as tokens and as ids.

        A term that is copied stands here as other tokens, unknown ones, where the tokenizer cut the text elsewhere.
        """
        return {tokens: self.writing.ids(tokens, added) for tokens in self._required[row]} if self._required else {}
