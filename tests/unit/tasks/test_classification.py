"""Classification: one label or several, groups of labels, weights, and a threshold that dev chooses."""

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.metrics import accuracy_score, f1_score
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.utils.class_weight import compute_class_weight

from seqweave.core.errors import DataError, RecipeError
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TextExample
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.tasks.classification import ClassificationData
from seqweave.tasks.label_codec import LabelAnswer, LabelCodec

NAMES = ("a", "b", "c", "d")


def text(*labels):
    return TextExample("x y", ("x", "y"), (0, 2), (1, 3), labels)


def corpus(*labels):
    return Corpus.of(TextExample, [text(*each) for each in labels])


def random_answers(seed, size=60, threshold=0.5):
    shares = np.random.default_rng(seed).random((size, len(NAMES)))
    every = [dict(zip(NAMES, row, strict=True)) for row in shares.tolist()]
    return [LabelAnswer(tuple(n for n in NAMES if one[n] >= threshold), one) for one in every]


def read(path, **data):
    receipt = Receipt(path.name)
    found = list(ClassificationData(train=path.name, **data).build().read(path, receipt, WordsConfig().fit(())))
    receipt.close()
    return found


def test_several_labels_come_of_a_separator_or_of_a_list(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\none,x; y\ntwo,\nthree,y;x;y\n", "utf-8")
    (tmp_path / "a.jsonl").write_text(
        '{"text": "one", "label": ["x", "y"]}\n{"text": "two", "label": []}\n'
        '{"text": "three", "label": ["y", "x", "y"]}\n',
        "utf-8",
    )
    for name in ("a.csv", "a.jsonl"):
        assert [e.labels for e in read(tmp_path / name, multi_label=True)] == [("x", "y"), (), ("y", "x")]


def test_the_usual_column_is_found_and_true_is_not_capital(tmp_path):
    (tmp_path / "a.txt").write_text("__label__good fine film\n", "utf-8")
    (tmp_path / "a.jsonl").write_text('{"text": "one", "label": true}\n{"text": "two", "label": 3}\n', "utf-8")
    assert [e.labels for e in read(tmp_path / "a.txt", format="fasttext")] == [("good",)]
    assert [e.labels for e in read(tmp_path / "a.jsonl")] == [("true",), ("3",)]


def test_scores_of_several_labels_are_scikit_learns():
    task = ClassificationData(train="x", multi_label=True).build()
    golds = [text(*answer.labels) for answer in random_answers(1)]
    answers = random_answers(2)
    found = {name: measure.value for name, measure in task.score(golds, answers).items()}
    binarizer = MultiLabelBinarizer(classes=NAMES).fit([NAMES])
    gold, guess = (binarizer.transform([one.labels for one in ones]) for ones in (golds, answers))
    assert found["micro_f1"] == pytest.approx(100 * f1_score(gold, guess, average="micro"))
    assert found["macro_f1"] == pytest.approx(100 * f1_score(gold, guess, average="macro"))
    assert found["accuracy"] == pytest.approx(100 * accuracy_score(gold, guess))


def test_the_threshold_is_the_best_on_dev():
    """Gold is what lies above 0.3: every threshold on a fine grid is tried, and none is better."""
    codec = LabelCodec.fit(corpus(*([n] for n in NAMES)), {}, multi_label=True)
    answers = random_answers(3)
    golds = [text(*(n for n in NAMES if one.probabilities[n] >= 0.3)) for one in answers]
    tuned = codec.tuned(golds, lambda: answers)
    task = ClassificationData(train="x", multi_label=True).build()

    def score(threshold):
        return task.score(golds, random_answers(3, threshold=threshold))["micro_f1"].value

    assert score(tuned.threshold) == max(map(score, np.linspace(0, 1, 101))) == 100
    assert LabelCodec.restore(tuned.to_json(), {}).threshold == tuned.threshold
    single = LabelCodec.fit(corpus(["a"], ["b"]), {})
    assert single.tuned(golds, lambda: pytest.fail("asked for answers")) is single


def test_balanced_weights_are_scikit_learns():
    labels = [["a"]] * 5 + [["b"]] * 2 + [["c"]]
    codec = LabelCodec.fit(corpus(*labels), {}, class_weights="balanced")
    wanted = compute_class_weight("balanced", classes=np.array(["a", "b", "c"]), y=[label for (label,) in labels])
    assert codec.sizes.labels.weights.tolist() == pytest.approx(wanted.tolist())
    assert LabelCodec.fit(corpus(*labels), {}).sizes.labels.weights.tolist() == [1, 1, 1]


def test_balanced_weights_of_several_labels_even_out_yes_and_no():
    labels = [["a"]] * 6 + [["a", "b"]] * 2
    codec = LabelCodec.fit(corpus(*labels), {}, multi_label=True, class_weights="balanced")
    given = np.array([[name in of for name in "ab"] for of in labels])
    yes_and_no = compute_class_weight("balanced", classes=np.array([False, True]), y=given[:, 1])
    assert codec.weights[1] == pytest.approx(yes_and_no[1] / yes_and_no[0])
    assert 0 < codec.weights[0] < 1, "all texts have label a"


def test_weights_by_label_are_taken_and_an_unknown_label_is_refused():
    task = ClassificationData(train="x", class_weights={"b": 3}).build()
    found = corpus(["a"], ["b"], ["c"])
    task.inspect({"train": found})
    assert task.fit(found, {}, WordsConfig().fit(())).sizes.labels.weights.tolist() == [1, 3, 1]
    with pytest.raises(RecipeError, match=r"data.class_weights: there is no label 'd'.*E-RECIPE-25"):
        ClassificationData(train="x", class_weights={"d": 3}).build().inspect({"train": found})
    for wrong in ({"b": 0}, {"b": -1}, {"b": "heavy"}, "heavy"):
        with pytest.raises(ValidationError):
            ClassificationData(train="x", class_weights=wrong)


def test_a_group_is_answered_by_its_sum():
    task = ClassificationData(train="x", groups={"low": ("a", "b"), "high": ("d",)}).build()
    one = LabelAnswer(("c",), {"a": 0.2, "b": 0.2, "c": 0.35, "d": 0.25})
    other = LabelAnswer(("d",), {"a": 0.1, "b": 0.1, "c": 0.1, "d": 0.7})
    golds = [text("a"), text("d"), text("d"), text("c")]
    assert task.score(golds, [one, one, other, one])["group_accuracy"].value == pytest.approx(200 / 3)
    with pytest.raises(RecipeError, match=r"there is no label 'e'.*use"):
        ClassificationData(train="x", groups={"low": ("a", "e")}).build().inspect({"train": corpus(["a"], ["b"])})


def test_groups_can_be_learned_in_place_of_labels(tmp_path):
    path = tmp_path / "grades.tsv"
    path.write_text("text\tlabel\nbad\t0\nso so\t1\ngood\t2\ngreat\t3\n", "utf-8")
    data = ClassificationData(train=path.name, groups={"low": ("0",), "high": ("2", "3")}, learn="groups")
    task, receipt = data.build(), Receipt(str(path))
    found = list(task.read(path, receipt, WordsConfig().fit(())))
    assert [(example.text, example.labels) for example in found] == [
        ("bad", ("low",)),
        ("good", ("high",)),
        ("great", ("high",)),
    ]
    assert [(notice.code, notice.count, notice.place.line) for notice in receipt.notices.values()] == [
        ("W-LABEL-06", 1, 3)
    ]
    assert "group_accuracy" not in task.score(found, [LabelAnswer(("low",), {"low": 0.9, "high": 0.1})] * 3)
    with pytest.raises(RecipeError, match="no training example has one of its labels"):
        task.inspect({"train": corpus(["low"])})
    with pytest.raises(ValueError, match="no groups to learn"):
        ClassificationData(train=path.name, learn="groups")


def test_a_label_that_training_lacks_is_no_target():
    codec = LabelCodec.fit(corpus(["a"], ["b"]), {})
    batch = codec.encode(corpus(["b"], ["z"], [])).batch(np.arange(3))
    assert batch.targets[0].tolist() == [0, 1]
    assert bool(batch.targets[1:].isnan().all())


def test_the_answer_of_windows_is_a_majority_of_labels():
    task = ClassificationData(train="x", multi_label=True).build()
    answers = [LabelAnswer(labels, dict.fromkeys(NAMES, 0.5)) for labels in (("a", "b"), ("a",), ())]
    assert task.joined(answers).labels == ("a",)
    assert LabelAnswer((), {"a": 0.3, "b": 0.1}).confidence == 0.7


def test_one_label_in_all_of_training_is_an_error():
    with pytest.raises(DataError, match="same label"):
        LabelCodec.fit(corpus(["a"], ["a"]), {})
    with pytest.raises(DataError, match="none"):
        LabelCodec.fit(corpus([], []), {}, multi_label=True)
