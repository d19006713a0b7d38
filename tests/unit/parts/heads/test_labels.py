import pytest
import torch

from seqweave.data.sizes import LabelSpace
from seqweave.parts.heads.labels import LabelsConfig

MASK = torch.ones(3, 2, dtype=torch.bool)
TARGETS = torch.tensor([[0.0, 1, 1], [0, 0, 0], [float("nan")] * 3])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_loss_agrees_with_a_plain_loop(smoothing):
    weights = torch.tensor([1.0, 3.0, 0.5])
    free = LabelSpace.free(3)
    space = LabelSpace(3, weights.numpy(), free.allowed, free.starts, free.ends)
    head = LabelsConfig(label_smoothing=smoothing).build(5, space)
    scores = torch.randn(3, 3, generator=torch.Generator().manual_seed(0))
    expected = 0.0
    for row in (0, 1):  # a row without any label is gold all the same
        for label in range(3):
            yes = 1 / (1 + (-scores[row, label]).exp())
            target = TARGETS[row, label] * (1 - smoothing) + smoothing / 2
            expected -= weights[label] * target * yes.log() + (1 - target) * (1 - yes).log()
    loss = head.loss(scores, TARGETS, MASK)
    torch.testing.assert_close(loss.total, expected)
    assert loss.count == 2


def test_probabilities_are_independent():
    head = LabelsConfig().build(5, LabelSpace.free(3))
    found = head.predict(torch.tensor([[0.0, 50.0, 50.0]]), MASK[:1]).probabilities
    torch.testing.assert_close(found, torch.tensor([[0.5, 1.0, 1.0]]))


def test_weights_are_torchs_weights_of_a_yes():
    weights, free = torch.tensor([1.0, 3.0, 0.5]), LabelSpace.free(3)
    head = LabelsConfig().build(5, LabelSpace(3, weights.numpy(), free.allowed, free.starts, free.ends))
    scores = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))
    oracle = torch.nn.BCEWithLogitsLoss(pos_weight=weights, reduction="sum")
    torch.testing.assert_close(head.loss(scores, TARGETS[:2], MASK[:2]).total, oracle(scores, TARGETS[:2]))
