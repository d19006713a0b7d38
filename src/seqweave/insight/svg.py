"""Elements of SVG as escaped text. Colours come from classes of the page's style sheet, so they follow its theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from unicodedata import east_asian_width

from markupsafe import Markup

from seqweave.core.errors import shown

LETTER_WIDTH = 6.4
"""Mean width of a Latin letter in the charts' font, in pixels; a wide (Chinese) one takes twice that."""

Attributes = Mapping[str, str | float]


def element(name: str, attributes: Attributes, *children: str) -> Markup:
    """One element; children that are not Markup are text, which is escaped as attributes are."""
    inside = Markup("").join(children)
    written = Markup("").join(Markup(' {}="{}"').format(key, _written(value)) for key, value in attributes.items())
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), written, inside)  # noqa: S704  # names are our own


def drawing(width: float, height: float, label: str, parts: Sequence[str], kind: str = "chart") -> Markup:
    """A whole picture that shrinks and grows with the page.

    Args:
        width: of its own units, which are pixels at its natural size.
        height: likewise.
        label: what it shows, for those who do not see it.
        parts: elements.
        kind: its class in the style sheet.
    """
    box: Attributes = {"viewBox": f"0 0 {trimmed(width)} {trimmed(height)}", "width": width, "height": height}
    return element("svg", {"class": kind, "role": "img", "aria-label": shown(label, 1000), **box}, *parts)


def word(x: float | str, y: float, content: object, kind: str = "", anchor: str = "start") -> Markup:
    """A short text, cut to 60 characters, control characters made visible; `x` may be percent ("100%")."""
    place: dict[str, str | float] = {"x": x, "y": y, "text-anchor": anchor}
    return element("text", {**place, "class": kind} if kind else place, shown(content))


def titled(name: str, attributes: Attributes, title: str) -> Markup:
    """An element that tells more when it is pointed at."""
    return element(name, attributes, element("title", {}, shown(title, limit=240)))


def trimmed(value: float) -> str:
    """A number with two decimals at most: small files, and equal bytes on every machine."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text_width(text: str) -> float:
    """About how wide a text is, in pixels."""
    return LETTER_WIDTH * sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else trimmed(value)
