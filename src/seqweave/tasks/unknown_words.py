"""Words that training never wrote, and what became of them: copied, spelled from pieces, or lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.tasks.text_answer import TextAnswer

Fate = Literal["copied", "spelled", "lost"]
MOST_WORDS = 20
"""Words that are named for each fate."""


@dataclass(frozen=True)
class UnknownWords:
    """The words of gold targets that no training target holds.

    Args:
        fates: how often each such word was copied out of the source, spelled from what can be written, or lost: it
            does not stand in the answer.
    """

    fates: Mapping[str, Counter[str]]

    def to_json(self) -> dict[str, Any]:
        """How many there are, and the most frequent ones of each fate."""
        counts = {fate: words.total() for fate, words in self.fates.items()}
        named = {fate: [word for word, _ in _ranked(words)[:MOST_WORDS]] for fate, words in self.fates.items()}
        return {"count": sum(counts.values()), **counts, "words": named}


def unknown_words(
    train: Corpus[TranslationExample], golds: Sequence[TranslationExample], answers: Sequence[TextAnswer]
) -> UnknownWords:
    """What became of the words that training never wrote.

    Args:
        train: the training part.
        golds: what is right.
        answers: one for each.
    """
    split = WordsConfig().fit(()).split
    known = {word for text in train.field("target") for word in split(text).words}
    fates: dict[str, Counter[str]] = {"copied": Counter(), "spelled": Counter(), "lost": Counter()}
    for gold, answer in zip(golds, answers, strict=True):
        written = Counter(split(answer.text).words)
        copies = {t for t, origin in zip(answer.tokens, answer.origins, strict=True) if origin == "copied"}
        copies |= {word for token in copies for word in split(token).words}
        for word in split(gold.target).words:
            if word in known:
                continue
            fate: Fate = "lost" if written[word] <= 0 else "copied" if word in copies else "spelled"
            written[word] -= 1  # an answer that has a word once does not answer it twice
            fates[fate][word] += 1
    return UnknownWords(fates)


def _ranked(words: Counter[str]) -> list[tuple[str, int]]:
    return sorted(words.items(), key=lambda item: (-item[1], item[0]))
