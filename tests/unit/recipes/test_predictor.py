"""Texts to answers: in order, in any number, and too long ones as the recipe says."""

import pytest

from seqweave.core.errors import DataError, MissingInputError
from seqweave.recipes import predictor as module
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.saving import save

TEXTS = ["the film was not good .", "we arrived at noon .", "dogs put", "饭菜好。"]


def test_one_text_gives_one_answer_and_several_a_list(trained):
    predict = Predictor(trained)
    assert predict(TEXTS) == [predict(text) for text in TEXTS]
    assert predict([]) == []
    assert predict(TEXTS[0])["text"] == TEXTS[0]


def test_groups_of_a_stream_do_not_show(trained, monkeypatch):
    wanted = Predictor(trained)(TEXTS * 3)
    monkeypatch.setattr(module, "GROUP", 5)
    assert Predictor(trained)(TEXTS * 3) == wanted


def test_a_stream_is_read_as_it_is_needed(trained, monkeypatch):
    monkeypatch.setattr(module, "GROUP", 2)
    taken = []

    def texts():
        for text in TEXTS:
            taken.append(text)
            yield text

    assert next(Predictor(trained).stream(texts()))["text"] == TEXTS[0]
    assert taken == TEXTS[:2]


def test_spaces_part_ready_tokens_where_asked(make_trained):
    predict = Predictor(make_trained("tagging"))
    (answer,) = predict.stream(["can't stop"], tokens=True)
    assert [token["word"] for token in answer["tokens"]] == ["can't", "stop"]


@pytest.mark.parametrize("text", ["", "  ", "\u200b"])
def test_a_text_without_words_is_named_by_its_line(trained, text):
    with pytest.raises(DataError, match=r"^input:2: the text has no word"):
        list(Predictor(trained).stream(["fine", text]))


def test_a_text_over_the_limit_is_an_error_that_names_it(make_trained):
    predict = Predictor(make_trained("tagging", limit=4))
    with pytest.raises(DataError, match=r"^input:2: the example has 6 tokens, the limit is 4"):
        predict(["a b c d", "a b c d e f"])


def test_windows_are_joined(make_trained):
    whole = Predictor(make_trained("tagging", limit=3, over_limit="windows"))
    answer = whole("the dogs put a boat")
    parts = [whole("the dogs"), whole("put a boat")]
    assert [t["word"] for t in answer["tokens"]] == ["the", "dogs", "put", "a", "boat"]
    assert [t["entity"] for t in answer["tokens"]] == [t["entity"] for part in parts for t in part["tokens"]]
    assert all(answer["text"][t["start"] : t["end"]] == t["word"] for t in answer["tokens"])


def test_a_label_of_windows_is_of_their_mean(make_trained):
    predict = Predictor(make_trained("classification", limit=3, over_limit="windows"))
    answer, *parts = predict(["the film was really not good", "the film was", "really not good"])
    for label in answer["labels"]:
        shares = [one["score"] for part in parts for one in part["labels"] if one["label"] == label["label"]]
        assert label["score"] == pytest.approx(sum(shares) / 2, abs=2e-6)


def test_head_and_tail_stand_for_the_text(make_trained):
    predict = Predictor(make_trained("classification", limit=4, over_limit="head-tail"))
    answer, short = predict(["a b in the middle y z", "a b y z"])
    assert answer["labels"] == short["labels"]
    assert answer["text"] == "a b in the middle y z"
    assert answer["tokens_left_out"] == 3
    assert "tokens_left_out" not in short


def test_a_file_is_read_without_its_gold(make_trained, tmp_path):
    (tmp_path / "texts.jsonl").write_text('{"text": "the film was good ."}\n{"text": "it was not"}\n', "utf-8")
    (tmp_path / "tokens.conll").write_text("dogs\nput\n\n", "utf-8")
    predict = Predictor(make_trained("classification"))
    answers = list(predict.answers(predict.examples(tmp_path / "texts.jsonl", "jsonl")))
    assert [answer["text"] for answer in answers] == ["the film was good .", "it was not"]
    predict = Predictor(make_trained("tagging"))
    for name in ("texts.jsonl", "tokens.conll"):
        assert list(predict.answers(predict.examples(tmp_path / name, name.split(".")[1])))


def test_a_run_a_folder_or_nothing(trained, tmp_path):
    save(trained, tmp_path / "run" / "model", "# card")
    for path in (tmp_path / "run", tmp_path / "run" / "model"):
        assert Predictor.load(path)(TEXTS) == Predictor(trained)(TEXTS)
    with pytest.raises(MissingInputError, match="there is no run here"):
        Predictor.load(tmp_path)
    (tmp_path / "recipe.yaml").write_text("task: tagging\n", "utf-8")
    with pytest.raises(MissingInputError, match="has no model yet"):
        Predictor.load(tmp_path)


def test_saved_again_it_is_the_same(trained, tmp_path):
    Predictor(trained).save_pretrained(tmp_path / "model")
    assert Predictor.from_pretrained(str(tmp_path / "model"))(TEXTS) == Predictor(trained)(TEXTS)
