"""Recipes that name a broken or unfitting run for a contextual embedder: what is told before anything is read."""

import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from seqweave.core.errors import RecipeError, SeqweaveError
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.parts.embedders.contextual import ContextualEmbedderConfig
from seqweave.recipes.lending import Lent, _require_same_tokens, lend
from seqweave.recipes.recipe import recipe_of


def test_a_model_of_small_letters_is_not_lent_to_a_cased_recipe():
    """Each capital would be an unknown character to it, and too few of them are there to be noticed by their share."""
    folded, cased = WordsConfig(lowercase=True), WordsConfig()
    for ours, theirs, refused in ((cased, folded, True), (folded, cased, False), (folded, folded, False)):
        lent = Lent(Path("runs/a"), "", None, None, None, theirs.fit(()), theirs)
        material = SimpleNamespace(tokenizer_config=ours, tokenizer=ours.fit(()))
        with pytest.raises(RecipeError, match=r"all in small letters.*E-CONTEXT-03") if refused else nullcontext():
            _require_same_tokens(lent, material)


READER = {
    "kind": "bidirectional",
    "embed": [{"kind": "words", "dim": 4}],
    "dim": 4,
    "encoder": {"kind": "lstm", "hidden": 4, "bidirectional": False},
}


def recipe(*embedders):
    model = {"embed": list(embedders), "encoder": {"kind": "gru", "hidden": 4}, "head": {"kind": "tags"}}
    return recipe_of({"task": "tagging", "data": {"train": "a.conll", "format": "conll"}, "model": model})


def contextual(**settings):
    return {"kind": "contextual", **settings}


CASES = {
    "no run is named": ([contextual()], "takes its network from a run.*E-CONTEXT-06"),
    "a network of one's own": ([contextual(reader=READER)], "takes its network from a run.*E-CONTEXT-06"),
    "a run and a network": ([contextual(run="runs/a", reader=READER)], "takes its network from a run.*E-CONTEXT-06"),
    "two runs": ([contextual(run="runs/a"), contextual(run="runs/b")], "room for one.*E-CONTEXT-05"),
    "no such run": ([contextual(run="runs/a")], "there is no run here.*E-RUN-03"),
    "an empty name": ([contextual(run="")], "at least 1"),
    "another kind of reader": ([contextual(run="a", reader={"kind": "lstm"})], "no kind 'lstm'.*bidirectional, masked"),
    "a setting that is none": ([contextual(run="a", tuned=True)], "tuned"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_message_names_what_is_wrong(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    embedders, message = CASES[name]
    with pytest.raises(SeqweaveError, match=message):
        lend(recipe(*embedders))


def test_a_folder_that_is_no_model_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "config.json").write_text(json.dumps({"format": 1}))
    with pytest.raises(SeqweaveError, match="manifest"):
        lend(recipe(contextual(run="a")))
    (tmp_path / "b.zip").write_bytes(b"PK no zip")
    with pytest.raises(SeqweaveError, match=r"b\.zip"):
        lend(recipe(contextual(run="b.zip")))


def test_a_run_that_nobody_opened_is_not_built():
    with pytest.raises(SeqweaveError, match=r"cannot be opened here.*E-CONTEXT-01"):
        ContextualEmbedderConfig(run="runs/a").features()
    with pytest.raises(SeqweaveError, match=r"names no run.*E-CONTEXT-01"):
        ContextualEmbedderConfig().build({})
