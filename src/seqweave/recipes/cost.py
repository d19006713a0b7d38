"""What a training costs: foreseen by `seqweave check`, measured by the run itself, side by side in its cost.json.

A run is never slowed down to foresee its own cost: `check` leaves what it foresaw in the cache, under a digest of all
that decides it, and a training of the same recipe over the same files takes it from there.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from seqweave.core.files import write_json
from seqweave.core.json_text import read_json
from seqweave.data.cache import cache_folder, cache_key
from seqweave.insight.history import History
from seqweave.recipes.folder import PATH_KEYS, RunFolder
from seqweave.recipes.recipe import Recipe

COST = "cost.json"
STATUS = Path("/proc/self/status")


def peak_bytes(device: torch.device) -> int:
    """Most memory that this process, or its GPU, has needed."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if STATUS.is_file():
        # What getrusage tells may be the peak of the process that started this one.
        peaks = [line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:")]
        return int(peaks[0].split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes on macOS, kilobytes elsewhere


def remember(recipe: Recipe, digests: Mapping[str, str], forecast: Mapping[str, Any]) -> None:
    """Leave a forecast for the runs of this recipe; nothing where there is no cache."""
    if recipe.data.cache != "off":
        write_json(_place(recipe, digests), forecast)


def foreseen(recipe: Recipe, digests: Mapping[str, str]) -> dict[str, Any]:
    """What `check` foresaw for this recipe over these files on as many threads; empty where it was not asked."""
    if recipe.data.cache == "off" or not _place(recipe, digests).is_file():
        return {}
    found = read_json(_place(recipe, digests))
    return found if isinstance(found, dict) else {}


def begin(run: RunFolder, recipe: Recipe, digests: Mapping[str, str]) -> None:
    """Keep what was foreseen in the run folder, unless a run that is resumed has it already."""
    if not (run.path / COST).is_file():
        run.write(COST, {"foreseen": foreseen(recipe, digests), "measured": {}})


def finish(run: RunFolder, device: torch.device) -> None:
    """Add what the training did cost: its times, those of resumed runs added up, and what this process needed."""
    history = History.read(run.path)
    epochs = history.evaluations[-1].epoch if history.evaluations else 0
    measured: dict[str, Any] = {
        "seconds": round(history.seconds, 1),
        "bytes": peak_bytes(device),
        "disk_bytes": sum(file.stat().st_size for file in run.path.rglob("*") if file.is_file()),
    }
    if epochs:
        measured["epoch_seconds"] = round(history.seconds / epochs, 2)
    run.write(COST, {**run.read(COST), "measured": measured})


def _place(recipe: Recipe, digests: Mapping[str, str]) -> Path:
    values = recipe.dump()
    values["training"].pop("seed")
    values["data"].pop("cache")
    settings = {"recipe": _without_paths(values), "digests": dict(digests), "threads": torch.get_num_threads()}
    return cache_folder(recipe.data.cache) / f"{cache_key((), settings)}.forecast.json"


def _without_paths(value: Any) -> Any:  # noqa: ANN401  # plain values
    """Values of a recipe without its paths: a run's are relative to its own folder."""
    if isinstance(value, dict):
        return {key: _without_paths(one) for key, one in value.items() if key not in PATH_KEYS}
    return [_without_paths(one) for one in value] if isinstance(value, list | tuple) else value
