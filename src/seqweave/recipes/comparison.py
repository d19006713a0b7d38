"""Runs and prediction files on one file with gold: every system answers the same examples, or says where it does not.

A run counts as what `predict` would print of it, so that a run and a file of its predictions come to the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import numpy as np

from seqweave.core.errors import CommandError, DataError, MissingInputError, Place
from seqweave.core.json_text import parse_json
from seqweave.core.manifest import sha256_of
from seqweave.core.nodes import parse
from seqweave.data.configuration import DataConfig
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt
from seqweave.data.source import files_of
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.insight.comparison.compare import Comparison, Gold, System, compare
from seqweave.insight.comparison.contest import Plan
from seqweave.recipes.evaluation import judge, material_of
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.guessing.draft import draft
from seqweave.recipes.material import AnyCorpus, AnyTask, Reader
from seqweave.recipes.predictor import model_folder
from seqweave.recipes.recipe import read
from seqweave.recipes.saving import Trained, load
from seqweave.recipes.seeds import SeedsFolder

UNLIMITED = 1 << 31
"""Gold is read whole: only networks have limits."""


@dataclass(frozen=True)
class Contestant:
    """Where a system comes from.

    Args:
        path: as it was named.
        name: how it is called.
        runs: its runs or models by seed, one under seed 0 where it has none; none where it is a prediction file.
    """

    path: Path
    name: str
    runs: Mapping[int, Path]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of its runs, where it is a folder of them."""
        return tuple(self.runs) if SeedsFolder.stands_at(self.path) else ()


@dataclass(frozen=True)
class Reading:
    """How the file with gold is read.

    Args:
        kind: name of the task.
        data: the settings.
        tokenizer: splits raw text.
    """

    kind: str
    data: DataConfig
    tokenizer: Tokenizer

    def corpus(self, files: Sequence[Path], format_name: str | None) -> AnyCorpus:
        """The examples of files with gold."""
        changed = {"format": format_name} if format_name else {}
        corpus = Reader(self.data.model_copy(update=changed), self.tokenizer).read(files)
        self.data.build().inspect({files[0].name: corpus})
        return corpus


def compare_paths(paths: Sequence[Path], data: Path | None, format_name: str | None, plan: Plan) -> Comparison:
    """Compare systems with the first of them.

    Args:
        paths: runs, folders of several seeds, model folders, exported zips, or files of predictions; two or more.
        data: the file with gold; the test file that the runs record where not given.
        format_name: its format, where it differs from that of the training files.
        plan: how chance is ruled out.

    Raises:
        CommandError: if there are fewer than two systems, or no file with gold can be told.
        DataError: if a system answers other examples, with the place of the first that differs.
        SeqweaveError: if a run or a file is missing or malformed.
    """
    contestants = _contestants(paths)
    files = [data] if data else _recorded(contestants)
    reading = _reading(contestants, files)
    examples = _gold(reading, files, format_name)
    task: AnyTask = reading.data.build()
    systems = [_system(one, task, examples, files, format_name) for one in contestants]
    if plan.test == "randomisation" and len({len(system.answers) for system in systems}) > 1:
        mend = "use --test bootstrap, or as many seeds of each"
        raise CommandError("E-COMPARE-03", "approximate randomisation swaps seed by seed", mend=mend)
    name = files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"
    return compare(Gold(reading.kind, task, name, examples, _training_counts(contestants)), systems, plan)


def _contestants(paths: Sequence[Path]) -> list[Contestant]:
    if len(paths) < 2:
        mend = "seqweave compare RUN OTHER --data FILE"
        raise CommandError("E-COMPARE-01", "compare needs at least two systems", mend=mend)
    called = _short(paths)
    numbered = [name if called.count(name) == 1 else f"{name} ({i})" for i, name in enumerate(called, 1)]
    return [Contestant(path, name, _runs(path)) for path, name in zip(paths, numbered, strict=True)]


def _short(paths: Sequence[Path]) -> list[str]:
    """The paths by as many of their last parts as tell them apart: every `seed-1` stands in a folder of its own."""
    most = max(len(path.parts) for path in paths)
    ends = ([str(Path(*path.parts[-count:])) for path in paths] for count in range(1, most))
    return next((names for names in ends if len(set(names)) == len(paths)), [str(path) for path in paths])


def _runs(path: Path) -> dict[int, Path]:
    if SeedsFolder.stands_at(path):
        return {seed: run.path for seed, run in SeedsFolder.open(path).runs.items()}
    return {} if path.is_file() and not is_zipfile(path) else {0: path}


def _recorded(contestants: Sequence[Contestant]) -> list[Path]:
    """The test files of the runs, which must be the same, and as they were.

    Raises:
        CommandError: if no run records any, or they differ.
        MissingInputError: if one is no longer there.
        DataError: if one has changed since.
    """
    mend, found = "name the file with --data FILE", {}
    for contestant in contestants:
        for run in contestant.runs.values():
            folder = RunFolder(run)
            data = read(folder.document()).data if run.is_dir() and folder.recipe.is_file() else None
            if data and data.test:
                path = run / data.test
                found[tuple(_unchanged(folder, file) for file in files_of(data, path))] = [path]
    if len(found) != 1:
        what = "the runs were tested on different files" if found else "no run records a test file"
        raise CommandError("E-COMPARE-02", what, mend=mend)
    return next(iter(found.values()))


def _unchanged(run: RunFolder, file: Path) -> str:
    """The digest of a test file, the same as when the run was trained."""
    mend, place = "name a file with --data FILE", Place(str(file))
    if not file.is_file():
        raise MissingInputError("E-COMPARE-04", f"the test file of {run.path} is not there", mend=mend, place=place)
    digest, before = sha256_of(file), run.read("receipt.json")["digests"]
    if digest not in (before.get(file.name), before.get(f"{file.parent.name}/{file.name}")):
        raise DataError("E-COMPARE-05", f"the file has changed since {run.path} was trained", mend=mend, place=place)
    return digest


def _reading(contestants: Sequence[Contestant], files: Sequence[Path]) -> Reading:
    """As the first run reads, or where there are only predictions, as the files look."""
    for contestant in contestants:
        for run in contestant.runs.values():
            trained = _load(run)
            return Reading(trained.recipe.task, trained.recipe.data, trained.tokenizer)
    kind = _task_of(contestants[0].path)
    text = draft(kind, files, Path())
    recipe = read(parse(text.encode(), str(files[0])))
    data = recipe.data.model_copy(update={"limit": UNLIMITED})
    return Reading(kind, data, (data.tokenizer or WordsConfig()).fit(()))


def _task_of(path: Path) -> str:
    """The task whose predictions a file holds."""
    _, first = next(_predictions(path))
    if "end_log_probability" in first:
        return "language-modelling"
    return "tagging" if "tokens" in first else "classification"


def _gold(reading: Reading, files: Sequence[Path], format_name: str | None) -> list[Any]:
    """The examples, whole."""
    data = reading.data.model_copy(update={"limit": UNLIMITED})
    return list(Reading(reading.kind, data, reading.tokenizer).corpus(files, format_name))


def _system(
    contestant: Contestant, task: AnyTask, examples: Sequence[Any], files: Sequence[Path], format_name: str | None
) -> System:
    if not contestant.runs:
        return System(contestant.name, [_parsed(_predictions(contestant.path), contestant.path, task, examples)])
    answers = [_parsed(_answers(run, files, format_name), run, task, examples) for run in contestant.runs.values()]
    return System(contestant.name, answers, contestant.seeds)


def _answers(run: Path, files: Sequence[Path], format_name: str | None) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """What `predict` would print of files, each answer with the line of its example."""
    trained = _load(run)
    reading = Reading(trained.recipe.task, trained.recipe.data, trained.tokenizer)
    found = judge(trained, reading.corpus(files, format_name), files[0].name)
    for example, answer in zip(found.golds, found.answers, strict=True):
        yield 0, trained.task.render(example, answer)


def _predictions(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects of a file of predictions, each with its line.

    Raises:
        DataError: if a line holds no object.
    """
    receipt = Receipt(str(path))
    for number, line in lines(path, "auto", receipt):
        if not line.strip():
            continue
        place = Place(str(path), number)
        value = parse_json(line.encode(), place)
        if not isinstance(value, dict):
            mend = "write one JSON object a line, as `seqweave predict` does"
            raise DataError("E-ANSWER-01", "this is no prediction: it is no object", mend=mend, place=place)
        yield number, value
    receipt.close()


def _parsed(
    shown: Iterator[tuple[int, Mapping[str, Any]]], path: Path, task: AnyTask, examples: Sequence[Any]
) -> list[Any]:
    """One answer for each example.

    Raises:
        DataError: if an answer is to another example, or there are too few or too many.
    """
    answers: list[Any] = []
    number = 0
    for number, value in shown:
        if len(answers) == len(examples):
            raise _uneven(f"there are more answers than the {len(examples):,} examples", Place(str(path), number))
        answers.append(task.parse(value, examples[len(answers)], Place(str(path), number)))
    if len(answers) < len(examples):
        missing = examples[len(answers)]
        what = f"there are {len(answers):,} answers to {len(examples):,} examples"
        at = Place(missing.source, missing.line)
        raise _uneven(f"{what}; the first without one is at {at}", Place(str(path), number))
    return answers


def _uneven(what: str, place: Place) -> DataError:
    mend = "predict the file with gold itself: seqweave predict RUN --input FILE --format FORMAT"
    return DataError("E-COMPARE-06", what, mend=mend, place=place)


def _training_counts(contestants: Sequence[Contestant]) -> dict[str, int] | None:
    """How often each word stands in the training part of the first run whose files can be read still."""
    for contestant in contestants:
        for run in contestant.runs.values():
            material = material_of(run) if run.is_dir() else None
            if material:
                tokens = material.parts["train"].strings("tokens")
                found = np.bincount(tokens.ids.values, minlength=len(tokens.table)).tolist()
                return {word: count for word, count in zip(tokens.table, found, strict=True) if count}
    return None


def _load(run: Path) -> Trained:
    with ExitStack() as stack:
        return load(model_folder(run, stack))
