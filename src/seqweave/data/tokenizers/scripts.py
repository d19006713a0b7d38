"""Character classes that Python's `re` lacks: Han characters, and marks that belong to the character before them."""

from __future__ import annotations

import unicodedata
from functools import cache

HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Han characters with 々 〆 〇, as the inside of a character class."""

_PLANES = (range(0x20000), range(0xE0000, 0xE0200))  # all marks of Unicode 16 are in these
_JOINERS = frozenset((0xAD, 0x200C, 0x200D))


@cache
def marks() -> str:
    r"""Combining marks (Mn, Mc, Me), the soft hyphen and the zero-width joiners, as the inside of a character class.

    `\w` has no marks, so without them a word in Hindi, or in decomposed Latin letters, would fall apart.
    Searched for once, and only where there is text that may have some: it takes 50 ms.
    """
    runs: list[list[int]] = []
    for plane in _PLANES:
        for code in plane:
            if unicodedata.category(chr(code))[0] != "M" and code not in _JOINERS:
                continue
            if runs and runs[-1][1] == code - 1:
                runs[-1][1] = code
            else:
                runs.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)
