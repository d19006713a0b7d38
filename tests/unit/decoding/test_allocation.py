from __future__ import annotations

import torch
from tests.contracts.toy_networks import ToyNetwork, framed

from seqweave.decoding.allocation import allocated
from seqweave.decoding.beam import BeamSearch
from seqweave.decoding.front import NONE, Front
from seqweave.decoding.rules import Rules

NETWORK = ToyNetwork(tokens=40)
RUNS = (((7, 8, 9), (12, 13)), ((20,),), ())
COUNT = 6


def grown() -> tuple[Front, Rules]:
    """Hypotheses that have met more and fewer of their required runs."""
    frame = framed(3, 12, required=RUNS)
    torch.manual_seed(0)
    tokens = torch.tensor(
        [
            [(3, 3, 3), (3, 7, 8), (3, 3, 12), (7, 12, 13)],
            [(20, 3, 3), (3, 3, 3), (4, 4, 4), (3, 3, 20)],
            [(3, 4, 5), (3, 4, 6), (3, 4, 7), (3, 4, 8)],
        ]
    )
    totals = torch.randn(3, 4, 40, dtype=torch.float64)
    state = NETWORK.start([1, 2, 3])
    front = Front(NETWORK.step, state, torch.arange(3), tokens, totals[..., 0], totals, totals[..., :1])
    return front, Rules(frame, BeamSearch(), totals)


def dealt(totals: list[list[float]], tokens: list[tuple[int, ...]], needed) -> list[tuple[int, int]]:
    """Post and Vilar's candidates, dealt out bank by bank, in plain Python."""
    every = [(parent, token) for parent in range(len(totals)) for token in range(len(totals[0]))]
    every.sort(key=lambda pair: -totals[pair[0]][pair[1]])
    chosen = set(every[:COUNT])
    for parent, row in enumerate(totals):
        chosen.add((parent, max(range(len(row)), key=row.__getitem__)))
        chosen |= {(parent, t) for t in range(len(row)) if needed((*tokens[parent], t)) < needed(tokens[parent])}
    banks: dict[int, list[tuple[int, int]]] = {}
    for parent, token in every:
        if (parent, token) in chosen:
            banks.setdefault(needed((*tokens[parent], token)), []).append((parent, token))
    order = []
    while any(banks.values()):
        order += [banks[bank].pop(0) for bank in sorted(banks) if banks[bank]]
    return order


def test_places_are_dealt_out_in_turns_among_the_banks() -> None:
    front, rules = grown()
    totals = front.following
    candidates = allocated(totals, front, rules, COUNT)
    for row in range(3):

        def needed(tokens: tuple[int, ...], row: int = row) -> int:
            return int(rules.needed(torch.tensor([[tokens]]), torch.tensor([row])))

        real = candidates.real()[row].sum()
        found = list(zip(candidates.parents[row].tolist(), candidates.tokens[row].tolist(), strict=True))[:real]
        assert found == dealt(totals[row].tolist(), [tuple(t) for t in front.tokens[row].tolist()], needed)
        for (parent, token), value in zip(found, candidates.log_probabilities[row].tolist(), strict=False):
            assert value == totals[row, parent, token]


def test_what_must_not_follow_is_no_candidate() -> None:
    front, rules = grown()
    totals = front.following.clone()
    totals[..., 7:] = NONE
    candidates = allocated(totals, front, rules, COUNT)
    assert (candidates.real().sum(dim=1) >= COUNT).all()
    assert (candidates.tokens[candidates.real()] < 7).all()
    order = candidates.real().long()
    assert torch.equal(order, order.sort(dim=1, descending=True).values), "empty places come last"
