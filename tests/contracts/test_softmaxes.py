"""The laws of every registered output layer over a vocabulary, and proof that each law catches its planted faults.

A new layer is covered without an edit here: it is built from its defaults, tied and not. The slow way that its loss is
compared with is autograd's over all the probabilities that it tells; chunks are so small that every loss needs several.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from seqweave.layers import chunked
from seqweave.layers.words import SOFTMAXES, WordSoftmax, WordSoftmaxConfig

from .faults_softmaxes import FAULTS, SoundSoftmax

IN_DIM, DIM, TOKENS, POSITIONS = 16, 4, 30, 40
Law = Callable[[Callable[[], WordSoftmax], float], None]
CONFIGS = [
    pytest.param(family(), tied, smoothing, id=f"{kind}-{'tied' if tied else 'own'}-{smoothing}")
    for kind, family in SOFTMAXES
    for tied in ((False, True) if family.ties else (False,))
    for smoothing in ((0.0, 0.3) if family.smooths else (0.0,))
]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "CHUNK_BYTES", 3 * TOKENS * 8)
    monkeypatch.setattr(chunked, "LEAST", 1)


def build(config: WordSoftmaxConfig, tied: bool) -> WordSoftmax:
    return config.build(IN_DIM, nn.Embedding(TOKENS, DIM), tied)


def evaluated(build: Callable[[], WordSoftmax]) -> WordSoftmax:
    layer = build().double().eval()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.randn_like(parameter) / 2)
    return layer


def given() -> tuple[Tensor, Tensor, Tensor]:
    """States, a target for every token, and what a pointer gives: now and then all, now and then nothing."""
    states = torch.randn(POSITIONS, IN_DIM).double().requires_grad_()
    left = torch.rand(POSITIONS).double()
    pointed = torch.stack([left.log(), (1 - left).log()], dim=1)
    pointed[0, 0] = pointed[1, 1] = -torch.inf
    return states, torch.arange(POSITIONS) % TOKENS, pointed.requires_grad_()


def slow(layer: WordSoftmax, states: Tensor, targets: Tensor, smoothing: float, pointed: Tensor | None) -> Tensor:
    logs = layer.log_probabilities(states)
    gold = logs.gather(1, targets.unsqueeze(1)).squeeze(1)
    if pointed is not None:
        gold = torch.logaddexp(pointed[:, 0] + gold, pointed[:, 1])
    return -(1 - smoothing) * gold.sum() - smoothing * logs.mean(dim=1).sum()


def same(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)


def probabilities_add_up_to_one(build: Callable[[], WordSoftmax], smoothing: float) -> None:
    layer, (states, _, _) = evaluated(build), given()
    logs = layer.log_probabilities(states.view(5, 8, IN_DIM))
    assert logs.shape == (5, 8, layer.tokens)
    assert layer.tokens == TOKENS
    same(logs.exp().sum(dim=2), torch.ones(5, 8, dtype=torch.float64))


def loss_is_that_of_the_probabilities(build: Callable[[], WordSoftmax], smoothing: float) -> None:
    layer, (states, targets, pointed) = evaluated(build), given()
    for mixed in (None, pointed):
        same(layer.loss(states, targets, smoothing, mixed), slow(layer, states, targets, smoothing, mixed))
        with torch.no_grad():
            same(layer.loss(states, targets, smoothing, mixed), slow(layer, states, targets, smoothing, mixed))


def gradients_are_those_of_the_slow_way(build: Callable[[], WordSoftmax], smoothing: float) -> None:
    layer, (states, targets, pointed) = evaluated(build), given()
    for mixed in (None, pointed):
        of = [*layer.parameters(), states, *([] if mixed is None else [mixed])]
        found = torch.autograd.grad(layer.loss(states, targets, smoothing, mixed) * 3, of)
        wanted = torch.autograd.grad(slow(layer, states, targets, smoothing, mixed) * 3, of)
        for one, other in zip(found, wanted, strict=True):
            same(one, other)


def loss_is_a_sum_over_positions(build: Callable[[], WordSoftmax], smoothing: float) -> None:
    layer, (states, targets, _) = evaluated(build), given()
    parts = [layer.loss(states[at : at + 7], targets[at : at + 7], smoothing) for at in range(0, POSITIONS, 7)]
    same(layer.loss(states, targets, smoothing), torch.stack(parts).sum())
    assert layer.loss(states[:0], targets[:0], smoothing).item() == 0


def gradient_reaches_everything(build: Callable[[], WordSoftmax], smoothing: float) -> None:
    layer, (states, targets, _) = evaluated(build), given()
    layer.loss(states, targets, smoothing).backward()
    for name, parameter in layer.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        probabilities_add_up_to_one,
        loss_is_that_of_the_probabilities,
        gradients_are_those_of_the_slow_way,
        loss_is_a_sum_over_positions,
        gradient_reaches_everything,
    )
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("config", "tied", "smoothing"), CONFIGS)
def test_law_holds(config: WordSoftmaxConfig, tied: bool, smoothing: float, law: str) -> None:
    torch.manual_seed(0)
    LAWS[law](lambda: build(config, tied), smoothing)


@pytest.mark.parametrize(("config", "tied", "smoothing"), CONFIGS)
def test_a_tied_layer_has_the_rows_of_the_table(config: WordSoftmaxConfig, tied: bool, smoothing: float) -> None:
    table = nn.Embedding(TOKENS, DIM)
    assert any(one is table.weight for one in config.build(IN_DIM, table, tied).parameters()) == tied


@pytest.mark.parametrize("kind", SOFTMAXES.kinds())
def test_config_survives_files(kind: str) -> None:
    config = SOFTMAXES[kind]()
    assert type(config)(**json.loads(json.dumps(config.dump()))) == config


def test_every_kind_is_here() -> None:
    assert {"adaptive", "augmented", "full"} <= set(SOFTMAXES.kinds())


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_faults(law: str) -> None:
    assert law in FAULTS, "a law without a planted fault proves nothing"
    for fault in FAULTS[law]:
        torch.manual_seed(0)
        with pytest.raises(AssertionError):
            LAWS[law](lambda fault=fault: fault(IN_DIM, TOKENS), 0.0)


def test_faults_are_single() -> None:
    """Without its fault, the layer that all faults derive from keeps every law."""
    for law in LAWS.values():
        torch.manual_seed(0)
        law(lambda: SoundSoftmax(IN_DIM, TOKENS), 0.0)
