"""Texts as ids of tokens, and ids that a network wrote back to texts.

Each source text extends the vocabulary of the target by its own words that cannot be written otherwise, so that they
can be copied: See et al., 2017, arXiv:1704.04368, section 2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from seqweave.core.errors import DataError, Place, RecipeError
from seqweave.data.batches import TextBatch, TextRaw
from seqweave.data.corpus import Corpus, Ragged, Strings
from seqweave.data.examples import TranslationExample
from seqweave.data.feature_set import FeatureSet
from seqweave.data.features.contract import Feature, FeatureConfig
from seqweave.data.features.tokens import TokensConfig, TokensFeature
from seqweave.data.gather import Gatherer
from seqweave.data.sizes import Sizes
from seqweave.data.state import malformed, mapping
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.data.vocabulary import TEXT_RESERVED
from seqweave.decoding.contract import stands
from seqweave.tasks.contract import Codec
from seqweave.tasks.glossary import NO_TERMS, Glossary
from seqweave.tasks.text_answer import LOST, Alternative, Origin, TextAnswer
from seqweave.tasks.text_dataset import TextDataset, Writing


@dataclass(frozen=True)
class TextCodec(Codec[TranslationExample, TextBatch, TextRaw, TextAnswer]):
    """Fitted features of the source, and the tokens of the target.

    Args:
        features: the fitted features of the source.
        target: the tokens that can be written.
        tokenizer: of both sides; its target side joins what is written.
        joint: whether both sides have the same tokens.
        glossary: what must be written for some terms.
    """

    features: FeatureSet
    target: TokensFeature
    tokenizer: Tokenizer
    joint: bool = False
    glossary: Glossary = NO_TERMS

    @classmethod
    def fit(
        cls,
        corpus: Corpus[TranslationExample],
        features: Mapping[str, FeatureConfig],
        tokenizer: Tokenizer,
        vocabulary: TokensConfig,
        joint: bool = False,
    ) -> TextCodec:
        """Features and tokens of training examples.

        Args:
            corpus: the examples.
            features: what is read of the source, by name.
            tokenizer: that of both sides.
            vocabulary: settings of the tokens that can be written.
            joint: whether the tokens of both sides are counted together and have the same ids.

        Raises:
            DataError: if no token can be written.
            RecipeError: if the vocabulary is joint and the network reads no tokens.
        """
        source, target = corpus.strings("tokens"), corpus.strings("target_tokens")
        fitted = vocabulary.fit(together(source, target) if joint else target)
        if not fitted.vocabulary.words:
            what = f"no token stands {vocabulary.min_count} times in the training targets"
            mend = "lower data.min_count, or check data.target"
            raise DataError("E-WRITE-01", what, mend=mend, place=Place(corpus[0].source))
        if not joint:
            return cls(FeatureSet.fit(features, source), fitted, tokenizer)
        if "tokens" not in features:
            what = "data.vocabulary is joint, but the model reads no tokens of the source"
            raise RecipeError("E-RECIPE-30", what, mend="add {kind: tokens} to model.embed, or write separate")
        others = {name: config for name, config in features.items() if name != "tokens"}
        shared: dict[str, Feature] = {"tokens": fitted}
        return cls(FeatureSet({**FeatureSet.fit(others, source).features, **shared}), fitted, tokenizer, joint=True)

    @property
    def sizes(self) -> Sizes:
        """Sizes of features and of the target's vocabulary."""
        copied = self.glossary.copied(self.known)
        return Sizes(self.features.sizes, target=self.target.size, joint=self.joint, copied=copied)

    @cached_property
    def known(self) -> dict[str, int]:
        """The id of every token that can be written."""
        return {word: number for number, word in enumerate(self.target.vocabulary.words, TEXT_RESERVED)}

    def encode(self, corpus: Corpus[TranslationExample]) -> TextDataset:
        """A corpus, with or without gold, as ids."""
        tokens = corpus.strings("tokens")
        writing = Writing(tokens, corpus.strings("target_tokens"), self.known, self.target.vocabulary.count)
        return TextDataset(Gatherer(tokens, self.features.columns(tokens)), writing, corpus, self.glossary)

    def answers(self, raw: TextRaw, batch: TextBatch) -> list[TextAnswer]:
        """One plain answer for each row of the batch."""
        looked = raw.attention.argmax(dim=-1).tolist() if bool(raw.attention.any()) else [[]] * len(batch)
        return [self._answer(raw, row, batch, looked[row]) for row in range(len(batch))]

    def _answer(self, raw: TextRaw, row: int, batch: TextBatch, looked: Sequence[int]) -> TextAnswer:
        found, added = raw.tokens[row], batch.added[row]
        runs = [run for run in batch.required[row] if not stands(run, found[0])]
        missed = [*batch.lost[row], *(tuple([self._word(number, added) for number in run]) for run in runs)]
        words = [self.words(tokens, added) for tokens in found]
        texts = [self.tokenizer.target.join(tokens) for tokens in words]
        best, size = found[0], len(found[0])
        return TextAnswer(
            texts[0],
            words[0],
            tuple(map(self._origin, best)),
            raw.chances[row][:size],
            tuple(looked[:size]),
            raw.scores[row][0],
            raw.log_probabilities[row][0],
            tuple(Alternative(text, score) for text, score in zip(texts[1:], raw.scores[row][1:], strict=True)),
            tuple(map(self.tokenizer.target.join, missed)),
            None if raw.proven is None else raw.proven[row],
        )

    def words(self, numbers: Sequence[int], added: Sequence[str]) -> tuple[str, ...]:
        """The tokens of ids that were written.

        Args:
            numbers: extended ids, without the end mark.
            added: the words that the row adds to the vocabulary.
        """
        return tuple(self._word(number, added) for number in numbers)

    def _word(self, number: int, added: Sequence[str]) -> str:
        count = self.target.vocabulary.count
        if number >= count:
            return added[number - count]
        return self.target.vocabulary.words[number - TEXT_RESERVED] if number >= TEXT_RESERVED else LOST

    def _origin(self, number: int) -> Origin:
        if number >= self.target.vocabulary.count:
            return "copied"
        return "written" if number >= TEXT_RESERVED else "unknown"

    def tuned(self, golds: Sequence[TranslationExample], answers: Callable[[], Sequence[TextAnswer]]) -> TextCodec:
        """Itself: there is nothing to choose."""
        del golds, answers
        return self

    def to_json(self) -> dict[str, Any]:
        """The fitted state as JSON values."""
        return {
            "target": self.target.to_json(),
            "joint": self.joint,
            "glossary": self.glossary.to_json(),
            "features": self.features.to_json(),
        }

    @classmethod
    def restore(
        cls, state: Mapping[str, Any], features: Mapping[str, FeatureConfig], tokenizer: Tokenizer
    ) -> TextCodec:
        """The codec that `to_json` described.

        Raises:
            DataError: if the state is malformed.
        """
        joint, target = state.get("joint"), TokensConfig().restore(mapping(state, "target"))
        fitted = FeatureSet.restore(features, mapping(state, "features"))
        if not isinstance(joint, bool) or not target.vocabulary.words:
            raise malformed("'joint' is no truth value, or no token can be written")
        if joint and ("tokens" not in features or fitted.features["tokens"].to_json() != target.to_json()):
            raise malformed("the vocabulary is joint, but its two sides differ")
        return cls(fitted, target, tokenizer, joint, Glossary.restore(state, "glossary"))


def together(one: Strings, other: Strings) -> Strings:
    """The rows of both columns, one after another."""
    known = {form: number for number, form in enumerate(one.table)}
    renumbered = np.array([known.setdefault(form, len(known)) for form in other.table], np.int64)
    values = np.concatenate([one.ids.values, renumbered[other.ids.values]])
    offsets = np.concatenate([one.ids.offsets, one.ids.offsets[-1] + other.ids.offsets[1:]])
    return Strings(list(known), Ragged(values, offsets))
