"""Laws that every average of weights keeps, used as the loop uses it."""

import pytest
import torch
from torch import nn

from seqweave.core.errors import DataError
from seqweave.training.averages.contract import AVERAGES
from seqweave.training.averages.exponential import ExponentialConfig
from seqweave.training.averages.last import LastConfig
from seqweave.training.averages.uniform import TriggeredConfig

CONFIGS = [config() for _, config in AVERAGES] + [
    ExponentialConfig(decay=0.5),
    TriggeredConfig(interval=1),
    LastConfig(count=2),
]
SCORES = [1.0, 4.0, 3.0, 2.0, 5.0, 1.0, 2.0, 0.0]


def model_of(seed=0):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1)).double()
    model[1].bias.requires_grad_(False)
    return model


def walk(model, average, first, last):
    """Two steps at random before each evaluation."""
    for place in range(first, last):
        generator = torch.Generator().manual_seed(place)
        for step in range(2):
            for parameter in model.parameters():
                if parameter.requires_grad:
                    parameter.data += torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
            average.update(2 * place + step)
        average.evaluated(SCORES[: place + 1])


def state(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def applied(model, average):
    with average.applied():
        return state(model)


@pytest.fixture(params=CONFIGS, ids=lambda config: f"{config.kind}-{config.dump()}")
def config(request):
    return request.param


def test_the_weights_come_back(config):
    average = config.build(model := model_of())
    walk(model, average, 0, len(SCORES))
    before = state(model)
    applied(model, average)
    torch.testing.assert_close(state(model), before, rtol=0, atol=0)
    with pytest.raises(KeyError), average.applied():
        raise KeyError
    torch.testing.assert_close(state(model), before, rtol=0, atol=0)


def test_a_mean_of_equal_weights_is_those(config):
    average = config.build(model := model_of())
    for step in range(6):
        average.update(step)
        average.evaluated([0.0] * (step + 1))
    torch.testing.assert_close(applied(model, average), state(model), rtol=0, atol=1e-12)


def test_what_is_not_trained_is_left_alone(config):
    average = config.build(model := model_of())
    walk(model, average, 0, 3)
    assert not any("1.bias" in name for name in average.tensors())
    assert torch.equal(applied(model, average)["1.bias"], model[1].bias)


@pytest.mark.parametrize("cut", [0, 1, 3, 6, len(SCORES)])
def test_a_restored_average_goes_on_the_same(config, cut):
    model = model_of()
    average = config.build(model)
    walk(model, average, 0, cut)
    saved = {name: tensor.clone() for name, tensor in average.tensors().items()}
    other = model_of(seed=1)
    resumed = config.build(other)
    other.load_state_dict(state(model))
    resumed.restore(saved)
    for one, own in ((model, average), (other, resumed)):
        walk(one, own, cut, len(SCORES))
    torch.testing.assert_close(applied(other, resumed), applied(model, average), rtol=0, atol=0)
    torch.testing.assert_close(resumed.tensors(), average.tensors(), rtol=0, atol=0)


def test_no_average_keeps_a_hold_on_what_it_was_restored_from(config):
    average = config.build(model := model_of())
    walk(model, average, 0, 6)
    saved = {name: tensor.clone() for name, tensor in average.tensors().items()}
    kept = {name: tensor.clone() for name, tensor in saved.items()}
    average.restore(saved)
    walk(model, average, 6, len(SCORES))
    torch.testing.assert_close(saved, kept, rtol=0, atol=0)


def test_averages_of_other_weights_are_refused(config):
    average = config.build(model_of())
    with pytest.raises(DataError, match="E-CKPT-07"):
        average.restore({"0.weight": torch.zeros(2, 3), "2.bias": torch.zeros(1)})


def test_it_keeps_no_more_copies_than_it_says(config):
    model = model_of()
    average = config.build(model)
    walk(model, average, 0, len(SCORES))
    numbers = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    held = sum(tensor.numel() for tensor in average.tensors().values() if tensor.is_floating_point())
    assert held <= config.copies * numbers
