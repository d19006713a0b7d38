"""Each optimizer against its formula in plain numpy, and a training step against a bare torch loop, bit for bit."""

import numpy as np
import pytest
import torch
from torch import nn

from seqweave.layers.contracts import Loss, Model
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contract import Draw, Portion
from seqweave.training.devices import Devices
from seqweave.training.optimizers.contract import OPTIMIZERS
from seqweave.training.step import GradientStep

RATE, STEPS = 0.05, 6


def sgd(w, g, s, t):
    s["m"] = g if t == 1 else 0.9 * s["m"] + g
    return w - RATE * (g + 0.9 * s["m"])  # Nesterov


def adam(w, g, s, t):
    s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
    s["v"] = 0.99 * s.get("v", 0) + 0.01 * g * g
    return w - RATE * (s["m"] / (1 - 0.9**t)) / (np.sqrt(s["v"] / (1 - 0.99**t)) + 1e-8)


def adamw(w, g, s, t):
    return adam(w * (1 - RATE * 0.1), g, s, t)


def rmsprop(w, g, s, t):
    s["v"] = 0.9 * s.get("v", 0) + 0.1 * g * g
    return w - RATE * g / (np.sqrt(s["v"]) + 1e-8)


def adagrad(w, g, s, t):
    s["v"] = s.get("v", 0.5) + g * g
    return w - RATE * g / (np.sqrt(s["v"]) + 1e-10)


FORMULAS = {
    "sgd": (sgd, {"momentum": 0.9, "nesterov": True}),
    "adam": (adam, {"beta2": 0.99}),
    "adamw": (adamw, {"beta2": 0.99, "weight_decay": 0.1}),
    "rmsprop": (rmsprop, {"alpha": 0.9}),
    "adagrad": (adagrad, {"start": 0.5}),
}


def test_every_optimizer_is_compared():
    assert set(FORMULAS) == set(OPTIMIZERS.kinds())


@pytest.mark.parametrize("kind", FORMULAS)
def test_an_optimizer_follows_its_formula(kind):
    formula, options = FORMULAS[kind]
    generator = np.random.default_rng(0)
    # 37 entries: more than one vector of the processor, and a rest
    weight, state = generator.normal(size=37), {}
    parameter = nn.Parameter(torch.tensor(weight))
    optimizer = OPTIMIZERS[kind](**options).build([parameter], RATE)
    for step in range(1, STEPS + 1):
        gradient = generator.normal(size=37)
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
        weight = formula(weight, gradient, state, step)
        np.testing.assert_allclose(parameter.detach().numpy(), weight, rtol=0, atol=1e-12)


class Line(Model):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def loss(self, batch):
        return Loss((self.layer(batch) ** 2).sum(), torch.tensor(len(batch)))

    def predict(self, batch):
        return self.layer(batch)


@pytest.mark.parametrize("kind", FORMULAS)
def test_a_step_is_the_bare_loops_bit_for_bit(kind):
    torch.manual_seed(1)
    ours, bare = Line(), Line()
    bare.load_state_dict(ours.state_dict())
    batches = [torch.randn(5, 3) * 10 for _ in range(STEPS)]
    optimizer = {"kind": kind, **FORMULAS[kind][1]}
    config = TrainingConfig.model_validate({"optimizer": optimizer, "clip": 3.0})
    step = GradientStep(ours, config, Devices(cpu=True))
    theirs = config.optimizer.build(list(bare.parameters()), RATE)
    for batch in batches:
        sums = step([Portion(Draw("x", np.arange(5)), batch)], RATE)
        theirs.zero_grad()
        bare.loss(batch).mean.backward()
        norm = nn.utils.clip_grad_norm_(bare.parameters(), 3.0)
        theirs.step()
        assert sums.norm == float(norm)
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), bare.parameters(), strict=True))
