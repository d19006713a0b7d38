"""The exact output layer: a score for every token of the vocabulary, and a softmax over them.

    p = softmax(W s + b)                tied: W = E P, with the table E of the tokens that are read; P only where sizes
                                        differ

Time and weights grow with the vocabulary, memory for scores does not (layers/chunked.py).

Paper: tying, Press and Wolf, 2017, arXiv:1608.05859.
"""

from __future__ import annotations

from torch import nn

from seqweave.layers.words import FullSoftmax, WordSoftmaxConfig, softmax


@softmax("full")
class FullSoftmaxConfig(WordSoftmaxConfig):
    """A softmax over the whole vocabulary: exact, for vocabularies of any size that there is time for."""

    def build(self, in_dim: int, table: nn.Embedding, tied: bool) -> FullSoftmax:
        """A fresh layer over the tokens of a table."""
        return FullSoftmax(in_dim, table, tied)
