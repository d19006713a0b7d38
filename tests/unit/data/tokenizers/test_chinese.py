from __future__ import annotations

import sys

import pytest

from seqweave.core.errors import RecipeError
from seqweave.data.tokenizers.chinese import ChineseConfig


def test_words_are_those_of_the_dictionary() -> None:
    rjieba = pytest.importorskip("rjieba")
    text = "我们都是中国人。 Seqweave 3.14，好的"
    assert ChineseConfig().fit(()).split(text).words == tuple(w for w in rjieba.cut(text) if not w.isspace())


def test_missing_extra_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rjieba", None)
    with pytest.raises(RecipeError, match=r"pip install 'seqweave\[zh\]'.*E-EXTRA-01"):
        ChineseConfig().fit(())
