import math

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, ReduceLROnPlateau

from seqweave.training.schedules.contract import Moment
from seqweave.training.schedules.curves import ConstantConfig, CosineConfig, InverseSqrtConfig, LinearConfig
from seqweave.training.schedules.plateau import PlateauConfig
from seqweave.training.schedules.staircase import StaircaseConfig

TOTAL = 17


def torch_rates(scheduler_of, steps):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = scheduler_of(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def rates(schedule, steps, warmup=0):
    return [schedule.factor(Moment(step, step / TOTAL, warmup)) for step in range(steps)]


def test_linear_is_torchs():
    wanted = torch_rates(lambda o: LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=TOTAL), TOTAL)
    assert rates(LinearConfig(floor=0.1), TOTAL) == pytest.approx(wanted)


def test_cosine_is_torchs():
    wanted = torch_rates(lambda o: CosineAnnealingLR(o, TOTAL, eta_min=0.2), TOTAL)
    assert rates(CosineConfig(floor=0.2), TOTAL) == pytest.approx(wanted)


def test_the_staircase_is_torchs():
    """torch's scheduler takes one step an epoch, and its exponent begins with the first epoch behind those held."""
    wanted = torch_rates(lambda o: LambdaLR(o, lambda epoch: 0.8 ** max(0, epoch - 3)), 9)
    stairs = StaircaseConfig(hold=4, decay=0.8)
    ours = [stairs.factor(Moment(10 * epoch + step, 0.0, epoch=epoch)) for epoch in range(9) for step in (0, 9)]
    assert ours == pytest.approx([rate for rate in wanted for _ in range(2)])
    assert StaircaseConfig(hold=0, decay=0.5).factor(Moment(0, 0.0)) == 0.5


def test_constant_and_warmup():
    assert rates(ConstantConfig(), 3) == [1.0, 1.0, 1.0]
    assert [Moment(step, 0.0, 4).rise for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert Moment(0, 0.0).rise == 1.0


def test_inverse_square_root_is_the_papers_up_to_its_peak():
    warmup = 5
    paper = [min((s + 1) ** -0.5, (s + 1) * warmup**-1.5) * math.sqrt(warmup) for s in range(TOTAL)]
    ours = [InverseSqrtConfig().factor(m) * m.rise for m in (Moment(s, s / TOTAL, warmup) for s in range(TOTAL))]
    assert ours == pytest.approx(paper)


def test_plateau_drops_when_torchs_does():
    scores = [1.0, 2.0, 1.5, 2.0, 2.0, 3.0, 2.0, 2.5, 2.9, 3.0, 1.0, 4.0, 3.0]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    # torch waits one evaluation more than its patience says, and its default threshold asks for more than "better"
    theirs = ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=1, threshold=0.0)
    ours = PlateauConfig(decay=0.5, patience=2)
    for count in range(1, len(scores) + 1):
        theirs.step(scores[count - 1])
        factor = ours.factor(Moment(0, 0.0, 0, tuple(scores[:count])))
        assert factor == optimizer.param_groups[0]["lr"]
    assert optimizer.param_groups[0]["lr"] < 0.5, "the scores must bring several drops"
