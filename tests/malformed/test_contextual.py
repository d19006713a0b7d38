"""Recipes that name a broken or unfitting run for a contextual embedder: what is told before anything is read."""

import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from seqweave.core.errors import RecipeError, SeqweaveError
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TextExample
from seqweave.data.tokenizers.characters import CharactersConfig
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.parts.embedders.contextual import ContextualEmbedderConfig
from seqweave.recipes.lending import Lent, _require_same_tokens, lend
from seqweave.recipes.recipe import recipe_of


def material(tokenizer, *texts):
    """Texts as a recipe with this tokenizer reads them; a text that is a list holds ready tokens."""
    made = tokenizer.fit(())
    read = [(" ".join(text), text) if isinstance(text, list) else (text, made.split(text).words) for text in texts]
    examples = [TextExample(text, tuple(tokens), (), ()) for text, tokens in read]
    return SimpleNamespace(
        tokenizer_config=tokenizer, tokenizer=made, parts={"train": Corpus.of(TextExample, examples)}
    )


WORDS, SPACES, SMALL = WordsConfig(), SpacesConfig(), WordsConfig(lowercase=True)
RAW, READY = "Bill doesn't sleep, he works.", ["Bill", "does", "n't", "sleep", ",", "he", "works", "."]


@pytest.mark.parametrize(
    ("theirs", "ours", "text", "strange"),
    [
        (WORDS, WORDS, RAW, None),
        (SPACES, WORDS, RAW, "sleep"),
        (WORDS, SPACES, RAW, "sleep,"),
        (SPACES, WORDS, READY, None),
        (WORDS, SPACES, READY, None),
        (WORDS, SPACES, ["the", "U.S.", "won"], r"U\.S\."),
        (SPACES, SPACES, READY, None),
        (CharactersConfig(), WORDS, RAW, "Bill"),
        (SMALL, WORDS, RAW, "Bill"),
        (WORDS, SMALL, RAW, "bill"),
        (SMALL, WORDS, RAW.lower(), None),
        (SPACES, WORDS, [*READY * 20, "10 000"], None),
        (WORDS, WORDS, READY, None),
        (SMALL, SMALL, READY, "Bill"),
        (SMALL, SMALL, RAW, None),
    ],
)
def test_a_model_of_other_tokens_is_refused(theirs, ours, text, strange):
    lent = Lent(Path("runs/a"), "model.embed.0", "", None, None, None, theirs.fit(()), theirs)
    expected = pytest.raises(RecipeError, match=rf"'{strange}'.* none of those.*E-CONTEXT-03") if strange else None
    with expected or nullcontext():
        _require_same_tokens(lent, material(ours, text))


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
    "no such run": (
        [contextual(run="runs/a")],
        "there is no run here.*name its run: -o model.embed.0.run=RUN.*E-RUN-03",
    ),
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
