"""What is particular to one search; what is common to all stands in tests/contracts/test_searches.py."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from tests.contracts.toy_networks import BEGIN, END, ToyNetwork, framed
from torch import Tensor

from seqweave.decoding.beam import BeamSearch
from seqweave.decoding.contract import Found, Search, Stepped, stands
from seqweave.decoding.exact import ExactSearch
from seqweave.decoding.exhaustive import ExhaustiveSearch
from seqweave.decoding.greedy import GreedySearch

NETWORK = ToyNetwork()
KEYS = list(range(30))


@dataclass
class Counter:
    """A network that counts the hypotheses it reads."""

    network: ToyNetwork
    read: int = 0

    def step(self, tokens: Tensor, state):
        self.read += tokens.numel()
        return self.network.step(tokens, state)


def run(search: Search, **changes) -> list[Found]:
    return list(search.run(NETWORK.step, NETWORK.start(KEYS), framed(len(KEYS), **changes)))


def test_greedy_search_takes_the_most_probable_token() -> None:
    for key, found in zip(KEYS, run(GreedySearch()), strict=True):
        state, last = NETWORK.start([key]), BEGIN
        (best,) = found.hypotheses
        for token in (*best.tokens, END)[: len(best.tokens) + best.finished]:
            stepped, state = NETWORK.step(torch.tensor([[last]]), state)
            chances = stepped.log_probabilities[0, 0]
            last = token
            assert chances[token] == chances[1:].max()  # `begin`, token 0, is never written


def test_the_trap_of_greedy_search_is_no_trap_for_a_beam() -> None:
    """The likelier first token leads to unlikely ones; two hypotheses are enough to see it."""
    tree = {(): [0.0, 0.1, 0.5, 0.4], (2,): [0.0, 0.3, 0.4, 0.3], (3,): [0.0, 0.9, 0.05, 0.05]}

    class Node:
        def __init__(self, rows: list[list[tuple[int, ...]]]) -> None:
            self.rows = rows

        def select(self, rows: Tensor) -> Node:
            every = [tokens for row in self.rows for tokens in row]
            return Node([[every[place] for place in row] for row in rows.tolist()])

    def step(tokens: Tensor, state: Node) -> tuple[Stepped, Node]:
        read = [
            [(*before, token)[-1:] if token != BEGIN else () for before, token in zip(*pair, strict=True)]
            for pair in zip(state.rows, tokens.tolist(), strict=True)
        ]
        chances = torch.tensor([[tree[tokens] for tokens in row] for row in read]).log()
        return Stepped(chances, torch.zeros(*tokens.shape, 1)), Node(read)

    frame = framed(1, 2)
    (greedy,) = GreedySearch().run(step, Node([[()]]), frame)
    (beam,) = BeamSearch(size=2, normalise="none").run(step, Node([[()]]), frame)
    assert greedy.hypotheses[0].tokens == (2, 2)
    assert beam.hypotheses[0].tokens == (3,)
    assert beam.hypotheses[0].log_probability == pytest.approx(torch.tensor(0.4 * 0.9).log().item())


def test_the_best_of_a_beam_are_distinct_and_ordered() -> None:
    for found in run(BeamSearch(size=6, best=6), limit=4):
        kept = [(hypothesis.tokens, hypothesis.finished) for hypothesis in found.hypotheses]
        assert len(set(kept)) == len(kept)
        assert not found.proven


def test_a_sentence_that_is_done_is_read_no_more() -> None:
    """The limit of one sentence costs the others nothing."""
    counters = []
    for limits in ((3, 3), (3, 12)):
        counter = Counter(NETWORK)
        GreedySearch(shortest=12).run(counter.step, NETWORK.start([1, 2]), framed(2, limits=limits))
        counters.append(counter.read)
    assert counters == [2 * 3, 3 + 12]


def test_exact_search_reads_less_than_there_is() -> None:
    """Without normalisation the bound is tight: most of the tree is never opened."""
    frame = framed(len(KEYS), 7)
    exact, exhaustive = Counter(NETWORK), Counter(NETWORK)
    found = ExactSearch(normalise="none", siblings=1).run(exact.step, NETWORK.start(KEYS), frame)
    truth = ExhaustiveSearch(normalise="none").run(exhaustive.step, NETWORK.start(KEYS), frame)
    assert [one.hypotheses for one in found] == [one.hypotheses for one in truth]
    assert exact.read < exhaustive.read / 4


def test_exact_search_spends_no_more_than_its_budget() -> None:
    frame, budget = framed(1, 7), 10
    beam, exact = Counter(NETWORK), Counter(NETWORK)
    BeamSearch(size=1).run(beam.step, NETWORK.start([1]), frame)
    (found,) = ExactSearch(size=1, budget=budget).run(exact.step, NETWORK.start([1]), frame)
    assert not found.proven
    assert exact.read == beam.read + 1 + budget  # and the empty hypothesis, from which the walk starts


def test_the_empty_sequence_is_the_best_where_it_is() -> None:
    """Without normalisation it often is (Stahlberg and Byrne); a shortest length leaves it out."""
    found = run(ExactSearch(normalise="none"), limit=6)
    empty = sum(one.hypotheses[0].tokens == () for one in found)
    assert 0 < empty < len(KEYS)
    assert all(one.hypotheses[0].tokens for one in run(ExactSearch(normalise="none", shortest=1), limit=6))


def test_sentences_without_wishes_are_searched_as_if_no_other_had_any() -> None:
    """Where something is required of one sentence, all go through the shared-out beam."""
    plain = run(BeamSearch(size=3, best=3))
    wishes = tuple(((4, 4),) if key % 2 else () for key in KEYS)
    mixed = run(BeamSearch(size=3, best=3), required=wishes)
    assert [mixed[key] for key in KEYS if not wishes[key]] == [plain[key] for key in KEYS if not wishes[key]]
    for key, one in enumerate(mixed):
        assert all(stands(wish, hypothesis.tokens) for wish in wishes[key] for hypothesis in one.hypotheses)
