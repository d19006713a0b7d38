"""Texts as one stream of ids, and what a network says of their tokens as answers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.batches import ScoreRaw, StreamBatch, TextRaw
from seqweave.data.corpus import Corpus, Strings
from seqweave.data.examples import DocumentExample
from seqweave.data.features.contract import END, UNKNOWN
from seqweave.data.features.forms import form_counts
from seqweave.data.features.tokens import TokensConfig, TokensFeature
from seqweave.data.sizes import Sizes
from seqweave.data.state import mapping
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.data.vocabulary import TEXT_RESERVED, Vocabulary
from seqweave.tasks.contract import Codec
from seqweave.tasks.language_answer import ContinuedText, LanguageAnswer, ScoredText
from seqweave.tasks.language_dataset import LanguageDataset

LINE_END = "\n"
"""The token of a document at the end of each of its lines but the last, whose end is that of the document."""

FEWEST = 100
MOST_UNKNOWN = 0.25
TIMES_UNKNOWN = 3
"""A text of at least so many tokens of which more than such a share is unknown, and so many times the share that was
unknown in training, is cut into tokens in another way than training was."""
MOST_RESPELLED = 0.05
"""So is one of which more than such a share, and more than was unknown in training, would be known if it were parted
from its punctuation or written in small letters."""

Context = Literal["stream", "document"]
UNKNOWN_FORM = "<unk>"
"""What an unknown token is called where texts have no word for it."""


def is_strange(share: float, before: float) -> bool:
    """Whether a text of which such a share is unknown is of another kind than training, which had a share `before`."""
    return share > MOST_UNKNOWN and share > TIMES_UNKNOWN * before


def respelled(form: str) -> set[str]:
    """A form without the punctuation at its ends, in small letters, and both; what another tokenizer makes of it."""
    bare = re.sub(r"^\W+|\W+$", "", form)
    return {bare, form.lower(), bare.lower()} - {"", form}


def fitted(tokens: Strings, config: TokensConfig, unknown: str) -> TokensFeature:
    """The tokens of training texts: ends of lines, and the word that stands for unknown ones, have ids of their own.

    Args:
        tokens: the texts.
        config: which tokens are kept.
        unknown: the word; empty where there is none.
    """
    counts = form_counts(tokens).copy()
    table = [form if form not in (unknown, LINE_END) else "" for form in tokens.table]
    lines = sum(int(count) for form, count in zip(tokens.table, counts.tolist(), strict=True) if form == LINE_END)
    counts[[number for number, form in enumerate(tokens.table) if form == LINE_END]] = 0
    vocabulary = Vocabulary.of(table, counts, config.min_count, config.max_size, TEXT_RESERVED)
    vocabulary.counts[END] = len(tokens.ids) + lines
    return TokensFeature(vocabulary)


@dataclass(frozen=True)
class LanguageCodec(Codec[DocumentExample, StreamBatch, ScoreRaw | TextRaw, LanguageAnswer]):
    """The tokens of a language model.

    Args:
        tokens: those that are known.
        tokenizer: of the texts; it joins what is written.
        unknown: the word that stands for unknown ones; empty where there is none.
        context: what is remembered at the beginning of a text: all texts before it, or nothing.
        whole: whether the tokens tell every character.
    """

    tokens: TokensFeature
    tokenizer: Tokenizer
    unknown: str
    context: Context = "stream"
    whole: bool = False

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self.tokens.vocabulary.words)

    @property
    def sizes(self) -> Sizes:
        """Size of the vocabulary."""
        return Sizes({}, target=self.tokens.size)

    @cached_property
    def digest(self) -> str:
        """The vocabulary in eight characters: perplexities compare where it is the same."""
        return hashlib.sha256("\n".join(self.tokens.vocabulary.words).encode()).hexdigest()[:8]

    def ids(self, table: Sequence[str]) -> np.ndarray:
        """The ids of forms. Shape (forms,), int64."""
        found = self.tokens.vocabulary.ids(table).astype(np.int64)
        found[[number for number, form in enumerate(table) if form == LINE_END]] = END
        return found

    def encode(self, corpus: Corpus[DocumentExample]) -> LanguageDataset:
        """A corpus as ids.

        Raises:
            DataError: if it holds tokens that are unknown to a model that never learned what an unknown one is like, or
                so many of them that it must be cut into tokens in another way than training was.
        """
        tokens, ids = corpus.strings("tokens"), self.known_ids(corpus)
        strange = self._strange(tokens.table, ids)
        apart = ids.copy()
        apart[strange] = self.tokens.vocabulary.count + np.arange(len(strange))
        unknown = [tokens.table[number] for number in strange.tolist()]
        return LanguageDataset(tokens.ids, ids, self.context, apart, unknown)

    def known_ids(self, corpus: Corpus[DocumentExample]) -> np.ndarray:
        """The ids of a corpus's forms. Shape (forms,), int64.

        Raises:
            DataError: as `encode` does.
        """
        tokens = corpus.strings("tokens")
        ids = self.ids(tokens.table)
        self._require_known(corpus, tokens, ids)
        return ids

    def _strange(self, table: Sequence[str], ids: np.ndarray) -> np.ndarray:
        """The forms that are unknown, not the word that stands for unknown ones, nor the empty one. Shape (forms,)."""
        found = np.flatnonzero(ids == UNKNOWN)
        return found[[table[number] not in ("", self.unknown) for number in found.tolist()]]

    def _require_known(self, corpus: Corpus[DocumentExample], tokens: Strings, ids: np.ndarray) -> None:
        strange = ids == UNKNOWN
        strange[0] = False  # the empty string never occurs
        counts = form_counts(tokens)
        unknown, total = int(counts[strange].sum()), int(counts.sum())
        learned = self.tokens.vocabulary.counts
        if not unknown or (learned[UNKNOWN] and total < FEWEST):
            return
        share, before = unknown / total, learned[UNKNOWN] / max(int(learned.sum()), 1)
        mend = "cut the text into tokens as training was, and spell it alike"
        known = self._respelled(tokens.table, strange)
        if not learned[UNKNOWN]:
            what = f"the model has never met {unknown:,} of {total:,} tokens, nor any that it had to call unknown"
            more = "train with a higher data.min_count, so that rare tokens teach the unknown one, or with "
            more += "data.tokenizer: {kind: bpe}"
            raise self._stranger("E-LM-02", what, f"{mend}; or {more}" if known.any() else more, corpus, strange)
        if is_strange(share, before):
            what = (
                f"{100 * share:.0f} % of the tokens are unknown to the model, but only {100 * before:.0f} % in training"
            )
            more = (
                "; or train on more such text, or with a higher data.min_count, so that words seen once are unknown in "
            )
            more += "training, too"
            raise self._stranger("E-LM-03", what, mend + more, corpus, strange)
        again = int(counts[known].sum()) / total
        if again > max(MOST_RESPELLED, before):
            what = f"{100 * again:.0f} % of the tokens are unknown to the model, but not in small letters or without "
            raise self._stranger("E-LM-07", what + "the punctuation at their ends", mend, corpus, known)

    def _respelled(self, table: Sequence[str], strange: np.ndarray) -> np.ndarray:
        """Which unknown forms would be known, were they cut or spelled in another way. Shape (forms,), bool."""
        known = np.zeros(len(table), bool)
        for number in np.flatnonzero(strange).tolist():
            known[number] = not self._words.isdisjoint(respelled(table[number]))
        return known

    def _stranger(
        self, code: str, what: str, mend: str, corpus: Corpus[DocumentExample], strange: np.ndarray
    ) -> DataError:
        """The error that names the first unknown token and its text."""
        tokens = corpus.strings("tokens")
        row = next(row for row in range(len(corpus)) if strange[tokens.ids[row]].any())
        form = tokens.table[int(tokens.ids[row][strange[tokens.ids[row]]][0])]
        example = corpus[row]
        place = Place(example.source, example.line) if example.source else None
        return DataError(code, f"{what} (the first is {shown(form)!r})", mend=mend, place=place)

    def answers(self, raw: ScoreRaw | TextRaw, batch: StreamBatch) -> list[LanguageAnswer]:
        """One plain answer for each row of the batch."""
        if isinstance(raw, TextRaw):
            return [self._continued(raw, row, batch) for row in range(len(batch))]
        lengths = batch.mask.sum(dim=1).tolist()
        rows = zip(batch.targets.tolist(), raw.log_probabilities.tolist(), lengths, strict=True)
        apart = [[]] * len(batch) if raw.apart is None else raw.apart.tolist()
        return [
            self.scored(ids[: n - 1], logs[:n], self.context, others[:n])
            for (ids, logs, n), others in zip(rows, apart, strict=True)
        ]

    def scored(
        self, ids: Sequence[int], logs: Sequence[float], context: str, apart: Sequence[float] = ()
    ) -> ScoredText:
        """A text's tokens and their log-probabilities, that of the end last.

        Args:
            ids: of the tokens.
            logs: one more than tokens.
            context: how the text was read.
            apart: the log-probabilities where unknown forms are told apart, or none.
        """
        unknown = sum(one == UNKNOWN for one in ids)
        return ScoredText(self.words(ids), tuple(logs), self.digest, context, tuple(apart), unknown, self.whole)

    def _continued(self, raw: TextRaw, row: int, batch: StreamBatch) -> ContinuedText:
        length = int(batch.mask[row].sum())
        added = batch.added[row] if batch.added else ()
        before = self.words(batch.read[row, 1:length].tolist(), added)
        found = tuple(self.words(tokens, added) for tokens in raw.tokens[row])
        chances = raw.chances[row][: len(found[0])]
        texts = tuple(self._behind(before, tokens) for tokens in found)
        proven = None if raw.proven is None else raw.proven[row]
        unknown = int((batch.inputs[row, 1:length] == UNKNOWN).sum())
        return ContinuedText(found, raw.log_probabilities[row], chances, texts, proven, unknown)

    def _behind(self, before: Sequence[str], tokens: Sequence[str]) -> str:
        """Tokens as the text that stands behind others, the space between the two included, if one belongs there."""
        start, whole = self.tokenizer.join(before), self.tokenizer.join([*before, *tokens])
        behind = whole[len(start) :] if whole.startswith(start) else f" {self.tokenizer.join(tokens)}"
        return behind.removeprefix(" ") if before and before[-1] == LINE_END else behind

    def words(self, ids: Sequence[int], added: Sequence[str] = ()) -> tuple[str, ...]:
        """The tokens of ids, as the model knows them.

        Args:
            ids: those of the vocabulary, and from its size on those of unknown forms.
            added: these forms.
        """
        known, count = self.tokens.vocabulary.words, self.tokens.vocabulary.count
        return tuple(
            added[one - count]
            if one >= count
            else known[one - TEXT_RESERVED]
            if one >= TEXT_RESERVED
            else LINE_END
            if one == END
            else self.unknown or UNKNOWN_FORM
            for one in ids
        )

    def tuned(self, golds: Sequence[DocumentExample], answers: Callable[[], Sequence[LanguageAnswer]]) -> LanguageCodec:
        """Itself: there is nothing to choose."""
        del golds, answers
        return self

    def to_json(self) -> dict[str, Any]:
        """The fitted state as JSON values."""
        return {"tokens": self.tokens.to_json()}

    @classmethod
    def restore(
        cls, state: Mapping[str, Any], tokenizer: Tokenizer, unknown: str, context: Context, *, whole: bool
    ) -> LanguageCodec:
        """The codec that `to_json` described.

        Raises:
            DataError: if the state is malformed.
        """
        return cls(TokensConfig().restore(mapping(state, "tokens")), tokenizer, unknown, context, whole)
