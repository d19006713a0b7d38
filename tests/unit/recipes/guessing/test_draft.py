"""First recipes: each must be read back as a recipe that reads the files as they are."""

import gzip
import json

import pytest

from seqweave.core.errors import CommandError, DataError, ProblemsError, SeqweaveError
from seqweave.core.nodes import parse
from seqweave.recipes.guessing.draft import draft
from seqweave.recipes.guessing.generated import generate
from seqweave.recipes.recipe import read

ENGLISH = [
    (f"the film number {i} was really {word} .", label)
    for i in range(20)
    for word, label in (("good", "pos"), ("bad", "neg"))
]
CHINESE = [
    (f"这部电影真的很{word}，第{i}次看。", label) for i in range(20) for word, label in (("好", "正"), ("差", "负"))
]


def drafted(task, base, *paths):
    return read(parse(draft(task, paths, base).encode(), "recipe.yaml"))


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def table(path, pairs, delimiter="\t", head="label text"):
    lines = [delimiter.join(head.split()), *(f"{label}{delimiter}{text}" for text, label in pairs)]
    return written(path, "".join(f"{line}\n" for line in lines if line))


def columns(path, sentences):
    return written(path, "\n".join("".join(f"{word} {tag}\n" for word, tag in sentence) for sentence in sentences))


def conllu(path):
    rows = ["1\tOld\told\tADJ\t_\t_\t2\tamod\t_\t_", "2\tmen\tman\tNOUN\t_\t_\t0\troot\t_\t_"]
    return written(path, "\n".join(rows) + "\n\n")


def test_a_table_of_texts_and_labels(tmp_path):
    train, test = table(tmp_path / "train.tsv", ENGLISH), table(tmp_path / "test.tsv", ENGLISH[:9])
    recipe = drafted("classification", tmp_path, train, test)
    assert (recipe.data.format, recipe.data.text, recipe.data.label) == ("tsv", "text", "label")
    assert (recipe.data.train, recipe.data.dev, recipe.data.test) == ("train.tsv", None, "test.tsv")
    assert (recipe.data.split.dev, recipe.data.split.test) == (0.1, 0.0) or recipe.data.split.dump() == {"dev": 0.1}
    assert recipe.model.kind == "classifier"
    assert recipe.model.head.kind == "label"


def test_paths_are_relative_to_the_recipe(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "recipes").mkdir()
    train = table(tmp_path / "data" / "reviews.tsv", ENGLISH)
    assert drafted("classification", tmp_path / "recipes", train).data.train == "../data/reviews.tsv"


def test_semicolons_and_other_column_names(tmp_path):
    path = table(tmp_path / "reviews.csv", ENGLISH, ";", "stimmung satz")
    recipe = drafted("classification", tmp_path, path)
    assert (recipe.data.delimiter, recipe.data.text, recipe.data.label) == (";", "satz", "stimmung")


def test_a_table_without_column_names(tmp_path):
    path = table(tmp_path / "reviews.tsv", [(text, str(i % 2)) for i, (text, _) in enumerate(ENGLISH)], head="")
    recipe = drafted("classification", tmp_path, path)
    assert (recipe.data.header, recipe.data.text, recipe.data.label) == (False, "1", "0")


def test_a_table_whose_first_line_is_a_text_and_its_label(tmp_path):
    recipe = drafted("classification", tmp_path, table(tmp_path / "reviews.tsv", ENGLISH, head=""))
    assert (recipe.data.header, recipe.data.text, recipe.data.label) == (False, "1", "0")


def test_rows_that_lack_a_column_do_not_hide_it(tmp_path):
    lines = [json.dumps({"text": text, "label": label}) for text, label in ENGLISH]
    lines += ['{"text": "no label"}', '{"label": "pos"}', '{"text": 3, "label": "pos"}']
    path = written(tmp_path / "films.jsonl", "\n".join(lines) + "\n")
    assert "3 problems were seen" in draft("classification", [path], tmp_path)
    recipe = drafted("classification", tmp_path, path)
    assert (recipe.data.text, recipe.data.label, recipe.data.multi_label) == ("text", "label", False)


def test_sentences_with_a_tag_too_few_do_not_hide_the_columns(tmp_path):
    lines = [json.dumps({"words": ["a", "dog", str(i)], "pos": ["D", "N", "M"]}) for i in range(20)]
    lines += ['{"words": ["a", "dog"], "pos": ["D"]}', '{"words": null, "pos": ["D"]}']
    recipe = drafted("tagging", tmp_path, written(tmp_path / "a.jsonl", "\n".join(lines) + "\n"))
    assert (recipe.data.tokens, recipe.data.column) == ("words", "pos")


def test_several_training_files_are_all_looked_at(tmp_path):
    first = table(tmp_path / "train1.tsv", ENGLISH)
    second = table(tmp_path / "train2.tsv", [(text, "new") for text, _ in ENGLISH[:5]])
    text = draft("classification", [first, second], tmp_path)
    assert "45 train examples" in text
    assert "neg 20, pos 20, new 5" in text or "pos 20, neg 20, new 5" in text


def test_an_encoding_that_one_document_seems_to_have_is_not_that_of_all(tmp_path):
    for number, (text, label) in enumerate(ENGLISH):
        (tmp_path / "films" / label).mkdir(parents=True, exist_ok=True)
        (tmp_path / "films" / label / f"{number}.txt").write_text(f"naïve {text}", encoding="utf-8")
    for name, content in (("wide", "a film".encode("utf-16-le")), ("narrow", b"caf\xe9 film")):
        (tmp_path / "films" / "pos" / f"{name}.txt").write_bytes(content)
    text = draft("classification", [tmp_path / "films"], tmp_path)
    assert "40 train examples; 2 problems were seen" in text
    assert "encoding" not in text


@pytest.mark.parametrize(("name", "text"), [("a.conll", "-DOCSTART- -X- O\n\n"), ("a.conllu", "# a comment\n\n")])
def test_a_file_without_examples_is_told(tmp_path, name, text):
    with pytest.raises(DataError, match=rf"{name}: the file holds no examples.*E-INIT-09"):
        draft("tagging", [written(tmp_path / name, text)], tmp_path)


def test_a_tag_of_no_scheme_is_told_with_its_file_and_line(tmp_path):
    good = [("John", "B-PER"), ("Smith", "I-PER"), ("sleeps", "O")]
    path = columns(tmp_path / "names.conll", [good] * 10 + [[("in", "O"), ("Rome", "X-LOC")]])
    with pytest.raises(DataError, match=r"names\.conll:42: the tag 'X-LOC'"):
        draft("tagging", [path], tmp_path)


def test_chinese_in_its_own_encoding_is_read_by_characters(tmp_path):
    path = tmp_path / "评论.tsv"
    path.write_bytes(("label\ttext\n" + "".join(f"{label}\t{text}\n" for text, label in CHINESE)).encode("gb18030"))
    recipe = drafted("classification", tmp_path, path)
    assert recipe.data.encoding == "gb18030"
    assert recipe.data.tokenizer.kind == "characters"
    assert [embedder.kind for embedder in recipe.model.embed] == ["words", "ngrams"]


def test_several_labels(tmp_path):
    lines = [json.dumps({"text": text, "labels": [label, "film"]}) for text, label in ENGLISH]
    recipe = drafted("classification", tmp_path, written(tmp_path / "films.jsonl", "\n".join(lines) + "\n"))
    assert (recipe.data.multi_label, recipe.data.label, recipe.model.head.kind) == (True, "labels", "labels")


def test_fasttext_with_one_label_each(tmp_path):
    lines = [f"__label__{label} {text}\n" for text, label in ENGLISH]
    recipe = drafted("classification", tmp_path, written(tmp_path / "films.txt", "".join(lines)))
    assert (recipe.data.format, recipe.data.label, recipe.data.multi_label) == ("fasttext", "labels", False)


def test_long_reviews_are_read_by_head_and_tail(tmp_path):
    pairs = [(text + " very" * 500, label) for text, label in ENGLISH]
    recipe = drafted("classification", tmp_path, table(tmp_path / "reviews.tsv", pairs))
    assert (recipe.data.limit, recipe.data.over_limit) == (400, "head-tail")


def test_parts_of_speech(tmp_path):
    recipe = drafted("tagging", tmp_path, conllu(tmp_path / "x-train.conllu"), conllu(tmp_path / "x-dev.conllu"))
    assert (recipe.data.format, recipe.data.column, recipe.data.scheme) == ("conllu", "upos", "none")
    assert recipe.model.head.kind == "tags"
    assert [embedder.kind for embedder in recipe.model.embed] == ["words", "affixes"]


def test_names_in_columns_are_spans(tmp_path):
    sentences = [[("John", "B-PER"), ("Smith", "I-PER"), ("sleeps", "O")], [("Rome", "B-LOC"), ("wakes", "O")]] * 3
    recipe = drafted("tagging", tmp_path, columns(tmp_path / "names.conll", sentences))
    assert (recipe.data.scheme, recipe.model.head.kind) == ("iob2", "crf")


def test_chinese_names_by_characters(tmp_path):
    sentence = [("王", "B-PER"), ("明", "E-PER"), ("在", "O"), ("北", "B-LOC"), ("京", "E-LOC")]
    recipe = drafted("tagging", tmp_path, columns(tmp_path / "names.conll", [sentence] * 4))
    assert (recipe.data.scheme, recipe.data.tokenizer.kind) == ("bioes", "characters")


def test_chinese_characters_with_marks_of_their_place_are_characters_still(tmp_path):
    sentence = [("北0", "B-LOC"), ("京1", "I-LOC"), ("在0", "O")]
    recipe = drafted("tagging", tmp_path, columns(tmp_path / "names.conll", [sentence] * 4))
    assert recipe.data.tokenizer.kind == "characters"


def test_raw_text_is_cut_as_ready_tokens_are(tmp_path):
    contracted = [[("It", "O"), ("is", "O"), ("n't", "O"), ("Mr.", "O"), ("Smith", "B-PER"), ("'s", "O"), (".", "O")]]
    recipe = drafted("tagging", tmp_path, columns(tmp_path / "names.conll", contracted * 4))
    assert recipe.data.tokenizer.kind == "treebank"
    whole = [[("It", "O"), ("isn't", "O"), ("Smith", "B-PER"), (".", "O")]]
    assert drafted("tagging", tmp_path, columns(tmp_path / "whole.conll", whole * 4)).data.tokenizer is None


def test_labels_are_no_ready_tokens(tmp_path):
    rows = [{"text": f"item {i}", "labels": ["U.S.", "world"]} for i in range(12)]
    path = written(tmp_path / "news.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert drafted("classification", tmp_path, path).data.tokenizer is None


def test_phrases_of_trees_are_for_training_alone(tmp_path):
    tree = "(3 (2 It) (4 (2 's) (4 lovely)))\n(1 (2 It) (0 (2 is) (0 bad)))\n"
    paths = [written(tmp_path / "train.txt", tree), written(tmp_path / "dev.txt", tree)]
    text = draft("classification", paths, tmp_path)
    assert "Trains classification on 9 train, 2 dev examples" in text, "two roots, and seven other phrases below them"
    assert read(parse(text.encode(), "recipe.yaml")).data.phrases == "distinct"


def test_packed_files_are_read_too(tmp_path):
    plain = conllu(tmp_path / "x-train.conllu").read_bytes()
    path = tmp_path / "x-train.conllu.gz"
    path.write_bytes(gzip.compress(plain))
    assert drafted("tagging", tmp_path, path).data.train == path.name


def test_small_files_are_passed_over_more_often(tmp_path):
    few = drafted("classification", tmp_path, table(tmp_path / "few.tsv", ENGLISH))
    many = drafted("classification", tmp_path, table(tmp_path / "many.tsv", ENGLISH * 500))
    assert few.training.epochs > many.training.epochs


def test_bad_lines_are_told_and_do_not_stop(tmp_path):
    path = table(tmp_path / "reviews.tsv", [*ENGLISH, ("a text\tand more", "pos")])
    assert "1 problems were seen" in draft("classification", [path], tmp_path)


def test_a_misspelt_task_is_told_apart(tmp_path):
    with pytest.raises(CommandError, match=r"there is no task 'taging'.*'tagging'.*E-INIT-01"):
        draft("taging", [tmp_path], tmp_path)


OTHERS = {
    "tagging": (lambda folder: written(folder / "a.txt", "__label__a b\n"), "classification"),
    "classification": (lambda folder: conllu(folder / "a.conllu"), "tagging"),
}


@pytest.mark.parametrize("task", OTHERS)
def test_files_of_another_task_name_the_right_one(task, tmp_path):
    build, right = OTHERS[task]
    with pytest.raises(DataError, match=rf"seqweave init {right}.*E-INIT-07"):
        draft(task, [build(tmp_path)], tmp_path)


def test_files_of_two_formats_are_refused(tmp_path):
    with pytest.raises(DataError, match="E-INIT-06"):
        draft("tagging", [conllu(tmp_path / "train.conllu"), table(tmp_path / "dev.tsv", ENGLISH)], tmp_path)


def test_a_file_that_cannot_be_read_at_all_says_why(tmp_path):
    with pytest.raises((ProblemsError, SeqweaveError), match="E-"):
        draft("tagging", [written(tmp_path / "x.conllu", "1 dog\n2 cat\n\n")], tmp_path)


ZH_EN = [(f"我们在第{i}个车站等了{i % 7}个小时。", f"We waited at station {i} for {i % 7} hours.") for i in range(40)]
DE_EN = [(f"Wir warteten am Bahnhof {i}.", f"We waited at station {i}.") for i in range(40)]


def sides(folder, stem, pairs, languages, ending=""):
    paths = [folder / f"{stem}.{language}{ending}" for language in languages]
    return [
        written(path, "".join(f"{line}\n" for line in lines))
        for path, lines in zip(paths, zip(*pairs, strict=True), strict=True)
    ]


def test_two_files_with_a_text_a_line(tmp_path):
    train, dev = (sides(tmp_path, part, ZH_EN[start:], ("zh", "en")) for part, start in (("train", 10), ("dev", 0)))
    recipe = drafted("translation", tmp_path, *train, *dev)
    data, model = recipe.data, recipe.model
    assert (data.format, data.source, data.target) == ("parallel", "zh", "en")
    assert (data.train, data.dev, data.test) == ("train", "dev", None)
    assert (data.tokenizer.kind, data.tokenizer.source.kind, data.tokenizer.target.kind) == (
        "pair",
        "characters",
        "bpe",
    )
    assert (data.vocabulary, model.tie, data.words_of_bleu) == ("separate", "output", "13a")
    assert (model.kind, model.decoder.kind, model.search.kind) == ("translator", "attention", "beam")


def test_the_file_named_first_is_read_and_alphabets_share_their_pieces(tmp_path):
    german, english = sides(tmp_path, "news", DE_EN, ("de", "en"), ".txt")
    recipe = drafted("translation", tmp_path, english, german)
    assert (recipe.data.source, recipe.data.target, recipe.data.train) == ("en", "de", "news.*.txt")
    assert (recipe.data.tokenizer.kind, recipe.data.vocabulary, recipe.model.tie) == ("bpe", "joint", "all")
    assert recipe.data.split.dev == recipe.data.split.test == 0.1


def test_json_lines_of_translations(tmp_path):
    rows = [json.dumps({"translation": {"en": en, "zh": zh}}) for zh, en in ZH_EN]
    recipe = drafted("translation", tmp_path, written(tmp_path / "all.jsonl", "\n".join(rows)))
    assert (recipe.data.format, recipe.data.source, recipe.data.target) == ("jsonl", "en", "zh")
    assert recipe.data.words_of_bleu == "zh"


def test_a_table_of_two_sides_without_names_tells_chinese_by_its_letters(tmp_path):
    rows = "".join(f"{en}\t{zh}\tCC-BY {i}\n" for i, (zh, en) in enumerate(ZH_EN))
    data = drafted("translation", tmp_path, written(tmp_path / "cmn.tsv", rows)).data
    assert (data.header, data.source, data.target, data.target_language) == (False, "0", "1", "zh")


def test_columns_without_a_translation_are_told(tmp_path):
    with pytest.raises(DataError, match="no two columns hold a text and its translation"):
        drafted("translation", tmp_path, written(tmp_path / "all.jsonl", json.dumps({"text": "yes", "label": 1})))


@pytest.mark.parametrize("kept", [("train.de", "train.de"), ("train.de",), ("train.xx", "train.en")])
def test_texts_that_are_no_two_sides_are_told(tmp_path, kept):
    for language in ("de", "en", "xx"):
        written(tmp_path / f"train.{language}", "".join(f"{line[0]}\n" for line in DE_EN))
    with pytest.raises(CommandError, match=r"name both sides after their languages \(train.de train.en\).*E-INIT-14"):
        drafted("translation", tmp_path, *(tmp_path / name for name in kept))


def test_files_of_two_encodings_get_no_recipe(tmp_path):
    (tmp_path / "train.de").write_bytes("".join(f"Tür {de}\n" for de, _ in DE_EN).encode("latin-1"))
    written(tmp_path / "train.fr", "".join(f"fermée {en}\n" for _, en in DE_EN))
    with pytest.raises(DataError, match=r"train.fr: this file is UTF-8 and train.de is not.*E-PARALLEL-06"):
        drafted("translation", tmp_path, tmp_path / "train.de", tmp_path / "train.fr")


@pytest.mark.parametrize("kind", ["reverse", "copy-names", "toy-zh-en"])
def test_laboratory_pairs_are_taken_as_they_are_tokenised(kind, tmp_path):
    paths = generate("translation", "", tmp_path / "data", 60, kind=kind)
    recipe = read(parse(draft("translation", paths, tmp_path, laboratory=True).encode(), "recipe.yaml"))
    assert (recipe.data.tokenizer.kind, recipe.data.words_of_bleu, recipe.data.target_language) == (
        "spaces",
        "none",
        None,
    )
    assert recipe.model.output.kind == ("pointer-generator" if kind == "copy-names" else "softmax")
    assert recipe.data.min_count == recipe.model.embed[0].min_count
