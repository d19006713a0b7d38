"""Pairs of texts as ids: the source as features, both sides in the vocabulary that each source text extends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

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
        self.tokens, self.writing, self.glossary = tokens, writing, glossary
        self.prefixes = corpus.strings("prefix")
        self._required = [glossary.required(text) for text in corpus.field("text")] if glossary.terms else []

    @property
    def lengths(self) -> np.ndarray:
        """Length of the longer side of every pair, in tokens; the end mark counts. Shape (examples,), int64."""
        target = self.writing.target.ids.lengths
        longer: np.ndarray = np.maximum(np.diff(self.tokens.offsets), target + (target > 0))
        return longer

    def batch(self, rows: np.ndarray) -> TextBatch:
        """The chosen examples as one padded batch. Shape of rows: (batch,), int64."""
        found = self.writing.rows(rows)
        return TextBatch(
            self.tokens(rows),
            torch.from_numpy(found.source),
            max(map(len, found.added), default=0),
            torch.from_numpy(found.targets),
            tuple(self._prefix(row, added) for row, added in zip(rows.tolist(), found.added, strict=True)),
            tuple(self._runs(row, added) for row, added in zip(rows.tolist(), found.added, strict=True)),
            torch.from_numpy(np.asarray(rows)),
            tuple(map(tuple, found.added)),
        )

    def _prefix(self, row: int, added: Mapping[str, int]) -> tuple[int, ...]:
        tokens = self.prefixes.ids[row].tolist()
        return self.writing.ids([self.prefixes.table[entry] for entry in tokens], added)

    def _runs(self, row: int, added: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
        if not self._required:
            return ()
        runs = [self.writing.ids(tokens, added) for tokens in self._required[row]]
        # a term that is copied stands here as other tokens where the tokenizer cut the text elsewhere
        return tuple(run for run in runs if UNKNOWN not in run)
