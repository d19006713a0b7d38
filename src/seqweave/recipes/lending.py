"""Recipes that borrow from another run: its language model is opened, checked, and handed to the embedder `contextual`.

Only here are other runs opened. What a recipe becomes names no run any more, but holds the settings of its network; the
network's weights and vocabularies go into the new model, which needs the old run no longer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import nn

from seqweave.core.errors import RecipeError
from seqweave.core.manifest import MANIFEST, sha256_of
from seqweave.data.corpus import Strings
from seqweave.data.feature_set import FeatureSet
from seqweave.data.features.contract import UNKNOWN, Feature, FeatureConfig, FormColumn
from seqweave.data.features.forms import form_counts
from seqweave.data.tokenizers.contract import Tokenizer, TokenizerConfig
from seqweave.data.tokenizers.pair import PairConfig
from seqweave.layers.reading import Reader, ReaderConfig, ReadingModel
from seqweave.models.reading import ReadingConfig
from seqweave.parts.embedders.contextual import PREFIX, STATES, ContextualEmbedder, ContextualEmbedderConfig
from seqweave.recipes.allowance import Allowance, AllowanceError
from seqweave.recipes.environment import memory_bytes
from seqweave.recipes.material import Material
from seqweave.recipes.predictor import model_folder
from seqweave.recipes.recipe import Recipe
from seqweave.recipes.saving import load
from seqweave.recipes.states import StatesFeature, states_bytes
from seqweave.tasks.contract import Codec
from seqweave.tasks.reading_codec import ReadingCodec

AnyCodec = Codec[Any, Any, Any, Any]

COMPARED = 1000
"""Of so many training texts is seen whether the network's tokenizer cuts them alike."""
COPIES = 3
"""Of the weights that a training holds at least: themselves, their gradients, and those that are saved."""
MOST_STRANGE = 0.01
"""Tokens of which more than such a share are others than the network's tokenizer makes are of another tokenizer: a
ready token with a space within is rare."""
MOST_UNKNOWN = 0.25
"""A text of which more than such a share is unknown to a network is none of those it was made for."""


@dataclass(frozen=True)
class Lent:
    """What a language model's run lends.

    Args:
        path: of the run.
        setting: the embedder that borrows it, such as model.embed.1.
        digest: of its manifest.
        config: settings of its reader.
        reader: in `eval()` mode.
        features: what the reader reads, fitted.
        tokenizer: of its texts.
        tokenizer_config: the settings of that.
    """

    path: Path
    setting: str
    digest: str
    config: ReaderConfig
    reader: Reader
    features: FeatureSet
    tokenizer: Tokenizer
    tokenizer_config: TokenizerConfig


@dataclass(frozen=True)
class Loan:
    """A recipe whose runs are opened.

    Args:
        recipe: it names no run any more.
        lent: what was borrowed, if anything.
    """

    recipe: Recipe
    lent: Lent | None = None

    def noted(self, material: Material) -> Material:
        """The material with the digest of what was borrowed, which a resume must find again.

        Raises:
            RecipeError: if its texts are cut into other tokens than those of the run.
        """
        if self.lent is None:
            return material
        _require_same_tokens(self.lent, material)
        return replace(material, digests={**material.digests, f"{self.lent.path.name}/{MANIFEST}": self.lent.digest})

    def codec(self, material: Material) -> AnyCodec:
        """The codec fitted on the training part.

        Raises:
            RecipeError: if its tokens are unknown to what was borrowed.
        """
        features = {**self.recipe.model.features(), **self._features(material.data.cache)}
        return material.task.fit(material.parts["train"], features, material.tokenizer)

    def network(self, codec: AnyCodec) -> Any:  # noqa: ANN401  # a model of any task
        """A fresh network, with the weights that were borrowed.

        Raises:
            RecipeError: if this machine cannot train a network of such a size.
        """
        limit = memory_bytes() // COPIES
        try:
            with Allowance(limit):
                network = self.recipe.model.build(codec.sizes)
        except AllowanceError as error:
            what = f"the network's weights need {error}, and this machine cannot hold {COPIES} such copies in memory"
            mend = "lower the sizes in `model`, such as dim, hidden and layers, or keep fewer words"
            raise RecipeError("E-MEMORY-01", what, mend=mend) from error
        if self.lent is not None:
            (embedder,) = _contextual(network)
            embedder.reader.load_state_dict(self.lent.reader.state_dict())
        return network

    def require_unmoved(self, network: nn.Module) -> None:
        """See that a network that is not tuned still has the weights that its cached states come from.

        Raises:
            RecipeError: if the run that training starts from has tuned them.
        """
        if self.lent is None:
            return
        for embedder in _contextual(network):
            kept, ours = self.lent.reader.state_dict(), embedder.reader.state_dict()
            if not (embedder.tune or all(torch.equal(kept[name], ours[name]) for name in kept)):
                what = "the run that training is to start from has tuned its language model, and this recipe does not"
                raise RecipeError("E-CONTEXT-07", what, mend="write `tune: true` for the contextual embedder")

    def facts(self, material: Material) -> dict[str, Any] | None:
        """What `check` tells of it: the run, its layers, what is unknown to it, the bytes of states in the cache."""
        if self.lent is None:
            return None
        reader, (config,) = self.lent.reader, _wanted(self.recipe)
        kept = [states_bytes(reader, part.strings("tokens")) for part in material.parts.values()]
        train, features = material.parts["train"].strings("tokens"), self.lent.features.features.values()
        unknown = max(_unknown(feature, train)[0] for feature in features)
        return {
            "run": str(self.lent.path),
            "layers": reader.depth,
            "dim": reader.out_dim,
            "unknown_percent": round(100 * unknown, 2),
            "cached_bytes": 0 if config.tune else sum(kept),
        }

    def _features(self, cache: str) -> Mapping[str, FeatureConfig]:
        """In place of fresh features, those that were borrowed; and the states, where nothing changes them."""
        if self.lent is None:
            return {}
        lent, (config,) = self.lent, _wanted(self.recipe)
        found: dict[str, FeatureConfig] = {
            PREFIX + name: _Borrowed(feature=one, setting=lent.setting) for name, one in lent.features.features.items()
        }
        if not config.tune:
            states = StatesFeature(lent.reader, lent.features, lent.digest, cache)
            found[STATES] = _Borrowed(feature=states, setting=lent.setting)
        return found


def lend(recipe: Recipe) -> Loan:
    """Open the run that a recipe borrows from.

    Args:
        recipe: its paths absolute, or relative to the working folder.

    Raises:
        SeqweaveError: if there is no such run, it is damaged, of a newer format, or no reader was taught in it; or if
            the recipe borrows twice.
    """
    wanted = _wanted(recipe)
    if len(wanted) > 1:
        mend = "keep one of them; what others know can be learned by one run over all texts"
        raise RecipeError("E-CONTEXT-05", "a recipe has room for one contextual embedder", mend=mend)
    if not wanted:
        return Loan(recipe)
    if wanted[0].run is None or wanted[0].reader is not None:
        mend = "write `run:` and the folder of a bilm or a masked-language-model, and no `reader`"
        raise RecipeError("E-CONTEXT-06", "a contextual embedder takes its network from a run", mend=mend)
    lent = _open(Path(wanted[0].run), f"model.embed.{_embed(recipe).index(wanted[0])}")
    opened = wanted[0].model_copy(update={"run": None, "reader": lent.config})
    embed = tuple(opened if config is wanted[0] else config for config in _embed(recipe))
    return Loan(recipe.model_copy(update={"model": recipe.model.model_copy(update={"embed": embed})}), lent)


def _embed(recipe: Recipe) -> tuple[Any, ...]:
    found = getattr(recipe.model, "embed", ())
    return found if isinstance(found, tuple) else ()


def _wanted(recipe: Recipe) -> list[ContextualEmbedderConfig]:
    return [config for config in _embed(recipe) if isinstance(config, ContextualEmbedderConfig)]


def _contextual(network: nn.Module) -> list[ContextualEmbedder]:
    return [module for module in network.modules() if isinstance(module, ContextualEmbedder)]


def _open(run: Path, setting: str) -> Lent:
    with ExitStack() as stack:
        mend = f"train the language model first, as the recipe says, and name its run: -o {setting}.run=RUN"
        folder = model_folder(run, stack, mend)
        with torch.random.fork_rng(devices=[]):
            trained, digest = load(folder), sha256_of(folder / MANIFEST)
    model, network, codec = trained.recipe.model, trained.network, trained.codec
    if not (isinstance(model, ReadingConfig) and isinstance(network, ReadingModel) and isinstance(codec, ReadingCodec)):
        what = f"the run of {setting} holds a {model.kind}, which tells nothing of tokens where they stand"
        raise RecipeError("E-CONTEXT-02", what, mend="name the run of a bilm or a masked-language-model")
    tokenizer = trained.tokenizer, trained.tokenizer_config
    return Lent(run, setting, digest, model.reader, network.reader, codec.features, *tokenizer)


def _require_same_tokens(lent: Lent, material: Material) -> None:
    same, train = _same_tokenizer(lent, material), material.parts["train"]
    some = train.take(np.arange(min(len(train), COMPARED)))
    strange, total = Counter[str](), 0
    for text, tokens in zip(some.field("text"), some.field("tokens"), strict=True):
        total += len(tokens)
        ready = material.tokenizer.split(text).words != tokens
        if same and not ready:
            continue
        strange += Counter(tokens) - Counter(lent.tokenizer.split(" ".join(tokens) if ready else text).words)
    share = strange.total() / max(total, 1)
    if share > MOST_STRANGE:
        what = (
            f"{100 * share:.0f} % of the training texts' tokens ({strange.most_common(1)[0][0]!r}) are none of those "
            f"that the tokenizer {lent.tokenizer_config.kind!r} of the run of {lent.setting} makes of these texts"
        )
        mend = (
            "train the run with {kind: spaces} where the file holds ready tokens; otherwise with this recipe's "
            "data.tokenizer, or set that to its own"
        )
        raise RecipeError("E-CONTEXT-03", what, mend=mend)


def _same_tokenizer(lent: Lent, material: Material) -> bool:
    ours, state = material.tokenizer_config, material.tokenizer.to_json()
    if isinstance(ours, PairConfig):
        ours, state = ours.source, state["source"]
    return ours == lent.tokenizer_config and bool(state == lent.tokenizer.to_json())


@final
class _Borrowed(FeatureConfig):
    """A feature that was fitted elsewhere."""

    feature: Any
    """The feature."""
    setting: str
    """The embedder that borrows it, for errors."""

    def fit(self, tokens: Strings) -> Feature:
        """The feature as it is.

        Raises:
            RecipeError: if too much of the tokens is unknown to it.
        """
        feature: Feature = self.feature
        _require_known(feature, tokens, self.setting)
        return feature

    def restore(self, state: Mapping[str, Any]) -> Feature:
        """The feature as it is."""
        del state
        found: Feature = self.feature
        return found


def _require_known(feature: Feature, tokens: Strings, setting: str) -> None:
    share, example = _unknown(feature, tokens)
    if share > MOST_UNKNOWN:
        percent = f"{100 * share:.0f} %"
        what = f"{percent} of what the run of {setting} reads of the training texts is unknown to it ({example!r})"
        mend = "train it on text of the same language, cut into tokens alike; this task's own training text among it"
        raise RecipeError("E-CONTEXT-04", what, mend=mend)


def _unknown(feature: Feature, tokens: Strings) -> tuple[float, str]:
    """The share of what a feature tells of tokens that is unknown to it, and the token with the most of it."""
    column = None if feature.passing else feature.column(tokens)
    if not isinstance(column, FormColumn):
        return 0.0, ""
    ids = column.table.reshape(len(column.table), -1)
    counts = form_counts(tokens)
    unknown, all_ids = (ids == UNKNOWN).sum(axis=1) * counts, (ids != 0).sum(axis=1) @ counts
    return float(unknown.sum()) / max(float(all_ids), 1), tokens.table[int(np.argmax(unknown))]
