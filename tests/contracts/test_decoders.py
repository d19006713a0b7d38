"""The laws of every registered decoder, and proof that each law catches the faults planted for it.

A new decoder is covered without an edit here: it is built from its defaults (sizes cut down), and again with each of
its settings changed in turn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from seqweave.layers.dropout import DropoutConfig
from seqweave.layers.generation import DECODERS, Decoded, Decoder, DecoderConfig, EncodedMemory, MemorySizes

from .faults_decoders import FAULTS, SoundDecoder

IN_DIM, DIM = 6, 8
MEMORY = MemorySizes(DIM, 3)
LENGTHS = (5, 2, 4)
MASK = torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS).unsqueeze(1)
TIME = 6
SIZES = {"hidden", "feed_forward", "limit"}  # which change nothing but shapes, or nothing at all
Law = Callable[[Callable[[], Decoder]], None]

TOGETHER: dict[str, list[dict[str, Any]]] = {
    "attention": [
        {"score": "additive", "coverage": True},
        {"score": "additive", "coverage": True, "input_feeding": True, "cell": "gru", "layers": 2},
        {"place": "between", "layers": 3},
        {"place": "between", "layers": 2, "input_feeding": True, "attentional": False},
        {"score": "dot", "normalise": "sum", "input_feeding": True, "dropout": {"kind": "locked", "rate": 0.3}},
    ],
    "vector": [{"feed_summary": "every", "cell": "gru", "layers": 2}, {"feed_summary": "first", "layers": 2}],
    "self-attention": [{"positions": "learned", "layers": 1}],
}
"""Settings that go only with others, or that meet in the code."""


def variants(config: type[DecoderConfig]) -> Iterator[DecoderConfig]:
    """The default config with its large integers cut down, and it with each setting changed in turn."""
    default = config()
    small = {name: DIM for name, value in default if isinstance(value, int) and value > DIM}
    small["dropout"] = 0
    start = config(**small)
    yield start
    for name, field in config.model_fields.items():
        value = getattr(start, name)
        others: list[Any] = [other for other in get_args(field.annotation) if other != value]
        if isinstance(value, bool):
            others = [not value]
        elif isinstance(value, int) and name not in SIZES:
            others = [value + 1]
        elif isinstance(value, float):
            others = [0.3]
        elif isinstance(value, DropoutConfig):
            others = [0.3, {"kind": "locked", "rate": 0.3}]
        for other in others:
            try:
                yield config(**{**dict(start), name: other})
            except ValidationError:
                continue  # a setting that goes only with another
    for settings in TOGETHER.get(config.kind, []):
        yield config(**{**dict(start), **settings})


CONFIGS = [
    pytest.param(config, id=f"{kind}-{i}") for kind, family in DECODERS for i, config in enumerate(variants(family))
]


def evaluated(build: Callable[[], Decoder]) -> Decoder:
    return build().double().eval()


def memory(mask: Tensor = MASK) -> EncodedMemory:
    states = torch.randn(*mask.shape, DIM, dtype=torch.float64) * mask.unsqueeze(2)
    vectors = torch.randn(*mask.shape, MEMORY.vectors, dtype=torch.float64)  # at padding, too
    return EncodedMemory(states, vectors, torch.randn(len(mask), DIM, dtype=torch.float64), mask)


def cut(read: EncodedMemory, sentence: int, length: int) -> EncodedMemory:
    """One sentence, without its end."""
    one = slice(sentence, sentence + 1)
    return EncodedMemory(
        read.states[one, :length], read.vectors[one, :length], read.summary[one], read.mask[one, :length]
    )


def tokens(sentences: int = len(LENGTHS), time: int = TIME) -> Tensor:
    return torch.randn(sentences, time, IN_DIM, dtype=torch.float64)


def same(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)


def agree(found: Decoded, wanted: Decoded) -> None:
    same(found.states, wanted.states)
    same(found.attention, wanted.attention)
    same(found.vectors, wanted.vectors)


def stepping_equals_teacher_forcing(build: Callable[[], Decoder]) -> None:
    decoder, read, vectors = evaluated(build), memory(), tokens()
    wanted, state = decoder(vectors, read), decoder.start(read)
    for position in range(TIME):
        decoded, state = decoder.step(vectors[:, position : position + 1], state)
        agree(decoded, wanted.window(position, position + 1))


def choosing_carries_everything(build: Callable[[], Decoder]) -> None:
    """Hypotheses are chosen, several times or never, and sentences leave and change places: each is read anew."""
    decoder, read = evaluated(build), memory()
    state = decoder.start(read)
    sentences, histories = torch.arange(len(LENGTHS)), torch.zeros(len(LENGTHS), 0, IN_DIM, dtype=torch.float64)
    plans = [[[0, 0, 0], [1, 1, 1], [2, 2, 2]], [[2, 0, 1], [3, 5, 3], [7, 8, 6]], [[7, 6], [2, 2]], [[1, 0], [3, 2]]]
    for rows in map(torch.tensor, plans):
        state = state.select(rows)
        vectors = torch.randn(*rows.shape, IN_DIM, dtype=torch.float64)
        decoded, state = decoder.step(vectors, state)
        chosen = rows.flatten()
        sentences, histories = sentences[chosen], torch.cat([histories[chosen], vectors.view(-1, 1, IN_DIM)], dim=1)
        anew = decoder(histories, read.select(sentences))
        same(decoded.states.flatten(0, 1), anew.states[:, -1])
        same(decoded.attention.flatten(0, 1), anew.attention[:, -1])


def memory_is_never_copied(build: Callable[[], Decoder]) -> None:
    """A wider beam in the same sentences shares their memory, and what is derived from it."""
    decoder, read = evaluated(build), memory()
    state = decoder.start(read)
    for plan in ([[0, 0], [1, 1], [2, 2]], [[1, 0], [2, 2], [4, 5]]):
        state = state.select(torch.tensor(plan))
        _, state = decoder.step(tokens(3, 2), state)
        for name in ("states", "vectors", "summary", "mask"):
            assert getattr(state.memory, name).data_ptr() == getattr(read, name).data_ptr(), name


def source_padding_changes_nothing(build: Callable[[], Decoder]) -> None:
    decoder, read, vectors, more = evaluated(build), memory(), tokens(), 3
    states = torch.cat([read.states, torch.zeros(3, more, DIM, dtype=torch.float64)], dim=1)
    words = torch.cat([read.vectors, torch.randn(3, more, MEMORY.vectors, dtype=torch.float64)], dim=1)
    mask = torch.cat([read.mask, torch.zeros(3, more, dtype=torch.bool)], dim=1)
    wide = EncodedMemory(states, words, read.summary, mask)
    short, long = decoder(vectors, read), decoder(vectors, wide)
    same(long.states, short.states)
    same(long.attention[:, :, :-more], short.attention)
    assert not long.attention[:, :, -more:].any()


def no_position_sees_a_later_one(build: Callable[[], Decoder]) -> None:
    decoder, read, vectors, kept = evaluated(build), memory(), tokens(), 3
    other = torch.cat([vectors[:, :kept], tokens(time=TIME - kept)], dim=1)
    agree(decoder(other, read).window(0, kept), decoder(vectors, read).window(0, kept))
    agree(decoder(vectors[:, :kept], read), decoder(vectors, read).window(0, kept))


def what_is_not_asked_for_changes_nothing(build: Callable[[], Decoder]) -> None:
    """More sentences than leave a pass at once, in no order of their lengths."""
    decoder, lengths = evaluated(build), torch.arange(1, TIME + 1).repeat(5)[torch.randperm(5 * TIME)]
    read, vectors = memory(MASK[torch.arange(len(lengths)) % len(MASK)]), tokens(len(lengths))
    wanted, found = decoder(vectors, read), decoder(vectors, read, lengths)
    asked = torch.arange(TIME) < lengths.unsqueeze(1)
    same(found.states[asked], wanted.states[asked])
    same(found.attention[asked], wanted.attention[asked])
    same(found.vectors, wanted.vectors)
    assert found.states.isfinite().all()
    assert found.attention.isfinite().all()


def batch_equals_single_sentences(build: Callable[[], Decoder]) -> None:
    decoder, read, vectors = evaluated(build), memory(), tokens()
    together = decoder(vectors, read)
    for i, length in enumerate(LENGTHS):
        decoded = decoder(vectors[i : i + 1], cut(read, i, length))
        same(together.states[i : i + 1], decoded.states)
        same(together.attention[i : i + 1, :, :length], decoded.attention)


def attention_adds_up(build: Callable[[], Decoder]) -> None:
    decoder, read = evaluated(build), memory()
    attention = decoder(tokens(), read).attention
    assert attention.shape == (len(LENGTHS), TIME, max(LENGTHS))
    same(attention.sum(dim=2), torch.full((len(LENGTHS), TIME), float(decoder.attends), dtype=torch.float64))
    assert not attention[~read.mask.unsqueeze(1).expand_as(attention)].any()


def gradient_reaches_everything(build: Callable[[], Decoder]) -> None:
    decoder, read, vectors = build().double().train(), memory(), tokens().requires_grad_()
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.add_(torch.randn_like(parameter) / 4)
    read.states.requires_grad_()
    read.summary.requires_grad_()
    torch.manual_seed(1)  # what dropout drops here must leave every parameter a path
    decoder(vectors, read).states.sin().sum().backward()
    for name, parameter in decoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name
    # the first token's way to the last state: what came before is remembered, and learned from
    found = decoder.eval()(vectors, read).states[:, -1].square().sum()
    (gradient,) = torch.autograd.grad(found, vectors)
    assert (gradient.abs().sum(dim=2) > 0).all(), "a token is not read"


def saved_equals_loaded(build: Callable[[], Decoder]) -> None:
    torch.manual_seed(1)
    decoder = evaluated(build)
    torch.manual_seed(2)
    other = evaluated(build)
    other.load_state_dict(decoder.state_dict())
    read, vectors = memory(), tokens()
    assert torch.equal(other(vectors, read).states, decoder(vectors, read).states)


def sizes_and_precision_are_true(build: Callable[[], Decoder]) -> None:
    for dtype in (torch.float32, torch.float64):
        decoder, read, vectors = build().to(dtype), memory(), tokens().to(dtype)
        read = EncodedMemory(*(part.to(dtype) for part in (read.states, read.vectors, read.summary)), read.mask)
        decoded, _ = decoder.step(vectors[:, :1], decoder.start(read))
        for found, time in (
            (decoder(vectors, read), TIME),
            (decoder(vectors[:1, :1], cut(read, 0, 1)), 1),
            (decoded, 1),
        ):
            assert found.states.shape[1:] == (time, decoder.out_dim)
            assert found.states.dtype == found.attention.dtype == dtype


def eval_is_deterministic(build: Callable[[], Decoder]) -> None:
    decoder, read, vectors = evaluated(build), memory(), tokens()
    assert torch.equal(decoder(vectors, read).states, decoder(vectors, read).states)


LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        stepping_equals_teacher_forcing,
        choosing_carries_everything,
        memory_is_never_copied,
        source_padding_changes_nothing,
        no_position_sees_a_later_one,
        what_is_not_asked_for_changes_nothing,
        batch_equals_single_sentences,
        attention_adds_up,
        gradient_reaches_everything,
        saved_equals_loaded,
        sizes_and_precision_are_true,
        eval_is_deterministic,
    )
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("config", CONFIGS)
def test_law_holds(config: DecoderConfig, law: str) -> None:
    torch.manual_seed(0)
    LAWS[law](lambda: config.build(IN_DIM, MEMORY))


@pytest.mark.parametrize("config", CONFIGS)
def test_config_survives_files(config: DecoderConfig) -> None:
    assert type(config)(**json.loads(json.dumps(config.dump()))) == config


@pytest.mark.parametrize("config", CONFIGS)
def test_same_seed_same_weights(config: DecoderConfig) -> None:
    torch.manual_seed(3)
    one = config.build(IN_DIM, MEMORY).state_dict()
    torch.manual_seed(3)
    two = config.build(IN_DIM, MEMORY).state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_every_kind_is_here() -> None:
    assert {"attention", "self-attention", "vector"} <= set(DECODERS.kinds())


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_faults(law: str) -> None:
    assert law in FAULTS, "a law without a planted fault proves nothing"
    for fault in FAULTS[law]:
        torch.manual_seed(0)
        with pytest.raises((AssertionError, RuntimeError)):
            LAWS[law](lambda fault=fault: fault(IN_DIM, DIM))


def test_faults_are_single() -> None:
    """Without its fault, the decoder that all faults derive from keeps every law."""
    for law in LAWS.values():
        torch.manual_seed(0)
        law(lambda: SoundDecoder(IN_DIM, DIM))
