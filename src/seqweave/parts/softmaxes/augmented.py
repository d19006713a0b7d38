"""The exact output layer with an augmented loss: words that are read with vectors like the target's are told, too.

    p = softmax(W s + b),     loss = -log p_t + gamma T KL(softmax(E e_t / T) || softmax((W s + b) / T))

with the table E of the words that are read, also where W is not tied to it. The second term teaches in training mode
alone: probabilities, and the loss in `eval()` mode, are those of `full`.

Paper: Inan et al., 2017, arXiv:1611.01462, section 3. Differs: no gradient flows into E through what is to be reached.
"""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn

from seqweave.layers.chunked import cross_entropy
from seqweave.layers.similar import SimilarWords
from seqweave.layers.words import FullSoftmax, WordSoftmax, WordSoftmaxConfig, softmax


@softmax("augmented")
class AugmentedSoftmaxConfig(WordSoftmaxConfig):
    """A softmax over the whole vocabulary that also learns which words are like each other."""

    likens = True

    temperature: float = Field(default=20.0, gt=0)
    """The paper's tau: the higher, the more words count as like the target."""
    weight: float = Field(default=0.5, ge=0)
    """The paper's gamma: weight of the second term over the temperature; 0 leaves the plain loss."""

    def build(self, in_dim: int, table: nn.Embedding, tied: bool) -> AugmentedSoftmax:
        """A fresh layer over the tokens of a table."""
        return AugmentedSoftmax(FullSoftmax(in_dim, table, tied), table, self)


class AugmentedSoftmax(WordSoftmax):
    """A softmax over all words, taught by the words that are alike, too."""

    def __init__(self, full: FullSoftmax, table: nn.Embedding, config: AugmentedSoftmaxConfig) -> None:
        super().__init__()
        self.full, self.tokens, self.config = full, full.tokens, config
        self._read = (table,)  # in a tuple: the table is the model's, and stands once among its parameters

    def loss(self, states: Tensor, targets: Tensor, smoothing: float = 0.0, pointed: Tensor | None = None) -> Tensor:
        """Summed cross entropy, augmented in training mode. Shapes as of the contract's."""
        if not (self.training and self.config.weight):
            return self.full.loss(states, targets, smoothing, pointed)
        words = self.full.words
        similar = SimilarWords(self._read[0], self.config.temperature, self.config.weight, words.product)
        return cross_entropy(self.full.recognised(states), words, targets, smoothing, pointed, similar)

    def log_probabilities(self, states: Tensor) -> Tensor:
        """Of every token. Shape (..., in_dim) -> (..., tokens)."""
        return self.full.log_probabilities(states)
