"""What charts draw against computation by hand; every drawing is well-formed XML."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from seqweave.insight.charts import BOTTOM, LEFT, RIGHT, TOP, Bar, Point, bars, curve, heat_map, meter
from seqweave.insight.charts import reliability_diagram as diagram
from seqweave.insight.confusions import grid
from seqweave.metrics.calibration import reliability
from seqweave.metrics.labels import confusion


def parsed(svg: str) -> ElementTree.Element:
    tree = ElementTree.fromstring(svg)
    assert tree.get("aria-label") or tree.get("aria-hidden") == "true"
    return tree


def of(tree: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [node for node in tree.iter() if kind in node.get("class", "").split()]


def test_bars_are_as_long_as_their_values() -> None:
    tree = parsed(bars([Bar("ours", 93.97, (93.6, 94.34), ours=True), Bar("tag", 86.17, (86.17, 86.17))], "accuracy"))
    assert [bar.get("width") for bar in of(tree, "bar")] == ["93.97%", "86.17%"]
    (interval,) = of(tree, "interval")
    assert (interval.get("x1"), interval.get("x2")) == ("93.6%", "94.34%")
    assert [text.text for text in tree.iter("text")] == ["ours", "94.0", "tag", "86.2"]


def test_a_meter_is_as_full_as_its_share() -> None:
    assert of(parsed(meter(0.25, "quiet")), "quiet")[0].get("width") == "25%"


def test_a_curve_goes_through_its_points() -> None:
    tree = parsed(curve([Point(50, 2.0, "a"), Point(100, 1.0, "b", best=True)], "loss"))
    # the axis goes from 1 - 0.1 to 2 + 0.1
    y = [BOTTOM - (value - 0.9) / 1.2 * (BOTTOM - TOP) for value in (2.0, 1.0)]
    expected = [(LEFT + (RIGHT - LEFT) / 2, y[0]), (RIGHT, y[1])]
    points = [tuple(map(float, point.split(","))) for point in of(tree, "line")[0].get("points").split()]
    assert np.allclose(points, expected, atol=0.01)
    (best,) = of(tree, "best")
    assert best.find("title").text == "b"
    assert np.allclose([float(best.get("cx")), float(best.get("cy"))], expected[1], atol=0.01)


@pytest.mark.parametrize("values", [[0.0], [100.0], [5.0, 5.0, 5.0], [1e-9, 2e-9], [1e6, 3e6], [-2.0, 3.0]])
def test_a_curve_stays_inside_its_frame(values: list[float]) -> None:
    tree = parsed(curve([Point(i, value, "") for i, value in enumerate(values)], "loss", most=max(100.0, *values)))
    for dot in of(tree, "dot"):
        assert LEFT <= float(dot.get("cx")) <= RIGHT
        assert TOP <= float(dot.get("cy")) <= BOTTOM


def test_many_points_are_a_line_without_dots() -> None:
    tree = parsed(curve([Point(i, math.sin(i), "", best=i == 7) for i in range(100)], "loss"))
    assert len(of(tree, "dot")) == 1


def test_dots_of_the_reliability_diagram_lie_at_confidence_and_share() -> None:
    tree = parsed(diagram(reliability(np.array([0.5, 0.5, 0.5, 0.9]), np.array([True, False, False, True])), "told"))
    low, high = of(tree, "bin")
    ideal = of(tree, "ideal")[0]
    x0, x1, y0, y1 = (float(ideal.get(key)) for key in ("x1", "x2", "y1", "y2"))
    assert float(low.get("cx")) == pytest.approx(x0 + 0.5 * (x1 - x0))
    assert float(low.get("cy")) == pytest.approx(y0 + (y1 - y0) / 3, abs=0.01)
    assert float(high.get("cy")) == pytest.approx(y1)
    assert float(low.get("r")) > float(high.get("r"))
    assert low.find("title").text == "3 answers of confidence 47 to 53 %: 33.3 % are right"


def test_squares_of_a_heat_map_tell_their_counts() -> None:
    golds, answers = ["<b>"] * 4 + ["a"] * 2, ["<b>"] * 3 + ["a"] + ["a"] * 2
    tree = parsed(heat_map(grid(confusion(golds, answers)), "told"))
    squares = [*of(tree, "right"), *of(tree, "wrong")]
    assert [square.find("title").text for square in squares] == [
        "gold <b>, answered <b>: 3 (75.0 % of 4)",
        "gold a, answered a: 2 (100.0 % of 2)",
        "gold <b>, answered a: 1 (25.0 % of 4)",
    ]
    assert [float(square.get("fill-opacity")) for square in squares] == pytest.approx([0.58, 0.75, 0.25], abs=0.01)
    (wrong,) = of(tree, "wrong")
    assert float(wrong.get("x")) > float(squares[0].get("x"))
    assert wrong.get("y") == squares[0].get("y")


def test_many_labels_fit_without_numbers() -> None:
    labels = [f"label-{i:02}" for i in range(50)]
    tree = parsed(heat_map(grid(confusion(labels, labels)), "told"))
    assert not of(tree, "inside")
    # each of the first 30 labels, and all others in one
    assert len(of(tree, "right")) == 31
