from __future__ import annotations

import math
from itertools import chain, product

import pytest
from tests.contracts.toy_networks import ToyNetwork, framed

from seqweave.decoding.contract import Hypothesis
from seqweave.decoding.exhaustive import ExhaustiveSearch
from seqweave.decoding.replay import replayed

NETWORK = ToyNetwork()


def test_sequences_are_scored_as_if_each_were_read_alone() -> None:
    keys, sequences = [1, 2, 3, 4], [(2, 3, 4, 4, 2), (), (4,), (3, 3)]
    found = replayed(NETWORK.step, NETWORK.start(keys), framed(4), sequences)
    wanted = [
        NETWORK.replay(key, Hypothesis(tokens, 0.0, 0.0, True)) for key, tokens in zip(keys, sequences, strict=True)
    ]
    assert found.tolist() == pytest.approx(wanted, abs=1e-12)


def test_what_a_search_may_not_write_is_told() -> None:
    """By enumeration: the finished sequences of an exhaustive search are all that its rules allow, and no others."""
    frame = framed(1, limit=4, never=(0, 4), prefixes=((2,),))
    for search in (
        ExhaustiveSearch(),
        ExhaustiveSearch(shortest=2),
        ExhaustiveSearch(no_repeat=1),
        ExhaustiveSearch(no_repeat=2, shortest=3),
    ):
        search = search.model_copy(update={"best": 100, "normalise": "none"})
        (found,) = search.run(NETWORK.step, NETWORK.start([5]), frame)
        written = {one.tokens: one.score for one in found.hypotheses if one.finished}
        assert written
        for tokens in chain.from_iterable(product((2, 3, 4), repeat=size) for size in range(5)):
            (chance,) = replayed(NETWORK.step, NETWORK.start([5]), frame, [tokens], search).tolist()
            assert chance == pytest.approx(written.get(tokens, -math.inf), abs=1e-12), tokens


def test_nothing_scores_higher_than_what_an_exhaustive_search_found() -> None:
    keys, search = list(range(50)), ExhaustiveSearch(normalise="none")
    best = search.run(NETWORK.step, NETWORK.start(keys), framed(50))
    for tokens in ((), (2,), (3, 4), (4, 2, 3)):
        reference = replayed(NETWORK.step, NETWORK.start(keys), framed(50), [tokens] * 50)
        for chance, one in zip(reference.tolist(), best, strict=True):
            assert chance <= one.hypotheses[0].score + 1e-12
