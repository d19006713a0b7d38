"""Training a shipped recipe of a published system, several seeds, and setting what was measured beside the number."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePath
from re import fullmatch
from shlex import quote
from statistics import mean
from typing import Any

import torch

from seqweave import __version__
from seqweave.core.errors import CommandError, MissingInputError, Place, shown
from seqweave.core.events import Listener
from seqweave.core.files import write_json
from seqweave.core.nodes import Document, Plain
from seqweave.core.numbers import decimal
from seqweave.core.overrides import apply
from seqweave.data.configuration import DataConfig
from seqweave.data.source import files_of
from seqweave.insight.history import History
from seqweave.metrics.spread import Spread
from seqweave.recipes.environment import processor
from seqweave.recipes.folder import PATH_KEYS, rebased
from seqweave.recipes.recipe import NAME, Published, read
from seqweave.recipes.seeds import SeedsFolder, train_seeds
from seqweave.recipes.shipped import FOLDER, shipped
from seqweave.recipes.start import withdrawn
from seqweave.recipes.train import Finished

SEED = "training.seed="
PARTS = ("train", "dev", "test")


@dataclass(frozen=True)
class Reproduction:
    """What to run.

    Args:
        name: of the shipped recipe.
        data: the folder of the data set's own files.
        overrides: values laid over the recipe.
        seeds: training seeds.
        called: name of the result; that of the recipe's published number where empty.
        keep: a new folder for the runs; None for one that is deleted afterwards.
    """

    name: str
    data: Path
    overrides: tuple[str, ...]
    seeds: tuple[int, ...]
    called: str = ""
    keep: Path | None = None

    @classmethod
    def of(
        cls, name: str, data: Path, overrides: Sequence[str], seeds: Sequence[int], called: str = ""
    ) -> Reproduction:
        """The seeds are those given, else the one of an override `training.seed=S`, else those of the recipe.

        Raises:
            SeqweaveError: if there is no such recipe, an override does not fit it, or one name is to stand for several
                results.
        """
        recipe = read(apply(shipped(name), overrides))
        if called and len(recipe.published) > 1:
            what = f"{name} has {len(recipe.published)} results, which cannot all be called {shown(called)!r}"
            raise CommandError("E-REPRO-02", what, mend="leave --name out")
        if called and not fullmatch(NAME, called):
            what = f"{shown(called)!r} is no name of a result"
            raise CommandError("E-REPRO-03", what, mend="use small letters, digits and hyphens: lab-tagging-gru")
        set_by_hand = any(override.replace(" ", "").startswith(SEED) for override in overrides)
        chosen = tuple(seeds) or ((recipe.training.seed,) if set_by_hand else recipe.seeds)
        return cls(name, data, tuple(overrides), chosen, called)

    def document(self) -> Document:
        """The recipe with its overrides, its data's paths absolute, and those of runs it borrows from or begins with.

        Raises:
            MissingInputError: if a file of the data set is not there.
        """
        found = apply(shipped(self.name), self.overrides)
        data = found.values["data"]
        assert isinstance(data, dict), "shipped recipes are sound"
        config = read(found).data
        located = {key: self._located(config, value) if key in PARTS else value for key, value in data.items()}
        runs = rebased(
            {key: found.values[key] for key in ("model", "training") if key in found.values}, self.data, FOLDER
        )
        return Document(found.file, {**found.values, "data": located, **runs}, found.places)

    def _located(self, config: DataConfig, value: Plain) -> Plain:
        if isinstance(value, list):
            return [self._located(config, item) for item in value]
        for candidate in (self.data / str(value), self.data / f"{value}.gz"):
            if all(file.exists() for file in files_of(config, candidate)):
                return str(candidate.absolute())
        mend = f"name the folder that holds {value} (or {value}.gz) with --data"
        raise MissingInputError(
            "E-REPRO-01", "the data set has no such file", mend=mend, place=Place(str(self.data / str(value)))
        )

    def planned(self) -> list[dict[str, Any]]:
        """What is known of the results before anything is trained."""
        rows = read(apply(shipped(self.name), self.overrides)).published
        facts = {"measured": {"seeds": list(self.seeds)}, "command": self.command}
        facts |= {"versions": _versions(), "recipe": recipe_digest(self.name)}
        return [{"name": self.called or row.name, **facts} for row in rows]

    @property
    def command(self) -> str:
        """The command that gives these results again; where files and runs lie on this machine is not told."""
        overrides = "".join(f" -o {quote(_told(override))}" for override in self.overrides)
        called = f" --name {self.called}" if self.called else ""
        return f"seqweave reproduce {self.name} --data DIR --seeds {','.join(map(str, self.seeds))}{overrides}{called}"


def _told(override: str) -> str:
    """An override, an absolute path in it cut to its last two parts: a recipe's runs, and which of them."""
    key, _, value = override.partition("=")
    path = PurePath(value.strip())
    if key.strip().rpartition(".")[2] not in PATH_KEYS or not path.is_absolute():
        return override
    return f"{key}={PurePath('RUNS', *path.parts[1:][-2:])}"


def reproduce(plan: Reproduction, show: Listener, said: Callable[[str], None]) -> list[dict[str, Any]]:
    """Run all seeds, and give one result for each published number.

    Args:
        plan: what to run.
        show: who looks on.
        said: takes a line about each run that is finished.

    Raises:
        SeqweaveError: as training does.
    """
    document = plan.document()
    recipe, begun, finished, courses = read(document), time.monotonic(), [], []
    with ExitStack() as stack:
        path = plan.keep or Path(stack.enter_context(_temporary())) / plan.name
        made = not path.exists()
        runs = SeedsFolder.create(path, document, FOLDER, plan.seeds)
        stack.enter_context(withdrawn(path, made=made))
        stack.enter_context(document.blamed())
        for seed, one in train_seeds(runs, show):
            finished.append(one)
            courses.append(_course(History.read(runs.runs[seed].path)))
            said(f"seed {seed}: " + ", ".join(f"{row.name} {decimal(_value(one, row))}" for row in recipe.published))
    seconds = time.monotonic() - begun
    return [_result(plan, row, finished, courses, seconds) for row in recipe.published]


def write(results: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Each result as FOLDER/NAME.json."""
    paths = [folder / f"{result['name']}.json" for result in results]
    folder.mkdir(parents=True, exist_ok=True)
    for path, result in zip(paths, results, strict=True):
        write_json(path, result)
    return paths


def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="seqweave-", ignore_cleanup_errors=True)


def _value(finished: Finished, row: Published) -> float:
    return finished.evaluations["test"].scores[row.metric].value


def _course(history: History) -> dict[str, Any]:
    """The work of training until the weights that are scored, and `at` which work dev had which score on the way."""
    worked = history.best.processor_seconds if history.best else history.processor_seconds
    return {
        "processor_seconds": round(worked, 1),
        "metric": history.watched,
        "at": [round(one.processor_seconds, 1) for one in history.evaluations],
        "dev": [round(one.value, 3) for one in history.evaluations],
    }


def _result(
    plan: Reproduction,
    row: Published,
    finished: Sequence[Finished],
    courses: Sequence[Mapping[str, Any]],
    seconds: float,
) -> dict[str, Any]:
    runs = Spread(tuple(round(_value(one, row), 3) for one in finished))
    tests = [one.evaluations["test"] for one in finished]
    ranges = [test.scores[row.metric].interval() for test in tests]
    baselines = tests[0].baselines
    name = row.baseline or next(iter(baselines))
    return {
        "name": plan.called or row.name,
        "system": row.system,
        "dataset": row.dataset,
        "metric": row.metric,
        "better": "higher" if tests[0].scores[row.metric].higher_is_better else "lower",
        "signature": tests[0].scores[row.metric].signature or None,
        "published": {"value": row.value, "source": row.source, "note": row.note},
        "measured": {
            **runs.to_json(),
            "seeds": list(plan.seeds),
            "intervals": [[round(one.low, 3), round(one.high, 3)] for one in ranges],
            "dev": [round(one.evaluations["dev"].scores[row.metric].value, 3) for one in finished],
        },
        **_tokens([test.slices for test in tests]),
        "scores": {name: round(mean(test.scores[name].value for test in tests), 3) for name in tests[0].scores},
        "training": list(courses),
        "baseline": {"name": name, "value": round(baselines[name][row.metric].value, 3)},
        "parameters": sum(parameter.numel() for parameter in finished[0].trained.network.parameters()),
        "command": plan.command,
        "seconds": round(seconds),
        "device": f"{processor()}, {torch.get_num_threads()} threads",
        "versions": _versions(),
        "recipe": recipe_digest(plan.name),
        "commit": _commit(),
        "data": dict(finished[0].material.digests),
    }


def _tokens(tests: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """How well a language model tells kinds of tokens of test, the mean of all runs; nothing of other models."""
    of = [[one["perplexity"] for one in same] for same in zip(*tests, strict=True)]
    found = [{**one, "perplexity": round(mean(values), 3)} for one, values in zip(tests[0], of, strict=True)]
    return {"slices": found} if found else {}


def recipe_digest(name: str) -> str:
    """A shipped recipe in twelve characters, as far as it decides what is trained: overrides are in the command."""
    values = {key: one for key, one in shipped(name).values.items() if key not in ("published", "seeds")}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:12]


def _versions() -> dict[str, str]:
    return {"seqweave": __version__, "torch": torch.__version__}


def _commit() -> str:
    """The commit of the source tree that runs, marked where it was changed; empty where it is no checkout."""
    git = ["git", "-C", str(FOLDER)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True)  # noqa: S603  # fixed words
        changed = subprocess.run([*git, "status", "--porcelain", "--", "."], capture_output=True, text=True, check=True)  # noqa: S603  # fixed words
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head.stdout.strip() + ("+changes" if changed.stdout.strip() else "")
