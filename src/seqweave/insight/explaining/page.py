"""The explanation of one answer as a page: self-contained, every text escaped, nothing invisible left invisible.

Shares are drawn twice, as tints of the text and as bars with numbers, so that colour is never the only witness. What is
too long to draw is cut, and says so; `--json` holds all of it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from seqweave.core.errors import shown
from seqweave.insight.charts import Bar, bars, meter
from seqweave.insight.explaining.attribution import Attribution
from seqweave.insight.explaining.explain import Explanation, Reason
from seqweave.insight.explaining.plain import OTHERS, completeness, meaning, neighbour, preference, ranked
from seqweave.insight.extracts import visible
from seqweave.insight.pages import template
from seqweave.insight.svg import Attributes, drawing, element, text_width, titled, trimmed, word

MOST_LABELS = 12
"""Labels of a text that are drawn."""
MOST_ROWS = 40
"""Tokens, or n-grams, in a table of shares: those with the largest."""
MOST_TAGGED = 200
"""Tokens in the table of tags."""
MOST_MAPPED = 40
"""Tokens on the sides of an attention map; the first ones of a longer text."""
CELL = 16
"""Side of a square of an attention map, in pixels."""
FAINT = 0.01
"""Attention below this share is left white."""
WORD_LETTERS = 16
"""Longest token beside an attention map."""


def render(found: Explanation) -> str:
    """The page as HTML."""
    return _template().render(
        found=found,
        answers=[] if found.tagged else [found.labels[i] for i in found.answers[0]],
        chart="" if found.tagged else _labels(found),
        tags=_tags(found) if found.tagged else [],
        meaning=meaning(found.sanity),
        reasons=[_reason(found, reason) for reason in found.reasons],
        maps=_maps(found),
        neighbours=[{**neighbour(one), "bar": meter(max(one.cosine, 0))} for one in found.neighbours],
        most={"rows": MOST_ROWS, "tagged": MOST_TAGGED, "mapped": MOST_MAPPED},
    )


@cache
def _template() -> jinja2.Template:
    return template("explanation.html.jinja", {"completeness": completeness})


def _labels(found: Explanation) -> Markup:
    """The probabilities of a text's labels."""
    answered = {found.labels[i] for i in found.answers[0]}
    rows = [
        Bar(row["label"], 100 * row["score"], (100 * row["score"],) * 2, row["label"] in answered)
        for row in ranked(found, 0)[:MOST_LABELS]
    ]
    return bars(rows, "; ".join(f"{shown(row.label)}: {row.value:.1f} %" for row in rows))


def _tags(found: Explanation) -> list[dict[str, Any]]:
    """Each token with its tag, its probability and the runners-up."""
    explained = {reason.target.position for reason in found.reasons}
    rows = []
    for at, token in enumerate(found.example.tokens[:MOST_TAGGED]):
        (answer,) = found.answers[at]
        tag, probability = found.labels[answer], float(found.probabilities[at, answer])
        others = [row for row in ranked(found, at) if row["label"] != tag][:OTHERS]
        others = [row for row in others if row["score"] >= 0.0005]  # less is 0.0 % as it is shown
        facts = {"number": at + 1, "token": token, "tag": tag, "probability": 100 * probability}
        rows.append({**facts, "bar": meter(probability), "others": others, "explained": at in explained})
    return rows


def _reason(found: Explanation, reason: Reason) -> dict[str, Any]:
    """What is told of one preference."""
    target, words = reason.target, found.example.tokens
    largest = sorted(range(len(words)), key=lambda at: -max(abs(one.shares[at]) for one in reason.attributions))
    rows = [
        {"number": at + 1, "token": words[at], "shares": [_share(one, one.shares[at]) for one in reason.attributions]}
        for at in sorted(largest[:MOST_ROWS])
    ]
    methods = [
        {"found": one, "text": _tinted(found, one), "correlation": reason.correlations[one.method]}
        for one in reason.attributions
    ]
    pieces = [(piece, _share(one, share)) for one in reason.attributions for piece, share in one.pieces[:MOST_ROWS]]
    return {
        "question": preference(found, reason),
        "label": found.labels[target.label],
        "rival": found.labels[target.rival] if target.rival >= 0 else "",
        "methods": methods,
        "rows": rows,
        "pieces": pieces,
    }


def _share(method: Attribution, share: float) -> dict[str, Any]:
    """A share with its bar: to the right for the label, to the left against it."""
    most = max(map(abs, (*method.shares, *(piece for _, piece in method.pieces))), default=0) or 1
    width = 50 * abs(share) / most
    x = 50 if share >= 0 else 50 - width
    place: Attributes = {"x": f"{trimmed(x)}%", "width": f"{trimmed(width)}%", "height": 8, "rx": 2}
    parts = [
        element("rect", {"width": "100%", "height": 8, "rx": 2, "class": "track"}),
        element("rect", {**place, "class": "for" if share >= 0 else "against"}),
        element("line", {"x1": "50%", "x2": "50%", "y1": 0, "y2": 8, "class": "middle"}),
    ]
    box: Attributes = {"class": "meter", "aria-hidden": "true", "width": "100%", "height": 8}
    return {"value": share, "bar": element("svg", box, *parts)}


def _tinted(found: Explanation, method: Attribution) -> Markup:
    """The text, each token tinted by its share."""
    example, most = found.example, max(map(abs, method.shares), default=0) or 1
    parts, at = [], 0
    for start, end, share in zip(example.starts, example.ends, method.shares, strict=True):
        tint = f"--share: {trimmed(75 * abs(share) / most)}%"
        kind, text = "for" if share >= 0 else "against", visible(example.text[start:end])
        mark = Markup('<span class="{}" style="{}" title="{:+.2f}">{}</span>').format(kind, tint, share, text)
        parts += [visible(example.text[at:start]), mark]
        at = end
    return Markup("").join([*parts, visible(example.text[at:])])


def _maps(found: Explanation) -> list[dict[str, Any]]:
    """A picture for each head of each layer."""
    names = [shown(token, WORD_LETTERS) for token in found.example.tokens[:MOST_MAPPED]]
    return [
        {"layer": one.layer, "head": head, "chart": _map(names, weights, f"Layer {one.layer}, head {head}")}
        for one in found.maps
        for head, weights in enumerate(one.weights, 1)
    ]


def _map(names: list[str], weights: Any, label: str) -> Markup:  # noqa: ANN401  # an array of shape (time, time)
    """A square for each pair of tokens, the darker the more the row looks at the column."""
    gutter, side = max(40, 8 + max(map(text_width, names))), CELL * len(names)
    parts: list[Markup] = []
    for i, name in enumerate(names):
        middle = gutter + CELL * i + CELL / 2 + 4
        turned = {"transform": f"translate({trimmed(middle)} {trimmed(gutter - 5)}) rotate(-90)"}
        parts += [word(gutter - 5, middle, name, "", "end"), element("g", turned, word(0, 0, name))]
    for row, looker in enumerate(names):
        for column, seen in enumerate(names):
            share = float(weights[row, column])
            if share >= FAINT:
                box: Attributes = {"x": gutter + CELL * column, "y": gutter + CELL * row, "width": CELL, "height": CELL}
                shade = {**box, "class": "for", "fill-opacity": round(share, 2)}
                parts.append(titled("rect", shade, f"{looker} looks at {seen}: {100 * share:.0f} %"))
    frame: Attributes = {"x": gutter, "y": gutter, "width": side, "height": side, "class": "frame"}
    return drawing(gutter + side + 1, gutter + side + 1, label, [*parts, element("rect", frame)], "chart natural")
