"""The pages of insight, self-contained: one frame, one style and one policy, and every text escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from seqweave.core.numbers import decimal
from seqweave.insight.extracts import visible


def template(name: str, filters: Mapping[str, Callable[..., Any]]) -> jinja2.Template:
    """A template of this folder, which may extend `page.html.jinja`.

    Args:
        name: its file.
        filters: what it uses beside `visible` and `decimal`.
    """
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(_source),
    )
    environment.filters.update({"visible": visible, "decimal": decimal, **filters})
    environment.globals["style"] = Markup(_source("report.css"))  # noqa: S704  # our own file
    return environment.get_template(name)


def _source(name: str) -> str:
    return files("seqweave.insight").joinpath(name).read_text("utf-8")
