"""The roofline drawn: operations a second over operations a byte, both logarithmic, every layer under its name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, product
from typing import Any

from markupsafe import Markup

from seqweave.insight.scales import Scale
from seqweave.insight.svg import Attributes, drawing, element, text_width, titled, trimmed, word

STYLE = """<style>
svg { background: #fff; font: 12px system-ui, "Noto Sans CJK SC", sans-serif; }
text { fill: #59636e; } .said { fill: #1c2127; font-weight: 600; } .grid { stroke: #e3e8ed; }
.roof { fill: none; stroke: #1c2127; stroke-width: 2; } .lead { stroke: #8c98a4; }
.waits { color: #c2410c; } .pooled { color: #1f5fbf; } .scan { color: #0b7a5b; } .head { color: #59636e; }
.way { fill: none; stroke: currentColor; stroke-width: 1.25; stroke-opacity: .5; } .dot { fill: currentColor; }
.name { fill: currentColor; paint-order: stroke; stroke: #fff; stroke-width: 3; }
</style>"""
WIDTH, HEIGHT = 860, 600
LEFT, RIGHT, TOP, BOTTOM = 56, WIDTH - 20, 36, HEIGHT - 50
GROUPS = {"nn.LSTM": "waits", "nn.GRU": "waits", "gru": "waits", "scan": "scan", "head": "head"}
"""The colour of a kind, by what its name begins with; any other is pooled."""
LINE = 15
"""Height of a line of text, in pixels."""
SMALLEST, GROWTH = 3.0, 1.5
"""Radius of the dot of a kind's first size, and what each one more adds, in pixels."""
NEAR, FAR, ROUND = 9, 240, 24
"""Distances of a name from its dot that are tried, in pixels, and directions of each."""
AWRY = 0.3
"""Cosine of a direction from which on a name begins, or ends, where its line does; below, it is centred there."""
WIDER = 1.15
"""Room that a name is given, as a multiple of its mean width: fonts differ."""
CLEAR = 6
"""How far names keep away from dots, in pixels, so that none seems to be that of another."""


@dataclass(frozen=True, slots=True)
class Box:
    """What is taken of the drawing: from (left, top) to (right, bottom), in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Do they overlap?"""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def within(self, other: Box) -> bool:
        """Does it lie in the other one?"""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom


@dataclass(frozen=True, slots=True)
class Axes:
    """Places of intensities and of GFLOP/s, from their logarithms."""

    x: Scale
    y: Scale

    def __call__(self, intensity: float, gflops: float) -> tuple[float, float]:
        """Pixels."""
        return self.x(math.log10(intensity)), self.y(math.log10(gflops))


def picture(found: Mapping[str, Any]) -> Markup:
    """The roof of a record of benchmarks/roofline.py, and its points."""
    points, peak, bandwidth = found["points"], max(found["peak_gflops"].values()), found["copy_gbytes"]
    low, high = (end(point["intensity"] for point in points) for end in (min, max))
    least = min(point["gflops"] for point in points)
    across = Scale(math.log10(low / 2), math.log10(max(high, peak / bandwidth) * 5), LEFT, RIGHT)
    up = Scale(math.log10(min(least, low * bandwidth) / 2), math.log10(2 * peak), BOTTOM, TOP)
    axes = Axes(across, up)
    first, ridge, last = 10**across.low, peak / bandwidth, 10**across.high
    roof = [axes(first, first * bandwidth), axes(ridge, peak), axes(last, peak)]
    taken = [_around(place, 3) for place in _along(roof)]
    parts = [*_grid(axes), element("polyline", {"points": _path(roof), "class": "roof"}), *_said(roof, peak, bandwidth)]
    ways = [(kind, list(group)) for kind, group in groupby(_by_kind(points), key=lambda point: point["kind"])]
    drawn: list[Markup] = []
    for kind, group in ways:
        places = [axes(point["intensity"], point["gflops"]) for point in group]
        dots = [
            titled("circle", {"cx": x, "cy": y, "r": SMALLEST + GROWTH * i, "class": "dot"}, _note(point))
            for i, ((x, y), point) in enumerate(zip(places, group, strict=True))
        ]
        taken += [_around(place, SMALLEST + GROWTH * i + CLEAR) for i, place in enumerate(places)]
        taken += [_around(place, 1) for place in _along(places)]
        line = element("polyline", {"points": _path(places), "class": "way"})
        drawn.append(element("g", {"class": _colour(kind)}, line, *dots))
    room = Box(LEFT + 4, roof[1][1] + 2, RIGHT, BOTTOM - 4)
    names: list[Markup] = []
    for kind, group in ways:
        lead, name = _name(kind, axes(group[-1]["intensity"], group[-1]["gflops"]), taken, room)
        parts += lead
        names.append(element("g", {"class": _colour(kind)}, name))
    label = "Operations a second of each layer over its operations a byte, and the roof of the machine"
    return drawing(WIDTH, HEIGHT, label, [*parts, *drawn, *names], "chart natural")


def _by_kind(points: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of one kind one after another, kinds in their first order, the work of each growing."""
    order = list(dict.fromkeys(point["kind"] for point in points))
    return sorted(points, key=lambda point: (order.index(point["kind"]), point["operations"]))


def _name(kind: str, dot: tuple[float, float], taken: list[Box], room: Box) -> tuple[list[Markup], Markup]:
    """A line to a kind's dot, where one is needed, and its name at the nearest free place, which is taken then.

    In a crowd, where no line is free, it may cross others.
    """
    width, others = WIDER * text_width(kind), [one for one in taken if not one.meets(_around(dot, 0))]
    for crossing in (False, True):
        for distance, turn in product(range(NEAR, FAR, 5), range(ROUND)):
            angle = 2 * math.pi * turn / ROUND
            x, y = dot[0] + distance * math.cos(angle), dot[1] + distance * math.sin(angle)
            anchor = "start" if math.cos(angle) > AWRY else "end" if math.cos(angle) < -AWRY else "middle"
            start = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
            middle = y + LINE / 2 * math.sin(angle)
            box = Box(start, middle - LINE / 2, start + width, middle + LINE / 2)
            lead = [_around(place, 1) for place in _along([dot, (x, y)])]
            free = not any(box.meets(other) for other in others)
            if not crossing:
                free = free and not any(one.meets(other) for one in lead for other in others)
            if free and box.within(room):
                taken += [box, *lead]
                ends: Attributes = {"x1": dot[0], "y1": dot[1], "x2": x, "y2": y, "class": "lead"}
                line = [element("line", ends)] if distance > 2 * NEAR else []
                return line, word(x, middle + 4, kind, "name", anchor)
    raise ValueError(f"there is no room for the name of {kind}")


def _grid(axes: Axes) -> Iterator[Markup]:
    """A line at each power of ten, its number beside it, and what the axes are."""
    for power in range(math.ceil(axes.x.low), math.floor(axes.x.high) + 1):
        x = axes.x(power)
        yield element("line", {"x1": x, "x2": x, "y1": TOP, "y2": BOTTOM, "class": "grid"})
        yield word(x, BOTTOM + 18, f"{10.0**power:g}", "", "middle")
    for power in range(math.ceil(axes.y.low), math.floor(axes.y.high) + 1):
        y = axes.y(power)
        yield element("line", {"x1": LEFT, "x2": RIGHT, "y1": y, "y2": y, "class": "grid"})
        yield word(LEFT - 6, y + 4, f"{10.0**power:g}", "", "end")
    yield word((LEFT + RIGHT) / 2, BOTTOM + 38, "operations a byte", "said", "middle")
    yield word(8, 18, "GFLOP/s", "said")


def _said(roof: Sequence[tuple[float, float]], peak: float, bandwidth: float) -> Iterator[Markup]:
    """What the two parts of the roof are, above them."""
    (x1, y1), (x2, y2), (x3, _) = roof
    yield word(x3 - 4, y2 - 8, f"peak of products: {peak:,.0f} GFLOP/s", "said", "end")
    turned = math.degrees(math.atan2(y2 - y1, x2 - x1))
    place = f"translate({trimmed((x1 + x2) / 2)} {trimmed((y1 + y2) / 2)}) rotate({trimmed(turned)})"
    memory = word(0, -8, f"memory: {bandwidth:.3g} GB/s", "said", "middle")
    yield element("g", {"transform": place}, memory)


def _note(point: Mapping[str, Any]) -> str:
    return (
        f"{point['kind']}, {point['size']}: {point['gflops']:.3g} GFLOP/s, {point['intensity']:.3g} operations a byte, "
        f"{100 * point['share']:.0f} % of the roof"
    )


def _colour(kind: str) -> str:
    return next((group for begin, group in GROUPS.items() if kind.startswith(begin)), "pooled")


def _path(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{trimmed(x)},{trimmed(y)}" for x, y in places)


def _along(places: Sequence[tuple[float, float]], step: float = 4) -> Iterator[tuple[float, float]]:
    """Places a few pixels apart on a line."""
    for begin, end in pairwise(places):
        count = math.ceil(math.dist(begin, end) / step) or 1
        for i in range(count + 1):
            yield begin[0] + (end[0] - begin[0]) * i / count, begin[1] + (end[1] - begin[1]) * i / count


def _around(place: tuple[float, float], reach: float) -> Box:
    return Box(place[0] - reach, place[1] - reach, place[0] + reach, place[1] + reach)
