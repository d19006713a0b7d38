"""Grids and mix-ups against counting the pairs themselves."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from seqweave.insight.confusions import grid, mix_ups
from seqweave.metrics.labels import confusion


def pairs(seed: int, labels: int) -> tuple[list[str], list[str]]:
    draw = Random(seed)
    golds = [f"L{min(draw.randrange(labels), draw.randrange(labels)):02}" for _ in range(400)]
    return golds, [gold if draw.random() < 0.6 else f"L{draw.randrange(labels):02}" for gold in golds]


@pytest.mark.parametrize("labels", [2, 5, 6, 7, 40])
def test_a_grid_counts_its_pairs(labels: int) -> None:
    golds, answers = pairs(labels, labels)
    found = grid(confusion(golds, answers), most=5)
    support = Counter(golds)
    order = sorted({*golds, *answers}, key=lambda label: (-support[label], label))
    kept = order if len(order) <= 6 else order[:5]
    assert found.others == len(order) - len(kept)
    assert found.labels == (tuple(order) if not found.others else (*kept, f"{found.others} others"))
    place = {label: kept.index(label) if label in kept else len(kept) for label in order}
    slow = Counter((place[g], place[a]) for g, a in zip(golds, answers, strict=True))
    for row in range(len(found.labels)):
        for column in range(len(found.labels)):
            assert found.counts[row, column] == slow[row, column]


def test_mix_ups_are_the_most_frequent_wrong_pairs() -> None:
    golds, answers = pairs(3, 12)
    slow = Counter((g, a) for g, a in zip(golds, answers, strict=True) if g != a)
    found = mix_ups(confusion(golds, answers), most=6)
    assert [pair.count for pair in found] == sorted(slow.values(), reverse=True)[:6]
    for pair in found:
        assert slow[pair.gold, pair.answer] == pair.count
        assert pair.share == pytest.approx(100 * pair.count / golds.count(pair.gold))


def test_right_answers_are_no_mix_ups() -> None:
    assert mix_ups(confusion(["a", "b"], ["a", "b"])) == []
    assert grid(confusion([], [])).labels == ()
