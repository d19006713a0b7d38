"""Attention and the Transformer layer against torch's own layer and the written-out equations."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from seqweave.layers.attention import Attention, SinusoidalPositions, TransformerLayer

DIM, HEADS, FEED_FORWARD = 8, 2, 12


def inputs() -> tuple[Tensor, Tensor]:
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
    return torch.randn(2, 5, DIM, dtype=torch.float64), mask


def torch_layer(layer: TransformerLayer) -> nn.TransformerEncoderLayer:
    """torch's pre-norm layer with our weights; its three input projections are one table."""
    theirs = nn.TransformerEncoderLayer(
        DIM, HEADS, FEED_FORWARD, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    ).double()
    ours, attention = layer.attention, theirs.self_attn
    with torch.no_grad():
        attention.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key_value.weight]))
        attention.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key_value.bias]))
    attention.out_proj.load_state_dict(ours.output.state_dict())
    theirs.linear1.load_state_dict(layer.widen.state_dict())
    theirs.linear2.load_state_dict(layer.narrow.state_dict())
    theirs.norm1.load_state_dict(layer.attention_norm.state_dict())
    theirs.norm2.load_state_dict(layer.widen_norm.state_dict())
    return theirs


@pytest.fixture
def layer() -> TransformerLayer:
    torch.manual_seed(0)
    layer = TransformerLayer(DIM, HEADS, FEED_FORWARD, 0.0).double()
    with torch.no_grad():  # norms and biases begin as 1 and 0, which would hide a swap
        for parameter in layer.parameters():
            parameter.add_(torch.randn_like(parameter) / 4)
    return layer


def test_layer_equals_torch(layer) -> None:
    theirs, (x, mask) = torch_layer(layer), inputs()
    our_x, their_x = x.clone().requires_grad_(), x.clone().requires_grad_()
    found, wanted = layer(our_x, mask), theirs(their_x, src_key_padding_mask=~mask)
    torch.testing.assert_close(found[mask], wanted[mask], rtol=1e-6, atol=1e-9)
    found[mask].sin().sum().backward()
    wanted[mask].sin().sum().backward()
    torch.testing.assert_close(our_x.grad, their_x.grad, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(layer.widen.weight.grad, theirs.linear1.weight.grad, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(
        layer.attention.key_value.weight.grad, theirs.self_attn.in_proj_weight.grad[DIM:], rtol=1e-6, atol=1e-9
    )


def test_attention_over_a_memory_equals_its_equation() -> None:
    """Query by query and head by head, over a memory longer than the queries."""
    torch.manual_seed(0)
    attention = Attention(DIM, HEADS, 0.0).double()
    memory, mask = inputs()
    x = torch.randn(2, 3, DIM, dtype=torch.float64)
    found = attention(x, memory, mask)
    size = DIM // HEADS
    for row in range(2):
        real = memory[row][mask[row]]
        keys, values = attention.key_value(real).chunk(2, dim=-1)
        for t in range(3):
            query, heads = attention.query(x[row, t]), []
            for head in range(HEADS):
                part = slice(head * size, (head + 1) * size)
                weights = (keys[:, part] @ query[part] / math.sqrt(size)).softmax(dim=0)
                heads.append(weights @ values[:, part])
            torch.testing.assert_close(found[row, t], attention.output(torch.cat(heads)))


def test_the_open_path_equals_the_fast_one_and_torchs_weights(layer) -> None:
    (x, mask), attention = inputs(), layer.attention
    found, weights = attention.observed(x, x, mask)
    torch.testing.assert_close(found, attention(x, x, mask), rtol=0, atol=1e-12)
    theirs = torch_layer(layer).self_attn
    _, wanted = theirs(x, x, x, key_padding_mask=~mask, average_attn_weights=False)
    torch.testing.assert_close(weights, wanted, rtol=0, atol=1e-12)
    assert bool((weights[1, :, :, 2:] == 0).all()), "nothing looks at padding"


@pytest.mark.parametrize("dim", [1, 6, 7])
def test_sinusoids_equal_the_papers(dim) -> None:
    """Vaswani et al., 2017, section 3.5: sin and cos of pos / 10000^(2i / dim)."""
    found = SinusoidalPositions(dim)(torch.zeros(1, 9, dim, dtype=torch.float64))[0]
    for position in range(9):
        for entry in range(dim):
            angle = position / 10_000 ** ((entry - entry % 2) / dim)
            wanted = math.cos(angle) if entry % 2 else math.sin(angle)
            assert found[position, entry].item() == pytest.approx(wanted, abs=1e-12)
