"""A text in windows with the state carried equals the text read whole."""

from __future__ import annotations

import pytest
import torch

from seqweave.core.errors import RecipeError
from seqweave.layers.contracts import ENCODERS
from seqweave.layers.recurrent import two_ways

KINDS = ["lstm", "gru", "rnn"]
MASK = torch.arange(7) < torch.tensor([7, 3, 5]).unsqueeze(1)


def encoder(kind):
    torch.manual_seed(0)
    return ENCODERS[kind](hidden=4, layers=2, bidirectional=False).build(3).double().eval()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cuts", [(), (1,), (3, 4), (1, 2, 3, 4, 5, 6)])
def test_windows_equal_the_whole(kind, cuts) -> None:
    network, x = encoder(kind), torch.randn(2, 7, 3, dtype=torch.float64)
    whole = network(x, torch.ones(2, 7, dtype=torch.bool))
    state, found = None, []
    for window in x.tensor_split(cuts, dim=1):
        encoded, state = network.run(window, torch.ones(window.shape[:2], dtype=torch.bool), state)
        found.append(encoded.states)
    torch.testing.assert_close(torch.cat(found, dim=1), whole.states, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(encoded.summary, whole.summary, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_no_state(kind) -> None:
    network, x = encoder(kind), torch.randn(3, 7, 3, dtype=torch.float64)
    start = network.run(torch.randn(3, 2, 3, dtype=torch.float64), torch.ones(3, 2, dtype=torch.bool), None)[1]
    encoded, together = network.run(x, MASK, start)
    assert not encoded.states[~MASK].any()
    for row, length in enumerate(MASK.sum(dim=1).tolist()):
        own = tuple(part[row : row + 1] for part in start)
        alone, after = network.run(x[row : row + 1, :length], MASK[row : row + 1, :length], own)
        torch.testing.assert_close(encoded.states[row, :length], alone.states[0], rtol=1e-9, atol=1e-9)
        for part, wanted in zip(together, after, strict=True):
            torch.testing.assert_close(part[row], wanted[0], rtol=1e-9, atol=1e-9)


def test_two_directions_do_not_carry() -> None:
    network = ENCODERS["lstm"](hidden=4).build(3)
    with pytest.raises(RecipeError, match=two_ways().what):
        network.run(torch.zeros(1, 2, 3), torch.ones(1, 2, dtype=torch.bool), None)
