"""How well the tokens of texts were told, and which scores say so: of one text, of a file, of several models.

Bits a character count every character, so they are a score only of models whose tokens tell them all, white space and
capitals as well (`TokenizerConfig.whole`): words between spaces do, and so do pieces, which mark the first of a word;
words apart from their punctuation do not, and no token does that the model calls unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np

from seqweave.core.errors import DataError
from seqweave.data.examples import DocumentExample
from seqweave.metrics.measure import Scores
from seqweave.metrics.perplexity import bits_per_character, characters, perplexity, unknown_share
from seqweave.tasks.language_answer import LanguageAnswer, ScoredText


def scores(golds: Iterable[DocumentExample], answers: Iterable[LanguageAnswer], *, whole: bool) -> Scores:
    """Perplexity, bits a character, and the percent of tokens that the model calls unknown.

    In perplexity all unknown forms are one token, as in published numbers. Of models that point and met some, also
    `perplexity_unknown_apart`: each that stands in the window is a token of its own, told by pointing at it alone.
    Of models of several vocabularies bits a character alone, which all of them must have.

    Args:
        golds: the texts, those of every model in turn.
        answers: one for each.
        whole: whether such models tell every character, where there is no answer to say so.

    Raises:
        DataError: if the answers are of several models that no score compares.
    """
    met = _Met(whole)
    rows = chain.from_iterable(met.numbers(*pair) for pair in zip(golds, answers, strict=True))
    nats, apart, tokens, strange, length = np.fromiter(rows, np.float64).reshape(-1, 5).T
    sure = met.whole and not strange.any()
    bits = {"bits_per_character": bits_per_character(nats, length)} if sure else {}
    if _vocabularies(met, sure=sure):
        return bits
    vocabulary = next(iter(met.vocabularies), "")
    found = {"perplexity": perplexity(nats, tokens, vocabulary), **bits, "unknown": unknown_share(strange, tokens)}
    if not (met.all_apart and met.unlike):
        return found
    return {**found, "perplexity_unknown_apart": perplexity(apart, tokens, f"{vocabulary}, unknown apart")}


class _Met:
    """What the answers are that were met so far, so that they are gone through once.

    Args:
        whole: whether their models tell every character, as long as none says otherwise.
    """

    def __init__(self, whole: bool) -> None:
        self.vocabularies: dict[str, None] = {}
        self.contexts: set[str] = set()
        self.whole, self.all_apart, self.unlike = whole, True, False

    def numbers(self, gold: DocumentExample, answer: LanguageAnswer) -> tuple[float, ...]:
        """Nats, nats with unknown forms apart, tokens, unknown ones, and characters of one more text."""
        assert isinstance(answer, ScoredText), "a continuation is no score"
        self.whole = answer.whole and (self.whole or not self.vocabularies)
        self.vocabularies[answer.vocabulary] = None
        self.contexts.add(answer.context)
        self.all_apart &= bool(answer.apart)
        self.unlike |= answer.apart != answer.log_probabilities
        logs = answer.log_probabilities
        return sum(logs), sum(answer.apart), len(logs), answer.unknown, characters(gold.text)


def several_vocabularies(vocabularies: Iterable[str]) -> list[str]:
    """The digests of the vocabularies, where they are known to differ."""
    found = sorted({*vocabularies} - {""})
    return found if len(found) > 1 else []


def _vocabularies(met: _Met, *, sure: bool) -> bool:
    """Whether there are several; see that something compares the models.

    Args:
        met: the answers of all models.
        sure: whether all models tell every character.
    """
    if len(found := sorted(met.contexts - {""})) > 1:
        what = f"perplexities compare models that read texts alike, and these were read as {' and as '.join(found)}"
        mend = "compare runs of one kind, with the same data.context, or files of `seqweave predict --score` alone"
        raise DataError("E-LM-06", what, mend=mend)
    if (several := several_vocabularies(met.vocabularies)) and not sure:
        what = f"perplexities compare models of one vocabulary alone, and these have {len(several)}"
        mend = (
            "compare models that were trained with the same vocabulary; or such as know every token and tell every "
            "character, of pieces or of characters with spaces, by bits per character"
        )
        raise DataError("E-LM-05", f"{what} ({', '.join(several)})", mend=mend)
    return bool(several)


def shown(text: DocumentExample, answer: ScoredText) -> Mapping[str, Any]:
    """The answer as the JSON object that `predict --score` prints."""
    logs = np.array(answer.log_probabilities)
    nats, length = logs.sum(keepdims=True), np.array([characters(text.text)])
    tokens = zip(answer.tokens, answer.log_probabilities, strict=False)
    sure = answer.whole and not answer.unknown
    bits = round(bits_per_character(nats, length).value, 6) if sure else None
    return {
        "text": text.text,
        "log_probability": round(float(logs.sum()), 6),
        "perplexity": round(perplexity(nats, np.array([len(logs)]), "").value, 6),
        "bits_per_character": bits,
        "unknown": answer.unknown,
        "tokens": [{"word": word, "log_probability": round(log, 6)} for word, log in tokens],
        "end_log_probability": round(answer.log_probabilities[-1], 6),
        "vocabulary": answer.vocabulary,
        "context": answer.context,
        **({"unknown_apart": [round(log, 6) for log in answer.apart]} if answer.apart else {}),
    }
