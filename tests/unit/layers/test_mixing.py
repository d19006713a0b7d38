import math

import pytest
import torch

from seqweave.layers.mixing import LayerMix


def mixed(**settings):
    torch.manual_seed(0)
    mix = LayerMix(3, **settings).double().eval()
    with torch.no_grad():
        mix.weights.normal_()
        mix.gamma.fill_(1.7)
    return mix, torch.randn(3, 2, 4, 5, dtype=torch.float64)


@pytest.mark.parametrize("norm", [False, True])
def test_the_mix_is_that_of_a_slow_loop(norm):
    mix, layers = mixed(norm=norm)
    found = mix(layers).detach()
    powers = [math.exp(weight) for weight in mix.weights.tolist()]
    for row in range(2):
        for token in range(4):
            wanted = torch.zeros(5, dtype=torch.float64)
            for power, layer in zip(powers, layers, strict=True):
                vector = layer[row, token]
                if norm:
                    centred = vector - sum(vector.tolist()) / 5
                    vector = centred / math.sqrt(sum(x * x for x in centred.tolist()) / 5 + 1e-5)
                wanted += mix.gamma.item() * power / sum(powers) * vector
            torch.testing.assert_close(found[row, token], wanted, rtol=0, atol=1e-9)


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_weights_and_gamma_are_learned_and_the_mix_begins_as_the_mean_times_the_scale(scale):
    mix, layers = LayerMix(3, scale=scale).double(), mixed()[1]
    torch.testing.assert_close(mix(layers), scale * layers.mean(dim=0), rtol=0, atol=1e-12)
    mix(layers).square().sum().backward()
    assert bool((mix.weights.grad != 0).all())
    assert mix.gamma.grad != 0


def test_layers_are_left_out_while_training_but_never_all():
    mix, _ = mixed(layer_dropout=0.5)
    assert bool((mix.shares() > 0).all())
    mix.train()
    torch.manual_seed(1)
    shares = torch.stack([mix.shares() for _ in range(300)]).detach()
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(300, dtype=torch.float64))
    assert float((shares == 0).double().mean()) == pytest.approx(0.5 - 0.5**3, abs=0.06)
