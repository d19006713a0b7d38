"""The page of a text that was written: every text escaped and visible, no script, nothing from outside."""

from __future__ import annotations

import re

import numpy as np

from seqweave.data.examples import TranslationExample
from seqweave.decoding.contract import Found, Hypothesis
from seqweave.insight.searching.explain import Reference, Writing
from seqweave.insight.searching.page import render
from seqweave.insight.searching.picture import laid_out
from seqweave.insight.searching.plain import reference_line, to_json
from seqweave.insight.searching.tree import Node, Tree

HOSTILE = "<script>alert(1)</script>"
BIDI = "\u202ertl\u2066"
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def tree() -> Tree:
    root = Node(-1, 0, 2, "", "kept", 1, 1.0, 0.0, best=True)
    words = (
        Node(0, 1, 4, HOSTILE, "kept", 1, 0.6, -0.5, best=True),
        Node(0, 1, 5, BIDI, "pruned", 2, 0.3, -1.2, reference=True),
    )
    end = Node(1, 2, 3, "", "finished", 1, 0.9, -0.6, -0.3, best=True)
    return Tree(1, (root, *words, end, Node(1, 2, 5, BIDI, "pruned", 2, 0.1, -2.8)))


def writing() -> Writing:
    example = TranslationExample(f"{HOSTILE} {BIDI}", (HOSTILE, BIDI), (0, 26), (25, 31))
    found = Found((Hypothesis((4,), -0.6, -0.3, True),))
    reference = Reference(BIDI, (BIDI,), -4.0, -2.0, 1, 2, "model error")
    attention = np.array([[0.9, 0.1], [0.2, 0.8]])
    chances = np.array([0.6, 0.9])
    return Writing(
        example, HOSTILE, (HOSTILE,), True, chances, attention, found, tree(), "length", ("greedy", BIDI), reference
    )


def test_no_text_becomes_markup_and_nothing_stays_invisible() -> None:
    html = render(writing())
    assert "<script" not in html
    assert html.count(CSP.replace("'", "'")) == 1
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", html)
    assert not set("\u202e\u2066") & set(html)
    assert "\\u202e" in html


def test_what_is_not_there_is_not_drawn() -> None:
    plain = writing()
    without = Writing(
        plain.example, HOSTILE, (HOSTILE,), True, plain.chances, None, plain.found, tree(), "none", None, None
    )
    html = render(without)
    assert "Where it looked" not in html
    assert "The reference fell" not in html
    assert to_json(without)["attention"] is None


def test_no_two_frames_stand_on_one_place_and_no_child_above_its_parent() -> None:
    one = tree()
    rows = laid_out(one)
    places = [(one.nodes[place].depth, row) for place, row in rows.items()]
    assert len(set(places)) == len(places) == len(one.nodes)
    assert all(rows[node.parent] <= rows[place] for place, node in enumerate(one.nodes) if node.parent >= 0)
    assert all(rows[place] == 0 for place, node in enumerate(one.nodes) if node.best)


def test_a_reference_is_told_of_in_a_sentence() -> None:
    reference = Reference("a b", ("a", "b"), -6.0, -2.0, 3, 11, "search error")
    line = reference_line(reference, 5)
    assert "step 3 (end)" in line
    assert "11th" in line
    assert "search error" in line
