"""Beams of several widths and exact search on the same sentences: which errors are the search's, which the model's.

A search error is a text that scores lower under the model than another one that is known: the reference, or what exact
search found. Every other wrong answer is the model's own error: a better search would not help. Paper: Stahlberg and
Byrne, 2019, arXiv:1908.10090, who also found that the optimum is often the empty text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from seqweave.data.batches import TextBatch
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample
from seqweave.data.features.contract import UNKNOWN
from seqweave.decoding.beam import BeamSearch
from seqweave.decoding.contract import Found
from seqweave.decoding.exact import ExactSearch
from seqweave.decoding.normalisation import Normalise, NormalisedSearch
from seqweave.decoding.replay import replayed
from seqweave.insight.searching.explain import TIE, gold_tokens
from seqweave.insight.searching.watch import Counter
from seqweave.models.translator import Translator
from seqweave.tasks.contract import Task
from seqweave.tasks.text_answer import TextAnswer
from seqweave.tasks.text_codec import TextCodec

WIDTHS = (1, 3, 5, 10)
"""Beams that are compared."""
ROWS = 16
"""Sentences that are searched at once."""


@dataclass(frozen=True)
class Subject:
    """A model and sentences with gold.

    Args:
        network: in `eval()` mode.
        codec: fitted with it.
        task: scores the texts.
        corpus: the sentences.
    """

    network: Translator
    codec: TextCodec
    task: Task[Any, Any, Any, Any]
    corpus: Corpus[TranslationExample]

    def batches(self) -> Iterator[TextBatch]:
        """The sentences in their order, a few at a time."""
        dataset = self.codec.encode(self.corpus)
        for start in range(0, len(self.corpus), ROWS):
            yield dataset.batch(np.arange(start, min(start + ROWS, len(self.corpus))))

    def text(self, found: Found, added: Sequence[str]) -> str:
        """The best text that was found."""
        return self.codec.tokenizer.target.join(self.codec.words(found.hypotheses[0].tokens, added))


@dataclass(frozen=True)
class Searched:
    """One search over all sentences.

    Args:
        name: as people read it.
        found: the best of each sentence, and whether it is proven.
        texts: the best of each sentence as text.
        hypotheses: that the network was asked about, over all sentences.
    """

    name: str
    found: Sequence[Found]
    texts: Sequence[str]
    hypotheses: int

    @property
    def scores(self) -> np.ndarray:
        """Score of each sentence's best. Shape (sentences,)."""
        return np.array([one.hypotheses[0].score for one in self.found])

    @property
    def log_probabilities(self) -> np.ndarray:
        """Log-probability of each sentence's best. Shape (sentences,)."""
        return np.array([one.hypotheses[0].log_probability for one in self.found])

    @property
    def empty(self) -> np.ndarray:
        """Where nothing is written. Shape (sentences,), bool."""
        return np.array([not one.hypotheses[0].tokens for one in self.found], bool)

    @property
    def proven(self) -> np.ndarray:
        """Where nothing has a better score, for certain. Shape (sentences,), bool."""
        return np.array([one.proven for one in self.found], bool)


@dataclass(frozen=True)
class Study:
    """All searches under one normalisation.

    Args:
        normalise: how scores were normalised.
        golds: the sentences.
        references: scores of the references, -inf where one cannot be written. Shape (sentences,).
        searches: the beams from narrow to wide, then exact search.
        bleu: of each search.
    """

    normalise: Normalise
    golds: Sequence[TranslationExample]
    references: np.ndarray
    searches: Sequence[Searched]
    bleu: Sequence[float]

    def to_json(self) -> dict[str, Any]:
        """The table as JSON values."""
        reference = self.references[np.isfinite(self.references)]
        return {
            "normalise": self.normalise,
            "references": {"score": round(float(reference.mean()), 6) if len(reference) else None},
            "searches": [self._row(place) for place in range(len(self.searches))],
        }

    def _row(self, place: int) -> dict[str, Any]:
        one, exact = self.searches[place], self.searches[-1]
        right = np.array(
            [gold.target.strip() == text.strip() for gold, text in zip(self.golds, one.texts, strict=True)]
        )
        by_reference, by_exact = self.references > one.scores + TIE, exact.scores > one.scores + TIE
        errors = by_reference | by_exact
        narrower = self.searches[place - 1].scores if 0 < place < len(self.searches) - 1 else one.scores
        written = sum(len(found.hypotheses[0].tokens) for found in one.found)
        return {
            "name": one.name,
            "score": round(float(one.scores.mean()), 6),
            "log_probability": round(float(one.log_probabilities.mean()), 6),
            "search_errors": int(errors.sum()),
            "reference_scores_higher": int(by_reference.sum()),
            "exact_scores_higher": int(by_exact.sum()),
            "right_despite_search_error": int((errors & right).sum()),
            "model_errors": int((~errors & ~right).sum()),
            "right": int(right.sum()),
            "bleu": round(self.bleu[place], 4),
            "length_ratio": round(written / sum(len(gold.target_tokens) for gold in self.golds), 6),
            "lower_than_narrower": int((one.scores < narrower - TIE).sum()),
            "empty": int(one.empty.sum()),
            "proven": int(one.proven.sum()),
            "proven_empty": int((one.proven & one.empty).sum()),
            "hypotheses": one.hypotheses,
        }


@torch.inference_mode()
def study(subject: Subject, normalise: Normalise, budget: int) -> Study:
    """Every search on every sentence.

    Args:
        subject: the model and the sentences.
        normalise: how scores are normalised, in all searches alike.
        budget: hypotheses that exact search opens of each sentence at most.
    """
    own = subject.network.config.search
    rules: dict[str, Any] = {"shortest": own.shortest, "no_repeat": own.no_repeat, "normalise": normalise}
    if isinstance(own, NormalisedSearch):
        rules["alpha"] = own.alpha
    searches: dict[str, NormalisedSearch] = {
        f"beam {size}": BeamSearch.model_validate({**rules, "size": size}) for size in WIDTHS
    }
    searches["exact"] = ExactSearch.model_validate({**rules, "size": WIDTHS[-1], "budget": budget})
    found = [_searched(subject, name, search) for name, search in searches.items()]
    golds = list(subject.corpus)
    references = _references(subject, searches["exact"])
    bleu = [
        subject.task.quick_scores(golds, [TextAnswer(text) for text in one.texts], "bleu")["bleu"].value
        for one in found
    ]
    return Study(normalise, golds, references, found, bleu)


def _searched(subject: Subject, name: str, search: NormalisedSearch) -> Searched:
    """One search over all sentences."""
    network, counter = subject.network, Counter(subject.network.step)
    found, texts = list[Found](), list[str]()
    for batch in subject.batches():
        some = search.run(counter.step, network.start(batch), network.frame(batch))
        found += some
        texts += [subject.text(one, added) for one, added in zip(some, batch.added, strict=True)]
    return Searched(name, found, texts, counter.hypotheses)


def _references(subject: Subject, search: NormalisedSearch) -> np.ndarray:
    """Scores of the references, -inf where a search could not have written one. Shape (sentences,)."""
    network, parts = subject.network, []
    for batch in subject.batches():
        state = network.start(batch)
        golds = gold_tokens(network, batch, state)
        chances = replayed(network.step, state, network.frame(batch), golds, search)
        lengths = torch.tensor([len(gold) + 1 for gold in golds], device=chances.device)
        unknown = torch.tensor([UNKNOWN in gold for gold in golds], device=chances.device)
        parts.append(search.score(chances, lengths).masked_fill(unknown, -torch.inf))
    return torch.cat(parts).double().cpu().numpy()
