"""What makes heads a tree: each word has one head, one word hangs from the root, and no words go in a circle.

Enhanced dependencies (the column `deps`) are a graph: any number of heads a word, empty nodes among them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from seqweave.core.errors import shown

HEAD = re.compile(r"0|[1-9][0-9]*")
EACH_WORD = "every word needs one head: the id of another word, or 0 for the root"

NODE = re.compile(r"(0|[1-9][0-9]*)(?:\.([1-9][0-9]*))?")

Problem = tuple[int, str, str, str]
"""The position of the word, a code, what is wrong, and how to mend it."""


def arc_problems(heads: Sequence[str], relations: Sequence[str], forms: Sequence[str]) -> list[Problem]:
    """All that keeps heads from being a tree; roots and circles are looked at once every head is a word.

    Args:
        heads: of each word, the id of its head, from 1; "0" for the root.
        relations: of each word to its head.
        forms: the words, for messages.
    """
    found = [problem for i in range(len(heads)) if (problem := _word(i, heads[i], relations[i], len(heads)))]
    if found:
        return found
    parents = [int(head) - 1 for head in heads]
    roots = [i for i, parent in enumerate(parents) if parent < 0]
    if len(roots) > 1:
        words = ", ".join(f"{i + 1} '{shown(forms[i])}'" for i in roots[:4])
        what = f"the sentence has {len(roots)} roots, words {words}"
        return [(roots[1], "E-CONLLU-06", what, "give exactly one word the head 0")]
    circle = _circle(parents)
    if circle:
        words = " → ".join(f"{i + 1} '{shown(forms[i])}'" for i in [*circle, circle[0]])
        lacking = "" if roots else ", and no word has the head 0"
        what = f"heads go in a circle: {shown(words, 160)}{lacking}"
        return [(circle[0], "E-CONLLU-07" if roots else "E-CONLLU-06", what, "correct one of these heads")]
    return []


def graph_problem(deps: str, nodes: Collection[str]) -> str:
    """What is wrong with one word's enhanced dependencies; empty where nothing is.

    Args:
        deps: pairs of head and relation, such as `2:nsubj|5.1:obj`; `_` for none.
        nodes: ids of all words and empty nodes of the sentence, and "0" for the root.

    Example:
        >>> graph_problem("1:nsubj|7:obj", {"0", "1"})
        'name the head 7, which the sentence does not have'
    """
    if deps == "_":
        return ""
    pairs = [pair.partition(":") for pair in deps.split("|")]
    found = [NODE.fullmatch(head) for head, _, relation in pairs if relation]
    keys = [(int(node[1]), int(node[2] or 0)) for node in found if node]
    if len(keys) < len(pairs):
        return "are not head:relation pairs"
    absent = next((head for head, *_ in pairs if head not in nodes), None)
    if absent:
        return f"name the head {shown(absent)}, which the sentence does not have"
    if len(set(pairs)) < len(pairs):
        return "name a pair twice"
    return "" if keys == sorted(keys) else "are not in the order of their heads"


def _word(position: int, head: str, relation: str, words: int) -> Problem | None:
    if not HEAD.fullmatch(head):
        return position, "E-CONLLU-08", f"the head '{shown(head)}' is not a whole number in ASCII digits", EACH_WORD
    if len(head) > len(str(words)) or int(head) > words:
        return position, "E-CONLLU-05", f"the head is {shown(head)}, but the sentence has {words} words", EACH_WORD
    if int(head) == position + 1:
        return position, "E-CONLLU-09", f"word {position + 1} is its own head", EACH_WORD
    if relation in ("", "_"):
        mend = "name the relation, such as nsubj; root for the head 0"
        return position, "E-CONLLU-10", f"word {position + 1} has a head but no relation (deprel is '_')", mend
    return None


def _circle(parents: Sequence[int]) -> list[int]:
    """Words that are each other's heads all the way round, or none. Every word is walked over once."""
    walk_of = [-1] * len(parents)
    for start in range(len(parents)):
        path, at = [], start
        while at >= 0 and walk_of[at] < 0:
            walk_of[at] = start
            path.append(at)
            at = parents[at]
        if at >= 0 and walk_of[at] == start:
            return path[path.index(at) :]
    return []
