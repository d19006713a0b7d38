from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import InternalError
from seqweave.data.corpus import Corpus, Ragged, Strings
from seqweave.data.examples import TaggedExample
from seqweave.data.features.contract import BagColumn, FormColumn, PositionColumn
from seqweave.data.gather import Gatherer

sentences = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=7), min_size=1, max_size=9)


def strings_of(sentences):
    return Corpus.of(TaggedExample, [TaggedExample("", tuple(words), (), ()) for words in sentences]).strings("tokens")


def columns_of(tokens):
    """One column of every shape; each id tells the form, position or row it belongs to."""
    forms, total, rows = len(tokens.table), len(tokens.ids.values), len(tokens.ids)
    sizes = np.arange(rows) % 3
    pairs = np.array([[2, 3]])
    return {
        "words": FormColumn(10 * np.arange(forms, dtype=np.int32)),
        "affixes": FormColumn(np.arange(forms)[:, None] * pairs),
        "bigrams": PositionColumn(1 + np.arange(total, dtype=np.int32)),
        "pairs": PositionColumn((1 + np.arange(total))[:, None] * pairs),
        "bag": BagColumn(Ragged(np.repeat(np.arange(rows), sizes), np.cumsum([0, *sizes]))),
    }


@settings(max_examples=60, deadline=None)
@given(sentences, st.data())
def test_every_column_agrees_with_a_slow_loop(sentences, data):
    rows = data.draw(st.lists(st.integers(0, len(sentences) - 1), max_size=9))
    tokens = strings_of(sentences)
    columns = columns_of(tokens)
    batch = Gatherer(tokens, columns)(np.array(rows, np.int64))
    time = max([1, *(len(sentences[row]) for row in rows)])
    assert batch.mask.tolist() == [[at < len(sentences[row]) for at in range(time)] for row in rows]
    assert all(ids.dtype == torch.long for ids in batch.features.values())
    features = {name: ids.tolist() for name, ids in batch.features.items()}
    for i, row in enumerate(rows):
        for at in range(time):
            position = int(tokens.ids.offsets[row]) + at
            real = at < len(sentences[row])
            form = int(tokens.ids.values[position]) if real else 0
            index = features["forms"][i][at]
            assert features["words"][index] == columns["words"].table[form]
            assert features["affixes"][index] == columns["affixes"].table[form].tolist()
            assert features["bigrams"][i][at] == (columns["bigrams"].values[position] if real else 0)
            assert features["pairs"][i][at] == (columns["pairs"].values[position].tolist() if real else [0, 0])
    bags = [features["bag"][start:end] for start, end in pairwise(features["bag.offsets"])]
    assert bags == [columns["bag"].ids[row].tolist() for row in rows]


@settings(max_examples=60, deadline=None)
@given(sentences, st.data())
def test_forms_agree_with_numpy_unique_and_begin_with_padding(sentences, data):
    tokens = strings_of(sentences)
    gatherer = Gatherer(tokens, {"own": FormColumn(np.arange(len(tokens.table)))})
    for _ in range(3):  # what one batch leaves behind must not disturb the next
        rows = np.array(data.draw(st.lists(st.integers(0, len(sentences) - 1), max_size=9)), np.int64)
        features = gatherer(rows).features
        distinct, inverse = np.unique(np.append(tokens.ids.padded(rows, 0).ravel(), 0), return_inverse=True)
        assert features["own"][0] == 0
        assert sorted(features["own"].tolist()) == distinct.tolist()
        assert features["own"][features["forms"]].flatten().tolist() == distinct[inverse][:-1].tolist()


def test_a_column_of_another_corpus_is_our_own_fault():
    tokens = strings_of([["a", "b"], ["a"]])
    wrong = {
        "forms_short": FormColumn(np.zeros(2)),
        "positions_short": PositionColumn(np.zeros(2)),
        "bags_short": BagColumn(Ragged(np.zeros(0), np.zeros(2, np.int64))),
    }
    for name, column in wrong.items():
        with pytest.raises(
            InternalError, match=rf"feature '{name}' has \d entries where its corpus has \d. \[E-GATHER-01\]"
        ):
            Gatherer(tokens, {name: column})


def test_a_corpus_without_any_token_still_gives_a_batch():
    tokens = Strings([""], Ragged(np.zeros(0, np.int32), np.zeros(3, np.int64)))
    batch = Gatherer(tokens, {"bigrams": PositionColumn(np.zeros((0, 2)))})(np.array([1, 0]))
    assert not batch.mask.any()
    assert batch.features["bigrams"].tolist() == [[[0, 0]], [[0, 0]]]
