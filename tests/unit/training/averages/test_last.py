"""The mean of the last evaluations' weights, beside a list of all of them."""

import torch
from torch import nn

from seqweave.training.averages.last import LastAverage


def test_it_is_the_mean_of_the_last_evaluations_weights():
    torch.manual_seed(0)
    model, seen = nn.Linear(3, 2).double(), []
    average = LastAverage(model, count=3)
    for place in range(6):
        for step in range(2):
            model.weight.data += torch.randn(2, 3, dtype=torch.float64)
            average.update(2 * place + step)
        seen.append(model.weight.detach().clone())
        with average.applied():
            torch.testing.assert_close(model.weight, torch.stack(seen[-3:]).mean(dim=0), rtol=0, atol=1e-12)
        average.evaluated([0.0] * (place + 1))
    assert torch.equal(model.weight, seen[-1])
