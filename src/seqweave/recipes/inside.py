"""What is inside a run or a model: settings, labels, parameters block by block, scores."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from torch import nn

from seqweave.core.manifest import read_manifest
from seqweave.recipes.archive import WEIGHTS
from seqweave.recipes.certificate import certificate_of
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.predictor import model_folder
from seqweave.recipes.saving import Trained, load


def describe(run: Path) -> dict[str, Any]:
    """The facts as plain values.

    Args:
        run: a run folder, a model folder or an exported zip.

    Raises:
        SeqweaveError: if there is no such run, or it is damaged.
    """
    with ExitStack() as stack:
        model = model_folder(run, stack)
        trained, certificate = load(model), certificate_of(run, model)
        weights = read_manifest(model)[WEIGHTS].sha256
    facts: dict[str, Any] = {
        "model": {"task": trained.recipe.task, "kind": trained.recipe.model.kind, **_labels(trained)},
        "parameters": parameters(trained.network),
    }
    if certificate:
        facts["certificate"] = certificate.facts(weights)
    if run.is_dir() and RunFolder(run).finished:
        for part, found in RunFolder(run).read("scores.json").items():
            facts[f"scores on {part}"] = {name: score["value"] for name, score in found["scores"].items()}
    return facts


def parameters(network: nn.Module) -> dict[str, int]:
    """Trained numbers of every block of the network (its children, and the embedders one by one), and in all."""
    blocks: dict[str, int] = {}
    for name, parameter in network.named_parameters():
        parts = name.split(".")
        block = ".".join(parts[:3] if parts[0] == "embed" else parts[:1])
        blocks[block] = blocks.get(block, 0) + parameter.numel()
    return {**blocks, "all": sum(blocks.values())}


def _labels(trained: Trained) -> dict[str, Any]:
    state = trained.codec.to_json()
    if trained.recipe.task == "language-modelling":
        return {"tokens": f"{trained.codec.sizes.target.count:,}"}
    names = state.get("labels", state.get("tags", []))
    return {"labels": f"{len(names)}: {', '.join(names[:30])}{' ...' if len(names) > 30 else ''}"}
