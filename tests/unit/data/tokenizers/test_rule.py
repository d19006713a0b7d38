from __future__ import annotations

import pytest

from seqweave.core.errors import DataError
from seqweave.data.tokenizers.characters import CharactersConfig
from seqweave.data.tokenizers.spaces import SpacesConfig


def test_spaces_split_as_python_does() -> None:
    text = " It\u00a0's  fine\n\u3000。\x1cend"
    assert SpacesConfig().fit(()).split(text).words == tuple(text.split())


def test_characters_are_all_but_white_space() -> None:
    text = "我 e\u0301\t👍🏽"
    assert CharactersConfig().fit(()).split(text).words == tuple("".join(text.split()))


def test_foreign_state_is_refused() -> None:
    with pytest.raises(DataError, match=r"'spaces' has no state, but keys model were found.*E-TOKEN-01"):
        SpacesConfig().restore({"model": {}})
