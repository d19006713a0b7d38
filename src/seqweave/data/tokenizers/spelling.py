"""Where spaces stand between words and marks in print: the way back from tokens to a text for people.

The tokens do not say where spaces stood (`and/or`, `and / or`), so this is the usual spelling, not always the text's:

1. nothing between Chinese characters, nor beside Chinese punctuation, nor between these and any other word;
2. nothing before what closes (`. , ! ? ; : % ) ] } ” ’`), nor after what opens (`( [ { $ £ € # “ ‘`);
3. straight quotation marks open and close by turns;
4. a space everywhere else, so that words stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from seqweave.data.tokenizers.scripts import HAN

_WIDE = f"{HAN}\u3001-\u3003\u3008-\u301f\uff01-\uff65"
_ENDS_WIDE, _BEGINS_WIDE = re.compile(f"[{_WIDE}]$"), re.compile(f"[{_WIDE}]")
_CLOSING = frozenset(".,!?;:%)]}”’…")
_OPENING = frozenset("([{$£€#¿¡“‘")
_STRAIGHT = frozenset("\"'")


def printed(tokens: Sequence[str]) -> str:
    r"""Tokens as a text.

    Example:
        >>> printed(("She", "said", ":", '"', "Don't", "pay", "$", "3.50", "!", '"'))
        'She said: "Don\'t pay $3.50!"'
        >>> printed(("我", "爱", "New", "York", "。"))
        '我爱New York。'
    """
    pieces: list[str] = []
    within: set[str] = set()
    before, glued = "", True
    for token in tokens:
        closes = token in _CLOSING or token in within
        if not (glued or closes or _touching(before, token)):
            pieces.append(" ")
        pieces.append(token)
        glued = token in _OPENING or (token in _STRAIGHT and token not in within)
        within ^= {token} & _STRAIGHT
        before = token
    return "".join(pieces)


def _touching(left: str, right: str) -> bool:
    """Whether one of two neighbours is Chinese, so that no space stands between them."""
    return bool(_ENDS_WIDE.search(left) or _BEGINS_WIDE.match(right))
