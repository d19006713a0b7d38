"""The laws of every registered output, and proof that each law catches the faults planted for it.

A new output is covered without an edit here: it is built from its defaults, with each rate and weight set, tied and
not. The slow way that every law compares with is `torch.nn.functional` over what `forward` tells of all
tokens; chunks are made so small that every loss needs several.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seqweave.layers import chunked
from seqweave.layers.generation import OUTPUTS, CopyMemory, Decoded, Output, OutputConfig

from .faults_decoders import SoundDecoder
from .faults_outputs import FAULTS, SoundOutput

DIM, IN_DIM, TOKENS, EXTENSION = 5, 4, 9, 2
SOURCE = torch.tensor([[4, 9, 5, 9], [6, 10, 9, 0], [7, 0, 0, 0]])
TARGETS = torch.tensor([[5, 9, 4, 8, 3], [10, 6, 3, 0, 0], [3, 0, 0, 0, 0]])
PLAIN = TARGETS.masked_fill(TARGETS >= TOKENS, 1)
Law = Callable[[Callable[[], Output], float], None]


def variants(config: type[OutputConfig]) -> Iterator[OutputConfig]:
    """The default config, and it with each number raised."""
    start = config()
    yield start
    for name, value in start:
        if isinstance(value, float):
            yield config(**{**dict(start), name: value + 0.3})


CONFIGS = [
    pytest.param(config, tied, id=f"{kind}-{i}-{'tied' if tied else 'own'}")
    for kind, family in OUTPUTS
    for i, config in enumerate(variants(family))
    for tied in (False, True)
]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "CHUNK_BYTES", 2 * TOKENS * 8)
    monkeypatch.setattr(chunked, "LEAST", 1)


def build(config: OutputConfig, tied: bool) -> Output:
    return config.build(SoundDecoder(IN_DIM, DIM), IN_DIM, nn.Embedding(TOKENS, IN_DIM), tied)


def evaluated(build: Callable[[], Output]) -> Output:
    output = build().double().eval()
    with torch.no_grad():
        for parameter in output.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return output


def read() -> tuple[Decoded, CopyMemory]:
    """Random states; attention that is 0 at padding; sources of which some can only be copied."""
    mask = SOURCE != 0
    shape = (*TARGETS.shape, SOURCE.shape[1])
    attention = torch.randn(shape).double().masked_fill(~mask.unsqueeze(1), -torch.inf).softmax(dim=2)
    states, vectors = (torch.randn(*TARGETS.shape, dim).double() for dim in (DIM, IN_DIM))
    decoded = Decoded(*(part.requires_grad_() for part in (states, attention, vectors)))
    return decoded, CopyMemory(
        *(torch.randn(*shape, DIM).double() for shape in (mask.shape, mask.shape, (3,))), mask, SOURCE, EXTENSION
    )


def targets(output: Output, decoded: Decoded, memory: CopyMemory) -> Tensor:
    """Extended targets where the output can write them."""
    return TARGETS if output(decoded, memory).shape[2] > TOKENS else PLAIN


def slow(output: Output, decoded: Decoded, memory: CopyMemory, smoothing: float) -> Tensor:
    logs, wanted = output(decoded, memory).flatten(0, 1), targets(output, decoded, memory).flatten()
    if not smoothing:
        return functional.nll_loss(logs, wanted, ignore_index=0, reduction="sum")
    return functional.cross_entropy(logs, wanted, ignore_index=0, reduction="sum", label_smoothing=smoothing)


def same(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)


def rows_add_up_to_one(build: Callable[[], Output], smoothing: float) -> None:
    output, (decoded, memory) = evaluated(build), read()
    logs = output(decoded, memory)
    assert logs.shape[2] in (TOKENS, TOKENS + EXTENSION)
    same(logs.exp().sum(dim=2), torch.ones(TARGETS.shape, dtype=torch.float64))
    if logs.shape[2] > TOKENS:  # a word that stands in the source alone can be written, and no other
        there = (torch.tensor([9, 10]).view(1, 2, 1) == SOURCE.unsqueeze(1)).any(dim=2)  # (sentences, extension)
        assert torch.equal(logs[:, 0, TOKENS:].exp() > 1e-99, there)


def loss_is_the_cross_entropy(build: Callable[[], Output], smoothing: float) -> None:
    output, (decoded, memory) = evaluated(build), read()
    wanted = targets(output, decoded, memory)
    loss = output.loss(decoded, memory, wanted)
    beside = sum(loss.parts.values())
    same(loss.total - beside, slow(output, decoded, memory, smoothing))
    assert loss.count == (TARGETS != 0).sum()
    with torch.no_grad():
        same(output.loss(decoded, memory, wanted).total, loss.total)


def gradients_are_those_of_the_slow_way(build: Callable[[], Output], smoothing: float) -> None:
    output, (decoded, memory) = evaluated(build), read()
    loss = output.loss(decoded, memory, targets(output, decoded, memory))
    of = [*output.parameters(), decoded.states, decoded.vectors]
    if not loss.parts:  # what is beside the cross entropy may ask something of attention
        of.append(decoded.attention)
    found = torch.autograd.grad(loss.total * 3, of, allow_unused=True)
    wanted = torch.autograd.grad(slow(output, decoded, memory, smoothing) * 3, of, allow_unused=True)
    for one, other in zip(found, wanted, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            same(one, other)


def loss_is_a_sum_over_sentences(build: Callable[[], Output], smoothing: float) -> None:
    output, (decoded, memory) = evaluated(build), read()
    wanted, total, count = targets(output, decoded, memory), 0.0, 0
    for i, length in enumerate((TARGETS != 0).sum(dim=1).tolist()):
        pick = torch.tensor([i])
        alone = Decoded(*(part[pick] for part in (decoded.states, decoded.attention, decoded.vectors)))
        loss = output.loss(alone.window(0, length), memory.select(pick), wanted[pick, :length])
        total, count = total + loss.total, count + loss.count
    whole = output.loss(decoded, memory, wanted)
    same(whole.total, total)
    assert whole.count == count


def positions_stand_alone(build: Callable[[], Output], smoothing: float) -> None:
    output, (decoded, memory) = evaluated(build), read()
    together = output(decoded, memory)
    for position in range(TARGETS.shape[1]):
        same(output(decoded.window(position, position + 1), memory)[:, 0], together[:, position])


def gradient_reaches_everything(build: Callable[[], Output], smoothing: float) -> None:
    output, (decoded, memory) = evaluated(build), read()
    output.loss(decoded, memory, targets(output, decoded, memory)).total.backward()
    for name, parameter in output.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        rows_add_up_to_one,
        loss_is_the_cross_entropy,
        gradients_are_those_of_the_slow_way,
        loss_is_a_sum_over_sentences,
        positions_stand_alone,
        gradient_reaches_everything,
    )
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("config", "tied"), CONFIGS)
def test_law_holds(config: OutputConfig, tied: bool, law: str) -> None:
    torch.manual_seed(0)
    LAWS[law](lambda: build(config, tied), dict(config).get("smoothing", 0.0))


@pytest.mark.parametrize(("config", "tied"), CONFIGS)
def test_a_tied_output_has_the_rows_of_the_table(config: OutputConfig, tied: bool) -> None:
    table = nn.Embedding(TOKENS, IN_DIM)
    output = config.build(SoundDecoder(IN_DIM, DIM), IN_DIM, table, tied)
    assert any(parameter is table.weight for parameter in output.parameters()) == tied


@pytest.mark.parametrize(("config", "tied"), CONFIGS)
def test_config_survives_files(config: OutputConfig, tied: bool) -> None:
    assert type(config)(**json.loads(json.dumps(config.dump()))) == config


def test_every_kind_is_here() -> None:
    assert {"pointer-generator", "softmax"} <= set(OUTPUTS.kinds())


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_faults(law: str) -> None:
    assert law in FAULTS, "a law without a planted fault proves nothing"
    for fault in FAULTS[law]:
        torch.manual_seed(0)
        with pytest.raises((AssertionError, RuntimeError)):
            LAWS[law](lambda fault=fault: fault(DIM, TOKENS), 0.0)


def test_faults_are_single() -> None:
    """Without its fault, the output that all faults derive from keeps every law."""
    for law in LAWS.values():
        torch.manual_seed(0)
        law(lambda: SoundOutput(DIM, TOKENS), 0.0)
