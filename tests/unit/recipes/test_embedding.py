"""What files of vectors look like, whatever the tokens are."""

from __future__ import annotations

import numpy as np

from seqweave.recipes.embedding import Embedded, write


def test_a_token_of_white_space_is_one_field_of_one_line(tmp_path):
    words = ("a", "\n", "\n", "New York", "b")
    vectors = np.arange(10, dtype=np.float32).reshape(5, 2)
    write(
        [Embedded("a\n\nNew York b", words, vectors), Embedded("b", ("b",), vectors[:1])], tmp_path / "v.txt", "tokens"
    )
    texts = (tmp_path / "v.txt").read_text().split("\n\n")
    assert [len(text.splitlines()) for text in texts] == [5, 1, 0]
    rows = [line.split(" ") for line in texts[0].splitlines()]
    assert [row[0] for row in rows] == ["a", "\\u000a", "\\u000a", "New\\u0020York", "b"]
    assert np.array_equal(np.array([row[1:] for row in rows], np.float32), vectors)
