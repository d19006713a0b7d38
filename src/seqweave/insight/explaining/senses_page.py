"""The words that are alike as a page: self-contained, every text escaped."""

from __future__ import annotations

from functools import cache

import jinja2

from seqweave.insight.charts import meter
from seqweave.insight.explaining.senses import Senses, plain
from seqweave.insight.pages import template

AROUND = 80
"""Characters that are shown of a sentence on either side of the word."""


def render(found: Senses) -> str:
    """The page as HTML."""
    words = [
        {
            "number": position + 1,
            "word": found.example.tokens[position],
            "neighbours": [
                {**told, "before": told["before"][-AROUND:], "after": told["after"][:AROUND], "bar": meter(cosine)}
                for one in alike
                for told, cosine in [(plain(one), max(one.cosine, 0))]
            ],
        }
        for position, alike in found.words.items()
    ]
    return _template().render(found=found, words=words)


@cache
def _template() -> jinja2.Template:
    return template("senses.html.jinja", {})
