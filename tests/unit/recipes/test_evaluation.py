"""A model judged: windows count as the texts they came of, seen lines are told apart, baselines stand beside."""

import numpy as np
import pytest

from seqweave.data.corpus import Corpus
from seqweave.laboratory.contract import LABORATORIES
from seqweave.recipes.evaluation import baselines, evaluate_file, judge
from seqweave.recipes.material import gather
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.saving import save
from seqweave.tasks.classification import ClassificationData

SUFFIX = {"classification": "tsv", "tagging": "conll"}


def written(task, folder, size=30, seed=9):
    (part,) = LABORATORIES[task]().split([size], seed)
    path = folder / f"gold.{SUFFIX[task]}"
    LABORATORIES[task]().write([specimen.example for specimen in part], path)
    return path, [specimen.example for specimen in part]


@pytest.mark.parametrize("task", SUFFIX)
def test_windows_are_scored_as_the_texts_they_came_of(task, make_trained, tmp_path):
    path, examples = written(task, tmp_path)
    trained = make_trained(task, limit=4, over_limit="windows", cache="off")
    save(trained, tmp_path / "model", "# card")
    found = evaluate_file(tmp_path / "model", path, None)
    assert [gold.tokens for gold in found.golds] == [example.tokens for example in examples]
    rendered = [trained.task.render(g, a) for g, a in zip(found.golds, found.answers, strict=True)]
    predicted = Predictor(trained)
    if task == "tagging":
        texts = list(predicted.stream((" ".join(e.tokens) for e in examples), tokens=True))
        assert [[t["entity"] for t in one["tokens"]] for one in rendered] == [
            [t["entity"] for t in one["tokens"]] for one in texts
        ]
    else:
        assert rendered == predicted([example.text for example in examples])
    assert found.scores["accuracy"].value == trained.task.score(found.golds, found.answers)["accuracy"].value


@pytest.mark.parametrize("task", SUFFIX)
def test_seen_lines_are_told_apart(task, make_trained, tmp_path):
    trained = make_trained(task)
    _, examples = written(task, tmp_path)
    corpus = Corpus.of(trained.task.examples, examples)
    whole, rest = judge(trained, corpus, "gold", np.array([0, 3])), [i for i in range(30) if i not in (0, 3)]
    assert whole.seen == 2
    wanted = judge(trained, corpus.take(np.array(rest)), "gold")
    assert whole.unseen["accuracy"].value == wanted.scores["accuracy"].value
    assert wanted.seen == 0
    everything = judge(trained, corpus, "gold", np.arange(30))
    assert everything.seen == 30
    assert everything.unseen == {}


@pytest.mark.parametrize("several", [False, True])
def test_a_linear_model_stands_beside_every_classifier(several, tmp_path):
    laboratory = LABORATORIES["classification"](negation=0.0)  # without it, single words decide
    for name, part in zip(("train", "dev"), laboratory.split([200, 50], 1), strict=True):
        laboratory.write([specimen.example for specimen in part], tmp_path / f"{name}.tsv")
    data = ClassificationData(train="train.tsv", dev="dev.tsv", cache="off", multi_label=several)
    material = gather(data, tmp_path, 1)
    found = baselines(material, {"dev": material.parts["dev"]})["dev"]
    assert set(found) == {"most frequent label", "linear bag of n-grams"}
    trivial, linear = found["most frequent label"], found["linear bag of n-grams"]
    main = material.task.main_metric
    assert linear[main].value > trivial[main].value
    counts = np.unique([e.labels[0] for e in material.parts["train"]], return_counts=True)
    top = counts[0][counts[1].argmax()]
    share = np.mean([e.labels == (top,) for e in material.parts["dev"]])
    assert trivial["accuracy"].value == pytest.approx(100 * share)
