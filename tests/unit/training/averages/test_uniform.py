"""The mean of all weights, beside torch's own averages; and when it begins, beside the paper's algorithm."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.optim.swa_utils import AveragedModel

from seqweave.training.averages.uniform import TriggeredAverage, UniformAverage
from seqweave.training.history import non_monotone


def trained(model, steps, seed, rate=0.25):
    """Plain gradient descent over seeded numbers, step by step."""
    optimizer = torch.optim.SGD(model.parameters(), rate)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        x = torch.randn(4, 3, generator=generator, dtype=torch.float64)
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()
        yield


def model_of():
    torch.manual_seed(0)
    return nn.Linear(3, 2).double()


def means(average):
    return {name: tensor for name, tensor in average.tensors().items() if tensor.is_floating_point()}


def test_the_mean_is_that_of_torchs_averaged_model():
    model = model_of()
    ours, theirs = UniformAverage(model), AveragedModel(model)
    theirs.update_parameters(model)
    for step, _ in enumerate(trained(model, 9, seed=1)):
        ours.update(step)
        theirs.update_parameters(model)
    torch.testing.assert_close(means(ours), dict(theirs.module.named_parameters()), rtol=0, atol=1e-12)


def test_descent_and_its_mean_are_torchs_averaged_descent():
    """torch's mean begins with the weights after the second step, for it uses each share a step late, in float32."""
    ours, theirs = model_of(), model_of()
    optimizer = torch.optim.ASGD(theirs.parameters(), lr=0.25, lambd=0.0, t0=0)
    generator = torch.Generator().manual_seed(1)
    mean = None
    for step, _ in enumerate(trained(ours, 12, seed=1)):
        x = torch.randn(4, 3, generator=generator, dtype=torch.float64)
        optimizer.zero_grad()
        theirs(x).square().mean().backward()
        optimizer.step()
        if step == 1:
            mean = UniformAverage(ours)
        elif mean is not None:
            mean.update(step)
    averages = {name: optimizer.state[parameter]["ax"] for name, parameter in theirs.named_parameters()}
    torch.testing.assert_close(dict(ours.named_parameters()), dict(theirs.named_parameters()), rtol=0, atol=1e-12)
    torch.testing.assert_close(means(mean), averages, rtol=0, atol=1e-7)


def papers(perplexities, interval):
    """Algorithm 1 of the paper, its line numbers left out: at which evaluation averaging begins."""
    logs = []
    for t, v in enumerate(perplexities):
        if t > interval and v > min(logs[: t - interval]):
            return t
        logs.append(v)
    return None


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 4))
def test_it_begins_when_the_papers_algorithm_does(perplexities, interval):
    model = nn.Linear(1, 1)
    average, history = TriggeredAverage(model, interval), [-float(v) for v in perplexities]
    begun = [place for place in range(len(history)) if average.evaluated(history[: place + 1])]
    wanted = papers(perplexities, interval)
    assert begun == ([] if wanted is None else [wanted])


def test_before_it_begins_the_weights_are_evaluated_and_afterwards_their_mean():
    model = model_of()
    average = TriggeredAverage(model, interval=1)
    history, kept = [], []
    for step, (_, score) in enumerate(zip(trained(model, 6, seed=2), [3.0, 2.0, 4.0, 1.0, 1.0, 1.0], strict=True)):
        average.update(step)
        history.append(score)
        if average.begun or non_monotone(history, 1):
            kept.append(model.weight.detach().clone())
        average.evaluated(history)
        with average.applied():
            wanted = torch.stack(kept).mean(dim=0) if kept else model.weight
            torch.testing.assert_close(model.weight, wanted, rtol=0, atol=1e-12)
    assert len(kept) == 3, "the fourth score is the first below the best of those two before it"


@pytest.mark.parametrize(
    ("history", "expected"),
    [([], False), ([1.0], False), ([2.0, 1.0], False), ([2.0, 1.0, 1.5], True), ([2.0, 9.0, 2.0], False)],
)
def test_the_rule_looks_past_the_interval(history, expected):
    assert non_monotone(history, 1) is expected
