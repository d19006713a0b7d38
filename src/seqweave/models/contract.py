"""The contract of a model's settings: which features it reads, and how it is built."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from seqweave.core.configuration import Config
from seqweave.core.registry import Registry
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.sizes import Sizes
from seqweave.layers.contracts import Model

MODELS = Registry("models", "seqweave.models")
model = MODELS.register


class ModelConfig(Config, ABC):
    """Settings of a whole network, and its factory."""

    batches: ClassVar[type]
    """The class of the batches it reads, by which tasks and models find each other."""

    @abstractmethod
    def features(self) -> Mapping[str, FeatureConfig]:
        """The features its embedders read, by name."""

    @abstractmethod
    def build(self, sizes: Sizes) -> Model[Any, Any]:
        """A fresh network; draws initial weights from torch's generator."""
