import pytest
import torch

from seqweave.data.sizes import LabelSpace
from seqweave.layers.contracts import Encoded
from seqweave.parts.heads.label import LabelConfig

MASK = torch.ones(3, 2, dtype=torch.bool)
TARGETS = torch.tensor([[0.0, 1, 0, 0], [1, 0, 0, 0], [float("nan")] * 4])


def weighted(*weights):
    space = LabelSpace.free(len(weights))
    return LabelSpace(space.count, torch.tensor(weights).numpy(), space.allowed, space.starts, space.ends)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_loss_agrees_with_a_plain_loop(smoothing):
    weights = (1.0, 3.0, 0.5, 2.0)
    head = LabelConfig(label_smoothing=smoothing).build(5, weighted(*weights))
    scores = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    logs = scores - scores.exp().sum(1, keepdim=True).log()
    expected = 0.0
    for row in (0, 1):
        for label in range(4):
            share = TARGETS[row, label] * (1 - smoothing) + smoothing / 4
            expected -= weights[label] * share * logs[row, label]
    torch.testing.assert_close(head.loss(scores, TARGETS, MASK).total, expected)


def test_several_gold_labels_share_the_weight_of_their_row():
    head = LabelConfig().build(5, LabelSpace.free(4))
    scores = torch.randn(1, 4, generator=torch.Generator().manual_seed(0))

    def loss(*labels):
        targets = torch.zeros(1, 4)
        targets[0, list(labels)] = 1
        return head.loss(scores, targets, MASK[:1]).total

    torch.testing.assert_close(loss(0, 2), (loss(0) + loss(2)) / 2)


def test_dropout_falls_on_the_summary_while_training_only():
    head = LabelConfig(dropout=0.9).build(50, LabelSpace.free(4))
    encoded = Encoded(torch.zeros(3, 2, 50), torch.ones(3, 50), MASK)
    assert not torch.equal(head(encoded), head(encoded))
    head.eval()
    assert torch.equal(head(encoded), head(encoded))


def test_weights_are_those_of_torch():
    weights = torch.tensor([1.0, 3.0, 0.5, 2.0])
    scores = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.functional.cross_entropy(scores, torch.tensor([1, 0]), weight=weights, reduction="sum")
    head = LabelConfig().build(5, weighted(*weights.tolist()))
    torch.testing.assert_close(head.loss(scores, TARGETS[:2], MASK[:2]).total, expected)
