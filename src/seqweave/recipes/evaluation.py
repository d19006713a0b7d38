"""A trained model judged on a part of its run's material: scores, baselines, and the lines training never saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from seqweave.core.errors import MissingInputError, Notice, Place
from seqweave.data.limits import parents, rejoined
from seqweave.data.splits import overlap
from seqweave.insight.answering import answer
from seqweave.insight.evaluate import Evaluation, evaluate, without
from seqweave.metrics.measure import Scores
from seqweave.models.language_model import LanguageModel
from seqweave.models.linear import LinearConfig
from seqweave.recipes.caching import described, require_chosen, with_chosen
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.material import AnyCorpus, AnyTask, Material, Reader, gather
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.recipe import read
from seqweave.recipes.saving import Trained
from seqweave.recipes.steering import require_no_search, steered
from seqweave.tasks.glossary import lacking
from seqweave.tasks.language_codec import LanguageCodec
from seqweave.tasks.language_slices import token_slices
from seqweave.tasks.text_answer import TextAnswer
from seqweave.tasks.unknown_words import unknown_words

NOTHING = np.zeros(0, np.int64)
NEAR = 100
"""Tokens before one that count as near it where there is no pointer: the window of the pointer sentinel's paper."""


def judge(trained: Trained, corpus: AnyCorpus, name: str, seen: np.ndarray = NOTHING) -> Evaluation:
    """Scores and details over a corpus with gold.

    Args:
        trained: the model.
        corpus: what to answer.
        name: how the corpus is called in messages.
        seen: its rows that share a text with the training part. Shape (rows,), int64.
    """
    golds: Sequence[Any] = corpus  # not a list of them, which would hold all of the file in memory
    answers = answer(trained.network, trained.codec, corpus)
    if trained.recipe.data.over_limit == "windows":
        golds, answers, seen = _joined(trained.task, corpus, golds, answers, seen)
    found = evaluate(trained.task, trained.recipe.task, name, golds, answers)
    writes = trained.recipe.data.kind == "translation"
    missed = sum(isinstance(one, TextAnswer) and bool(one.missed) for one in answers) if writes else 0
    if missed:
        found = replace(found, notices=[lacking(missed)])
    found = replace(found, pointer=described(trained, None), slices=slices_of(trained, corpus, answers))
    if not len(seen):
        return found
    unseen = without(trained.task, golds, answers, seen) if len(seen) < len(golds) else {}
    return replace(found, unseen=unseen, seen=len(seen))


def slices_of(trained: Trained, corpus: AnyCorpus, answers: Sequence[Any]) -> list[dict[str, Any]]:
    """How well a language model tells each kind of tokens; nothing of other models."""
    if not isinstance(trained.codec, LanguageCodec) or not isinstance(trained.network, LanguageModel):
        return []
    window = trained.network.pointer.size if trained.network.pointer is not None else NEAR
    return [one.to_json() for one in token_slices(trained.codec, corpus, answers, window)]


def _joined(
    task: AnyTask, corpus: AnyCorpus, golds: Sequence[Any], answers: Sequence[Any], seen: np.ndarray
) -> tuple[list[Any], list[Any], np.ndarray]:
    """Windows put together again: examples, their answers, and which of the examples training holds."""
    of = parents(corpus)
    cuts = np.flatnonzero(np.diff(of, prepend=-1, append=len(corpus)))
    pieces = [slice(first, last) for first, last in pairwise(cuts.tolist())]
    return [rejoined(golds[p]) for p in pieces], [task.joined(answers[p]) for p in pieces], np.unique(of[seen])


def evaluate_file(
    run: Path,
    path: Path,
    format_name: str | None,
    overrides: Sequence[str] = (),
    others: Sequence[Path] = (),
) -> Evaluation:
    """A run judged on a file with gold, beside baselines fitted on its training files where these can be read still.

    Lines that one of the runs was trained on are told apart.

    Args:
        run: a run folder, a model folder or an exported zip.
        path: the file.
        format_name: its format, where it differs from that of the training files.
        overrides: settings of the search, such as "model.search.size=10", of models that write texts.
        others: more runs, all of which write texts together with it.

    Raises:
        SeqweaveError: if a run or the file is missing or malformed, a setting is none of a search, or several runs do
            not fit together.
    """
    loaded = Predictor.load(run, *others).trained
    if loaded.recipe.task == "language-modelling":
        require_no_search(overrides, 0)
    trained = steered(loaded, overrides)
    corpus, notices = gold_and_notices(trained, path, format_name)
    missing: list[Notice] = []
    material, *beside = (material_of(one, missing.append) for one in (run, *others))
    trained, chosen = (trained, None) if material is None else with_chosen(trained, material.parts["dev"])
    require_chosen(trained, missing[0].place if material is None and missing else None)
    notices += dict.fromkeys(missing)
    read = [one.parts["train"] for one in (material, *beside) if one is not None]
    found = judge(trained, corpus, path.name, reduce(np.union1d, (overlap(one, corpus) for one in read), NOTHING))
    found = replace(found, pointer=described(trained, chosen))
    if material is None:
        return replace(found, notices=[*notices, *found.notices])
    train = material.parts["train"]
    known = trained.task.inspect({"train": train})
    news = [notice for notice in trained.task.inspect({"train": train, path.name: corpus}) if notice not in known]
    notices += [*(notice for notice in news if notice not in notices), *found.notices]
    return replace(with_fates(material, found), baselines=baselines(material, {"": corpus})[""], notices=notices)


def gold(trained: Trained, path: Path, format_name: str | None = None) -> AnyCorpus:
    """The examples of a file with gold, read as the model's training files were.

    Args:
        trained: the model.
        path: the file.
        format_name: its format, where it differs from that of the training files.

    Raises:
        SeqweaveError: if the file is missing or malformed.
    """
    return gold_and_notices(trained, path, format_name)[0]


def gold_and_notices(trained: Trained, path: Path, format_name: str | None) -> tuple[AnyCorpus, list[Notice]]:
    """As `gold`, with the counted warnings of the file."""
    data = trained.recipe.data.model_copy(update={"format": format_name} if format_name else {})
    reader = Reader(data, trained.tokenizer)
    corpus = reader.read([path])
    return corpus, [*reader.notices, *trained.task.inspect({path.name: corpus})]


def material_of(run: Path, notify: Callable[[Notice], object] = lambda _: None) -> Material | None:
    """What a run was trained on; None where this is no run folder, or a file of it has gone or changed.

    Args:
        run: a run folder, a model folder or an exported zip.
        notify: takes the warning W-EVALUATE-01 that names that file.
    """
    folder = RunFolder(run)
    if not (run.is_dir() and folder.recipe.is_file() and (run / "receipt.json").is_file()):
        return None
    recipe = read(folder.document())
    try:
        material = gather(recipe.data, run, recipe.training.seed)
    except MissingInputError as error:
        notify(_without_material("is not there", error.place))
        return None
    before, now = folder.read("receipt.json")["digests"], dict(material.digests)
    # what was borrowed from another run is among those of before: it lives on in the model
    changed = next((name for name in now if before.get(name) != now[name]), "")
    if not changed:
        return material
    notify(_without_material("has changed since the run began", Place(changed)))
    return None


def _without_material(why: str, place: Place | None) -> Notice:
    what = f"the file {why}: there are no baselines, and lines that training saw are not told apart"
    return Notice("W-EVALUATE-01", what, place)


def baselines(material: Material, parts: Mapping[str, AnyCorpus]) -> dict[str, dict[str, Scores]]:
    """Scores of trivial answers on each part: those of the task and, for labels, a linear bag of n-grams.

    Args:
        material: holds the training part that they are fitted on.
        parts: corpora with gold, by name.

    Returns:
        By part, then by name of the baseline.
    """
    train = material.parts["train"]
    found = {part: dict(material.task.baselines(train, corpus)) for part, corpus in parts.items()}
    if material.data.kind != "classification":
        return found
    linear = _linear(material)
    for part, corpus in parts.items():
        found[part]["linear bag of n-grams"] = _scores(linear, material.task, corpus)
    return found


def with_fates(material: Material, found: Evaluation) -> Evaluation:
    """The evaluation with what became of the words that training never wrote, where texts are written."""
    if material.data.kind != "translation":
        return found
    fates = unknown_words(material.parts["train"], found.golds, found.answers)
    return replace(found, unknown=fates.to_json())


def _scores(fitted: tuple[Any, Any], task: AnyTask, corpus: AnyCorpus) -> Scores:
    """The scores of a network and its codec over a corpus with gold."""
    network, codec = fitted
    return task.score(corpus, answer(network, codec, corpus))


def _linear(material: Material) -> tuple[Any, Any]:
    config, train = LinearConfig(), material.parts["train"]
    codec = material.task.fit(train, config.features(), material.tokenizer)
    network = config.build(codec.sizes)
    network.fit(codec.encode(train).batch(np.arange(len(train))))
    return network, codec
