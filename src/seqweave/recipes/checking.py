"""Everything that can be known before training: the data, what became of each line, and what the training will cost."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch

from seqweave.data.features.contract import UNKNOWN
from seqweave.layers.scan.choice import implementation, slow
from seqweave.recipes.cost import remember
from seqweave.recipes.environment import memory_bytes
from seqweave.recipes.findings import Search, costly, of
from seqweave.recipes.forecast import forecast
from seqweave.recipes.inside import parameters
from seqweave.recipes.lending import lend
from seqweave.recipes.material import AnyCorpus, Material, gather
from seqweave.recipes.recipe import Recipe, watched
from seqweave.recipes.saving import Trained
from seqweave.recipes.starting import begin, digest
from seqweave.tasks.language_codec import LanguageCodec
from seqweave.tasks.reading_codec import ReadingCodec

LONG_SHARE = 95
Unknown = Callable[[Sequence[str]], np.ndarray]
"""Which of some forms are unknown. Shape (forms,), bool."""


def check(recipe: Recipe, base: Path) -> dict[str, Any]:
    """Read all data of a recipe and look for what is likely wrong with it; try a few steps on a throw-away network.

    Args:
        recipe: the validated recipe.
        base: the folder that its paths are relative to.

    Returns:
        Plain values: parts, and their targets where those are texts, labels, files, parameters by block, the forecast,
        and findings with what was looked at.

    Raises:
        SeqweaveError: whatever would stop the training.
    """
    loan = lend(recipe)
    recipe, material = loan.recipe, loan.noted(gather(recipe.data, base, recipe.training.seed))
    watched(recipe, material.task)
    codec = loan.codec(material)
    network = loan.network(codec)
    begin(Trained(recipe, material.task, material.tokenizer, material.tokenizer_config, codec, network), base)
    loan.require_unmoved(network)
    cost = forecast(recipe, material, codec, network)  # first, while memory holds only what a training holds
    if cost:
        remember(recipe, {**material.digests, **digest(recipe.training.start, base)}, cost)
    search = Search(recipe, material)
    machine = memory_bytes(), shutil.disk_usage(base).free
    loop = slow(implementation(network, "cuda" if torch.cuda.is_available() else "cpu"))
    found = [*costly(cost, *machine, recipe), *([of(loop)] if loop else []), *search.findings()]
    told = codec.known if isinstance(codec, ReadingCodec) else codec
    unknown = _untold(told) if isinstance(told, LanguageCodec) else _unseen(material.parts["train"])
    return {
        "task": recipe.task,
        "parts": {part: _part(corpus, unknown) for part, corpus in material.parts.items()},
        "targets": {
            part: _part(corpus, _unseen(material.parts["train"], "target_tokens"), "target_tokens")
            for part, corpus in material.parts.items()
            if "target_tokens" in corpus.columns
        },
        "labels": label_counts(material),
        "files": [{"file": one["file"], "lines": one["lines"], **one["counts"]} for one in material.receipts],
        "parameters": parameters(network),
        "contextual": loan.facts(material),
        "forecast": cost,
        "findings": [finding.to_json() for finding in found],
        "looked_at": search.looked_at,
    }


def label_counts(material: Material) -> dict[str, dict[str, int]]:
    """How often each label or tag stands in each part, the most frequent of train first."""
    counts = {part: _labels(corpus) for part, corpus in material.parts.items()}
    every = sorted(set().union(*counts.values()), key=lambda label: (-counts["train"][label], label))
    return {label: {part: counted[label] for part, counted in counts.items()} for label in every}


def _unseen(train: AnyCorpus, column: str = "tokens") -> Unknown:
    """Which forms training never saw, whatever their case."""
    known = {token.casefold() for token in train.strings(column).table}
    return lambda table: np.array([token.casefold() not in known for token in table], bool)


def _untold(codec: LanguageCodec) -> Unknown:
    """Which forms a language model calls unknown: also those that are too rare for its vocabulary."""
    return lambda table: codec.ids(table) == UNKNOWN


def _part(corpus: AnyCorpus, unknown: Unknown, column: str = "tokens") -> dict[str, float]:
    """Size and lengths of a part, and how much of it is unknown."""
    tokens = corpus.strings(column)
    lengths = tokens.ids.lengths
    return {
        "examples": len(corpus),
        "tokens": int(lengths.sum()),
        "mean_length": round(float(lengths.mean()), 1),
        "long_length": int(np.percentile(lengths, LONG_SHARE)),
        "longest": int(lengths.max()),
        "unknown_percent": round(100 * float(unknown(tokens.table)[tokens.ids.values].mean()), 2),
    }


def _labels(corpus: AnyCorpus) -> Counter[str]:
    """How often each label or tag stands in a corpus; none where its gold is a text."""
    name = next((name for name in ("tags", "labels") if name in {field.name for field in fields(corpus.kind)}), None)
    if name is None:
        return Counter()
    column = corpus.strings(name)
    counts = np.bincount(column.ids.values, minlength=len(column.table))
    return Counter({label: int(count) for label, count in zip(column.table, counts, strict=True) if count})
