"""One sound little embedder, and one way to break each law of embedders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from seqweave.core.configuration import Config
from seqweave.data.features.characters import CharactersConfig
from seqweave.data.features.ngrams import NgramsConfig
from seqweave.data.features.words import WordsConfig
from seqweave.data.sizes import FeatureSize
from seqweave.layers.contracts import Embedder, EmbedderConfig
from seqweave.layers.pooling import masked_mean

DIM = 4


class SoundEmbedder(Embedder):
    """The sum of a word's vector, the mean of its characters' and an n-gram's; the faults override one step each."""

    reads = ("words", "characters", "ngrams")
    claims = True

    def __init__(self, sizes: Mapping[str, FeatureSize]) -> None:
        super().__init__()
        self.out_dim = DIM
        self.tables = nn.ModuleDict({name: nn.Embedding(sizes[name].count, DIM) for name in self.reads})

    def spelling(self, ids: Tensor) -> Tensor:
        return masked_mean(self.tables["characters"](ids), ids != 0)

    def of_forms(self, features: Mapping[str, Tensor]) -> Tensor:
        return self.tables["words"](features["words"]) + self.spelling(features["characters"])

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        return self.of_forms(features)[features["forms"]] + self.tables["ngrams"](features["ngrams"])


class CountsPaddedCharacters(SoundEmbedder):
    """The mean of the characters counts padding."""

    def spelling(self, ids: Tensor) -> Tensor:
        return self.tables["characters"](ids).mean(dim=1)


class LooksAtWholeRow(SoundEmbedder):
    """Every position sees the mean of its row, padding included."""

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        vectors = super().forward(features)
        return vectors + vectors.mean(dim=1, keepdim=True)


class TakesPlaceForWord(SoundEmbedder):
    """The place of a form among the distinct forms is taken for its id."""

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        return self.tables["words"](features["forms"])


class TakesIdForPlace(SoundEmbedder):
    """The forms are gathered by their ids."""

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        found = self.of_forms(features)
        return found[features["words"][features["forms"]].clamp(max=len(found) - 1)]


class CentresForms(SoundEmbedder):
    """The vectors of a batch's forms are centred: a sentence reads differently in other company."""

    def of_forms(self, features: Mapping[str, Tensor]) -> Tensor:
        vectors = super().of_forms(features)
        return vectors - vectors.mean(dim=0)


class DeadParameter(SoundEmbedder):
    """A weight that nothing reads."""

    def __init__(self, sizes: Mapping[str, FeatureSize]) -> None:
        super().__init__(sizes)
        self.unused = nn.Parameter(torch.ones(2))


class DetachedCharacters(SoundEmbedder):
    """The characters are read, and never learned."""

    def spelling(self, ids: Tensor) -> Tensor:
        return super().spelling(ids).detach()


class Unsaved(SoundEmbedder):
    """A random tensor that is no parameter: a loaded model differs."""

    def __init__(self, sizes: Mapping[str, FeatureSize]) -> None:
        super().__init__(sizes)
        self.hidden = torch.randn(DIM)

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        return super().forward(features) + self.hidden


class WrongSize(SoundEmbedder):
    """The size it tells is not the size it gives."""

    def __init__(self, sizes: Mapping[str, FeatureSize]) -> None:
        super().__init__(sizes)
        self.out_dim = DIM + 1


class Squeezed(SoundEmbedder):
    """An unguarded squeeze drops an axis of length 1."""

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        return super().forward(features).squeeze()


class ReadsMoreThanItSays(SoundEmbedder):
    """A feature is read, and not named."""

    reads = ("words", "characters")

    def __init__(self, sizes: Mapping[str, FeatureSize]) -> None:
        super().__init__(sizes)
        self.tables["ngrams"] = nn.Embedding(sizes["ngrams"].count, DIM)


class AlwaysDrops(SoundEmbedder):
    """Dropout that does not know of eval mode."""

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        return torch.dropout(super().forward(features), 0.5, train=True)


class HidesItsNeighbours(SoundEmbedder):
    """N-grams tell of the tokens beside, and it says that nothing does."""

    claims = False


class ClaimsNeighbours(SoundEmbedder):
    """It says that it sees others, and reads each token by itself."""

    def forward(self, features: Mapping[str, Tensor]) -> Tensor:
        return self.of_forms(features)[features["forms"]]


class SoundConfig(EmbedderConfig):
    """Builds the embedder of a fault."""

    part: ClassVar[type[SoundEmbedder]] = SoundEmbedder
    sees_others: ClassVar[bool] = True

    def features(self) -> Mapping[str, Config]:
        return {"words": WordsConfig(), "characters": CharactersConfig(), "ngrams": NgramsConfig()}

    def build(self, sizes: Mapping[str, FeatureSize]) -> SoundEmbedder:
        return self.part(sizes)


def config_of(fault: type[SoundEmbedder]) -> SoundConfig:
    """A config that builds the embedder of a fault."""
    config: type[SoundConfig] = type(
        f"{fault.__name__}Config", (SoundConfig,), {"part": fault, "sees_others": fault.claims}
    )
    return config()


FAULTS: dict[str, tuple[type[SoundEmbedder], ...]] = {
    "out_dim_is_true": (WrongSize, Squeezed),
    "padding_changes_nothing": (CountsPaddedCharacters, LooksAtWholeRow),
    "order_of_forms_changes_nothing": (TakesPlaceForWord, TakesIdForPlace),
    "batch_equals_single_rows": (CentresForms, LooksAtWholeRow),
    "gradient_reaches_everything": (DeadParameter, DetachedCharacters),
    "saved_equals_loaded": (Unsaved,),
    "reads_what_it_says": (ReadsMoreThanItSays,),
    "eval_draws_nothing": (AlwaysDrops,),
    "what_it_sees_is_what_it_says": (HidesItsNeighbours, ClaimsNeighbours),
}
