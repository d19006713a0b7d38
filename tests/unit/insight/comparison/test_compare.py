"""Comparisons whose truth is known: what is better is said to be, what is equal is not, and F1 is never averaged."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from seqweave.data.examples import TaggedExample, TextExample, spelled
from seqweave.insight.comparison.compare import Comparison, Gold, System, compare
from seqweave.insight.comparison.contest import Plan
from seqweave.insight.comparison.page import render
from seqweave.insight.comparison.plain import to_json
from seqweave.insight.comparison.verdict import notes, sentences
from seqweave.metrics.measure import replicates
from seqweave.metrics.significance import paired_difference
from seqweave.tasks.classification import ClassificationData
from seqweave.tasks.label_codec import LabelAnswer
from seqweave.tasks.tag_codec import TagAnswer
from seqweave.tasks.tagging import TaggingData

LABELS = ("no", "perhaps", "yes")
TASK = ClassificationData(train="train.tsv").build()
FAST = Plan(resamples=300)


def golds(count: int, seed: int = 1) -> list[TextExample]:
    generator = np.random.default_rng(seed)
    found = []
    for line in range(1, count + 1):
        tokens = tuple(generator.choice(["a", "b", "c", "?", "."], generator.integers(1, 9)))
        label = LABELS[generator.integers(3)]
        found.append(TextExample(" ".join(tokens), tokens, *spelled(tokens)[1:], (label,), "gold.tsv", line))
    return found


def answers(examples: list[TextExample], right: np.ndarray) -> list[LabelAnswer]:
    """Right where told; else another label, one of which is never gold, so that systems differ in what they use."""
    found = []
    for example, good in zip(examples, right, strict=True):
        label = example.labels[0] if good else {"no": "yes", "yes": "no", "perhaps": "never"}[example.labels[0]]
        found.append(LabelAnswer((label,), {label: 0.8}))
    return found


def held(*rates: float | tuple[float, ...], count: int = 400, plan: Plan = FAST, seed: int = 1) -> Comparison:
    """Systems that are right at these rates; several rates are several seeds."""
    examples, systems = golds(count), []
    easy = np.random.default_rng(seed).random(count)
    for i, rate in enumerate(rates):
        runs = rate if isinstance(rate, tuple) else (rate,)
        noise = [np.random.default_rng([seed, i, j]).normal(0, 0.1, count) for j in range(len(runs))]
        given = [answers(examples, easy + shake < one) for one, shake in zip(runs, noise, strict=True)]
        systems.append(System(f"s{i}", given, tuple(range(1, len(runs) + 1)) if isinstance(rate, tuple) else ()))
    return compare(Gold("classification", TASK, "gold.tsv", examples, {"a": 9, "b": 2}), systems, plan)


def verdicts(found: Comparison) -> list[str]:
    return [found.main.verdict(contrast) for contrast in found.main.contrasts]


def test_what_is_better_in_truth_is_called_so() -> None:
    found = held(0.6, 0.75, 0.45)
    assert verdicts(found) == ["better", "worse"]
    first, second = sentences(found, found.main)
    assert first.startswith("s1 is better than s0: +")
    assert second.startswith("s2 is worse than s0: -")


@pytest.mark.parametrize("test", ["bootstrap", "randomisation"])
def test_equal_systems_are_seldom_called_better(test: Any) -> None:
    trials = 30
    alarms = sum(
        verdicts(held(0.6, 0.6, count=60, plan=Plan(test, 100), seed=t)) != ["undecided"] for t in range(trials)
    )
    assert alarms / trials <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)


def test_the_word_is_not_used_inside_the_noise() -> None:
    found = held(0.6, 0.605)
    assert verdicts(found) == ["undecided"]
    (sentence,) = sentences(found, found.main)
    assert "cannot be told apart on these 400 examples" in sentence
    assert "examples would decide" in sentence
    for word in ("better", "worse"):
        assert word not in sentence
    same = held(0.6, 0.6)
    examples = same.gold.examples
    twin = compare(same.gold, [same.systems[0], System("twin", same.systems[0].answers)], FAST)
    assert sentences(twin, twin.main)[0].endswith("There is no difference to decide upon.")
    assert twin.main.contrasts[0].examples_needed is None
    assert len(examples) == 400


def test_every_score_is_that_of_the_task() -> None:
    found = held(0.6, 0.7)
    for i, system in enumerate(found.systems):
        scores = TASK.score(found.gold.examples, system.answers[0])
        assert set(scores) == set(found.contests)
        for metric, measure in scores.items():
            assert found.contests[metric].standings[i].score.value == pytest.approx(measure.value)
            alone = measure.interval(FAST.resamples)
            assert found.contests[metric].standings[i].score.low == pytest.approx(alone.low)


def test_f1_is_computed_from_summed_counts() -> None:
    """Systems that answer other labels have macro F1 of other columns when they are scored apart."""
    found = held(0.5, 0.9)
    ours, first = (TASK.score(found.gold.examples, s.answers[0])["macro_f1"] for s in reversed(found.systems))
    assert ours.counts.shape[1] in (first.counts.shape[1], 9, 12)
    apart = paired_difference(ours, first, FAST.resamples)
    together = found.contests["macro_f1"].contrasts[0].difference
    assert together.interval.to_json() == pytest.approx(apart.interval.to_json())
    assert together.error == pytest.approx(apart.error)


def test_a_metric_that_should_be_low_is_better_when_it_is() -> None:
    examples = golds(300)
    sure = [LabelAnswer(e.labels, {e.labels[0]: 0.99}) for e in examples]
    unsure = [LabelAnswer(e.labels, {e.labels[0]: 0.4}) for e in examples]
    gold = Gold("classification", TASK, "gold.tsv", examples)
    found = compare(gold, [System("unsure", [unsure]), System("sure", [sure])], FAST)
    contest = found.contests["calibration_error"]
    assert contest.contrasts[0].difference.interval.value < 0
    assert contest.verdict(contest.contrasts[0]) == "better"


def test_slices_show_where_the_difference_lies() -> None:
    examples = golds(400)
    lengths = np.array([len(e.tokens) for e in examples])
    long = lengths > np.quantile(lengths, 0.75, method="inverted_cdf")
    rng = np.random.default_rng(3)
    base = rng.random(400) < 0.6
    systems = [System("old", [answers(examples, base)]), System("new", [answers(examples, base | long)])]
    found = compare(Gold("classification", TASK, "gold.tsv", examples, {"a": 9, "b": 2}), systems, Plan())
    by = {(c.ground.kind, c.ground.name): c for c in found.slices}
    *shorter, longest = [contest for (kind, _), contest in by.items() if kind == "length"]
    assert longest.ground.count == long.sum()
    assert longest.verdict(longest.contrasts[0]) == "better"
    assert longest.standings[1].score.value == 100
    assert [contest.contrasts[0].difference.interval.value for contest in shorter] == [0] * len(shorter)
    kinds = {kind for kind, _ in by}
    assert kinds == {"length", "sentence type", "unknown words", "rare words", "class"}
    for (kind, name), contest in by.items():
        if kind == "class":
            table = TASK.details(examples, systems[1].answers[0]).classes[name]
            assert contest.standings[1].score.value == pytest.approx(table.f1.value)
            assert contest.ground.count == table.gold
    ps = sorted(c.contrasts[0].difference.p for c in found.slices)
    assert min(c.contrasts[0].adjusted for c in found.slices) == pytest.approx(min(1, ps[0] * len(ps)))


def test_words_of_taggers_are_compared_token_by_token() -> None:
    words = ("the", "zyx", "runs", "the")
    task = TaggingData(train="train.conll", scheme="none").build()
    gold = [
        TaggedExample(spelled(words)[0], words, *spelled(words)[1:], ("D", "N", "V", "D"), "g", i) for i in range(40)
    ]
    good, bad = (TagAnswer(("D", tag, "V", "D"), (1.0,) * 4) for tag in ("N", "V"))
    systems = [System("old", [[bad] * 40]), System("new", [[good] * 40])]
    found = compare(Gold("tagging", task, "gold.conll", gold, {"the": 50, "runs": 3}), systems, FAST)
    words_of = {c.ground.name: c for c in found.slices if c.ground.kind == "words"}
    assert {name: c.ground.count for name, c in words_of.items()} == {
        "never seen in training": 40,
        "seen 1 to 5 times": 40,
        "seen more often": 80,
    }
    assert [s.score.value for s in words_of["never seen in training"].standings] == [0, 100]
    assert words_of["seen more often"].contrasts[0].difference.interval.value == 0


def test_a_claim_over_seeds_needs_seeds_and_examples() -> None:
    close = held((0.60, 0.61, 0.60), (0.75, 0.76, 0.74))
    assert verdicts(close) == ["better"]
    assert "Seeds move s1 by" in sentences(close, close.main)[0]
    spread = held((0.45, 0.60, 0.80), (0.60, 0.90, 0.75), count=1000)
    contrast = spread.main.contrasts[0]
    assert contrast.stands_over_examples
    assert not contrast.stands_over_seeds
    assert verdicts(spread) == ["undecided"]
    (sentence,) = sentences(spread, spread.main)
    assert "but not beyond what seeds do" in sentence
    assert f"{contrast.seeds_needed} seeds of each would decide" in sentence
    values = [m.value for m in spread.main.ground.systems[1]]
    assert spread.main.standings[1].score.value == pytest.approx(np.mean(values))
    drawn = np.mean(replicates(spread.main.ground.systems[1], FAST.resamples), axis=0)
    ends = spread.main.standings[1].score
    assert (ends.low, ends.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]).tolist())
    told = to_json(spread)["scores"]["accuracy"]
    assert told["systems"]["s1"]["runs"] == [round(value, 3) for value in values]
    assert told["differences"]["s1"]["seeds_needed"] == contrast.seeds_needed


def test_one_run_beside_several_says_so() -> None:
    found = held((0.60, 0.61, 0.60), 0.75)
    assert "s1 was trained once" in sentences(found, found.main)[0]
    for other in (found, held(0.75, (0.60, 0.61, 0.60))):
        told = " ".join(sentences(other, other.main))
        assert re.search(r"Seeds move s[01] by [\d.]+ \(3 seeds\), s[01] was trained once; over seeds", told)
    assert any("another seed would move" in note for note in notes(found))
    assert not any("another seed" in note for note in notes(held((0.6, 0.6), (0.7, 0.7))))


def test_it_is_told_as_plain_values_that_agree() -> None:
    found = held(0.6, 0.7, 0.61)
    told = json.loads(json.dumps(to_json(found)))
    assert (told["metric"], told["examples"], told["data"]) == ("accuracy", 400, "gold.tsv")
    for place, name in enumerate(("s1", "s2")):
        one, contrast = told["scores"]["accuracy"]["differences"][name], found.main.contrasts[place]
        assert one["value"] == pytest.approx(contrast.difference.interval.value, abs=1e-3)
        assert one["p_adjusted"] >= one["p"]
        assert ("examples_needed" in one) == (one["verdict"] == "undecided")
    assert sum(part["count"] for part in told["slices"] if part["by"] == "length") == 400


def test_the_page_is_whole_safe_and_its_own() -> None:
    hostile = "<script>alert(1)</script>\u202e"
    found = held(0.6, 0.7, 0.61)
    named = [System(hostile, found.systems[0].answers), *found.systems[1:]]
    html = render(compare(found.gold, named, FAST))
    assert "<script" not in html
    assert "\u202e" not in html
    assert "\\u202e" in html
    assert "default-src 'none'" in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert html.count("<svg") == 1 + len({part["by"] for part in to_json(found)["slices"]})
    assert 'class="span better"' in html
    for part in to_json(found)["slices"]:
        assert part["name"] in html
    assert render(compare(found.gold, named, FAST)) == html
