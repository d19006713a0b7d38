"""The report of a finished run: one self-contained page, for a browser, a phone or a printer.

Equal runs give equal bytes, but for the times and speeds, which come from timing.jsonl. The page holds no script and
names nothing outside itself; texts from files are escaped, and what is cut says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jinja2

from seqweave.core.numbers import decimal
from seqweave.insight.charts import Bar, Point, bars, curve, heat_map, meter, reliability_diagram
from seqweave.insight.confusions import grid, mix_ups
from seqweave.insight.evaluate import Evaluation
from seqweave.insight.extracts import around, beginning
from seqweave.insight.history import History, thinned
from seqweave.insight.pages import template
from seqweave.metrics.calibration import reliability
from seqweave.metrics.measure import Measure
from seqweave.metrics.significance import paired_difference
from seqweave.metrics.tally import ClassScores
from seqweave.tasks.contract import Details, Mistake

WORST = 40
"""Wrong answers that are shown."""
MOST_CLASSES = 200
"""Classes that are shown."""
MOST_POINTS = 300
"""Points of the curve of losses."""
NAMES = {
    "f1": "F1",
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
    "bleu": "BLEU",
    "chrf": "chrF",
    "ter": "TER",
    "exact": "exact match",
}


COSTS: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "epoch_seconds": ("an epoch, evaluation included", "{:,.1f} s".format),
    "seconds": ("all epochs", "{:,.1f} s".format),
    "bytes": ("memory at most", lambda size: f"{size / 1e9:,.2f} GB"),
    "disk_bytes": ("disk", lambda size: f"{size / 1e6:,.1f} MB"),
}
"""What a training costs: its key in cost.json, its name, and how its number is told."""


@dataclass(frozen=True)
class Account:
    """What a report tells of.

    Args:
        task: its name.
        metric: the one that chose the model.
        main: the task's main one, told beside it where it is another.
        evaluations: by part; "dev" is always among them.
        scores: the same with intervals, as scores.json holds them.
        history: the course of the training.
        receipt: what became of every line, as receipt.json holds it.
        parameters: how many each block of the network has, and "all".
        recipe: every setting, as YAML.
        environment: what the run ran on and with, as environment.json holds it.
        cost: what was foreseen and what was measured, as cost.json holds it.
    """

    task: str
    metric: str
    main: str
    evaluations: Mapping[str, Evaluation]
    scores: Mapping[str, Any]
    history: History
    receipt: Mapping[str, Any]
    parameters: Mapping[str, int]
    recipe: str
    environment: Mapping[str, Any]
    cost: Mapping[str, Any] = field(default_factory=dict)


def render(account: Account) -> str:
    """The page as HTML."""
    details = account.evaluations["dev"].details
    return _template().render(
        account=account,
        headline=_headline(account),
        curves=_curves(account),
        classes=_classes(details),
        confusion=_confusion(details),
        errors=[_error(mistake, account.evaluations["dev"]) for mistake in details.mistakes[:WORST]],
        calibration=_calibration(details),
        blocks=_blocks(account.parameters),
        costs=_costs(account.cost),
        facts=_flat(account.environment),
    )


@cache
def _template() -> jinja2.Template:
    return template("report.html.jinja", {"score_name": score_name, "clock": clock})


def score_name(metric: str) -> str:
    """How a metric is called in text.

    Example:
        >>> score_name("macro_f1"), score_name("calibration_error")
        ('macro F1', 'calibration error')
    """
    return NAMES.get(metric, metric.replace("_", " "))


def clock(seconds: float) -> str:
    """A time as people say it.

    Example:
        >>> clock(42.3), clock(185), clock(7260)
        ('42 s', '3 min 5 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def _headline(account: Account) -> dict[str, Any]:
    """The watched score of the part that was not used to choose anything, beside the best baseline."""
    part = "test" if "test" in account.evaluations else "dev"
    found, metric = account.evaluations[part], account.metric
    scores, ours = account.scores[part]["scores"], found.scores[metric]
    score, main = scores[metric], scores[account.main] if account.main != metric else None
    rows = [Bar("this model", score["value"], (score["low"], score["high"]), ours=True)]
    sentence = ""
    known = {name: scores[metric] for name, scores in found.baselines.items()}
    if known:
        best = (max if ours.higher_is_better else min)(known, key=lambda name: known[name].value)
        rows.append(Bar(best, known[best].value, (known[best].value,) * 2))
        sentence = verdict(ours, known[best], best)
    label = "; ".join(f"{row.label}: {decimal(row.value, 1)}" for row in rows)
    most = 100.0 if ours.percent else max(row.ends[1] for row in rows)
    chart = bars(rows, f"{score_name(metric)}, {label}", most)
    return {"part": part, "percent": ours.percent, "score": score, "main": main, "sentence": sentence, "chart": chart}


def verdict(ours: Measure, theirs: Measure, name: str) -> str:
    """One sentence on how far a model is from a baseline; never "better" or "worse" inside the noise.

    Args:
        ours: the model's score.
        theirs: the baseline's, over the same examples.
        name: what the baseline is called.
    """
    if len(ours.counts) != len(theirs.counts):
        return f"The model scores {decimal(ours.value, 1)}, the {name} {decimal(theirs.value, 1)}."
    found = paired_difference(ours, theirs).interval
    points = " points" if ours.percent else ""
    if found.low <= 0 <= found.high:
        value, low, high = decimal(found.value, 1, "+"), decimal(found.low, 1), decimal(found.high, 1)
        told = f"{value}{points}, 95 % interval {low} to {high}"
        return f"The model cannot be told apart from the {name} on these examples: {told}."
    side = "better" if (found.value > 0) == ours.higher_is_better else "worse"
    low, high = (decimal(end, 1) for end in sorted((abs(found.low), abs(found.high))))
    value = decimal(abs(found.value), 1)
    return f"The model is {value}{points} {side} than the {name} (95 % interval {low} to {high})."


def _curves(account: Account) -> dict[str, Any]:
    """Both learning curves; none where a model is fitted in one go."""
    history = account.history
    curves: dict[str, Any] = {"loss": "", "dev": "", "each": 1}
    if history.losses:
        points, curves["each"] = thinned(history.losses, MOST_POINTS)
        line = [Point(step, loss, f"step {step:,}: loss {loss:.4g}") for step, loss in points]
        first, last = history.losses[0], history.losses[-1]
        told = f"Training loss by step: {first[1]:.4g} at step {first[0]:,}, {last[1]:.4g} at step {last[0]:,}"
        curves["loss"] = curve(line, told)
    if best := history.best:
        dots = [
            Point(e.step, e.value, f"step {e.step:,}, epoch {e.epoch}: {decimal(e.value)}", e is best)
            for e in history.evaluations
        ]
        told = f"{score_name(history.watched)} on dev by step; the best is {decimal(best.value)} at step {best.step:,}"
        dev = account.evaluations["dev"].scores.get(history.watched)
        percent = all(dot.y <= 100 for dot in dots) and (dev is None or dev.percent)
        curves["dev"] = curve(dots, told, most=100 if percent else math.inf)
    return curves


def _classes(details: Details) -> dict[str, Any]:
    """Rows of the per-class table, the most frequent class first."""
    order = sorted(details.classes, key=lambda label: (-details.classes[label].gold, label))
    most = max((row.gold for row in details.classes.values()), default=0) or 1
    shown = order[:MOST_CLASSES]
    return {"rows": [_class(label, details.classes[label], most) for label in shown], "left": len(order) - len(shown)}


def _class(label: str, row: ClassScores, most: int) -> dict[str, Any]:
    return {
        "label": label,
        "gold": row.gold,
        "gold_bar": meter(row.gold / most, "quiet"),
        "precision": row.precision.value,
        "recall": row.recall.value if row.gold else None,
        "f1": row.f1.value,
        "f1_bar": meter(row.f1.value / 100),
    }


def _confusion(details: Details) -> dict[str, Any]:
    shown = grid(details.confusion)
    pairs = mix_ups(details.confusion)
    told = "; ".join(f"{pair.gold} answered as {pair.answer} {pair.count} times" for pair in pairs[:3])
    label = f"Confusion of {len(shown.labels)} labels, gold by row, answered by column. {told or 'No answer is wrong'}"
    return {"chart": heat_map(shown, label) if shown.labels else "", "pairs": pairs, "others": shown.others}


def _error(mistake: Mistake, evaluation: Evaluation) -> dict[str, Any]:
    """One wrong answer with its text: the token marked, or the beginning of the whole; and of both where texts are."""
    example = evaluation.golds[mistake.row]
    if mistake.position < 0:
        text = beginning(example.text)
    else:
        text = around(example.text, example.starts[mistake.position], example.ends[mistake.position])
    place = f"{example.source}:{example.line}"
    told = {"gold": beginning(mistake.gold), "answer": beginning(mistake.answer)}
    return {"mistake": mistake, "text": text, "place": place, "bar": meter(mistake.confidence, "wrong"), **told}


def _calibration(details: Details) -> dict[str, Any]:
    """The reliability diagram and its sentence; empty where answers have no single probability."""
    bins = reliability(details.confidences, details.right)
    if not bins:
        return {}
    answers = len(details.right)
    gap = sum(b.answers * (b.confidence - b.right) for b in bins) / answers
    error = sum(b.answers * abs(b.confidence - b.right) for b in bins) / answers
    sure, right = 100 * float(details.confidences.mean()), 100 * float(details.right.mean())
    label = f"Share of right answers over confidence: {right:.1f} % are right at a mean confidence of {sure:.1f} %"
    chart = reliability_diagram(bins, label)
    return {"chart": chart, "sure": sure, "right": right, "gap": gap, "error": error}


def _blocks(parameters: Mapping[str, int]) -> list[dict[str, Any]]:
    whole = max(parameters["all"], 1)
    return [
        {"name": name, "count": count, "share": 100 * count / whole, "bar": meter(count / whole, "quiet")}
        for name, count in parameters.items()
        if name != "all"
    ]


def _costs(cost: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What was foreseen beside what was measured; empty where nothing was measured."""
    foreseen, measured = cost.get("foreseen", {}), cost.get("measured", {})
    known = {key: row for key, row in COSTS.items() if key in measured}
    return [
        (name, told(foreseen[key]) if key in foreseen else "", told(measured[key]))
        for key, (name, told) in known.items()
    ]


def _flat(values: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Nested facts as (name, value), names joined by spaces."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        full = f"{before} {name}".strip()
        found += _flat(value, full) if isinstance(value, Mapping) else [(full, "none" if value is None else str(value))]
    return found
