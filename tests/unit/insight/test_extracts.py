from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqweave.insight.extracts import LETTERS, MARKED, around, beginning, visible


def test_short_texts_are_whole() -> None:
    whole = beginning("好" * LETTERS)
    assert (whole.before, whole.cut) == ("好" * LETTERS, "")


def test_a_long_text_is_cut_where_one_sees_it() -> None:
    cut = beginning("a" * (LETTERS + 1))
    assert cut.before == "a" * LETTERS + "..."
    assert cut.cut == f"first {LETTERS} of {LETTERS + 1} characters"


@given(st.integers(0, 900), st.integers(1, 200), st.integers(0, 900))
def test_what_is_around_a_mark_is_from_the_text(before: int, length: int, after: int) -> None:
    text = "a" * before + "b" * length + "c" * after
    shown = around(text, before, before + length)
    assert shown.marked == ("b" * length if length <= MARKED else "b" * MARKED + "...")
    whole = shown.before.strip(".") + "b" * length + shown.after.strip(".")
    assert whole in text
    assert bool(shown.cut) == (whole != text)
    assert shown.before.startswith("...") == (shown.before.count("a") < before)
    assert shown.after.endswith("...") == (shown.after.count("c") < after)
    assert len(shown.before + shown.marked + shown.after) <= LETTERS + MARKED
    if shown.before.startswith("..."):
        assert len(shown.before) - len("...") == (LETTERS - len(shown.marked)) // 2


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<b>&'\"", "&lt;b&gt;&amp;&#39;&#34;"),
        ("汉字 é\nb", "汉字 é\nb"),
        ("a\u202eb", 'a<span class="escape">\\u202e</span>b'),
        ("\x00\x1b", '<span class="escape">\\x00</span><span class="escape">\\x1b</span>'),
        ("x\u200by", 'x<span class="escape">\\u200b</span>y'),
        ("\ufffe", '<span class="escape">\\ufffe</span>'),
    ],
)
def test_nothing_invisible_stays_invisible(text: str, html: str) -> None:
    assert visible(text) == html


@given(st.text())
def test_visible_text_is_printable_and_holds_no_element_but_ours(text: str) -> None:
    html = str(visible(text)).replace('<span class="escape">', "").replace("</span>", "")
    assert "<" not in html
    assert all(character.isprintable() or character == "\n" for character in html)
    if text.isprintable():
        assert unescape(html) == text
