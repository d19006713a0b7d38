"""The pointer sentinel beside a slow loop over the paper's equations, and its gradient beside finite differences."""

from __future__ import annotations

import pytest
import torch

from seqweave.core.errors import ProblemsError
from seqweave.core.nodes import parse
from seqweave.parts.pointers.sentinel import SentinelConfig
from seqweave.recipes.recipe import read

DIM, SIZE = 4, 3


def built():
    torch.manual_seed(1)
    return SentinelConfig(window=SIZE).build(DIM).double()


def slowly(pointer, states, words, at, word):
    """The gate, and what a word is given: the equations of the paper, one position after another."""
    query = torch.tanh(pointer.query.weight @ states[at] + pointer.query.bias)
    places = [place for place in range(at + 1) if place > at - SIZE]
    attention = torch.stack([*(query @ states[place] for place in places), query @ pointer.sentinel]).softmax(dim=0)
    given = sum(float(attention[i]) for i, place in enumerate(places) if words[place] == word)
    return float(attention[-1]), given


@torch.no_grad()
def test_shares_are_those_of_the_equations():
    pointer, states, words = built(), torch.randn(1, 8, DIM).double(), torch.tensor([[3, 4, 3, 5, 5, 3, 6, 4]])
    found, _ = pointer.look(states, words, words > 0, None)
    for at in range(8):
        for word in range(3, 8):
            gate, given = slowly(pointer, states[0], words[0].tolist(), at, word)
            assert float(found.left[0, at].exp()) == pytest.approx(gate, abs=1e-12)
            assert float(found.given(found.words == word)[0, at].exp()) == pytest.approx(given, abs=1e-12)


def test_gradients_are_those_of_finite_differences():
    looking, words = _Look(built()), torch.tensor([[3, 4, 3, 5, 3, 3]])
    told, names = torch.tensor([[4, 3, 5, 3, 3, 4]]), [name for name, _ in looking.named_parameters()]

    def loss(states, *weights):
        found = torch.func.functional_call(looking, dict(zip(names, weights, strict=True)), (states, words))
        left, given = found.apart(told, 8)
        return torch.logaddexp(left - 2.0, given).sum()

    states = torch.randn(1, 6, DIM).double().requires_grad_()
    assert torch.autograd.gradcheck(
        loss, (states, *(weight.detach().requires_grad_() for weight in looking.parameters()))
    )


class _Look(torch.nn.Module):
    """Looking as a forward pass."""

    def __init__(self, pointer):
        super().__init__()
        self.pointer = pointer

    def forward(self, states, words):
        return self.pointer.look(states, words, words > 0, None)[0]


@pytest.mark.parametrize("kind", ["sentinel", "cache"])
def test_a_window_of_nothing_is_refused_where_it_stands(kind):
    recipe = f"""task: language-modelling
data: {{train: text.txt}}
model:
  encoder: {{kind: lstm, bidirectional: false}}
  pointer: {{kind: {kind}, window: 0}}
"""
    at = recipe.splitlines()[4].index("window") + 1
    with pytest.raises(ProblemsError, match=rf"recipe.yaml:5:{at}: .*a number of at least 1.*E-RECIPE-13"):
        read(parse(recipe, "recipe.yaml"))
