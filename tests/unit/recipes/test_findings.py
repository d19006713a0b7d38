"""Each finding over files in which its fault was planted, with its place; and none over files without."""

import re
from pathlib import Path

import pytest

import seqweave
from seqweave.recipes import findings
from seqweave.recipes.findings import MENDS, Search, costly
from seqweave.recipes.material import gather
from seqweave.recipes.recipe import recipe_of

TEXTS = {
    "train": [f"the film number {n} was {'good' if n % 2 else 'bad'} and we saw it {n} times" for n in range(60)],
    "dev": [f"in room {n} all was {'good' if n % 2 else 'bad'} for {n} days of {n} weeks" for n in range(100, 110)],
}
LABELS = {part: ["bad", "good"] * (len(texts) // 2) for part, texts in TEXTS.items()}
SENTENCES = [f"dog{n}/N sees/V cat{n}/N ./P".split() for n in range(12)]
MODELS = {
    "classification": {
        "embed": [{"kind": "words", "dim": 4}],
        "encoder": {"kind": "bag"},
        "head": {"kind": "label"},
    },
    "tagging": {
        "embed": [{"kind": "words", "dim": 4}],
        "encoder": {"kind": "lstm", "hidden": 3},
        "head": {"kind": "tags"},
    },
}


def found(folder, task, **data):
    """The findings over the files in a folder, by code; and what was looked at."""
    suffix = {"classification": "tsv", "tagging": "conll"}[task]
    files = {part: f"{part}.{suffix}" for part in ("train", "dev")}
    recipe = recipe_of({"task": task, "data": {**files, "cache": "off", **data}, "model": MODELS[task]})
    search = Search(recipe, gather(recipe.data, folder, 1))
    return {one.code: one for one in search.findings()}, search.looked_at


def texts(folder, change=lambda part, rows: rows):
    for part in TEXTS:
        rows = change(part, list(zip(LABELS[part], TEXTS[part], strict=True)))
        lines = ["label\ttext", *("\t".join(row) for row in rows)]
        (folder / f"{part}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def sentences(folder, change=lambda rows: rows):
    train = change([list(row) for row in SENTENCES])
    for part, rows in {"train": train, "dev": [["bird/N", "sings/V", "./P"]]}.items():
        blocks = ["\n".join(pair.replace("/", "\t") for pair in row) for row in rows]
        (folder / f"{part}.conll").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def where(finding):
    return [str(place) for place, _ in finding.places]


def test_sound_texts_give_nothing(tmp_path):
    texts(tmp_path)
    assert found(tmp_path, "classification") == (
        {},
        {
            "near-duplicates": "60 of 60 examples of train, 10 of 10 examples of dev",
            "label noise": "60 of 60 examples of train",
        },
    )


def test_sound_sentences_give_nothing(tmp_path):
    sentences(tmp_path)
    codes, looked_at = found(tmp_path, "tagging")
    assert codes == {}
    assert set(looked_at) == {"near-duplicates", "tag variation"}


def test_classes_with_few_examples(tmp_path):
    rare = [*(("odd", f"strange {n}") for n in range(3)), ("once", "a warning of reading")]
    texts(tmp_path, lambda part, rows: rows + rare if part == "train" else rows)
    few = found(tmp_path, "classification")[0]["W-CHECK-01"]
    assert (few.count, where(few)) == (1, ["train.tsv:62"])
    assert "data.class_weights=balanced" in few.mend


def test_tags_with_few_examples(tmp_path):
    sentences(tmp_path, lambda rows: [*rows, ["oh/UH", "dear/UH"]])
    few = found(tmp_path, "tagging")[0]["W-CHECK-01"]
    assert where(few) == ["train.conll:61"]
    assert "class_weights" not in few.mend


def test_near_duplicates_across_parts(tmp_path):
    copied = TEXTS["train"][7].replace("times", "TIMES !").replace("we saw", "we saw")
    near = copied.replace("number 7", "number 7 , really")
    texts(tmp_path, lambda part, rows: [*rows, ("good", near)] if part == "dev" else rows)
    finding = found(tmp_path, "classification")[0]["W-CHECK-02"]
    assert where(finding) == ["dev.tsv:12"]
    assert "train.tsv:9" in finding.places[0][1]


def test_a_text_with_two_labels(tmp_path):
    texts(tmp_path, lambda part, rows: [*rows, ("bad", TEXTS["train"][7])] if part == "train" else rows)
    torn = found(tmp_path, "classification")[0]["W-CHECK-03"]
    assert where(torn) == ["train.tsv:9"]
    assert "train.tsv:62 'bad'" in torn.places[0][1]


def test_wrong_labels(tmp_path):
    texts(
        tmp_path,
        lambda part, rows: [("bad", text) if n == 7 else (label, text) for n, (label, text) in enumerate(rows)],
    )
    noisy = found(tmp_path, "classification")[0]["W-CHECK-04"]
    assert where(noisy)[0] == "train.tsv:9"
    assert "'bad' looks like 'good'" in noisy.places[0][1]
    assert "label_smoothing" in noisy.mend


def test_tags_that_vary(tmp_path):
    same = ["the/D", "dog/N", "sees/V", "the/D", "cat/N"]
    slip = [*same[:2], "sees/N", *same[3:]]
    sentences(tmp_path, lambda rows: [*rows, *[same] * 10, slip])
    varied = found(tmp_path, "tagging")[0]["W-CHECK-05"]
    assert where(varied) == [f"train.conll:{5 * len(SENTENCES) + 6 * 10 + 3}"]
    assert "'sees' is N, V in 10 of 11: the dog sees the cat" in varied.places[0][1]


def test_several_labels_a_text_are_not_judged(tmp_path):
    texts(tmp_path)
    values = {**MODELS["classification"], "head": {"kind": "labels"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MODELS, "classification", values)
        assert "label noise" not in found(tmp_path, "classification", multi_label=True)[1]


def test_large_data_is_looked_at_in_part(tmp_path, monkeypatch):
    monkeypatch.setitem(findings.LOOKED_AT, "label noise", 30 * 12)
    texts(tmp_path)
    assert found(tmp_path, "classification")[1]["label noise"] == "30 of 60 examples of train"


def test_what_the_machine_does_not_have(tmp_path):
    recipe = recipe_of({"task": "tagging", "data": {"train": "x"}, "model": MODELS["tagging"]})
    cost = {"bytes": 5_000, "disk_bytes": 700}
    assert costly(None, 0, 0, recipe) == costly(cost, 5_000, 700, recipe) == []
    memory, disk = costly(cost, 4_999, 699, recipe)
    assert f"training.batch_tokens={recipe.training.batch_tokens // 2}" in memory.mend
    assert (memory.code, disk.code) == ("W-CHECK-06", "W-CHECK-07")


def test_every_warning_of_reading_has_a_mend():
    source = Path(seqweave.__file__).parent
    read = [path for folder in ("data", "tasks") for path in (source / folder).rglob("*.py")]
    codes = {code for path in read for code in re.findall(r"\bW-[A-Z]+-\d\d\b", path.read_text(encoding="utf-8"))}
    # of the cache, of vectors that a model reads, and of answers
    unread = {"W-CACHE-01", "W-VECTOR-01", "W-VECTOR-02", "W-GLOSSARY-01"}
    assert codes - unread <= set(MENDS)
    assert set(MENDS) - codes == {"W-SPLIT-01", "W-SCAN-01"}  # of parts, and of the network
