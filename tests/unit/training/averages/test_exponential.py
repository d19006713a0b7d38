import pytest
import torch
from torch import nn

from seqweave.training.averages.exponential import ExponentialAverage


def walked(model, average, steps):
    """Move the weights at random; the averages of a slow loop over single numbers."""
    slow = {name: p.detach().clone().view(-1).tolist() for name, p in model.named_parameters()}
    for step in range(steps):
        for name, parameter in model.named_parameters():
            parameter.data += torch.randn_like(parameter)
            decay = min(0.6, (1 + step) / (10 + step))
            values = parameter.detach().view(-1).tolist()
            slow[name] = [decay * a + (1 - decay) * v for a, v in zip(slow[name], values, strict=True)]
        average.update(step)
    return slow


def test_the_average_is_a_slow_loops():
    torch.manual_seed(0)
    model = nn.Linear(3, 2).double()
    average = ExponentialAverage(model, 0.6)
    slow = walked(model, average, 30)
    for name, tensor in average.tensors().items():
        assert tensor.view(-1).tolist() == pytest.approx(slow[name], abs=1e-12)
