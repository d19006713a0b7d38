from __future__ import annotations

import pytest
from pydantic import ValidationError
from tests.contracts.toy_networks import BEGIN, END, ToyNetwork, framed

from seqweave.core.errors import DataError, RecipeError
from seqweave.decoding.contract import SEARCHES, stands
from seqweave.decoding.exhaustive import ExhaustiveSearch

NETWORK = ToyNetwork()


def test_stands_is_a_search_for_a_substring() -> None:
    text = "abcabdab"
    for run in ("abd", "ab", "cab", "x", "abdabx", "abcabdab", "abcabdabc"):
        assert stands(tuple(run), tuple(text)) == (run in text)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"limits": (3, 0)}, "sentence 2: no more than 0 tokens. How to mend: allow 1 or more. [E-SEARCH-01]"),
        ({"prefixes": ((), (2, BEGIN))}, "sentence 2: a prefix or a required run holds 0, which is never written"),
        ({"required": (((END,),), ())}, "sentence 1: a prefix or a required run holds 1, which is never written"),
        ({"required": ((), ((),))}, "sentence 2: a prefix or a required run is empty"),
        ({"prefixes": ((2, 3, 2, 3), ())}, "sentence 1: its prefix and required runs have 4 tokens, 3 are allowed"),
        (
            {"prefixes": ((2,), ()), "required": (((2, 3), (3,), (3,)), ())},
            "sentence 1: its prefix and required runs have 4 tokens, 3 are allowed. How to mend: allow longer "
            "sequences, or require less. [E-SEARCH-03]",
        ),
    ],
)
def test_what_no_sequence_can_keep_to_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DataError) as caught:
        framed(2, 3, **changes)
    assert str(caught.value).startswith(message)


def test_what_stands_in_the_prefix_needs_no_more_time() -> None:
    framed(1, 3, prefixes=((2, 3),), required=(((2, 3), (4,)),))


@pytest.mark.parametrize("kind", SEARCHES.kinds())
def test_tokens_that_the_network_does_not_know_are_refused(kind: str) -> None:
    for changes in ({"prefixes": ((5,),)}, {"required": (((2, 9),),)}):
        with pytest.raises(DataError, match=r"holds \d, 5 tokens can be written.*E-SEARCH-04"):
            SEARCHES[kind]().run(NETWORK.step, NETWORK.start([1]), framed(1, **changes))


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("beam", {"size": 0}),
        ("beam", {"best": 6}),
        ("beam", {"alpha": -0.1}),
        ("beam", {"coverage": -1.0}),
        ("beam", {"normalise": "sum"}),
        ("beam", {"shortest": -1}),
        ("sampling", {"temperature": 0.0}),
        ("sampling", {"top_p": 0.0}),
        ("sampling", {"top_p": 1.1}),
        ("sampling", {"samples": 0}),
        ("exact", {"budget": 0}),
        ("exact", {"siblings": 0}),
        ("exhaustive", {"most": 0}),
        ("greedy", {"no_repeat": -1}),
    ],
)
def test_bad_settings_are_refused(kind: str, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="size: 6" if "best" in wrong else next(iter(wrong))):
        SEARCHES[kind](**wrong)


def test_an_exhaustive_search_that_would_not_end_is_refused() -> None:
    search = ExhaustiveSearch(most=3**4)
    for limit, prefix in ((4, ()), (5, (2,))):  # three tokens can be written, and a prefix costs nothing
        frame = framed(1, limit, prefixes=(prefix,))
        assert search.run(NETWORK.step, NETWORK.start([1]), frame)[0].proven
    with pytest.raises(RecipeError, match=r"would look at 3\^5 sequences, 81 are allowed.*kind beam.*E-SEARCH-05"):
        search.run(NETWORK.step, NETWORK.start([1]), framed(1, 5))


@pytest.mark.parametrize("kind", SEARCHES.kinds())
def test_where_nothing_can_follow_the_hypothesis_is_given_as_it_stands(kind: str) -> None:
    """Three tokens, each once, and no end before the fifth: the fourth cannot be written."""
    search = SEARCHES[kind](no_repeat=1, shortest=5)
    for found in search.run(NETWORK.step, NETWORK.start([1, 2]), framed(2, 6)):
        for hypothesis in found.hypotheses:
            assert sorted(hypothesis.tokens) == [2, 3, 4]
            assert not hypothesis.finished


@pytest.mark.parametrize("kind", SEARCHES.kinds())
def test_what_the_network_gives_no_probability_is_never_written(kind: str) -> None:
    network = ToyNetwork(impossible=(3,))
    plain, forced = framed(3), framed(3, prefixes=((), (3,), (2, 3)))
    for found in SEARCHES[kind]().run(network.step, network.start([1, 2, 3]), plain):
        assert all(3 not in hypothesis.tokens for hypothesis in found.hypotheses)
    found = SEARCHES[kind]().run(network.step, network.start([1, 2, 3]), forced)
    assert [one.hypotheses[0].tokens for one in found[1:]] == [(), (2,)]
    assert not any(one.hypotheses[0].finished for one in found[1:])
