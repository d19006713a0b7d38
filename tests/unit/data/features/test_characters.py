from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.data.features.characters import CharactersConfig

from .strings import strings


@settings(deadline=None)
@given(st.lists(st.lists(st.text("ab我🙂", min_size=1, max_size=6), max_size=4), max_size=4))
def test_ids_agree_with_a_loop(rows: list[list[str]]) -> None:
    tokens = strings(rows)
    feature = CharactersConfig(min_count=2, max_length=4).fit(tokens)
    saved = feature.to_json()["vocabulary"]
    everything = "".join(token for row in rows for token in row)
    known = sorted((c for c in set(everything) if everything.count(c) > 1), key=lambda c: (-everything.count(c), c))
    assert saved["words"] == known
    table = feature.column(tokens).table
    for form, ids in zip(tokens.table, table.tolist(), strict=True):
        read = form if len(form) <= 4 else form[:2] + form[-2:]
        expected = [known.index(c) + 2 if c in known else 1 for c in read]
        assert ids == expected + [0] * (4 - len(expected))
