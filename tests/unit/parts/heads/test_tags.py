import pytest
import torch

from seqweave.data.sizes import LabelSpace
from seqweave.parts.heads.tags import TagsConfig

MASK = torch.tensor([[True, True, True], [True, False, False]])
OUTSIDE, BEGIN, INSIDE = range(3)


def bio():
    """O, B, I: an I neither starts a sentence nor follows an O."""
    free = LabelSpace.free(3)
    allowed, starts = free.allowed.copy(), free.starts.copy()
    allowed[OUTSIDE, INSIDE] = starts[INSIDE] = False
    return LabelSpace(3, free.weights, allowed, starts, free.ends)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_loss_agrees_with_a_plain_loop(smoothing):
    head = TagsConfig(label_smoothing=smoothing).build(5, LabelSpace.free(3))
    scores = torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([[0, -100, 2], [1, -100, -100]])
    logs = scores - scores.exp().sum(2, keepdim=True).log()
    expected = 0.0
    for row, time in ((0, 0), (0, 2), (1, 0)):
        for tag in range(3):
            share = float(targets[row, time] == tag) * (1 - smoothing) + smoothing / 3
            expected -= share * logs[row, time, tag]
    loss = head.loss(scores, targets, MASK)
    torch.testing.assert_close(loss.total, expected)
    assert loss.count == 3


def test_constraints_choose_the_best_lawful_sequence():
    scores = torch.zeros(2, 3, 3)
    scores[0, :, INSIDE] = 2.0  # three insides would be best, were they lawful
    scores[0, :, BEGIN] = 1.0
    scores[1, 0] = torch.tensor([1.0, 0.0, 2.0])
    found = TagsConfig().build(5, bio()).predict(scores, MASK)
    assert found.tags.tolist() == [[BEGIN, INSIDE, INSIDE], [OUTSIDE, -100, -100]]
    shares = scores.softmax(2)
    expected = [[shares[0, 0, BEGIN], shares[0, 1, INSIDE], shares[0, 2, INSIDE]], [shares[1, 0, OUTSIDE], 0, 0]]
    torch.testing.assert_close(found.probabilities, torch.tensor(expected))
    free = TagsConfig(constrained=False).build(5, bio()).predict(scores, MASK)
    assert free.tags.tolist() == [[INSIDE] * 3, [INSIDE, -100, -100]]


def test_training_is_never_constrained():
    scores = torch.zeros(1, 2, 3)
    unlawful = torch.tensor([[OUTSIDE, INSIDE]])
    mask = torch.ones(1, 2, dtype=torch.bool)
    torch.testing.assert_close(
        TagsConfig().build(5, bio()).loss(scores, unlawful, mask).total, 2 * torch.tensor(3.0).log()
    )
