from __future__ import annotations

import torch
from tests.contracts.toy_networks import ToyNetwork, framed

from seqweave.decoding.sampling import Sampling, uniform

NETWORK = ToyNetwork()


def test_draws_are_spread_evenly_and_hang_on_nothing_but_their_place_and_tokens() -> None:
    written = torch.cartesian_prod(*[torch.arange(20)] * 3).view(1, -1, 3)
    draws = uniform(1, written)
    assert ((draws >= 0) & (draws < 1)).all()
    counts = torch.histc(draws, 20, 0, 1)
    wanted = written.shape[1] / 20
    assert float(((counts - wanted) ** 2 / wanted).sum()) < 19 + 4 * (2 * 19) ** 0.5  # chi-square, four deviations
    assert abs(float(torch.corrcoef(torch.stack([draws[0, 1:], draws[0, :-1]]))[0, 1])) < 0.05
    assert torch.equal(uniform(1, written.expand(3, -1, -1))[2:], draws)
    assert torch.equal(uniform(1, written[:, :5]), draws[:, :5])


def test_place_seed_tokens_and_their_order_all_count() -> None:
    written = torch.tensor([[[2, 3], [2, 3]], [[3, 2], [2, 4]], [[2, 2], [0, 0]]])
    draws = torch.cat([uniform(seed, written).flatten() for seed in (0, 1, 2**62)])
    lengths = torch.cat([uniform(0, torch.zeros(1, 1, length, dtype=torch.long)).flatten() for length in range(5)])
    assert len(torch.cat([draws, lengths]).unique()) == 3 * 6 + 5


def test_a_seed_is_another_sample_and_the_same_one_the_same() -> None:
    frame, keys = framed(20), list(range(20))
    first, again, other = (
        list(Sampling(seed=seed).run(NETWORK.step, NETWORK.start(keys), frame)) for seed in (1, 1, 2)
    )
    assert first == again
    assert sum(a == b for a, b in zip(first, other, strict=True)) < 15


def test_temperature_sharpens() -> None:
    frame, keys = framed(1), [7]
    means = []
    for temperature in (0.3, 1.0, 3.0):
        search = Sampling(temperature=temperature, samples=300)
        found = search.run(NETWORK.step, NETWORK.start(keys), frame)[0].hypotheses
        means.append(sum(hypothesis.log_probability for hypothesis in found) / len(found))
    assert means == sorted(means, reverse=True)
