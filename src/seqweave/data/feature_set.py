"""All fitted features of one model: fitted together, turned into columns together, kept as JSON together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqweave.core.errors import DataError
from seqweave.data.corpus import Strings
from seqweave.data.features.contract import Column, Feature, FeatureConfig
from seqweave.data.sizes import FeatureSize


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Fitted features by name."""

    features: Mapping[str, Feature]

    @classmethod
    def fit(cls, configs: Mapping[str, FeatureConfig], tokens: Strings) -> FeatureSet:
        """Every feature fitted on training tokens."""
        return cls({name: config.fit(tokens) for name, config in configs.items()})

    @classmethod
    def restore(cls, configs: Mapping[str, FeatureConfig], state: Mapping[str, Any]) -> FeatureSet:
        """The features that `to_json` described.

        Raises:
            DataError: if the state does not hold exactly the features of the configs.
        """
        if set(state) != set(configs):
            raise DataError(
                "E-MODEL-05",
                f"the model's features are {sorted(state)}, its settings ask for {sorted(configs)}",
                mend="take the model folder from its run again",
            )
        return cls({name: config.restore(state[name]) for name, config in configs.items()})

    def columns(self, tokens: Strings) -> dict[str, Column]:
        """The ids of every feature for the tokens of a corpus."""
        return {name: feature.column(tokens) for name, feature in self.features.items()}

    @property
    def sizes(self) -> dict[str, FeatureSize]:
        """What embedders must know of every feature."""
        return {name: feature.size for name, feature in self.features.items()}

    def to_json(self) -> dict[str, Any]:
        """The state by name of every feature that a model keeps."""
        return {name: feature.to_json() for name, feature in self.features.items() if not feature.passing}
