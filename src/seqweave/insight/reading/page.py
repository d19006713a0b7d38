"""How a text was read, as a page: self-contained, every text escaped, nothing invisible left invisible.

Surprise is drawn twice, as tints of the text and as bars with numbers, so that colour is never the only witness.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from seqweave.core.errors import shown
from seqweave.insight.charts import Bar, bars, meter
from seqweave.insight.explaining.plain import meaning
from seqweave.insight.extracts import visible
from seqweave.insight.pages import template
from seqweave.insight.reading.explain import Hangs, Reading, Told
from seqweave.insight.reading.plain import named, place, question
from seqweave.insight.svg import trimmed

MOST_ROWS = 300
"""Tokens in the table; the first ones of a longer text."""
MOST_SHARES = 12
"""Tokens whose shares in a prediction are listed: those with the largest."""
DARKEST = 16.0
"""Bits at which a tint is full: a probability of 1 in 65,536."""


def render(found: Reading) -> str:
    """The page as HTML."""
    return _template().render(
        found=found,
        text=_surprise(found),
        gates=_gates(found) if found.pointer else "",
        rows=[_row(found, number, one) for number, one in enumerate(found.told[:MOST_ROWS], 1)],
        bits=sum(one.bits for one in found.told) / len(found.told),
        following=_following(found),
        hangs=[{"question": question(found, one), "found": one, **_hangs(found, one)} for one in found.hangs],
        meaning=meaning(found.sanity),
        most=MOST_ROWS,
    )


@cache
def _template() -> jinja2.Template:
    return template("reading.html.jinja", {"named": named})


def _surprise(found: Reading) -> Markup:
    """The text, each token the darker the more bits it took."""
    shades = [min(one.bits / DARKEST, 1) for one in found.told[:-1]]
    titles = [f"{one.bits:.1f} bits, probability {_percent(math.exp(one.log_probability))}" for one in found.told]
    return _tinted(found, ["against"] * len(shades), shades, titles)


def _gates(found: Reading) -> Markup:
    """The text, each token the darker the more of its probability was pointed at."""
    shades = [1 - (1.0 if one.gate is None else one.gate) for one in found.told[:-1]]
    titles = [f"{_percent(shade)} for words of the text" for shade in shades]
    return _tinted(found, ["for"] * len(shades), shades, titles)


def _hangs(found: Reading, one: Hangs) -> dict[str, Any]:
    """The text before a prediction, each token tinted by its share, and the shares in order."""
    most = max(map(abs, one.shares), default=0) or 1
    values = [0.0] * one.first + list(one.shares)
    kinds = ["for" if value >= 0 else "against" for value in values]
    largest = sorted(range(len(one.shares)), key=lambda at: -abs(one.shares[at]))[:MOST_SHARES]
    rows = [
        {
            "number": one.first + at + 1,
            "token": named(found.example.tokens[one.first + at]),
            "value": one.shares[at],
            "bar": meter(abs(one.shares[at]) / most, "" if one.shares[at] >= 0 else "wrong"),
        }
        for at in sorted(largest)
    ]
    titles = [f"{value:+.2f} nats" for value in values]
    return {"text": _tinted(found, kinds, [abs(value) / most for value in values], titles), "rows": rows}


def _tinted(found: Reading, kinds: list[str], shades: list[float], titles: list[str]) -> Markup:
    """The text up to the last tinted token. As many kinds, shades from 0 to 1, and titles as tokens."""
    example, parts, at = found.example, list[Markup | str](), 0
    for start, end, kind, shade, title in zip(example.starts, example.ends, kinds, shades, titles, strict=False):
        tint = f"--share: {trimmed(75 * shade)}%"
        mark = Markup('<span class="{}" style="{}" title="{}">{}</span>')
        parts += [visible(example.text[at:start]), mark.format(kind, tint, title, visible(example.text[start:end]))]
        at = end
    return Markup("").join([*parts, visible(example.text[at:]) if len(kinds) == len(example.tokens) else ""])


def _row(found: Reading, number: int, one: Told) -> dict[str, Any]:
    """One token as a row of the table."""
    chance = math.exp(one.log_probability)
    return {
        "number": number,
        "told": one,
        "word": named(one.word),
        "chance": _percent(chance),
        "bar": meter(min(one.bits / DARKEST, 1), "wrong"),
        "others": [(named(word), _percent(other)) for word, other in one.others],
        "gate": None if one.gate is None else {"value": 100 * one.gate, "bar": meter(one.gate)},
        "looked": [(place(found, position), _percent(share)) for position, share in one.looked],
    }


def _following(found: Reading) -> Markup:
    """The words that may follow the text."""
    rows = [
        Bar(named(word), 100 * chance, (100 * chance,) * 2, ours=not at)
        for at, (word, chance) in enumerate(found.following)
    ]
    return bars(rows, "; ".join(f"{shown(row.label)}: {row.value:.1f} %" for row in rows))


def _percent(chance: float) -> str:
    r"""A probability with two digits that count.

    Example:
        >>> _percent(0.5), _percent(0.01234), _percent(0.0000012)
        ('50\xa0%', '1.2\xa0%', '0.00012\xa0%')
    """
    digits = 0 if chance >= 0.1 else min(8, 1 - math.floor(math.log10(100 * chance))) if chance > 0 else 0
    return f"{100 * chance:.{digits}f}\xa0%"
