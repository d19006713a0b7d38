"""The charts of reports, each a function from numbers to one inline SVG; every mark tells its numbers when pointed at.

Bars are drawn in percent of the page's width, so that their text keeps its size on any screen; charts with two axes
have a fixed shape that is still readable on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from seqweave.core.errors import shown
from seqweave.core.numbers import decimal
from seqweave.insight.confusions import Grid
from seqweave.insight.scales import Scale, decimals, ticks, widened
from seqweave.insight.svg import Attributes, drawing, element, text_width, titled, trimmed, word
from seqweave.metrics.calibration import Bin

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 48, WIDTH - 16, 14, HEIGHT - 30
DOTS = 40
"""Points that are drawn as dots as well as a line; more would run together."""
LABEL_LETTERS = 24
"""Longest label beside a heat map."""
AXIS = 18
"""Height of the line that says what the columns of a heat map are, in pixels."""
ROOMY = 30
"""Side of a square that a number fits into, in pixels."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Args:
        label: what it stands for.
        value: percent, 0 to 100.
        ends: of its interval; the value twice where there is none.
        ours: whether it is the model's, which is drawn in the strong colour.
    """

    label: str
    value: float
    ends: tuple[float, float]
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve.

    Args:
        x: step.
        y: value.
        note: what is told of it.
        best: whether it is marked.
    """

    x: float
    y: float
    note: str
    best: bool = False


def bars(rows: Sequence[Bar], label: str, most: float = 100) -> Markup:
    """Horizontal bars from 0 to the most that there can be, each under its name, with its interval as a line.

    Args:
        rows: from top to bottom.
        label: what the chart shows.
        most: the value of a full bar.
    """
    height = 46
    parts: list[Markup] = []
    for i, bar in enumerate(rows):
        y, kind = i * height, "bar ours" if bar.ours else "bar"
        low, high = (f"{trimmed(100 * end / most)}%" for end in bar.ends)
        across: Attributes = {"x1": low, "x2": high, "y1": y + 31, "y2": y + 31, "class": "interval"}
        parts += [
            word(0, y + 14, bar.label, "name"),
            word("100%", y + 14, decimal(bar.value, 1), "number", "end"),
            _strip(y + 22, 18, 100, "track"),
            _strip(y + 22, 18, 100 * bar.value / most, kind),
            *([element("line", across)] if low != high else []),
        ]
    size: Attributes = {"width": "100%", "height": len(rows) * height}
    return element("svg", {"class": "bars", "role": "img", "aria-label": label, **size}, *parts)


def meter(share: float, kind: str = "") -> Markup:
    """A bar in a table cell that repeats the number beside it, so nothing reads it aloud.

    Args:
        share: how full, 0 to 1.
        kind: class in the style sheet.
    """
    box: Attributes = {"class": "meter", "aria-hidden": "true", "width": "100%", "height": 6}
    return element("svg", box, _strip(0, 6, 100, "track"), _strip(0, 6, 100 * share, f"bar {kind}".strip()))


def curve(points: Sequence[Point], label: str, most: float = math.inf) -> Markup:
    """A line over the steps of training, its best point marked.

    Args:
        points: in order, at least one.
        label: what the chart shows.
        most: the largest value that can be.
    """
    low, high = widened(min(p.y for p in points), max(p.y for p in points))
    x, y = Scale(0, max(p.x for p in points) or 1, LEFT, RIGHT), Scale(low, min(high, most), BOTTOM, TOP)
    places = " ".join(f"{trimmed(x(p.x))},{trimmed(y(p.y))}" for p in points)
    parts = [*_grid(x, y), element("polyline", {"points": places, "class": "line"})]
    for p in points:
        if p.best or len(points) <= DOTS:
            at: Attributes = {"cx": x(p.x), "cy": y(p.y), "r": 5 if p.best else 3}
            parts.append(titled("circle", {**at, "class": "dot best" if p.best else "dot"}, p.note))
    return drawing(WIDTH, HEIGHT, label, parts)


def reliability_diagram(bins: Sequence[Bin], label: str) -> Markup:
    """Share of right answers over confidence, a dot for each bin whose area grows with its answers.

    Args:
        bins: those that hold anything.
        label: what the chart shows.
    """
    x, y = Scale(0, 100, LEFT, RIGHT), Scale(0, 100, WIDTH - 40, TOP)
    fullest = max(b.answers for b in bins)
    ideal: Attributes = {"x1": x(0), "y1": y(0), "x2": x(100), "y2": y(100), "class": "ideal"}
    parts = [*_grid(x, y), element("line", ideal)]
    for b in bins:
        gap: Attributes = {"x1": x(b.confidence), "x2": x(b.confidence), "y1": y(b.confidence), "y2": y(b.right)}
        dot: Attributes = {"cx": x(b.confidence), "cy": y(b.right), "r": 3 + 8 * math.sqrt(b.answers / fullest)}
        span = f"confidence {100 * b.low:.0f} to {100 * b.high:.0f} %"
        note = f"{b.answers:,} answers of {span}: {b.right:.1f} % are right"
        parts += [element("line", {**gap, "class": "gap"}), titled("circle", {**dot, "class": "dot bin"}, note)]
    return drawing(WIDTH, WIDTH - 10, label, parts)


def heat_map(grid: Grid, label: str) -> Markup:
    """A square for each pair of gold and answered label, the darker the larger its share of the gold label.

    Args:
        grid: the labels and counts.
        label: what the chart shows.
    """
    names = [shown(name, LABEL_LETTERS) for name in grid.labels]
    cell, gutter = _cell(len(names)), max(50, 10 + max(map(text_width, names)))
    left, top, side = gutter, gutter + AXIS, cell * len(names)
    parts = [word(left, 11, "answered →", "axis"), word(left - 6, top - 6, "gold ↓", "axis", "end")]
    for i, name in enumerate(names):
        middle = cell * (i + 0.5) + 4
        turned = {"transform": f"translate({trimmed(left + middle)} {trimmed(top - 6)}) rotate(-90)"}
        parts += [word(left - 6, top + middle, name, "", "end"), element("g", turned, word(0, 0, name))]
    for row, column in zip(*grid.counts.nonzero(), strict=True):
        parts.append(_square(grid, int(row), int(column), (left + cell * column, top + cell * row)))
    frame: Attributes = {"x": left, "y": top, "width": side, "height": side, "class": "frame"}
    return drawing(left + side + 1, top + side + 1, label, [*parts, element("rect", frame)], "chart natural")


def _square(grid: Grid, row: int, column: int, corner: tuple[float, float]) -> Markup:
    """One entry of a heat map, with its share in percent where there is room."""
    (x, y), cell, gold = corner, _cell(len(grid.labels)), int(grid.counts[row].sum())
    count = int(grid.counts[row, column])
    share = count / gold
    # A single error among thousands stays visible, and a number is readable on the darkest square.
    tint = 0.08 + 0.67 * share
    note = f"gold {grid.labels[row]}, answered {grid.labels[column]}: {count:,} ({100 * share:.1f} % of {gold:,})"
    place: Attributes = {"x": x + 0.5, "y": y + 0.5, "width": cell - 1, "height": cell - 1, "fill-opacity": tint}
    square = titled("rect", {**place, "class": "right" if row == column else "wrong"}, note)
    if cell < ROOMY:
        return square
    return square + word(x + cell / 2, y + cell / 2 + 4, f"{100 * share:.0f}", "inside", "middle")


def _strip(y: float, height: float, percent: float, kind: str) -> Markup:
    """A rounded bar over a share of the width."""
    return element("rect", {"y": y, "width": f"{trimmed(percent)}%", "height": height, "rx": 3, "class": kind})


def _cell(labels: int) -> int:
    """The side of a square, in pixels: numbers fit into those of few labels."""
    return 48 if labels <= 6 else 34 if labels <= 14 else 18


def _grid(x: Scale, y: Scale) -> list[Markup]:
    """Horizontal lines with their values, and values below."""
    parts: list[Markup] = []
    rows, columns = ticks(y.low, y.high), ticks(x.low, x.high)
    digits = decimals(rows[1] - rows[0]) if len(rows) > 1 else 2
    for value in rows:
        line: Attributes = {"x1": x.start, "x2": x.end, "y1": y(value), "y2": y(value), "class": "grid"}
        parts += [element("line", line), word(x.start - 6, y(value) + 4, f"{value:,.{digits}f}", "", "end")]
    return parts + [word(x(value), y.start + 18, f"{value:,.0f}", "", "middle") for value in columns]
