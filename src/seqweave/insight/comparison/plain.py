"""A comparison as plain values: the object that `compare --json` prints; scores rounded to four digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqweave.insight.comparison.compare import Comparison
from seqweave.insight.comparison.contest import Contest, Contrast, Standing
from seqweave.insight.comparison.verdict import notes, sentences
from seqweave.metrics.measure import Interval
from seqweave.metrics.significance import LEVEL


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Everything that is known."""
    plan, names = comparison.plan, [system.name for system in comparison.systems]
    return {
        "task": comparison.gold.kind,
        "data": comparison.gold.data,
        "examples": len(comparison.gold.examples),
        "metric": comparison.main.ground.name,
        "test": {"kind": plan.test, "resamples": plan.resamples, "seed": plan.seed, "level": LEVEL},
        "systems": [{"name": system.name, "seeds": list(system.seeds)} for system in comparison.systems],
        "scores": {
            name: {**_contest(contest, names), "sentences": sentences(comparison, contest)}
            for name, contest in comparison.contests.items()
        },
        "slices": [
            {
                "by": contest.ground.kind,
                "name": contest.ground.name,
                "count": contest.ground.count,
                "unit": contest.ground.unit,
                **_contest(contest, names),
            }
            for contest in comparison.slices
        ],
        "notes": notes(comparison),
    }


def _contest(contest: Contest, names: list[str]) -> dict[str, Any]:
    return {
        "higher_is_better": contest.higher_is_better,
        "percent": contest.percent,
        "digits": contest.digits,
        "systems": {name: _standing(one) for name, one in zip(names, contest.standings, strict=True)},
        "differences": {name: _contrast(contest, one) for name, one in zip(names[1:], contest.contrasts, strict=True)},
    }


def _standing(standing: Standing) -> dict[str, Any]:
    runs = standing.runs
    spread = {} if len(runs.runs) == 1 else {"spread": runs.to_json()["spread"], "runs": runs.to_json()["runs"]}
    return {**_rounded(standing.score), **spread}


def _contrast(contest: Contest, contrast: Contrast) -> dict[str, Any]:
    found: dict[str, Any] = {
        **_rounded(contrast.difference.interval),
        "p": round(contrast.difference.p, 5),
        "p_adjusted": round(contrast.adjusted, 5),
        "standard_error": round(contrast.difference.error, 3),
        "verdict": contest.verdict(contrast),
    }
    if not contrast.stands_over_examples:
        found["examples_needed"] = contrast.examples_needed
    if contrast.seeds is not None:
        found["over_seeds"] = {"low": round(contrast.seeds.low, 3), "high": round(contrast.seeds.high, 3)}
        if not contrast.stands_over_seeds:
            found["seeds_needed"] = contrast.seeds_needed
    return found


def _rounded(interval: Interval) -> Mapping[str, float]:
    return {name: round(value, 4) for name, value in interval.to_json().items()}
