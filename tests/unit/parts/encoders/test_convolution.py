"""Convolutions against the written-out sum."""

from __future__ import annotations

import pytest
import torch

from seqweave.parts.encoders.convolution import ConvolutionConfig, SameConvolution


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("step", [1, 2])
def test_convolution_equals_its_equation(width, step) -> None:
    torch.manual_seed(0)
    layer = SameConvolution(3, 2, width, step).double()
    x = torch.randn(1, 6, 3, dtype=torch.float64)
    found = layer(x)
    assert found.shape == (1, 6, 2)
    for t in range(6):
        wanted = layer.convolution.bias.clone()
        for k in range(1, width + 1):
            place = t + (k - 1 - (width - 1) // 2) * step
            if 0 <= place < 6:
                wanted = wanted + layer.convolution.weight[:, :, k - 1] @ x[0, place]
        torch.testing.assert_close(found[0, t], wanted)


def test_window_grows_with_dilation() -> None:
    """Three layers of width 3 with steps 1, 2, 4 see 7 positions to each side."""
    torch.manual_seed(0)
    encoder = ConvolutionConfig(hidden=64, layers=3, dilation=2).build(4).double()  # some filter is awake at each edge
    x = torch.randn(1, 31, 4, dtype=torch.float64, requires_grad=True)
    encoder(x, torch.ones(1, 31, dtype=torch.bool)).states[0, 15].sum().backward()
    seen = x.grad[0].abs().sum(dim=-1).nonzero().flatten().tolist()
    assert (min(seen), max(seen)) == (15 - 7, 15 + 7)


def test_residual_adds_the_input() -> None:
    torch.manual_seed(0)
    encoder = ConvolutionConfig(hidden=4, layers=1).build(3)
    x, mask = torch.randn(2, 5, 3), torch.ones(2, 5, dtype=torch.bool)
    states = encoder.project(x)
    torch.testing.assert_close(encoder(x, mask).states, states + encoder.convolutions[0](states).relu())


def test_plain_layers_need_no_projection() -> None:
    encoder = ConvolutionConfig(hidden=4, layers=1, residual=False).build(3)
    x, mask = torch.randn(2, 5, 3), torch.ones(2, 5, dtype=torch.bool)
    torch.testing.assert_close(encoder(x, mask).states, encoder.convolutions[0](x).relu())
    assert not list(encoder.project.parameters())
