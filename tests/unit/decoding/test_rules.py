from __future__ import annotations

from itertools import product

import torch
from tests.contracts.toy_networks import BEGIN, END, ToyNetwork, framed

from seqweave.decoding.beam import BeamSearch
from seqweave.decoding.contract import stands
from seqweave.decoding.front import Front
from seqweave.decoding.rules import NEVER, Rules

NETWORK = ToyNetwork()
TOKENS = NETWORK.tokens


def front_of(rows: list[list[tuple[int, ...]]]) -> Front:
    """Hypotheses with no more to them than their tokens."""
    tokens = torch.tensor(rows)
    zeros = torch.zeros(*tokens.shape[:2], TOKENS)
    return Front(NETWORK.step, NETWORK.start([0]), torch.arange(len(rows)), tokens, zeros[..., 0], zeros, zeros)


def allowed(front: Front, search: BeamSearch, **changes) -> list[list[set[int]]]:
    """The tokens that may follow each hypothesis."""
    frame = framed(len(front.sentences), **{"limit": 9, **changes})
    values = Rules(frame, search, front.following).apply(front.following.clone(), front)
    return [[{i for i, value in enumerate(place) if value > NEVER} for place in row] for row in values.tolist()]


def test_what_is_never_written_and_what_is_too_early() -> None:
    front = front_of([[(2, 3)]])
    assert allowed(front, BeamSearch()) == [[{END, 2, 3, 4}]]
    assert allowed(front, BeamSearch(shortest=2), never=(BEGIN, 4)) == [[{END, 2, 3}]]
    assert allowed(front, BeamSearch(shortest=3)) == [[{2, 3, 4}]]


def test_no_run_is_written_twice() -> None:
    """Against looking at all runs of each sequence that would come out."""
    written = list(product((2, 3), repeat=5))
    front = front_of([written])
    for size in (1, 2, 3, 5, 6):
        for tokens, free in zip(written, allowed(front, BeamSearch(no_repeat=size))[0], strict=True):
            for token in (2, 3, 4):
                assert (token in free) == (not stands((*tokens, token)[-size:], tokens))
            assert END in free


def test_a_prefix_leaves_no_choice() -> None:
    front = front_of([[(2, 2)], [(2, 2)], [(2, 2)]])
    found = allowed(front, BeamSearch(no_repeat=1, shortest=5), prefixes=((2, 2, 2), (2, 2), ()))
    assert found == [[{2}], [{3, 4}], [{3, 4}]]


def test_needed_is_what_is_left_of_all_runs_but_the_begun_one() -> None:
    frame = framed(1, required=(((2, 2, 3), (4, 2)),))
    rules = Rules(frame, BeamSearch(), torch.zeros(TOKENS))
    for tokens, needed in {(2, 2, 2): 3, (2, 2, 3): 2, (3, 4): 4, (4, 2): 2, (2, 2): 3, (3, 3): 5, (): 5}.items():
        assert rules.needed(torch.tensor([[tokens]], dtype=torch.long), torch.tensor([0])).tolist() == [[needed]]


def test_required_runs_are_begun_in_time() -> None:
    """What is allowed is what can still be completed: against all that may be written within the limit."""
    runs, limit = ((2, 3), (4, 4)), 6
    for size in range(limit):
        written = [tokens for tokens in product((2, 3, 4), repeat=size) if feasible(tokens, runs, limit)]
        for tokens, free in zip(
            written, allowed(front_of([written]), BeamSearch(), limit=limit, required=(runs,))[0], strict=True
        ):
            assert (END in free) == all(stands(run, tokens) for run in runs)
            assert free - {END} == {token for token in (2, 3, 4) if feasible((*tokens, token), runs, limit)}


def feasible(tokens: tuple[int, ...], runs: tuple[tuple[int, ...], ...], limit: int) -> bool:
    """Whether the runs stand in the tokens with something written behind them."""
    endings = product((2, 3, 4), repeat=limit - len(tokens))
    return any(all(stands(run, tokens + ending) for run in runs) for ending in endings)
