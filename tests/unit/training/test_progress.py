import json

import pytest

from seqweave.core.errors import DataError
from seqweave.training.contract import StepSums
from seqweave.training.history import waiting
from seqweave.training.progress import Progress


def test_means_divide_sums_by_counts_once():
    progress = Progress()
    progress.add(StepSums(6.0, 3.0, 1.0, {"crf": 4.0}))
    progress.add(StepSums(4.0, 1.0, 1.0, {"crf": 4.0}))
    assert progress.means() == {"loss": 10 / 4, "crf": 8 / 4}
    assert progress.step == 2
    assert progress.means() == {}


def test_of_equals_the_last_is_the_best_and_waiting_counts_from_the_first():
    progress, best, waited = Progress(), [], []
    for fitness in (1.0, 3.0, 3.0, 2.0, 4.0, 4.0):
        progress.step += 1
        best.append(progress.scored({"f": fitness}, fitness))
        waited.append(waiting(progress.history))
    assert best == [True, True, True, False, True, True]
    assert waited == [0, 0, 1, 2, 0, 1]
    assert (progress.best_step, progress.best_scores) == (6, {"f": 4.0})


def test_json_there_and_back():
    progress = Progress(1, 2, 3)
    progress.add(StepSums(0.1, 3.0, 1.0))
    progress.scored({"f": 1 / 3}, 1 / 3)
    assert Progress.restored(json.loads(json.dumps(progress.to_json()))) == progress


def test_values_of_another_version_are_refused():
    state = Progress().to_json()
    del state["history"]
    with pytest.raises(DataError, match="E-CKPT-05"):
        Progress.restored(state)
