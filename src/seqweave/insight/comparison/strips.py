"""Differences with their intervals, one under the other around a line at zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from seqweave.core.errors import shown
from seqweave.core.numbers import decimal
from seqweave.insight.scales import Scale, decimals, ticks
from seqweave.insight.svg import Attributes, element, titled, trimmed, word
from seqweave.metrics.measure import Interval

ROW, FOOT = 44, 24
"""Heights of a row and of the axis, in pixels."""
INSIDE = (2.0, 98.0)
"""Where the axis begins and ends, in percent of the width."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One difference.

    Args:
        label: between what.
        interval: the difference with its interval.
        verdict: "better", "worse" or "undecided".
        digits: of the difference, behind the point.
    """

    label: str
    interval: Interval
    verdict: str
    digits: int = 2


def strips(rows: Sequence[Strip], label: str) -> Markup:
    """The picture, as wide as its place, so that its text keeps its size on any screen.

    Args:
        rows: from top to bottom, at least one.
        label: what the chart shows.
    """
    reach = max(max(abs(row.interval.low), abs(row.interval.high)) for row in rows) or 1.0
    scale = Scale(-reach, reach, *INSIDE)
    bottom = len(rows) * ROW
    marks = ticks(-reach, reach)
    digits = decimals(marks[1] - marks[0])
    parts = [_upright(scale(value), bottom, "zero" if value == 0 else "grid") for value in marks]
    parts += [word(_percent(scale(value)), bottom + 16, f"{value:+.{digits}f}", "", "middle") for value in marks]
    for i, row in enumerate(rows):
        parts += _row(row, i * ROW, scale)
    size: Attributes = {"width": "100%", "height": bottom + FOOT}
    told = "; ".join(f"{row.label or 'difference'}: {decimal(row.interval.value, row.digits, '+')}" for row in rows)
    return element(
        "svg", {"class": "strips", "role": "img", "aria-label": shown(f"{label}. {told}", 1000), **size}, *parts
    )


def _row(row: Strip, y: int, scale: Scale) -> list[Markup]:
    interval, middle = row.interval, y + 30
    ends: Attributes = {"x1": _percent(scale(interval.low)), "x2": _percent(scale(interval.high))}
    value, low, high = (decimal(one, row.digits, "+") for one in (interval.value, interval.low, interval.high))
    note = f"{row.label}: {value}, 95 % interval {low} to {high}"
    return [
        word(0, y + 14, row.label, "name"),
        word("100%", y + 14, value, "number", "end"),
        titled("line", {**ends, "y1": middle, "y2": middle, "class": f"span {row.verdict}"}, note),
        titled("circle", {"cx": _percent(scale(interval.value)), "cy": middle, "r": 5, "class": row.verdict}, note),
    ]


def _upright(x: float, bottom: int, kind: str) -> Markup:
    return element("line", {"x1": _percent(x), "x2": _percent(x), "y1": 0, "y2": bottom, "class": kind})


def _percent(x: float) -> str:
    return f"{trimmed(x)}%"
