import pytest
import torch
from torch import nn

from seqweave.core.errors import DataError
from seqweave.training.averaging import ExponentialAverage, NoAverage, averaging


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
    average = averaging(model, 0.6)
    slow = walked(model, average, 30)
    for name, tensor in average.tensors().items():
        assert tensor.view(-1).tolist() == pytest.approx(slow[name], abs=1e-12)


def test_applied_and_taken_back():
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    average = ExponentialAverage(model, 0.6)
    walked(model, average, 5)
    before = model.weight.detach().clone()
    with average.applied():
        assert torch.equal(model.weight, average.tensors()["weight"])
    assert torch.equal(model.weight, before)
    with pytest.raises(KeyError), average.applied():
        raise KeyError
    assert torch.equal(model.weight, before)


def test_restored_averages_go_on_the_same():
    model = nn.Linear(3, 2)
    first, second = ExponentialAverage(model, 0.6), ExponentialAverage(model, 0.6)
    walked(model, first, 5)
    second.restore({name: tensor.clone() for name, tensor in first.tensors().items()})
    for average in (first, second):
        average.update(5)
    assert all(torch.equal(first.tensors()[name], second.tensors()[name]) for name in ("weight", "bias"))


def test_averages_that_do_not_fit_are_refused():
    model = nn.Linear(3, 2)
    with pytest.raises(DataError, match="E-CKPT-07"):
        ExponentialAverage(model, 0.6).restore({})
    with pytest.raises(DataError, match="E-CKPT-07"):
        averaging(model, 0.0).restore({"weight": torch.zeros(2, 3)})


def test_none_leaves_the_model_alone():
    model = nn.Linear(3, 2)
    average = averaging(model, 0.0)
    assert isinstance(average, NoAverage)
    before = model.weight.detach().clone()
    average.update(0)
    with average.applied():
        assert torch.equal(model.weight, before)
    assert average.tensors() == {}
