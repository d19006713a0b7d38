"""Contextual embeddings: what a network that plain text has taught tells of a token where it stands.

    v_k = dropout(gamma * sum_j softmax(w)_j h_{k,j})

for its layers j = 0 ... L at token k, the token by itself (j = 0) included; w and gamma are learned by the task, and
the network's own weights stay as they were unless they are tuned.

Paper: Peters et al., 2018, arXiv:1802.05365, section 3.2, equation 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from seqweave.core.configuration import Choice, Config
from seqweave.core.errors import RecipeError
from seqweave.data.features.presence import PresenceConfig
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import Embedder, EmbedderConfig, embedder
from seqweave.layers.dropout import DropoutConfig, Rate
from seqweave.layers.mixing import LayerMix
from seqweave.layers.reading import READERS, Reader, ReaderConfig

PREFIX = "contextual."
"""Of the names of its features: another embedder may have one of the same kind, fitted on other texts."""
PRESENCE = PREFIX + "presence"
STATES = PREFIX + "states"
"""All layers' vectors of each position side by side, if they were computed before; of no width if they were not."""


@embedder("contextual")
class ContextualEmbedderConfig(EmbedderConfig):
    """What a language model's run knows of each token where it stands, for tasks with little labelled text."""

    sees_others: ClassVar[bool] = True

    run: str | None = Field(default=None, min_length=1)
    """Run folder, model folder or exported zip of a bilm or a masked-language-model; the trained model keeps a copy."""

    reader: Annotated[ReaderConfig, Choice(READERS)] | None = None
    """The network of that run. A trained model has it in place of `run`; recipes leave it out."""

    tune: bool = False
    """Whether the network's weights are trained along; if not, its states are computed once and kept in the cache."""

    layer_norm: bool = False
    """Whether each layer is normed before the mix, which helps where layers differ much in size."""

    scale: float = Field(1.0, gt=0)
    """Gamma before training: how large the mix is beside other embedders' vectors, which begin small."""

    layer_dropout: Rate = 0.0
    """Probability that a layer is left out of the mix of a batch, from 0 up to but not including 1."""

    dropout: DropoutConfig = DropoutConfig()
    """Dropout of the mix: a rate, or {kind: standard|locked, rate}."""

    def features(self) -> Mapping[str, Config]:
        """What the network reads, and where there are tokens."""
        read = {PREFIX + name: feature for name, feature in self.opened().features().items()}
        return {**read, PRESENCE: PresenceConfig()}

    def build(self, sizes: Mapping[str, FeatureSize]) -> ContextualEmbedder:
        """A fresh embedder, its network fresh, too."""
        reader = self.opened()
        own = {name: sizes[PREFIX + name] for name in reader.features()}
        return ContextualEmbedder(reader.build(own), tuple(self.features()), self)

    def opened(self) -> ReaderConfig:
        """The settings of the network.

        Raises:
            RecipeError: if nobody opened the run.
        """
        if self.reader is None:
            what = f"the run {self.run!r} cannot be opened here" if self.run else "a contextual embedder names no run"
            mend = "write `run:` and the folder of a bilm, in `model.embed` of a recipe"
            raise RecipeError("E-CONTEXT-01", what, mend=mend)
        return self.reader


class ContextualEmbedder(Embedder):
    """A reader and a mix of its layers.

    Args of the constructor: `reader`, the network; `reads`, its features; `config`, the rest.
    """

    def __init__(self, reader: Reader, reads: tuple[str, ...], config: ContextualEmbedderConfig) -> None:
        super().__init__()
        self.reader, self.reads, self.out_dim = reader, reads, reader.out_dim
        self.tune = config.tune
        self.reader.requires_grad_(self.tune)
        self.mix = LayerMix(
            reader.depth, norm=config.layer_norm, layer_dropout=config.layer_dropout, scale=config.scale
        )
        self.dropout = config.dropout.build()
        self.train()

    def train(self, mode: bool = True) -> ContextualEmbedder:
        """Training mode, which a network that is not tuned never enters: it must answer as it did in its own run."""
        super().train(mode)
        if not self.tune:
            self.reader.eval()
        return self

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        """Vectors of every position. Shapes as in TokenBatch -> (batch, time, out_dim)."""
        kept = features.get(STATES)
        layers = self.layers(features) if kept is None or not kept.shape[2] else self._kept(kept)
        vectors: Tensor = self.dropout(self.mix(layers))
        return vectors

    def layers(self, features: Mapping[str, Tensor]) -> Tensor:
        """Every layer's vectors. Shapes as in TokenBatch -> (depth, batch, time, out_dim)."""
        own = {name.removeprefix(PREFIX): ids for name, ids in features.items() if name in self.reads}
        mask = features[PRESENCE][features["forms"]] != 0
        with torch.set_grad_enabled(self.tune and torch.is_grad_enabled()):
            layers: Tensor = self.reader({**own, "forms": features["forms"]}, mask)
        return layers

    def _kept(self, states: Tensor) -> Tensor:
        """Those that were computed before. Shape (batch, time, depth * out_dim) -> (depth, batch, time, out_dim)."""
        layers = states.view(*states.shape[:2], self.reader.depth, self.out_dim).permute(2, 0, 1, 3)
        return layers.to(self.mix.weights.dtype)
