"""Seeds that were measured at different times make the result that one measurement of them all would have made."""

import json
from copy import deepcopy
from pathlib import Path

import pytest

from seqweave.core.errors import SeqweaveError
from seqweave.metrics.spread import Spread
from seqweave.recipes.more_seeds import SOON, require_addable, with_earlier
from seqweave.recipes.reproduce import Reproduction, recipe_digest

NAME = "ptb-lstm-small"


def result(*seeds, **changed):
    runs = [90.0 + seed for seed in seeds]
    mean = sum(runs) / len(runs)
    found = {
        "name": NAME,
        "system": "LSTM",
        "dataset": "PTB",
        "metric": "perplexity",
        "signature": "vocabulary:1",
        "measured": {
            **Spread(tuple(runs)).to_json(),
            "seeds": list(seeds),
            "intervals": [[run - 1, run + 1] for run in runs],
            "dev": [run + 5 for run in runs],
        },
        "slices": [{"kind": "place", "name": "other", "tokens": 7, "perplexity": 2 * mean}],
        "scores": {"perplexity": mean, "unknown": 5.0},
        "training": [{"processor_seconds": 10.0 * seed} for seed in seeds],
        "baseline": {"name": "trigram", "value": 150.0},
        "parameters": 100,
        "command": f"seqweave reproduce {NAME} --data DIR --seeds {','.join(map(str, seeds))} -o a.b=1",
        "seconds": 10 * sum(seeds),
        "device": "AMD, 1 threads",
        "versions": {"torch": "2.13"},
        "recipe": "aa",
        "commit": "abc",
        "data": {"train": "12"},
    }
    return {**found, **changed}


def written(folder, found):
    (folder / f"{NAME}.json").write_text(json.dumps(found), "utf-8")


@pytest.mark.parametrize("metric", ["perplexity", "accuracy"])
def test_seeds_at_two_times_are_as_at_once(tmp_path, metric):
    def of(*seeds):
        found = result(*seeds, metric=metric)
        return found if metric == "perplexity" else {name: one for name, one in found.items() if name != "slices"}

    written(tmp_path, of(1))
    (joined,) = with_earlier([of(2, 6)], tmp_path)
    assert joined == of(1, 2, 6)


def test_where_it_was_measured_is_told_of_both(tmp_path):
    written(tmp_path, result(1, commit="old", device="Intel, 1 threads"))
    (joined,) = with_earlier([result(2)], tmp_path)
    assert (joined["commit"], joined["device"]) == ("old; abc", "Intel, 1 threads; AMD, 1 threads")
    written(tmp_path, joined)
    assert with_earlier([result(3)], tmp_path)[0]["commit"] == "old; abc"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"command": f"seqweave reproduce {NAME} --data DIR --seeds 1 -o a.b=2"}, "command.*E-REPRO-05"),
        ({"versions": {"torch": "2.14"}}, "versions.*E-REPRO-05"),
        ({"data": {"train": "13"}}, "data.*E-REPRO-05"),
        ({"parameters": 101}, "parameters.*E-REPRO-05"),
        ({"recipe": "bb"}, "recipe.*E-REPRO-05"),
        ({"slices": []}, "slices.*E-REPRO-05"),
        ({"scores": {"perplexity": 1.0}}, "scores.*E-REPRO-05"),
        ({"measured": None}, "E-REPRO-07"),
        ({"measured": {"seeds": [1], "runs": [1.0]}}, "lacks what newer ones have.*E-REPRO-07"),
        ({"measured": result(2, 1)["measured"]}, "seed 2 is measured there already.*E-REPRO-06"),
    ],
)
def test_what_does_not_belong_together_is_not_joined_nor_lost(tmp_path, changed, code):
    written(tmp_path, result(1, **changed))
    before = (tmp_path / f"{NAME}.json").read_bytes()
    with pytest.raises(SeqweaveError, match=code) as caught:
        with_earlier([result(2)], tmp_path)
    assert "what was measured now is in" in caught.value.mend
    assert (tmp_path / f"{NAME}.json").read_bytes() == before
    assert json.loads((tmp_path / "not-added" / f"{NAME}.json").read_text()) == result(2)


def test_what_can_be_known_is_known_before_anything_is_trained(tmp_path):
    planned = {name: result(2)[name] for name in ("name", "measured", "command", "versions", "recipe")}
    with pytest.raises(SeqweaveError, match="E-REPRO-04"):
        require_addable([planned], tmp_path)
    written(tmp_path, result(1))
    require_addable([planned], tmp_path)
    for wrong, code in ((result(1), "E-REPRO-06"), (deepcopy(planned) | {"command": "other"}, "E-REPRO-05")):
        with pytest.raises(SeqweaveError, match=code):
            require_addable([wrong], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{NAME}.json"]


def test_a_plan_has_the_facts_of_its_result():
    """What `require_addable` compares before training is what `with_earlier` compares after it."""
    plan = Reproduction.of("lab-tagging", Path("DIR"), [], [4])
    (planned,) = plan.planned()
    assert planned.keys() == {"name", "measured", *SOON}
    assert planned["recipe"] == recipe_digest("lab-tagging") != recipe_digest("sst5")
