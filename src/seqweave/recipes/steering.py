"""A trained model that writes texts, told how: by another search, with more texts for each, begun by given words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from seqweave.core.errors import CommandError, shown
from seqweave.core.nodes import Document
from seqweave.core.overrides import apply, parse_override
from seqweave.decoding.contract import Search
from seqweave.models.contract import ModelConfig
from seqweave.models.ensemble import Ensemble
from seqweave.models.language_model import LanguageModel, LanguageModelConfig
from seqweave.models.translator import Translator, TranslatorConfig
from seqweave.recipes.recipe import Recipe, read
from seqweave.recipes.saving import Trained
from seqweave.tasks.translation import TranslationTask

OPEN = (("model", "search"), ("model", "longest"))
"""Sections of a recipe that decide nothing before a text is written."""
CACHE = ("model", "pointer")
"""The section of a language model's pointer; a cache decides nothing before a text is read."""
KIND = ("model", "search", "kind")
COUNTS = ("best", "samples")
"""What searches call the number of texts that they give."""


def steered(trained: Trained, overrides: Sequence[str], best: int = 0) -> Trained:
    """The model, its weights shared, with other settings of its search.

    Args:
        trained: the model.
        overrides: such as "model.search.size=10"; another kind of search begins with its own usual settings.
        best: how many texts to give for each; 0 for as many as the settings say.

    Raises:
        CommandError: if the model writes no texts, or a setting is none of its search.
        ProblemsError: if the settings are none that a recipe may have.
    """
    if not overrides and not best:
        return trained
    network = trained.network
    if not isinstance(network, Translator | Ensemble | LanguageModel):
        what = f"a {trained.recipe.model.kind} (task {trained.recipe.task}) writes no text, and searches for none"
        raise CommandError("E-STEER-01", what, mend="leave -o and --best out")
    recipe = _overridden(trained.recipe, overrides)
    config = recipe.model
    assert isinstance(config, TranslatorConfig | LanguageModelConfig), "its network writes texts"
    if best:
        config = config.model_copy(update={"search": _giving(config.search, best)})
    other = recipe.model_copy(update={"model": config})
    if isinstance(network, LanguageModel):
        assert isinstance(config, LanguageModelConfig)
        return replace(trained, recipe=other, network=network.searching(config))
    assert isinstance(config, TranslatorConfig)
    return replace(trained, recipe=other, network=network.searching(config))


def require_no_search(overrides: Sequence[str], best: int) -> None:
    """See that a model that is to tell how probable texts are is not told how to write some.

    Raises:
        CommandError: if a setting is one of searches, or several texts are asked for.
    """
    for name in ["--best"] * bool(best) + [one for one in overrides if parse_override(one).path[:2] in OPEN]:
        what = f"{shown(name)} is for texts that are written, and scoring writes none"
        raise CommandError("E-STEER-08", what, mend="leave it out, or have texts written (predict without --score)")


def begun(trained: Trained, example: Any, prefix: str) -> Any:  # noqa: ANN401  # an example of any task
    """The example, whose answer must begin with a text.

    Raises:
        CommandError: if the model writes no texts.
    """
    if trained.recipe.task == "language-modelling":
        mend = "write these words at the end of the text itself"
        raise CommandError("E-STEER-05", "a language model goes on where the text ends", mend=mend)
    if not isinstance(trained.task, TranslationTask):
        what = f"the model answers with labels (task {trained.recipe.task}), which begin with no text"
        raise CommandError("E-STEER-02", what, mend="leave --prefix out")
    return trained.task.begun(example, prefix, trained.tokenizer)


def _overridden(recipe: Recipe, overrides: Sequence[str]) -> Recipe:
    values, language = recipe.dump(), recipe.task == "language-modelling"
    for override in map(parse_override, overrides):
        if override.path[:2] not in (*OPEN, *([CACHE] if language else [])):
            what = f"of a trained model only model.search and model.longest{', and a cache,' * language} can be set"
            mend = "write -o model.search.size=10, -o model.search.kind=greedy or -o model.longest.ratio=3.0"
            mend = "write -o model.search.kind=greedy or -o model.pointer.kind=cache" if language else mend
            raise CommandError("E-STEER-03", what, mend=mend, place=override.place)
        if override.path == KIND and override.value != values["model"]["search"]["kind"]:
            values["model"]["search"] = {}
    found = read(apply(Document("-o", values, {}), overrides))
    if language:
        _require_the_same_weights(recipe.model, found.model)
    return found


def _require_the_same_weights(before: ModelConfig, after: ModelConfig) -> None:
    """Refuse a pointer that is learned, where the run has none or another.

    Raises:
        CommandError: if there is one.
    """
    assert isinstance(before, LanguageModelConfig), "the task's model"
    assert isinstance(after, LanguageModelConfig), "the task's model"
    learned = [one.pointer for one in (before, after) if one.pointer and one.pointer.learned]
    if learned and before.pointer != after.pointer:
        what = (
            f"a pointer of kind {learned[0].kind} is learned with the network, and cannot be laid over it or taken off"
        )
        mend = "train a run with other settings, or use `-o model.pointer.kind=cache` with a run that has no pointer"
        raise CommandError("E-STEER-07", what, mend=mend)


def _giving(search: Search, best: int) -> Search:
    """The search with so many texts for each, and a beam that is wide enough for them."""
    fields = type(search).model_fields
    count = next((name for name in COUNTS if name in fields), "")
    if not count:
        what = f"the search {search.kind} gives one text, {best} are asked for"
        raise CommandError("E-STEER-04", what, mend="add -o model.search.kind=beam (or sampling), or leave --best out")
    wider = {"size": best} if "size" in fields and search.dump()["size"] < best else {}
    return search.model_copy(update={count: best, **wider})
