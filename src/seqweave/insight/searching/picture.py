"""A beam drawn as a tree, and where each written token looked, as inline SVG.

The tree grows to the right, one column a step. The answer lies straight along the top; whatever left it hangs below,
and no two lines cross. What became of a hypothesis is told by its frame and by a sign, so that colour is never alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from seqweave.core.errors import shown
from seqweave.insight.searching.tree import Node, Tree
from seqweave.insight.svg import Attributes, drawing, element, text_width, titled, trimmed, word

ROW, BOX, GAP = 27, 21, 30
"""Height of a row, height of a token's frame, and width between two columns, in pixels."""
MOST_DEEP = 24
"""Rows that are drawn."""
WORD_LETTERS = 16
"""Longest token in a picture."""
SIGNS = {"kept": "", "finished": "■ ", "cut": "▮ ", "left": "… ", "pruned": "× "}
CELL, MOST_SQUARES = 30, 60
"""Height of a square of the alignment, in pixels; and most squares on a side."""
STATED = 0.15
"""Attention from here on is written into its square."""
FAINT = 0.01


def tree_picture(tree: Tree, label: str) -> Markup:
    """The tree as a picture, as far as there is room.

    Args:
        tree: the beam.
        label: what it shows, for those who do not see it.
    """
    rows = laid_out(tree)
    widths: dict[int, float] = {}
    for place in rows:
        node = tree.nodes[place]
        widths[node.depth] = max(widths.get(node.depth, 0), _width(node))
    starts = {depth: sum(widths[before] + GAP for before in range(depth)) for depth in widths}
    lines, boxes = [], []
    for place, row in rows.items():
        node = tree.nodes[place]
        if node.parent >= 0:
            parent = tree.nodes[node.parent]
            begin = starts[parent.depth] + _width(parent), rows[node.parent]
            lines.append(_line(node, begin, (starts[node.depth], row)))
        boxes.append(_box(node, starts[node.depth], row))
    width = starts[max(widths)] + widths[max(widths)] + 2
    return drawing(width, ROW * (1 + max(rows.values())) + 2, label, [*lines, *boxes], "chart natural beam")


def laid_out(tree: Tree) -> dict[int, int]:
    """The row of each node that is drawn: as high as those before it in its column, and its parent, let it be."""
    children, rows = tree.children(), {0: 0}
    free: dict[int, int] = {}
    waiting = [(0, 0)]
    while waiting:
        place, least = waiting.pop()
        depth = tree.nodes[place].depth
        row = max(least, free.get(depth, 0))
        if row >= MOST_DEEP:
            continue
        rows[place], free[depth] = row, row + 1
        waiting += [(child, row) for child in sorted(children[place], key=lambda one: _order(tree.nodes[one]))[::-1]]
    return rows


def alignment(words: Sequence[str], source: Sequence[str], attention: np.ndarray, label: str) -> Markup:
    """A square for each written token (row) and source token (column), the darker the more it was looked at.

    Args:
        words: what was written.
        source: what was read.
        attention: Shape (words, source).
        label: what it shows, for those who do not see it.
    """
    rows, columns = ([shown(one, WORD_LETTERS) for one in side[:MOST_SQUARES]] for side in (words, source))
    lying = max(map(text_width, columns), default=0) <= 2 * CELL
    sizes = [max(CELL, text_width(name) + 8) if lying else CELL for name in columns]
    left, top = max(40, 10 + max(map(text_width, rows))), 20 if lying else 10 + max(map(text_width, columns))
    parts: list[Markup] = []
    for column, name in enumerate(columns):
        middle = left + sum(sizes[:column]) + sizes[column] / 2
        turned = {"transform": f"translate({trimmed(middle + 4)} {trimmed(top - 6)}) rotate(-90)"}
        parts.append(
            word(middle, top - 6, name, "ink", "middle") if lying else element("g", turned, word(0, 0, name, "ink"))
        )
    for row, written in enumerate(rows):
        y = top + CELL * row
        parts.append(word(left - 7, y + CELL / 2 + 4, written, "ink", "end"))
        for column, read in enumerate(columns):
            x, share = left + sum(sizes[:column]), float(attention[row, column])
            most = share == attention[row].max()
            parts += _square((x, y, sizes[column]), share, most, f"{written} looks at {read}: {100 * share:.0f} %")
    wide, high = sum(sizes), CELL * len(rows)
    frame: Attributes = {"x": left, "y": top, "width": wide, "height": high, "class": "frame"}
    return drawing(left + wide + 1, top + high + 1, label, [*parts, element("rect", frame)], "chart natural alignment")


def _square(place: tuple[float, float, float], share: float, most: bool, note: str) -> list[Markup]:
    """One square, with its share in percent where it counts; the darkest of its row is framed."""
    x, y, width = place
    if share < FAINT:
        return []
    box: Attributes = {"x": x + 1, "y": y + 1, "width": width - 2, "height": CELL - 2, "rx": 3}
    kind = "look most" if most else "look"
    square = titled("rect", {**box, "class": kind, "fill-opacity": round(0.05 + 0.7 * share, 2)}, note)
    number = [word(x + width / 2, y + CELL / 2 + 4, f"{100 * share:.0f}", "inside", "middle")]
    return [square, *(number if share >= STATED else [])]


def _order(node: Node) -> tuple[bool, bool, bool, float]:
    """The answer first, then the reference, then what was not dropped; of these the likeliest first."""
    return not node.best, not node.reference, node.fate == "pruned", -node.log_probability


def _said(node: Node) -> tuple[str, str]:
    """What stands in a node's frame: the token with its sign, and a number."""
    if node.depth == 0:
        return "begin", ""
    number = f"{node.score:.2f}" if node.score is not None else f"{node.log_probability:.1f}"
    return SIGNS[node.fate] + (shown(node.word, WORD_LETTERS) if node.word else "end"), number


def _width(node: Node) -> float:
    name, number = _said(node)
    return 16 + text_width(name) + (6 + text_width(number) if number else 0)


def _kind(node: Node) -> str:
    return f"{node.fate}{' best' if node.best else ''}{' reference' if node.reference else ''}"


def _line(node: Node, begin: tuple[float, int], end: tuple[float, int]) -> Markup:
    """From the right of a parent to the left of a child."""
    (x1, upper), (x2, lower) = begin, end
    y1, y2 = (trimmed(ROW * row + ROW / 2) for row in (upper, lower))
    bend = trimmed(x2 - GAP / 2)
    way = f"M{trimmed(x1)} {y1} H{trimmed(x2 - GAP)} C{bend} {y1} {bend} {y2} {trimmed(x2)} {y2}"
    return element("path", {"d": way, "class": f"way {_kind(node)}"})


def _box(node: Node, x: float, row: int) -> Markup:
    """A token in its frame, which tells more when it is pointed at."""
    name, number = _said(node)
    width, y = _width(node), ROW * row + (ROW - BOX) / 2
    frame = {"x": x, "y": y, "width": width, "height": BOX, "rx": 6 if node.word else 2, "class": "frame"}
    parts = [element("title", {}, shown(_note(node), limit=240)), element("rect", frame)]
    parts.append(word(x + 8, y + 15, name, "name"))
    if number:
        parts.append(word(x + width - 7, y + 15, number, "count", "end"))
    return element("g", {"class": f"node {_kind(node)}"}, *parts)


def _note(node: Node) -> str:
    """What is told of a node that is pointed at."""
    if node.depth == 0:
        return "where every text begins"
    told = {
        "kept": "followed",
        "finished": "a whole text",
        "cut": "as long as a text may be",
        "left": "the search stopped before it: nothing better could come of it",
        "pruned": "dropped",
    }[node.fate]
    which = ", on the way to the reference" if node.reference else ""
    return (
        f"{node.word or 'end'}: {told}{which}; step {node.depth}, rank {node.rank} of all candidates; "
        f"{100 * node.chance:.1f} % after the tokens before it; log-probability {node.log_probability:.2f}"
        + (f", score {node.score:.3f}" if node.score is not None else "")
    )
