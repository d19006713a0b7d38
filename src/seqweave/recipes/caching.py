"""The settings of a neural cache that a recipe leaves open, chosen on dev; test has no say in them.

Every theta of a grid is tried at lambda 1/2, and a reading without a cache gives the vocabulary's own probabilities:

    p_cache = 2 p - p_vocab

after which any lambda is arithmetic.

Paper: Grave et al., 2017, arXiv:1612.04426, section 4 (both chosen on dev by a grid).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqweave.core.errors import CommandError, Place
from seqweave.core.numbers import decimal
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.insight.answering import answer
from seqweave.models.language_model import LanguageModel, LanguageModelConfig
from seqweave.parts.pointers.cache import CacheConfig
from seqweave.recipes.saving import Trained

THETAS = (0.1, 0.3, 0.5, 0.7, 1.0)
SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
MOST_TOKENS = 100_000
"""Tokens of dev that are read for every theta."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen.

    Args:
        theta: of the cache.
        share: lambda; 0 where no other that was tried helps.
        perplexity: on dev, with them.
        without: on dev, without a cache.
        tokens: of dev that were read.
        tried: how many pairs there were to choose from.
        edges: what has the least or the greatest value that was tried, "theta" or "share": another may be better.
    """

    theta: float
    share: float
    perplexity: float
    without: float
    tokens: int
    tried: int
    edges: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        rounded = {"perplexity": round(self.perplexity, 3), "without": round(self.without, 3)}
        return {**rounded, "tokens": self.tokens, "tried": self.tried, "at_the_edge": [*self.edges]}


def left_open(trained: Trained) -> bool:
    """Whether the model has a cache of which something is not chosen yet."""
    config = _cache(trained)
    return config is not None and (config.theta is None or config.share is None)


def require_chosen(trained: Trained, unread: Place | None = None) -> Trained:
    """The model itself.

    Args:
        trained: any model.
        unread: the file of the run for which its dev could not be read, where one was looked for.

    Raises:
        CommandError: if something of its cache is left open.
    """
    if left_open(trained):
        what = "theta or share of the cache is not chosen, and there is no dev here to choose it on"
        values = "add -o model.pointer.theta=0.3 -o model.pointer.share=0.1"
        mend = (
            f"put this file back as it was, or {values}"
            if unread
            else f"{values}; `seqweave evaluate RUN` chooses them on the dev of a run's folder"
        )
        raise CommandError("E-CACHE-01", what, mend=mend, place=unread)
    return trained


def described(trained: Trained, chosen: Chosen | None) -> Mapping[str, Any]:
    """A pointer's settings and how they were chosen, as JSON values; nothing of a model without one."""
    config = trained.recipe.model
    if not isinstance(config, LanguageModelConfig) or config.pointer is None:
        return {}
    settings = {"kind": config.pointer.kind, **config.pointer.dump()}
    return settings if chosen is None else {**settings, "chosen_on_dev": chosen.to_json()}


def told(pointer: Mapping[str, Any]) -> str:
    """What was chosen, from `described`, as a line for a person; empty where nothing was."""
    chosen = pointer.get("chosen_on_dev")
    if not chosen:
        return ""
    if not pointer["share"]:
        return f"cache: none of {chosen['tried']} pairs of theta and lambda helps on dev, so that it is left out"
    edges = " and ".join(chosen["at_the_edge"])
    return (
        f"cache: theta {pointer['theta']} and lambda {pointer['share']} chosen on dev of {chosen['tried']} pairs, "
        f"perplexity {decimal(chosen['perplexity'])} there, {decimal(chosen['without'])} without"
        + (
            f"; {edges} at the edge of what was tried: other values, which a recipe can set, may be better"
            if edges
            else ""
        )
    )


def with_chosen(trained: Trained, dev: Iterable[DocumentExample]) -> tuple[Trained, Chosen | None]:
    """The model, what its cache leaves open chosen; weights are shared.

    Args:
        trained: any model.
        dev: texts; of long ones the first so many tokens are read, whole texts at least.
    """
    cache = _cache(trained)
    if cache is None or not left_open(trained):
        return trained, None
    corpus, found = _beginning(dev), list[Chosen]()
    thetas = THETAS if cache.theta is None else (cache.theta,)
    shares = SHARES if cache.share is None else (cache.share,)
    plain = _probabilities(_with(trained, None), corpus)
    for theta in thetas:
        half = _probabilities(_with(trained, cache.model_copy(update={"theta": theta, "share": 0.5})), corpus)
        pointed = np.maximum(2 * half - plain, 0)
        for share in shares:
            value = _perplexity((1 - share) * plain + share * pointed)
            tried = len(thetas) * len(shares)
            edges = [name for name, grid, at in (("theta", thetas, theta), ("share", shares, share)) if _edge(grid, at)]
            found.append(Chosen(theta, share, value, _perplexity(plain), len(plain), tried, tuple(edges)))
    best = min(found, key=lambda one: one.perplexity)
    if cache.share is None and best.perplexity >= best.without:
        best = replace(best, share=0.0, perplexity=best.without, edges=())
    return _with(trained, cache.model_copy(update={"theta": best.theta, "share": best.share})), best


def _edge(grid: Sequence[float], value: float) -> bool:
    return len(grid) > 1 and value in (grid[0], grid[-1])


def _cache(trained: Trained) -> CacheConfig | None:
    config = trained.recipe.model
    pointer = config.pointer if isinstance(config, LanguageModelConfig) else None
    return pointer if isinstance(pointer, CacheConfig) else None


def _with(trained: Trained, cache: CacheConfig | None) -> Trained:
    """The model with another cache."""
    config, network = trained.recipe.model, trained.network
    assert isinstance(config, LanguageModelConfig), "what has a cache"
    assert isinstance(network, LanguageModel), "what its settings build"
    other = config.model_copy(update={"pointer": cache})
    recipe = trained.recipe.model_copy(update={"model": other})
    return replace(trained, recipe=recipe, network=network.searching(other))


def _beginning(dev: Iterable[DocumentExample]) -> Corpus[DocumentExample]:
    """The first texts, up to so many tokens; one at least."""
    read, texts = 0, list[DocumentExample]()
    for text in dev:
        texts.append(text)
        read += len(text.tokens) + 1
        if read >= MOST_TOKENS:
            break
    return Corpus.of(DocumentExample, texts)


def _probabilities(trained: Trained, corpus: Corpus[DocumentExample]) -> np.ndarray:
    """Of every token and end. Shape (tokens,), float64."""
    answers = answer(trained.network, trained.codec, corpus)
    return np.exp(np.array([log for one in answers for log in one.log_probabilities], np.float64))


def _perplexity(probabilities: np.ndarray) -> float:
    with np.errstate(divide="ignore"):
        return float(np.exp(-np.log(probabilities).mean()))
