"""How a text was written, as a page: self-contained, every text escaped, nothing invisible left invisible."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from seqweave.insight.charts import meter
from seqweave.insight.pages import template
from seqweave.insight.searching.explain import Writing
from seqweave.insight.searching.picture import MOST_SQUARES, alignment, laid_out, tree_picture
from seqweave.insight.searching.plain import reference_line, texts

MOST_TEXTS = 20
"""Texts in the table of those that ended."""


def render(found: Writing) -> str:
    """The page as HTML."""
    steps = (*found.words, *(["end"] if found.finished else []))
    source, picture = found.example.tokens, ""
    if found.attention is not None:
        picture = alignment(steps, source, found.attention, "Where each written token looked in the source")
    tree, label = found.tree, f"A beam of {found.tree.size} hypotheses as a tree; the texts that ended are listed below"
    return _template().render(
        found=found,
        steps=[
            {"word": word, "chance": 100 * chance, "bar": meter(float(chance))}
            for word, chance in zip(steps, found.chances, strict=True)
        ],
        alignment=picture,
        tree=tree_picture(tree, label),
        hidden=len(tree.nodes) - len(laid_out(tree)),
        counts={fate: tree.counted(fate) for fate in ("kept", "finished", "cut", "left", "pruned")},
        texts=texts(found, MOST_TEXTS),
        ended=len(tree.texts),
        reference=reference_line(found.reference, tree.size) if found.reference else "",
        most={"squares": MOST_SQUARES},
        scored=_scored(found),
    )


@cache
def _template() -> jinja2.Template:
    return template("writing.html.jinja", {})


def _scored(found: Writing) -> dict[str, Any]:
    """How a score came about, with the answer's own numbers."""
    best, count = found.found.hypotheses[0], len(found.words) + found.finished
    value = f"{best.log_probability:.2f}"
    told = {
        "none": f"the log-probability itself: {value}",
        "length": f"the log-probability over the number of tokens, the end among them: {value} over {count}",
        "gnmt": f"the log-probability over ((5 + tokens) / 6) to a power: {value} with {count} tokens",
    }[found.normalise]
    return {"how": told, "value": best.score}
