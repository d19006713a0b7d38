"""Tagging: tokens and tags from every format, spans scored as spans, and errors at the token's own line."""

import pytest

from seqweave.core.errors import ProblemsError
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TaggedExample
from seqweave.data.limits import rejoined, windows
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.tasks.tag_baseline import frequent_tags
from seqweave.tasks.tag_codec import TagAnswer
from seqweave.tasks.tagging import TaggingData


def read(path, gold=True, **data):
    receipt = Receipt(path.name)
    task = TaggingData(train=path.name, **data).build()
    found = list(task.read(path, receipt, WordsConfig().fit(()), gold=gold))
    receipt.close()
    return found


def sentence(words, tags, line=1):
    ends = tuple(sum(map(len, words[: i + 1])) + i for i in range(len(words)))
    starts = tuple(end - len(word) for end, word in zip(ends, words, strict=True))
    return TaggedExample(" ".join(words), tuple(words), starts, ends, tuple(tags), "a.conll", line)


CONLLU = """# text = Can't go.
1-2\tCan't\t_\t_\t_\t_\t_\t_\t_\t_
1\tCa\tcan\tAUX\tMD\t_\t3\taux\t_\t_
2\tn't\tnot\tPART\tRB\t_\t3\tadvmod\t_\t_
3\tgo\tgo\tVERB\tVB\t_\t0\troot\t_\t_
4\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\t_

"""


def test_usual_columns_of_every_format(tmp_path):
    files = {
        "a.conllu": CONLLU,
        "a.conll": "Ca x AUX\nn't x PART\ngo x VERB\n. x PUNCT\n\n",
        "a.jsonl": '{"tokens": ["Ca", "n\'t", "go", "."], "tags": ["AUX", "PART", "VERB", "PUNCT"]}\n',
        "a.tsv": "tokens\ttags\nCa n't go .\tAUX PART VERB PUNCT\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, "utf-8")
        (example,) = read(tmp_path / name)
        assert example.tokens == ("Ca", "n't", "go", "."), name
        assert example.tags == ("AUX", "PART", "VERB", "PUNCT"), name
    (example,) = read(tmp_path / "a.conllu", column="xpos", tokens="lemma")
    assert (example.tokens, example.tags) == (("can", "not", "go", "."), ("MD", "RB", "VB", "."))
    (example,) = read(tmp_path / "a.conll", tags="1")
    assert example.tags == ("x",) * 4


def test_a_token_knows_its_line_and_its_place_in_the_text(tmp_path):
    (tmp_path / "a.conllu").write_text(CONLLU, "utf-8")
    (example,) = read(tmp_path / "a.conllu")
    assert [example.place(i).line for i in range(4)] == [3, 4, 5, 6]
    assert [example.text[s:e] for s, e in zip(example.starts, example.ends, strict=True)] == list(example.tokens)
    assert [piece.place(1).line for piece in windows(example, 2)] == [4, 6]
    assert rejoined(windows(example, 2)) == example
    (tmp_path / "a.jsonl").write_text('{"tokens": ["a", "b"], "tags": ["X", "Y"]}\n' * 2, "utf-8")
    assert [e.place(1).line for e in read(tmp_path / "a.jsonl")] == [1, 2]


def test_stretches_become_tags(tmp_path):
    line = '{"text": "New York mayor", "entities": [[9, 14, "PER"], {"start": 0, "end": 8, "label": "LOC"}]}\n'
    (tmp_path / "a.jsonl").write_text(line, "utf-8")
    (example,) = read(tmp_path / "a.jsonl", tokenizer={"kind": "words"})
    spans = {(t, g) for t, g in zip(example.tokens, example.tags, strict=True) if g != "O"}
    assert spans == {("New", "B-LOC"), ("York", "I-LOC"), ("mayor", "B-PER")}
    (bare,) = read(tmp_path / "a.jsonl", gold=False)
    assert (bare.tokens, bare.tags) == (example.tokens, ())


def test_bad_rows_are_told_at_their_own_line(tmp_path):
    (tmp_path / "a.jsonl").write_text(
        '{"tokens": ["a"], "tags": ["X"]}\n{"tokens": ["a"], "tags": []}\n{"tokens": ["a", 1], "tags": ["X", "Y"]}\n',
        "utf-8",
    )
    with pytest.raises(ProblemsError) as caught:
        read(tmp_path / "a.jsonl")
    assert [problem.place.line for problem in caught.value.problems] == [2, 3]


def test_spans_are_scored_and_rendered_in_the_files_scheme():
    golds = [sentence(["New", "York", "won"], ["B-LOC", "I-LOC", "O"]), sentence(["Ann", "won"], ["B-PER", "O"])]
    task = TaggingData(train="a").build().settled(Corpus.of(TaggedExample, golds)).build()
    assert (task.main_metric, task.data.scheme, task.data.learned) == ("f1", "iob2", "bioes")
    answers = [TagAnswer(("B-LOC", "I-LOC", "O"), (0.9,) * 3), TagAnswer(("O", "B-PER"), (0.9,) * 2)]
    scores = {name: measure.value for name, measure in task.score(golds, answers).items()}
    assert scores == {"f1": 50.0, "precision": 50.0, "recall": 50.0, "accuracy": 60.0}
    rendered = task.render(golds[0], answers[0])
    assert rendered["entities"] == [{"entity_group": "LOC", "word": "New York", "start": 0, "end": 8}]
    assert [token["entity"] for token in rendered["tokens"]] == ["B-LOC", "I-LOC", "O"]


def test_the_most_frequent_tag_of_a_word_and_of_words_like_it():
    train = [
        sentence(["run", "run", "run", "Ann", "ox", "hen", "7"], ["V", "V", "N", "P", "N", "N", "M"]),
        sentence(["the", "the", "the", "the", "the", "the"], ["D"] * 6),
    ]
    tag_of = frequent_tags(Corpus.of(TaggedExample, train))
    assert [tag_of(word) for word in ("run", "the", "Ann")] == ["V", "D", "P"]
    assert [tag_of(word) for word in ("cow", "Bob", "8", "é")] == ["N", "P", "M", "N"]
    assert tag_of("。") == "D", "nothing seen once begins so: the most frequent tag of all"


def test_ties_go_to_the_first_in_the_alphabet():
    train = Corpus.of(TaggedExample, [sentence(["a", "a", "b"], ["Y", "X", "Y"]), sentence(["b"], ["X"])])
    tag_of = frequent_tags(train)
    assert (tag_of("a"), tag_of("b"), tag_of("c")) == ("X", "X", "X")
