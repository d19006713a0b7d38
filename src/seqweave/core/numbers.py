"""Numbers as people read them."""

from __future__ import annotations

LARGE = 1e9
"""From here on a number is told by its power of ten: the perplexity of a model that diverged has 300 digits."""


def decimal(value: float, digits: int = 2, sign: str = "") -> str:
    """A number with so many digits behind the point, or where it is very large, its power of ten.

    Args:
        value: the number.
        digits: behind the point.
        sign: "+" where numbers above 0 have one, too.

    Example:
        >>> decimal(98.068), decimal(0.5, 1, "+"), decimal(1.0142e304)
        ('98.07', '+0.5', '1.01e+304')
    """
    return f"{value:{sign}.{digits}{'f' if abs(value) < LARGE else 'e'}}"
