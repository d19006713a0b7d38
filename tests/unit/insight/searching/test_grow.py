"""The tree of a watched beam against every sequence that there is."""

from __future__ import annotations

import pytest
import torch
from tests.contracts.toy_networks import BEGIN, END, ToyNetwork, framed

from seqweave.decoding.beam import BeamSearch
from seqweave.decoding.contract import Hypothesis
from seqweave.insight.searching.grow import watched
from seqweave.insight.searching.tree import Tree

NETWORK = ToyNetwork(tokens=5, sharpness=3.0)
LIMIT = 4


def tree_of(key: int, size: int, reference: tuple[int, ...] = (), **changes) -> Tree:
    search = BeamSearch(size=size, normalise="none")
    tree, found, _ = watched(search, NETWORK.step, NETWORK.start([key]), framed(1, LIMIT, **changes), str, reference)
    (alone,) = search.run(NETWORK.step, NETWORK.start([key]), framed(1, LIMIT, **changes))
    assert alone == found  # watching changes nothing
    return tree


def chance(key: int, tokens: tuple[int, ...]) -> float:
    """Log-probability of tokens, `end` among them, read one by one."""
    finished = tokens[-1:] == (END,)
    return NETWORK.replay(key, Hypothesis(tokens[:-1] if finished else tokens, 0.0, 0.0, finished))


@pytest.mark.parametrize("key", range(6))
@pytest.mark.parametrize("size", [1, 2, 3])
def test_each_step_keeps_the_best_of_all_that_could_follow(key: int, size: int) -> None:
    tree = tree_of(key, size)
    followed = [()]
    for depth in range(1, LIMIT + 1):
        every = {(*tokens, token): 0.0 for tokens in followed for token in range(5) if token != BEGIN}
        order = sorted(every, key=lambda tokens: -chance(key, tokens))
        here = {
            tuple(n.token for n in tree.path(place)): node
            for place, node in enumerate(tree.nodes)
            if node.depth == depth
        }
        if not here:
            break
        going = [tokens for tokens in order if tokens[-1] != END][:size]
        assert {tokens for tokens, node in here.items() if node.fate in ("kept", "left", "cut")} == set(going)
        ended = {tokens for tokens in order[:size] if tokens[-1] == END}
        assert {tokens for tokens, node in here.items() if node.fate == "finished"} == ended
        assert not {tokens for tokens, node in here.items() if node.fate == "pruned"} & (ended | set(going))
        for tokens, node in here.items():
            assert node.log_probability == pytest.approx(chance(key, tokens))
            assert node.rank == 1 + order.index(tokens)
        followed = [tokens for tokens, node in here.items() if node.fate == "kept"]


def test_the_answer_is_the_best_text_of_the_tree() -> None:
    for key in range(10):
        tree = tree_of(key, 3)
        best = tree.nodes[tree.texts[0]]
        assert best.best
        assert [node.best for node in tree.path(tree.texts[0])] == [True] * best.depth
        assert sum(node.best for node in tree.nodes) == best.depth + 1


def test_a_reference_is_followed_to_where_it_fell() -> None:
    fallen = 0
    for key in range(10):
        tree = tree_of(key, 1, reference=(4, 4, 4))
        path = [node for node in tree.nodes if node.reference]
        assert [node.token for node in path[1:]] == [4, 4, 4, END][: len(path) - 1]
        assert all(node.fate == "kept" for node in path[:-1])
        fallen += path[-1].fate == "pruned"
    assert fallen


def test_places_without_a_hypothesis_are_no_nodes() -> None:
    """A prefix leaves one way; the other places of the beam hold nothing, though the network is asked about them."""
    tree = tree_of(3, 3, prefixes=((2, 3),))
    assert [node.token for node in tree.nodes if node.depth == 1] == [2]
    assert [node.token for node in tree.nodes if node.depth == 2] == [3]


def test_a_tree_is_read_back_from_json() -> None:
    tree = tree_of(1, 3)
    again = Tree.restore(tree.to_json())
    assert [node.token for node in again.nodes] == [node.token for node in tree.nodes]
    assert torch.allclose(
        torch.tensor([node.log_probability for node in again.nodes]),
        torch.tensor([node.log_probability for node in tree.nodes]),
        atol=1e-6,
    )
