import numpy as np
import pytest
import torch
from torch import nn

from seqweave.core.errors import DataError, RecipeError
from seqweave.layers.contracts import Loss
from seqweave.training.contract import SETTLE_STEPS, Draw, Portion, StepState
from seqweave.training.devices import Devices
from seqweave.training.faults import NonFinite
from seqweave.training.step import GradientStep
from seqweave.training.weights import to_bytes, weights


@pytest.fixture
def make(toy):
    """A step over a fresh model in float64 without dropout, and its data."""

    def build(**changes):
        torch.manual_seed(3)
        model = toy.ToyModel(dropout=0.0).double()
        return GradientStep(model, toy.config(**changes), Devices(cpu=True)), toy.ToyDataset(12, torch.float64)

    return build


def portion(data, rows):
    rows = np.asarray(rows)
    return Portion(Draw("toy", rows), data.batch(rows))


def test_micro_batches_are_one_large_batch(make):
    small, data = make()
    large, _ = make()
    for _ in range(3):
        parts = small([portion(data, [0, 1, 2]), portion(data, [3]), portion(data, range(4, 12))], 0.01)
        whole = large([portion(data, range(12))], 0.01)
        assert (parts.count, parts.total, parts.norm) == pytest.approx((whole.count, whole.total, whole.norm), abs=1e-9)
    for a, b in zip(small.model.parameters(), large.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-9)


def test_a_portion_of_weight_nought_changes_nothing(make):
    with_it, data = make()
    without, _ = make()
    stand_in = Portion(Draw("toy", np.array([5])), data.batch(np.array([5])), 0.0)
    sums = with_it([portion(data, [1, 2]), stand_in], 0.01)
    assert sums.count == without([portion(data, [1, 2])], 0.01).count
    for a, b in zip(with_it.model.parameters(), without.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


def test_penalties_are_autograds(make):
    step, data = make(l1={"inner.*": 0.3}, l2={"*.weight": 0.2, "outer.weight": 0.1}, optimizer="sgd", clip=0.0)
    bare, _ = make(optimizer="sgd")
    model, batch = bare.model, data.batch(np.arange(12))
    penalty = 0.3 * (model.inner.weight.abs().sum() + model.inner.bias.abs().sum())
    penalty = penalty + 0.2 * (model.inner.weight**2).sum() + (0.2 + 0.1) * (model.outer.weight**2).sum()
    (model.loss(batch).mean + penalty).backward()
    wanted = [p.detach() - 0.5 * p.grad for p in model.parameters()]
    step([portion(data, range(12))], 0.5)
    for ours, theirs in zip(step.model.parameters(), wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_a_pattern_that_names_nothing_is_refused_with_the_nearest_name(make):
    with pytest.raises(RecipeError, match=r"inner\.wieght.*use 'inner\.weight'.*E-TRAIN-02"):
        make(l2={"inner.wieght": 0.1})


@pytest.mark.parametrize("poison", ["loss", "gradient"])
def test_what_is_not_finite_changes_nothing(make, poison):
    step, data = make(l2={"*": 0.1})
    step([portion(data, range(4))], 0.01)
    before = to_bytes(weights(step.model)), to_bytes(step.state().tensors)
    if poison == "loss":
        data.x[2, 1] = float("inf")
    else:
        step.model.outer.weight.register_hook(lambda gradient: gradient * float("nan"))
    with pytest.raises(NonFinite):
        step([portion(data, range(4))], 0.01)
    assert (to_bytes(weights(step.model)), to_bytes(step.state().tensors)) == before


@pytest.mark.parametrize("kind", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_a_restored_optimizer_goes_on_bit_for_bit(make, kind):
    options = {"kind": kind, "momentum": 0.9} if kind == "sgd" else kind
    first, data = make(optimizer=options)
    second, _ = make(optimizer=options)
    first([portion(data, range(4))], 0.01)
    second.model.load_state_dict(first.model.state_dict())
    state = first.state()
    second.restore(StepState({key: value.clone() for key, value in state.tensors.items()}, state.values))
    for step in (first, second):
        step([portion(data, range(4, 9))], 0.02)
    assert to_bytes(weights(first.model)) == to_bytes(weights(second.model))


@pytest.mark.parametrize(
    "wrong",
    [{"other.weight/exp_avg": torch.zeros(2)}, {"inner.weight/exp_avg": torch.zeros(2)}, {"inner": torch.ones(1)}],
)
def test_a_state_that_does_not_fit_is_refused(make, wrong):
    with pytest.raises(DataError, match="E-CKPT-04"):
        make()[0].restore(StepState(wrong, {}))


def test_frozen_parameters_stay(toy):
    model, data = toy.ToyModel(), toy.ToyDataset()
    model.inner.requires_grad_(False)
    frozen, trained = model.inner.weight.clone(), model.outer.weight.clone()
    GradientStep(model, toy.config(), Devices(cpu=True))([portion(data, range(4))], 0.01)
    assert torch.equal(model.inner.weight, frozen)
    assert not torch.equal(model.outer.weight, trained)


class Rows(nn.Module):
    """A table of which each batch meets some rows."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(4, 2)

    def loss(self, batch):
        return Loss(self.table(batch).square().sum(), torch.tensor(2.0))


def rows_trained(config, steps, settled):
    """Trained on rows 0 and 1, then on 0 and 2, the moments of row 1 having faded for some hundred steps already."""
    torch.manual_seed(1)
    step = GradientStep(Rows(), config, Devices(cpu=True))
    for number in range(1, steps + 1):
        met = torch.tensor([0, 1] if number == 1 else [0, 2])
        step([Portion(Draw("rows", np.arange(2)), met)], 1e-3)
        if number == 1:
            for moments in filter(torch.Tensor.dim, step.state().tensors.values()):
                moments[1] *= 1e-33
        if settled and number % SETTLE_STEPS == 0:
            step.settle()
    return step


def subnormal(step):
    smallest = torch.finfo(torch.float32).tiny
    return sum(int(((x != 0) & (x.abs() < smallest)).sum()) for x in step.state().tensors.values())


@pytest.mark.parametrize("optimizer", ["adam", {"kind": "sgd", "momentum": 0.9}])
def test_moments_that_fade_are_zeroed_before_they_are_subnormal_and_no_weight_changes(toy, optimizer):
    config = toy.config(optimizer=optimizer)
    settled, plain = (rows_trained(config, 110, settled) for settled in (True, False))
    assert torch.equal(settled.model.table.weight, plain.model.table.weight)
    assert subnormal(settled) == 0
    assert subnormal(plain) > 0


def test_settling_keeps_whatever_could_matter(toy):
    step = rows_trained(toy.config(optimizer="adam"), 1, settled=False)
    moments = step.optimizer.state[step.model.table.weight]["exp_avg"]
    moments.copy_(torch.tensor([[1e-36, 1e-34], [0.1, -1e-37], [-1e-30, 0.0], [-0.5, 1e-40]]))
    step.settle()
    assert moments.tolist() == torch.tensor([[0.0, 1e-34], [0.1, 0.0], [-1e-30, 0.0], [-0.5, 0.0]]).tolist()
