"""How good written texts are: sacrebleu's BLEU, chrF and TER, and the share of texts that are exactly right.

Every metric is computed from counts of sentences that add up, so that an example is a sentence to the bootstrap. Over
all sentences the values are those of sacrebleu's own command line.

Papers: Papineni et al., 2002, P02-1040 (BLEU); Popović, 2015, W15-3049 (chrF); Snover et al., 2006, 2006.amta-papers.25
(TER); Post, 2018, W18-6319 (sacrebleu and its signatures).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Literal

import numpy as np

from seqweave.core.errors import DataError
from seqweave.metrics.labels import check_pairs
from seqweave.metrics.measure import Measure, share

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

BLEUTokenizer = Literal["13a", "zh", "char", "intl", "none"]
"""How sacrebleu splits texts for BLEU; none: at spaces, for texts that are tokenised already."""
UNSPACED = ("zh", "ja", "th", "km", "lo", "my")
"""Languages that put no spaces between words."""
CHARACTER_TOKENIZERS = ("zh", "char")
ORDER = 4
UNSPACED_SHARE = 0.5
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")

Texts = Sequence[str]
Finish = Callable[[np.ndarray], np.ndarray]


def bleu_tokenizer(language: str | None) -> BLEUTokenizer:
    """The tokenizer with which BLEU is measured in a language (its ISO 639 code), 13a where none is known.

    Example:
        >>> bleu_tokenizer("zh"), bleu_tokenizer("de")
        ('zh', '13a')
    """
    if language == "zh":
        return "zh"
    return "char" if language in UNSPACED else "13a"


def require_tokenizer(golds: Texts, tokenizer: BLEUTokenizer) -> None:
    """Refuse to count the words of texts that have no spaces between them.

    Args:
        golds: gold texts.
        tokenizer: of BLEU.

    Raises:
        DataError: if most characters of the texts are Chinese or Japanese ones and the tokenizer parts words at spaces.
    """
    if tokenizer in (*CHARACTER_TOKENIZERS, "none"):
        return
    letters = sum(sum(map(str.isalpha, text)) for text in golds)
    if letters and sum(len(_UNSPACED.findall(text)) for text in golds) > UNSPACED_SHARE * letters:
        raise DataError(
            "E-METRIC-05",
            f"the texts to be written are Chinese or Japanese, where BLEU's tokenizer {tokenizer} finds no words",
            mend="write data.bleu_tokenizer: zh (or char), or data.target_language: zh",
        )


def bleu(golds: Texts, answers: Texts, tokenizer: BLEUTokenizer = "13a") -> Measure:
    """BLEU up to four-grams: the geometric mean of their clipped precisions, times the brevity penalty; percent.

    Counts of a sentence: length of the answer and of the gold text, matching 1- to 4-grams, all 1- to 4-grams.

    Args:
        golds: what is right.
        answers: what was written.
        tokenizer: splits both; see `bleu_tokenizer`.

    Raises:
        InternalError: if there are not equally many.

    Example:
        The order of words decides, for every word is right.

        >>> right = ["today's weather is good"]
        >>> bleu(right, ["weather is good today"]).counts[0, 2:6]
        array([3., 2., 1., 0.])
        >>> bleu(right, ["good today is weather"]).counts[0, 2:6]
        array([3., 0., 0., 0.])
        >>> bleu(right, ["good today is weather"]).signature.split("|")[:4]
        ['nrefs:1', 'case:mixed', 'eff:no', 'tok:13a']
    """
    metric = _sacrebleu().BLEU(tokenize=tokenizer, force=True)
    return _measure(metric, _counts(metric, golds, answers, 2 + 2 * ORDER), _over_rows(_bleu))


def sentence_bleu(gold: str, answer: str, tokenizer: BLEUTokenizer = "13a") -> float:
    """BLEU of one text, percent: orders that it is too short for are left out."""
    return float(_sacrebleu().BLEU(tokenize=tokenizer, effective_order=True).sentence_score(answer, [gold]).score)


def chrf(golds: Texts, answers: Texts) -> Measure:
    """chrF2: F score of character 1- to 6-grams, recall counting twice as much as precision; percent.

    Args:
        golds: what is right.
        answers: what was written.

    Raises:
        InternalError: if there are not equally many.
    """
    metric = _sacrebleu().CHRF()
    score = metric._compute_f_score  # the same function as corpus_score's, on sums of ours
    counts = _counts(metric, golds, answers, 3 * metric.order)
    return _measure(metric, counts, _over_rows(lambda sums: score(sums.tolist())))


def ter(golds: Texts, answers: Texts, tokenizer: BLEUTokenizer = "13a") -> Measure:
    """Translation edit rate: edits and shifts of words in percent of the words of the gold text; lower is better.

    Args:
        golds: what is right.
        answers: what was written.
        tokenizer: that of BLEU; where it parts characters, Chinese and Japanese ones are words here, too.

    Raises:
        InternalError: if there are not equally many.
    """
    apart = tokenizer in CHARACTER_TOKENIZERS
    metric = _sacrebleu().TER(normalized=apart, asian_support=apart)
    return _measure(metric, _counts(metric, golds, answers, 2), _ter, higher_is_better=False)


def exact(golds: Texts, answers: Texts) -> Measure:
    """Percent of the texts that equal the gold one, but for spaces at their ends."""
    check_pairs(golds, answers)
    right = [gold.strip() == answer.strip() for gold, answer in zip(golds, answers, strict=True)]
    return Measure(np.column_stack([np.array(right, np.float64), np.ones(len(right))]), share)


def _sacrebleu() -> ModuleType:
    """The metrics of sacrebleu, imported when a text is first scored: `seqweave predict` would start later."""
    from sacrebleu import metrics

    return metrics


def _measure(metric: BLEU | CHRF | TER, counts: np.ndarray, finish: Finish, higher_is_better: bool = True) -> Measure:
    """A measure that carries sacrebleu's signature."""
    metric.num_refs = 1  # what it is told by the first references it sees, which may never come
    return Measure(counts, finish, higher_is_better, str(metric.get_signature()))


def _counts(metric: BLEU | CHRF | TER, golds: Texts, answers: Texts, width: int) -> np.ndarray:
    """The statistics of every sentence. Shape (sentences, width), float64."""
    check_pairs(golds, answers)
    found = metric._extract_corpus_statistics(answers, [golds]) if golds else []  # has no public name
    return np.array(found, np.float64).reshape(-1, width)


def _over_rows(score: Callable[[np.ndarray], float]) -> Finish:
    """A function of one row of sums, over the last axis of any number of them."""
    return lambda sums: np.apply_along_axis(score, -1, sums)


def _bleu(sums: np.ndarray) -> float:
    written, gold, *grams = sums.astype(int).tolist()
    found = _sacrebleu().BLEU.compute_bleu(grams[:ORDER], grams[ORDER:], written, gold, smooth_method="exp")
    return float(found.score)


def _ter(sums: np.ndarray) -> np.ndarray:
    edits, words = sums[..., 0], sums[..., 1]
    return np.asarray(np.where(words > 0, 100 * edits / np.maximum(words, 1), 100.0 * (edits > 0)))
