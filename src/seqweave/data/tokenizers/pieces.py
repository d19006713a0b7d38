"""Pieces of words: a model, trained by the `tokenizers` library, that cuts one word after another.

The library sees words only, one at a time, without its normalisers and pre-tokenizers; so offsets are exact, each
distinct word is cut once, and a stranger's state holds a vocabulary and nothing that could run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any, Literal, NamedTuple

import tokenizers
from tokenizers import models, pre_tokenizers, trainers

from seqweave.core.errors import DataError

MARKER = "▁"
UNKNOWN_PIECE = "<unk>"
CACHED_WORDS = 1 << 16
SCORE_DECIMALS = 3
REPEATED_WORDS = 1000
_SEPARATOR = "\n"

_FOREIGN_STEPS = ("truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder")

Algorithm = Literal["BPE", "Unigram"]


class Piece(NamedTuple):
    """A piece of a word, and where it stands in the word, in characters."""

    form: str
    start: int
    end: int


class Pieces:
    """Cuts words into pieces; every piece is as long as what it covers.

    Args:
        library: a trained model without normaliser, pre-tokenizer, post-processor and decoder.
    """

    def __init__(self, library: tokenizers.Tokenizer) -> None:
        self._library = library
        self.cut = lru_cache(CACHED_WORDS)(self._cut)

    @classmethod
    def train(cls, algorithm: Algorithm, counts: Mapping[str, int], vocab_size: int, min_frequency: int = 0) -> Pieces:
        """A model trained on counted words; their order does not matter.

        Args:
            algorithm: byte-pair encoding on characters (Sennrich et al., 2016, arXiv:1508.07909) or the unigram
                language model (Kudo, 2018, arXiv:1804.10959).
            counts: how often each word occurs, one that begins a text or follows a space with the marker in front.
            vocab_size: number of pieces to learn; more if there are more characters than that.
            min_frequency: how often two pieces must meet to be joined; BPE only.
        """
        trainer: trainers.Trainer
        if algorithm == "BPE":
            library = tokenizers.Tokenizer(models.BPE(unk_token=UNKNOWN_PIECE))
            trainer = trainers.BpeTrainer(
                vocab_size=vocab_size,
                min_frequency=min_frequency,
                special_tokens=[UNKNOWN_PIECE],
                show_progress=False,
            )
        else:
            library = tokenizers.Tokenizer(models.Unigram())
            characters = set(chain.from_iterable(counts))  # the library refuses to learn fewer pieces than these
            trainer = trainers.UnigramTrainer(
                vocab_size=max(vocab_size, len(characters) + 1),
                special_tokens=[UNKNOWN_PIECE],
                unk_token=UNKNOWN_PIECE,
                show_progress=False,
            )
        # The library takes texts, not counts. It splits long texts ten times faster than it takes in short ones.
        library.pre_tokenizer = pre_tokenizers.CharDelimiterSplit(_SEPARATOR)
        library.train_from_iterator(_repeated(counts), trainer)
        return cls.restore(_repeatable(json.loads(library.to_str())))

    def _cut(self, word: str, first: bool) -> tuple[Piece, ...]:
        """The pieces of a word, end to end. A marker that stands alone is joined to the piece after it.

        Args:
            word: the word, as it stands in the text.
            first: whether it begins a text or follows a space; its first piece then carries the marker.
        """
        shift = int(first)
        marked = MARKER * shift + word
        offsets = self._library.encode(marked, add_special_tokens=False).offsets
        bounds = [0, *(start for start, _ in offsets if start > shift), len(marked)]
        return tuple(Piece(marked[start:end], max(start - shift, 0), end - shift) for start, end in pairwise(bounds))

    def to_json(self) -> dict[str, Any]:
        """The library's own description, as in a `tokenizer.json`."""
        state: dict[str, Any] = json.loads(self._library.to_str())
        return state

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Pieces:
        """The model that `to_json` described.

        Raises:
            DataError: if the library cannot read it, or it holds more than a trained model.
        """
        steps = [step for step in _FOREIGN_STEPS if state.get(step)]
        if steps:
            raise _malformed(f"{steps[0]} is set, which Seqweave never does")
        try:
            library = tokenizers.Tokenizer.from_str(json.dumps(state))
            library.encode("\uffff")  # a model that cannot cut an unknown character is found now, not while predicting
        except Exception as error:  # the library raises no narrower class
            raise _malformed(str(error)) from error
        return cls(library)


def _malformed(why: str) -> DataError:
    return DataError(
        "E-TOKEN-02", f"the state of the subwords is malformed ({why})", mend="use the model folder as it was saved"
    )


def _repeatable(state: dict[str, Any]) -> dict[str, Any]:
    """The trained model alone, the same in every run.

    Unigram scores are rounded: the library sums them in random order, so that they differ by 1e-10 from run to run.
    """
    model = state["model"]
    if model["type"] == "Unigram":
        known, learned = model["vocab"][:1], model["vocab"][1:]
        rounded = [[piece, round(score, SCORE_DECIMALS)] for piece, score in learned]
        model["vocab"] = known + sorted(rounded, key=lambda entry: (-entry[1], entry[0]))
    return state | {"pre_tokenizer": None}


def _repeated(counts: Mapping[str, int]) -> Iterator[str]:
    """Texts in which each word occurs as often as counted."""
    for word, count in counts.items():
        for rest in range(count, 0, -REPEATED_WORDS):
            yield _SEPARATOR.join([word] * min(rest, REPEATED_WORDS))
