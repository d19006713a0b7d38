"""What makes heads a tree, against all heads of short sentences."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from seqweave.data.arcs import arc_problems


def reaches_root(heads: tuple[int, ...], word: int) -> bool:
    for _ in heads:
        word = heads[word - 1]
        if word == 0:
            return True
    return False


@pytest.mark.parametrize("words", [1, 2, 3, 4])
def test_exactly_the_trees_with_one_root_have_no_problem(words: int) -> None:
    for heads in product(range(words + 2), repeat=words):
        lawful = max(heads) <= words and heads.count(0) == 1
        tree = lawful and all(reaches_root(heads, word) for word in range(1, words + 1))
        found = arc_problems([str(head) for head in heads], ["x"] * words, ["w"] * words)
        assert (not found) == tree, heads


@pytest.mark.parametrize("words", [3, 4])
def test_a_circle_is_told_in_order(words: int) -> None:
    for heads in product(range(words + 1), repeat=words):
        for position, code, what, _ in arc_problems([str(head) for head in heads], ["x"] * words, list("abcd")):
            if "circle" in what:
                circle = [int(part.split()[0]) for part in what.split(": ")[1].split(",")[0].split(" → ")]
                assert circle[0] == circle[-1] == position + 1
                assert all(heads[word - 1] == head for word, head in pairwise(circle))
                assert code == ("E-CONLLU-07" if 0 in heads else "E-CONLLU-06")


def test_every_bad_head_is_told() -> None:
    heads, relations = ["0", "-1", "1_0", "01", "9" * 5000, "6", "1"], ["root"] * 6 + ["_"]
    codes = [code for _, code, _, _ in arc_problems(heads, relations, ["w"] * 7)]
    assert codes == ["E-CONLLU-08"] * 3 + ["E-CONLLU-05", "E-CONLLU-09", "E-CONLLU-10"]
