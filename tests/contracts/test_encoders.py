"""The laws of every registered encoder, and proof that each law catches the fault planted for it.

A new encoder is covered without an edit here: it is built from its defaults (sizes cut down), and again with each
of its settings changed in turn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any, get_args

import pytest
import torch
from pydantic import ValidationError
from ruamel.yaml import YAML
from torch import Tensor

from seqweave.layers.contracts import ENCODERS, Encoder, EncoderConfig, lengths_of
from seqweave.layers.dropout import DropoutConfig

from .faults_encoders import FAULTS, SoundEncoder

IN_DIM = 6
SMALL = 12  # sizes are cut to this: divisible by 2, 3 and 4, and longer than any row below
Law = Callable[[Callable[[], Encoder]], None]


def small(config: type[EncoderConfig]) -> EncoderConfig:
    """The default config with its large integers cut down."""
    default = config()
    return config(**{k: SMALL for k, v in default if isinstance(v, int) and v > SMALL})


ALONG = {"top": {"layers": 2}}
"""Settings that go only with others, and these."""


def variants(config: type[EncoderConfig]) -> Iterator[EncoderConfig]:
    """The small config, and it with each flag flipped, each count raised, each rate set, each choice taken in turn."""
    start = small(config)
    yield start
    for name, field in config.model_fields.items():
        value = getattr(start, name)
        others: list[Any] = [other for other in get_args(field.annotation) if other != value]
        if value is None and int in others:
            others = [SMALL // 2]
        if isinstance(value, bool):
            others = [not value]
        elif isinstance(value, int):
            others = [value + 1]
        elif isinstance(value, float):
            others = [0.3]
        elif isinstance(value, DropoutConfig):
            others = [0.3, {"kind": "locked", "rate": 0.3}]
        for other in others:
            try:
                yield config(**{**dict(start), **ALONG.get(name, {}), name: other})
            except ValidationError:
                continue  # a setting that goes only with another


CONFIGS = [
    pytest.param(config, id=f"{kind}-{i}") for kind, family in ENCODERS for i, config in enumerate(variants(family))
]


def rows(*lengths: int, time: int = 0, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """Random vectors and the mask of rows of the given lengths; padding holds numbers, too."""
    width = max(time, *lengths)
    mask = torch.arange(width) < torch.tensor(lengths).unsqueeze(1)
    return torch.randn(len(lengths), width, IN_DIM, dtype=dtype), mask


def evaluated(build: Callable[[], Encoder]) -> Encoder:
    return build().double().eval()


def close(found: Tensor, wanted: Tensor, tolerance: float) -> bool:
    return torch.allclose(found, wanted, rtol=tolerance, atol=tolerance)


def padding_changes_nothing(build: Callable[[], Encoder]) -> None:
    encoder = evaluated(build)
    x, mask = rows(5, 2, 4)
    short = encoder(x, mask)
    more = 4
    wide = torch.cat([x, torch.randn(3, more, IN_DIM, dtype=x.dtype)], dim=1)
    wide[1, 2:5] = 1000.0
    long = encoder(wide, torch.cat([mask, mask.new_zeros(3, more)], dim=1))
    assert close(long.states[:, :5], short.states, 1e-6)
    assert close(long.summary, short.summary, 1e-6)


def row_order_changes_nothing(build: Callable[[], Encoder]) -> None:
    encoder = evaluated(build)
    x, mask = rows(5, 2, 4)
    order = torch.tensor([2, 0, 1])
    straight, shuffled = encoder(x, mask), encoder(x[order], mask[order])
    assert close(shuffled.states, straight.states[order], 1e-9)
    assert close(shuffled.summary, straight.summary[order], 1e-9)


def batch_equals_single_rows(build: Callable[[], Encoder]) -> None:
    encoder = evaluated(build)
    x, mask = rows(5, 2, 4)
    together = encoder(x, mask)
    for i, length in enumerate(lengths_of(mask).tolist()):
        alone = encoder(x[i : i + 1, :length], mask[i : i + 1, :length])
        assert close(together.states[i, :length], alone.states[0], 1e-9)
        assert close(together.summary[i], alone.summary[0], 1e-9)


def gradient_reaches_everything(build: Callable[[], Encoder]) -> None:
    encoder = build().double().train()
    x, mask = rows(5, 2, 4)
    x.requires_grad_()
    torch.manual_seed(1)  # what dropout drops here must leave every parameter a path
    encoded = encoder(x, mask)
    (encoded.states.sin().sum() + encoded.summary.cos().sum()).backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name
    assert (x.grad.abs().sum(dim=-1) > 0)[mask].all(), "a real position is not read"
    assert not x.grad[~mask].any(), "padding is read"


def saved_equals_loaded(build: Callable[[], Encoder]) -> None:
    torch.manual_seed(1)
    encoder = evaluated(build)
    torch.manual_seed(2)
    other = evaluated(build)
    other.load_state_dict(encoder.state_dict())
    x, mask = rows(5, 2, 4)
    wanted, found = encoder(x, mask), other(x, mask)
    assert torch.equal(found.states, wanted.states)
    assert torch.equal(found.summary, wanted.summary)


def smallest_batch_runs(build: Callable[[], Encoder]) -> None:
    encoder = evaluated(build)
    encoded = encoder(*rows(1))
    assert encoded.states.shape == (1, 1, encoder.out_dim)
    assert encoded.summary.shape == (1, encoder.out_dim)
    assert encoded.states.isfinite().all()


def out_dim_is_true(build: Callable[[], Encoder]) -> None:
    encoder = evaluated(build)
    x, mask = rows(5, 2, 4)
    encoded = encoder(x, mask)
    assert encoded.states.shape == (3, 5, encoder.out_dim)
    assert encoded.summary.shape == (3, encoder.out_dim)
    assert torch.equal(encoded.mask, mask)


def padding_is_zero(build: Callable[[], Encoder]) -> None:
    encoder = build().train()
    x, mask = rows(5, 2, 4, time=7, dtype=torch.float32)
    assert not encoder(x, mask).states[~mask].any()


def dtype_is_kept(build: Callable[[], Encoder]) -> None:
    for dtype in (torch.float32, torch.float64):
        encoded = build().to(dtype)(*rows(5, 2, dtype=dtype))
        assert encoded.states.dtype == dtype
        assert encoded.summary.dtype == dtype


def eval_is_deterministic(build: Callable[[], Encoder]) -> None:
    encoder = evaluated(build)
    x, mask = rows(5, 2, 4)
    first, second = encoder(x, mask), encoder(x, mask)
    assert torch.equal(first.states, second.states)
    assert torch.equal(first.summary, second.summary)


LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        padding_changes_nothing,
        row_order_changes_nothing,
        batch_equals_single_rows,
        gradient_reaches_everything,
        saved_equals_loaded,
        smallest_batch_runs,
        out_dim_is_true,
        padding_is_zero,
        dtype_is_kept,
        eval_is_deterministic,
    )
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("config", CONFIGS)
def test_law_holds(config: EncoderConfig, law: str) -> None:
    torch.manual_seed(0)
    LAWS[law](lambda: config.build(IN_DIM))


@pytest.mark.parametrize("config", CONFIGS)
def test_config_survives_files(config: EncoderConfig) -> None:
    yaml, text = YAML(typ="safe", pure=True), StringIO()
    yaml.dump(config.dump(), text)
    assert type(config)(**yaml.load(text.getvalue())) == config
    assert type(config)(**json.loads(json.dumps(config.dump()))) == config


@pytest.mark.parametrize("config", CONFIGS)
def test_same_seed_same_weights(config: EncoderConfig) -> None:
    torch.manual_seed(3)
    first = config.build(IN_DIM).state_dict()
    torch.manual_seed(3)
    second = config.build(IN_DIM).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_every_kind_is_here() -> None:
    assert {"bag", "convolution", "gru", "lstm", "mingru", "qrnn", "rnn", "self-attention", "sru"} <= set(
        ENCODERS.kinds()
    )


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_fault(law: str) -> None:
    assert law in FAULTS, "a law without a planted fault proves nothing"
    for fault in FAULTS[law]:
        torch.manual_seed(0)
        with pytest.raises((AssertionError, RuntimeError)):
            LAWS[law](lambda fault=fault: fault(IN_DIM))


def test_faults_are_single() -> None:
    """Without its fault, the encoder that all faults derive from keeps every law."""
    for law in LAWS.values():
        torch.manual_seed(0)
        law(lambda: SoundEncoder(IN_DIM))
