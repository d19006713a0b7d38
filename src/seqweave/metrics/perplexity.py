"""How well the tokens of texts were told: perplexity, and bits a character.

With N tokens, the mark that ends each line among them, each counted once, and C characters:

    perplexity = exp(-1/N sum_t ln p(w_t))          bits per character = -1/C sum_t log2 p(w_t)

A run of white space is one character, and so is the end of a line: any way of cutting a text into tokens has the same
C, so that bits per character compare models of words, pieces and characters, as long as their tokens tell every
character and none of them meets a token that it calls unknown. Perplexities compare models of the same vocabulary
alone, which is what the signature says.
"""

from __future__ import annotations

import numpy as np

from seqweave.metrics.measure import Measure, share

LARGEST = 700.0
"""Natural logarithm of the largest perplexity that is told; beyond it float64 has no number."""


def characters(text: str) -> int:
    r"""The characters of a text, a run of white space within a line being one, and the end of each line.

    Example:
        >>> characters("the  cat"), characters(" = Cat = \n")
        (8, 9)
    """
    return sum(len(" ".join(line.split())) + 1 for line in text.split("\n"))


def perplexity(nats: np.ndarray, tokens: np.ndarray, vocabulary: str) -> Measure:
    """Perplexity of texts.

    Args:
        nats: natural logarithm of each text's probability. Shape (texts,).
        tokens: how many tokens each has, the marks of its ends among them. Shape (texts,).
        vocabulary: what the tokens are, as a digest; only equal ones can be compared.
    """

    def finish(sums: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(np.minimum(-_over(sums[..., 0], sums[..., 1]), LARGEST)))

    counts = np.stack([nats, tokens], axis=-1).astype(np.float64)
    signature = f"ends of lines:counted|vocabulary:{vocabulary}"
    return Measure(counts, finish, higher_is_better=False, signature=signature, percent=False)


def bits_per_character(nats: np.ndarray, counts: np.ndarray) -> Measure:
    """Bits a character of texts.

    Args:
        nats: natural logarithm of each text's probability. Shape (texts,).
        counts: characters of each. Shape (texts,).
    """

    def finish(sums: np.ndarray) -> np.ndarray:
        return np.asarray(-_over(sums[..., 0], sums[..., 1]) / np.log(2))

    summed = np.stack([nats, counts], axis=-1).astype(np.float64)
    return Measure(summed, finish, higher_is_better=False, percent=False)


def unknown_share(unknown: np.ndarray, tokens: np.ndarray) -> Measure:
    """Percent of the tokens that the model calls unknown. Shapes (texts,)."""
    return Measure(
        np.stack([unknown, tokens], axis=-1).astype(np.float64), share, higher_is_better=False, learned=False
    )


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.asarray(np.divide(part, whole, out=np.zeros_like(whole), where=whole != 0))
