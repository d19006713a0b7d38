"""The laws of every registered encoder that can carry its state, and proof that each law catches its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from seqweave.core.errors import RecipeError
from seqweave.layers.contracts import ENCODERS, EncoderConfig, StatefulEncoder
from seqweave.layers.recurrent import RecurrentConfig, require_one_way

from .faults_stateful_encoders import FAULTS, SoundStateful
from .test_encoders import IN_DIM, close, evaluated, rows, small, variants

Law = Callable[[Callable[[], StatefulEncoder]], None]


def one_way() -> Iterator[object]:
    """Every variant of every kind with a direction, made to read in one."""
    for kind, family in ENCODERS:
        if issubclass(family, RecurrentConfig):
            for i, config in enumerate(variants(family)):
                yield pytest.param(config.model_copy(update={"bidirectional": False}), id=f"{kind}-{i}")


def windows_equal_the_whole(build: Callable[[], StatefulEncoder]) -> None:
    encoder = evaluated(build)
    x, mask = rows(6, 6, 6)
    whole, last = encoder.run(x, mask, None)
    assert close(encoder(x, mask).states, whole.states, 1e-9)
    for cuts in ([1], [2, 5], [1, 2, 3, 4, 5]):
        state, found = None, []
        for window in x.tensor_split(cuts, dim=1):
            encoded, state = encoder.run(window, mask[:, : window.shape[1]], state)
            found.append(encoded.states)
        assert close(torch.cat(found, dim=1), whole.states, 1e-9)
        assert close(encoded.summary, whole.summary, 1e-9)
        assert all(close(part, wanted, 1e-9) for part, wanted in zip(state, last, strict=True))


def padding_changes_no_state(build: Callable[[], StatefulEncoder]) -> None:
    encoder = evaluated(build)
    start = encoder.run(*rows(2, 2, 2), None)[1]
    x, mask = rows(5, 1, 4)
    encoded, after = encoder.run(x, mask, start)
    assert not encoded.states[~mask].any()
    for row, length in enumerate((5, 1, 4)):
        own = tuple(part[row : row + 1] for part in start)
        alone, wanted = encoder.run(x[row : row + 1, :length], mask[row : row + 1, :length], own)
        assert close(encoded.states[row, :length], alone.states[0], 1e-9)
        assert all(close(part[row], one[0], 1e-9) for part, one in zip(after, wanted, strict=True))


def gradient_flows_through_windows(build: Callable[[], StatefulEncoder]) -> None:
    encoder = evaluated(build)
    x, mask = rows(4, 4)
    whole, parts = x.clone().requires_grad_(), x.clone().requires_grad_()
    encoder.run(whole, mask, None)[0].states.sin().sum().backward()
    first, state = encoder.run(parts[:, :2], mask[:, :2], None)
    second, _ = encoder.run(parts[:, 2:], mask[:, 2:], state)
    (first.states.sin().sum() + second.states.sin().sum()).backward()
    assert close(parts.grad, whole.grad, 1e-9)


LAWS: dict[str, Law] = {
    law.__name__: law for law in (windows_equal_the_whole, padding_changes_no_state, gradient_flows_through_windows)
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("config", list(one_way()))
def test_law_holds(config: EncoderConfig, law: str) -> None:
    torch.manual_seed(0)
    LAWS[law](lambda: config.build(IN_DIM))


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_fault(law: str) -> None:
    for fault in FAULTS[law]:
        torch.manual_seed(0)
        with pytest.raises((AssertionError, RuntimeError)):
            LAWS[law](lambda fault=fault: fault(IN_DIM))


def test_faults_are_single() -> None:
    for law in LAWS.values():
        torch.manual_seed(0)
        law(lambda: SoundStateful(IN_DIM))


@pytest.mark.parametrize("kind", ["gru", "lstm", "mingru", "qrnn", "rnn", "sru"])
def test_reading_both_ways_does_not_carry(kind: str) -> None:
    encoder = small(ENCODERS[kind]).build(IN_DIM).double()
    assert isinstance(encoder, StatefulEncoder)
    with pytest.raises(RecipeError, match="E-CARRY-01"):
        encoder.run(*rows(2, 2), None)
    with pytest.raises(RecipeError, match=r"in model.encoder.*E-CARRY-01"):
        require_one_way(encoder, "model.encoder")
