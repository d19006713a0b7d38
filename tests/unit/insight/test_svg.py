from __future__ import annotations

from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from seqweave.insight.svg import drawing, element, text_width, titled, trimmed, word

HOSTILE = "<script>alert('x')</script>\" onload=\"y\x07\u202e&"


def test_hostile_text_comes_back_as_text() -> None:
    tree = ElementTree.fromstring(
        drawing(10, 10, HOSTILE, [word(0, 0, HOSTILE), titled("rect", {"class": HOSTILE.replace("\x07", "")}, HOSTILE)])
    )
    seen = HOSTILE.replace("\x07", "\\x07").replace("\u202e", "\\u202e")
    assert tree.get("aria-label") == seen
    assert tree.find("text").text == seen
    assert tree.find("rect/title").text == seen
    assert [node.tag for node in tree.iter()] == ["svg", "text", "rect", "title"]


def test_children_that_are_markup_stay_elements() -> None:
    assert element("g", {"x": 1.5}, element("a", {}), "<b>") == Markup('<g x="1.5"><a></a>&lt;b&gt;</g>')


@pytest.mark.parametrize(
    ("value", "written"), [(1.0, "1"), (0.125, "0.12"), (10.10, "10.1"), (100, "100"), (-0.001, "0"), (-2.5, "-2.5")]
)
def test_numbers_are_short(value: float, written: str) -> None:
    assert trimmed(value) == written


def test_wide_letters_count_twice() -> None:
    assert text_width("地点") == text_width("LOCA")
