"""Pictures as files of their own."""

from __future__ import annotations


def alone(picture: str, style: str) -> str:
    """A drawing of insight/svg.py as a whole file, the style of its classes in it."""
    opened = picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    first = opened.index(">") + 1
    return f"{opened[:first]}{style}{opened[first:]}\n"
