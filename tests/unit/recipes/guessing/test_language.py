"""The first recipe for plain text: how documents are parted and cut, told from the files, and that it can be read."""

from __future__ import annotations

import pytest

from seqweave.core.nodes import parse
from seqweave.laboratory.contract import laboratory_of
from seqweave.recipes.guessing.draft import draft
from seqweave.recipes.recipe import read

PROSE = "The old man's dog sleeps. Nobody, not even the cat, knows why it does so.\n"
CUT = "the old man 's dog sleeps . nobody , not even the cat , knows why .\n"


def drafted(tmp_path, files, **options):
    paths = []
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
        paths.append(tmp_path / name)
    text = draft("language-modelling", paths, tmp_path, **options)
    return read(parse(text.encode(), "recipe.yaml"))


@pytest.mark.parametrize(
    ("text", "wanted", "tokenizer"),
    [
        (PROSE * 40, "lines", "words"),
        (CUT * 40, "lines", "spaces"),
        ((PROSE * 3 + "\n") * 20, "paragraphs", "words"),
        (" \n = Title = \n \n" + CUT * 40, "wikitext", "spaces"),
        ("我们在北京大学学习中文。\n" * 60, "lines", "characters"),
    ],
)
def test_plain_text_is_looked_at(tmp_path, text, wanted, tokenizer):
    recipe = drafted(tmp_path, {"a.txt": text})
    assert recipe.data.format == wanted
    assert recipe.data.tokenizer.kind == tokenizer
    assert recipe.data.split.by == "tail"
    assert recipe.model.kind == "language-model"
    assert recipe.training.batch_rows * recipe.training.window.length <= len(text)


def test_a_table_gives_its_column_of_texts(tmp_path):
    rows = "".join(f'{{"number": {i}, "body": "{PROSE.strip()}"}}\n' for i in range(30))
    recipe = drafted(tmp_path, {"train.jsonl": rows, "dev.jsonl": rows})
    assert (recipe.data.format, recipe.data.text, recipe.data.dev) == ("jsonl", "body", "dev.jsonl")


def test_rare_words_are_unknown_where_held_out_texts_have_others(tmp_path):
    files = {"train.txt": PROSE * 40, "dev.txt": "Another word .\n" * 10}
    assert drafted(tmp_path, files).data.min_count == 2
    assert drafted(tmp_path, {**files, "dev.txt": PROSE}).data.min_count == 1


def test_a_word_for_unknown_ones_teaches_only_so_many(tmp_path):
    marked = CUT.replace("old", "<unk>")
    few = "".join(f"{CUT.strip()} word{i}\n" for i in range(20))
    many = "".join(f"word{i} stands <unk> there{i}\n" for i in range(20))
    assert drafted(tmp_path, {"train.txt": marked * 40, "dev.txt": few}).data.min_count == 1
    assert drafted(tmp_path, {"train.txt": marked * 40, "dev.txt": many}).data.min_count == 2


def test_many_words_are_cut_into_pieces(tmp_path):
    text = "".join(f"word{i} stands here, and there\n" for i in range(20_100))
    assert drafted(tmp_path, {"a.txt": text}).data.tokenizer.kind == "bpe"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_laboratory_has_its_own_numbers(tmp_path, language):
    lab = laboratory_of("language-modelling", "", language)
    for name in ("train", "dev"):
        lab.write([specimen.example for specimen in lab.split([60], 1)[0]], tmp_path / f"{name}.txt")
    paths = [tmp_path / "train.txt", tmp_path / "dev.txt"]
    recipe = read(parse(draft("language-modelling", paths, tmp_path, laboratory=True).encode(), "recipe.yaml"))
    assert recipe.data.tokenizer.kind == {"en": "spaces", "zh": "characters"}[language]
    assert recipe.model.embed.dim == 64
