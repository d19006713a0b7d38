"""What states cost, beside a loop over single numbers and the paper's program's means."""

import pytest
import torch

from seqweave.layers.activity import activation, temporal_activation

LENGTHS, TIME, DIM = [5, 1, 3], 5, 4
MASK = torch.arange(TIME) < torch.tensor(LENGTHS).unsqueeze(1)


def test_both_are_a_loops():
    torch.manual_seed(0)
    states = torch.randn(3, TIME, DIM, dtype=torch.float64)
    large = changed = 0.0
    for row, length in enumerate(LENGTHS):
        for t in range(length):
            large += sum(float(number) ** 2 for number in states[row, t]) / DIM
            if t:
                pairs = zip(states[row, t], states[row, t - 1], strict=True)
                changed += sum(float(one - other) ** 2 for one, other in pairs) / DIM
    assert activation(states, MASK).item() == pytest.approx(large, rel=1e-12)
    assert temporal_activation(states, MASK).item() == pytest.approx(changed, rel=1e-12)


def test_over_whole_windows_they_are_the_papers_programs_means():
    torch.manual_seed(0)
    states, mask = torch.randn(3, TIME, DIM), torch.ones(3, TIME, dtype=torch.bool)
    tokens, pairs = 3 * TIME, 3 * (TIME - 1)
    assert (activation(states, mask) / tokens).item() == pytest.approx(states.pow(2).mean().item())
    wanted = (states[:, 1:] - states[:, :-1]).pow(2).mean().item()
    assert (temporal_activation(states, mask) / pairs).item() == pytest.approx(wanted)


def test_gradients_leave_padding_alone():
    states = torch.randn(3, TIME, DIM, dtype=torch.float64).requires_grad_()
    for cost in (activation, temporal_activation):
        assert torch.autograd.gradcheck(lambda states, cost=cost: cost(states, MASK), states)
        assert not torch.autograd.grad(cost(states, MASK), states)[0][~MASK].any()


def test_a_window_of_one_position_changes_nothing():
    assert temporal_activation(torch.randn(2, 1, DIM), torch.ones(2, 1, dtype=torch.bool)).item() == 0
