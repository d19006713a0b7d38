"""What a recipe is trained and judged on: read once, split without leaks, every line and warning in the receipt."""

import numpy as np
import pytest

from seqweave.core.errors import MissingInputError, ProblemsError, RecipeError
from seqweave.data.configuration import SplitConfig
from seqweave.data.tokenizers.bpe import BPEConfig
from seqweave.data.tokenizers.characters import CharactersConfig
from seqweave.data.tokenizers.pair import PairConfig
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.laboratory.classification import ClassificationLaboratory
from seqweave.recipes import material
from seqweave.recipes.material import gather
from seqweave.tasks.classification import ClassificationData
from seqweave.tasks.language_modelling import LanguageModellingData
from seqweave.tasks.tagging import TaggingData
from seqweave.tasks.translation import TranslationData


@pytest.fixture
def folder(tmp_path):
    laboratory = ClassificationLaboratory()
    for name, part in zip(("train", "dev", "test"), laboratory.split([80, 20, 20], 1), strict=True):
        laboratory.write([specimen.example for specimen in part], tmp_path / f"{name}.tsv")
    return tmp_path


def data(**settings):
    return ClassificationData(train="train.tsv", **{"dev": "dev.tsv", "cache": "off", **settings})


def test_given_parts_are_the_files(folder):
    found = gather(data(test="test.tsv"), folder, seed=1)
    assert {name: len(corpus) for name, corpus in found.parts.items()} == {"train": 80, "dev": 20, "test": 20}
    assert {name: len(rows) for name, rows in found.overlap.items()} == {"dev": 0, "test": 0}
    receipt = found.receipt()
    assert [file["counts"] for file in receipt["files"]] == [{"header": 1, "used": n} for n in (80, 20, 20)]
    assert receipt["tokens"]["dev"] == sum(len(example.tokens) for example in found.parts["dev"])
    assert set(receipt["digests"]) == {"train.tsv", "dev.tsv", "test.tsv"}


def test_dev_is_cut_from_train_by_the_seed(folder):
    first, again, other = (gather(data(dev=None), folder, seed) for seed in (1, 1, 2))
    texts = [[example.text for example in found.parts["dev"]] for found in (first, again, other)]
    assert texts[0] == texts[1] != texts[2]
    assert len(texts[0]) == 8
    assert not set(texts[0]) & {example.text for example in first.parts["train"]}


def test_shared_examples_are_counted_with_their_first_place(folder):
    lines = (folder / "train.tsv").read_text("utf-8").splitlines(keepends=True)
    with (folder / "dev.tsv").open("a", encoding="utf-8") as dev:
        dev.writelines(lines[3:5])
    found = gather(data(), folder, 1)
    assert found.overlap["dev"].tolist() == [20, 21]
    (notice,) = [notice for notice in found.notices if notice.code == "W-SPLIT-01"]
    assert (str(notice.place), notice.count) == ("dev.tsv:22", 2)


def test_of_pairs_it_is_told_which_side_they_share(tmp_path):
    parts = {
        "train": [("wir", "we"), ("ihr", "you")],
        "dev": [("wir", "us"), ("sie", "you"), ("du", "you"), ("ich", "i")],
    }
    for part, pairs in parts.items():
        (tmp_path / f"{part}.tsv").write_text("\n".join(map("\t".join, [("de", "en"), *pairs])) + "\n", "utf-8")
    files = {part: f"{part}.tsv" for part in parts}
    found = gather(TranslationData(**files, source="de", target="en", cache="off"), tmp_path, 1)
    (notice,) = [notice for notice in found.notices if notice.code == "W-SPLIT-01"]
    assert "3 of 4 dev examples share a text with train (1 a source, 2 a target)" in notice.what
    assert found.overlap["dev"].tolist() == [0, 1, 2]


def test_warnings_reach_the_receipt_with_count_and_first_place(tmp_path):
    sound = "EU\tB-ORG\nsaid\tO\n\nBonn\tB-LOC\n.\tO\n\n"
    (tmp_path / "train.conll").write_text(sound * 9 + "in\tO\nRome\tI-LOC\n\n", "utf-8")
    (tmp_path / "dev.conll").write_text(sound, "utf-8")
    found = gather(TaggingData(train="train.conll", dev="dev.conll", cache="off"), tmp_path, 1)
    by_code = {notice["code"]: notice for notice in found.receipt()["notices"]}
    assert (by_code["W-SCHEME-01"]["where"], by_code["W-SCHEME-01"]["count"]) == ("train.conll:56", 1)


def test_every_bad_line_is_told_at_once(folder):
    (folder / "train.tsv").write_text("label\ttext\n\tno label\ngood\t \ngood\tfine\n", "utf-8")
    with pytest.raises(ProblemsError) as caught:
        gather(data(), folder, 1)
    assert [str(problem.place) for problem in caught.value.problems] == ["train.tsv:2", "train.tsv:3"]


def test_a_missing_file_is_told(folder):
    with pytest.raises(MissingInputError, match=r"nowhere\.tsv"):
        gather(data(dev="nowhere.tsv"), folder, 1)


def test_what_was_read_is_not_read_again_until_the_file_changes(folder, tmp_path, monkeypatch):
    settings = data(cache=str(tmp_path / "cache"))
    first = gather(settings, folder, 1)

    def refuse(*_):
        raise AssertionError("the file was read again")

    with monkeypatch.context() as patch:
        patch.setattr(material, "_examples", refuse)
        again = gather(settings, folder, 1)
        assert [*again.parts["train"]] == [*first.parts["train"]]
        assert again.receipt() == first.receipt()
        (folder / "dev.tsv").write_text("label\ttext\npositive\tgood\n", "utf-8")
        with pytest.raises(AssertionError, match="read again"):
            gather(settings, folder, 1)


def test_the_cache_keeps_what_different_tokenizers_read_apart(tmp_path):
    (tmp_path / "train.tsv").write_text("label\ttext\ngood\ta farmer waits\nbad\tx\n", "utf-8")
    (tmp_path / "dev.tsv").write_text("label\ttext\ngood\tb\n", "utf-8")

    def read(tokenizer):
        settings = data(cache=str(tmp_path / "cache"), tokenizer=tokenizer)
        return gather(settings, tmp_path, 1).parts["train"][0].tokens

    assert read(SpacesConfig()) == ("a", "farmer", "waits")
    assert read(CharactersConfig()) == tuple("afarmerwaits")
    assert read(SpacesConfig()) == ("a", "farmer", "waits")


def test_windows_are_counted_in_the_receipt(folder):
    found = gather(data(limit=5, over_limit="windows"), folder, 1)
    whole = gather(data(), folder, 1)
    assert len(found.parts["train"]) > 80
    assert sum(np.diff(found.parts["train"].strings("tokens").ids.offsets)) == whole.receipt()["tokens"]["train"]
    counts = found.receipt()["files"][0]["counts"]
    assert counts["windowed"] == sum(len(example.tokens) > 5 for example in whole.parts["train"])


PAIRS = [(f"{'我们' * (i % 5 + 1)}{i}。", f"{'we are ' * (i % 5 + 1)}{i}.") for i in range(40)]


def parallel(folder, name, pairs):
    for side, language in enumerate(("zh", "en")):
        (folder / f"{name}.{language}").write_text("".join(f"{pair[side]}\n" for pair in pairs), "utf-8")


def two_sided(**settings):
    return TranslationData(**{"source": "zh", "target": "en", "train": "a", "cache": "off", **settings})


@pytest.mark.parametrize("format_name", ["parallel", "auto"])
def test_both_files_of_parallel_text_are_accounted_for(tmp_path, format_name):
    parallel(tmp_path, "a", PAIRS[:30])
    parallel(tmp_path, "b", PAIRS[30:])
    found = gather(two_sided(format=format_name, dev="b"), tmp_path, 1)
    assert [(one.text, one.target) for one in found.parts["train"]] == PAIRS[:30]
    receipt = found.receipt()
    assert [file["counts"] for file in receipt["files"]] == [{"used": 60}, {"used": 20}]
    assert set(receipt["digests"]) == {"a.zh", "a.en", "b.zh", "b.en"}


def test_a_change_of_either_side_is_read_anew(tmp_path):
    parallel(tmp_path, "a", PAIRS)
    settings = two_sided(cache=str(tmp_path / "cache"), split=SplitConfig(dev=0.2))
    gather(settings, tmp_path, 1)
    for side, language in enumerate(("zh", "en")):
        file = tmp_path / f"a.{language}"
        file.write_text(file.read_text("utf-8").replace("39", "99"), "utf-8")
        found = gather(settings, tmp_path, 1)
        texts = {(one.text, one.target)[side] for corpus in found.parts.values() for one in corpus}
        assert any("99" in text for text in texts)


def test_the_dev_part_shares_no_side_with_train(tmp_path):
    parallel(tmp_path, "a", [*PAIRS, *((source, f"{target} ok") for source, target in PAIRS)])
    parts = gather(two_sided(split=SplitConfig(dev=0.3)), tmp_path, 1).parts
    for side in ("text", "target"):
        assert set(parts["dev"].field(side)).isdisjoint(parts["train"].field(side))


def test_tokenizers_learn_from_their_sides(tmp_path):
    parallel(tmp_path, "a", PAIRS)
    pair = PairConfig(source=BPEConfig(vocab_size=40), target=BPEConfig(vocab_size=60))
    found = gather(two_sided(tokenizer=pair), tmp_path, 1).tokenizer
    assert found.to_json() == pair.fit(PAIRS).to_json()


def test_a_source_without_a_target_teaches_the_target_nothing(tmp_path):
    rows = [("de", "en"), *PAIRS * 3, ("qqqq " * 9, "")]
    (tmp_path / "a.tsv").write_text("".join("\t".join(row) + "\n" for row in rows), "utf-8")
    pair, sides = PairConfig(target=BPEConfig(vocab_size=60)), {"source": "de", "target": "en"}
    data = TranslationData(train="a.tsv", **sides, tokenizer=pair, on_bad_row="skip", cache="off")
    assert gather(data, tmp_path, 1).tokenizer.to_json() == pair.fit(PAIRS * 3).to_json()


def test_parallel_text_is_not_for_one_text(tmp_path):
    parallel(tmp_path, "a", PAIRS)
    with pytest.raises(RecipeError, match="E-RECIPE-31"):
        gather(ClassificationData(format="parallel", train="a", cache="off"), tmp_path, 1)


@pytest.mark.parametrize("side", [0, 1])
def test_pairs_with_a_side_over_the_limit_are_refused_or_counted(tmp_path, side):
    pairs = [[f"ein Hund {i}", f"a dog {i}"] for i in range(150)]
    pairs[6][side] = "so " * 9
    parallel(tmp_path, "a", pairs)
    with pytest.raises(ProblemsError, match=r"a.zh:7: the longer side has 9 tokens, the limit is 8.*skip.*E-LIMIT-01"):
        gather(two_sided(limit=8), tmp_path, 1)
    found = gather(two_sided(limit=8, on_bad_row="skip"), tmp_path, 1)
    assert sum(map(len, found.parts.values())) == 149
    assert found.receipt()["files"][0]["counts"] == {"refused": 2, "used": 298}


def test_a_format_of_single_files_is_of_one_of_the_recipes(tmp_path):
    (tmp_path / "train.txt").write_text("the dog sleeps\n" * 9, "utf-8")
    for name in ("words.conll", "more.conll"):
        (tmp_path / name).write_text("the\tDET\ndog\tNOUN\n\n" * 3, "utf-8")

    def texts(suffix):
        files = ("train.txt", "words.conll")
        settings = {"format": "lines", "formats": {suffix: "conll"}, "tokens": "0", "cache": "off"}
        found = gather(LanguageModellingData(train=files, dev="more.conll", **settings), tmp_path, seed=1)
        return [found.parts[part][-1].text for part in ("train", "dev")]

    assert texts("*.conll") == ["the dog", "the dog"]
    with pytest.raises(RecipeError, match=r"'word.conll'.*ends so.*write 'words.conll'.*E-FORMAT-02"):
        texts("word.conll")
