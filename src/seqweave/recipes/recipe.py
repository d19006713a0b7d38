"""The recipe: one validated YAML file that says what to read, what to build, and how to train it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from seqweave.core.configuration import Choice, Config
from seqweave.core.errors import RecipeError, shown
from seqweave.core.nodes import Document, Plain
from seqweave.core.registry import nearest
from seqweave.core.validation import validate
from seqweave.data.configuration import DataConfig
from seqweave.data.tokenizers.pair import PairConfig
from seqweave.layers.contracts import HEADS, LabelHeadConfig
from seqweave.models.classifier import ClassifierConfig
from seqweave.models.contract import MODELS, ModelConfig
from seqweave.models.reading import MOST_TOLD, ReadingConfig
from seqweave.tasks.classification import ClassificationData
from seqweave.tasks.contract import TASKS, Task
from seqweave.tasks.language_modelling import LanguageModellingData
from seqweave.tasks.translation import TranslationData
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contract import require_metric

NAME = r"^[a-z0-9][a-z0-9-]{0,63}$"
"""Names of results."""


class Published(Config):
    """A number that a recipe is held to, and where it was published."""

    name: str = Field(pattern=NAME)
    """Name of the results file."""
    system: str
    """What is trained, in the field's words."""
    dataset: str
    """Which data set, with its variant."""
    metric: str
    """Which of the task's scores."""
    value: float | None = None
    """The published value; none where nothing comparable was published."""
    source: str = ""
    """Where it was published."""
    note: str = ""
    """What differs from ours."""
    baseline: str | None = None
    """The baseline that is shown beside it; the first one where not given."""


class Recipe(Config):
    """Everything that decides a run."""

    task: str
    """What is asked (`seqweave info tasks`)."""
    data: Annotated[DataConfig, Choice(TASKS)]
    """What to read, and how."""
    model: Annotated[ModelConfig, Choice(MODELS)]
    """The network; `kind` may be left out where the task has a usual one."""
    training: TrainingConfig = TrainingConfig()
    """How it is trained."""
    published: tuple[Published, ...] = ()
    """What a shipped recipe reproduces."""
    seeds: tuple[int, ...] = (1, 2, 3)
    """Training seeds of `seqweave reproduce`; one where nothing is drawn at random."""

    def dump(self) -> dict[str, Any]:
        """Plain values as they are written in a recipe."""
        values = super().dump()
        values["data"].pop("kind")
        return values


def read(document: Document) -> Recipe:
    """The recipe that a document describes.

    Raises:
        ProblemsError: every mistake in it, in the order of the file.
        RecipeError: if the model is not one for the task.
    """
    recipe = validate(Recipe, _spread(document))
    _require_fit(recipe, document)
    data = recipe.data
    if isinstance(recipe.model, ReadingConfig) and isinstance(data, LanguageModellingData) and data.max_size is None:
        return recipe.model_copy(update={"data": data.model_copy(update={"max_size": MOST_TOLD})})
    return recipe


def watched(recipe: Recipe, task: Task[Any, Any, Any, Any]) -> str:
    """The metric that chooses the best model.

    Raises:
        RecipeError: if the task has no such metric, or training does not change it.
    """
    metric = (recipe.training.stop and recipe.training.stop.metric) or task.main_metric
    require_metric(metric, tuple(name for name, measure in task.score([], []).items() if measure.learned))
    return metric


def recipe_of(values: Mapping[str, Plain], file: str = "recipe") -> Recipe:
    """The recipe that plain values describe; `file` names them in messages."""
    return read(Document(file, dict(values), {}))


def _require_fit(recipe: Recipe, document: Document) -> None:
    """Task and model must speak of the same batches, and of as many texts and labels an example."""
    data, model, batches = recipe.data, recipe.model, recipe.data.build().batches
    if model.batches not in batches:
        fitting = [kind for kind, config in MODELS if issubclass(config, ModelConfig) and config.batches in batches]
        what, mend = f"a {model.kind} is no model for {recipe.task}", f"use {' or '.join(fitting)}"
        raise RecipeError("E-RECIPE-22", what, mend=mend, place=document.place(("model", "kind")))
    if isinstance(data.tokenizer, PairConfig) and not isinstance(data, TranslationData):
        what, mend = "the tokenizer `pair` is for a source and its target", "use one of its two sides by itself"
        raise RecipeError("E-RECIPE-32", what, mend=mend, place=document.place(("data", "tokenizer")))
    if isinstance(model, ReadingConfig) and isinstance(data, LanguageModellingData) and data.context == "document":
        what, mend = f"a {model.kind} reads each text by itself, whatever data.context says", "delete data.context"
        raise RecipeError("E-RECIPE-33", what, mend=mend, place=document.place(("data", "context")))
    if not (isinstance(data, ClassificationData) and isinstance(model, ClassifierConfig)):
        return
    if model.head.exclusive == data.multi_label:
        heads = [(kind, config) for kind, config in HEADS if issubclass(config, LabelHeadConfig)]
        fitting = [kind for kind, config in heads if config.exclusive != data.multi_label]
        what = f"the head {model.head.kind} is not for data.multi_label: {str(data.multi_label).lower()}"
        mend = f"use the head {' or '.join(fitting)}, or change data.multi_label"
        raise RecipeError("E-RECIPE-23", what, mend=mend, place=document.place(("model", "head", "kind")))


def _spread(document: Document) -> Document:
    """The document as config classes see it: the task is the kind of `data`, and names the usual kind of `model`."""
    name = document.values.get("task")
    if not isinstance(name, str) or name not in TASKS:
        raise _no_task(name, document)
    kinds = {"data": name, "model": _data_config(name).task_model}
    values = {key: _with_kind(value, kinds.get(key)) for key, value in document.values.items()}
    return replace(document, values=values)


def _with_kind(value: Plain, kind: str | None) -> Plain:
    return {"kind": kind, **value} if kind and isinstance(value, dict) else value


def _data_config(task: str) -> type[DataConfig]:
    config = TASKS[task]
    assert issubclass(config, DataConfig)
    return config


def _no_task(name: object, document: Document) -> RecipeError:
    known = TASKS.kinds()
    if name is None:
        what, mend = "the key 'task' is missing", f"write task: and one of {', '.join(known)}"
        return RecipeError("E-RECIPE-11", what, mend=mend, place=document.place(()))
    what = f"there is no task {shown(repr(name))}"
    return RecipeError("E-RECIPE-06", what, mend=f"use {nearest(str(name), known)}", place=document.place(("task",)))
