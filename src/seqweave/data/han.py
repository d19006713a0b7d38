"""Which of two texts is Chinese, told by its characters: sides of a translation that have changed places."""

from __future__ import annotations

import re

from seqweave.data.tokenizers.scripts import HAN

CHINESE_SHARE = 0.3
"""Texts with more Han characters than this among their letters are taken for Chinese."""
_CHINESE_CODES = frozenset(("zh", "zho", "chi", "cmn", "yue"))
_HAN, _LETTER = re.compile(f"[{HAN}]"), re.compile(r"\w")


def han_share(text: str) -> float:
    """The share of Han characters among the letters and digits of a text, 0 to 1; 0 where there are none.

    Example:
        >>> han_share("我爱NLP!")
        0.4
    """
    return len(_HAN.findall(text)) / max(len(_LETTER.findall(text)), 1)


def is_chinese(language: str) -> bool:
    """Whether a language code is one of Chinese, whatever its country or script.

    Example:
        >>> is_chinese("zh-CN"), is_chinese("en")
        (True, False)
    """
    return re.split("[-_]", language.lower())[0] in _CHINESE_CODES


def swapped(source: str, target: str, source_text: str, target_text: str) -> bool:
    """Whether the text of the Chinese side is not Chinese, and that of the other side is.

    Args:
        source: language code of the source; nothing can be told unless exactly one of the two is Chinese.
        target: language code of the target.
        source_text: what stands for the source.
        target_text: what stands for the target.
    """
    if is_chinese(source) == is_chinese(target):
        return False
    shares = han_share(source_text), han_share(target_text)
    chinese, other = shares if is_chinese(source) else shares[::-1]
    return chinese < CHINESE_SHARE < other
