import torch

from seqweave.data.sizes import LabelSpace
from seqweave.parts.heads.crf import CRFConfig
from seqweave.parts.heads.tags import TagsConfig

MASK = torch.tensor([[True, True, True], [True, False, False]])
TARGETS = torch.tensor([[0, 2, 1], [1, -100, -100]])
OUTSIDE, BEGIN, INSIDE = range(3)


def bio():
    """O, B, I: an I neither starts a sentence nor follows an O."""
    free = LabelSpace.free(3)
    allowed, starts = free.allowed.copy(), free.starts.copy()
    allowed[OUTSIDE, INSIDE] = starts[INSIDE] = False
    return LabelSpace(3, free.weights, allowed, starts, free.ends)


def scored(seed=0):
    return torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(seed))


def test_before_training_it_is_a_softmax_per_token():
    crf, tags = CRFConfig().build(5, LabelSpace.free(3)), TagsConfig().build(5, LabelSpace.free(3))
    loss, expected = crf.loss(scored(), TARGETS, MASK), tags.loss(scored(), TARGETS, MASK)
    torch.testing.assert_close(loss.total, expected.total)
    assert loss.count == expected.count
    found, plain = crf.predict(scored(), MASK), tags.predict(scored(), MASK)
    assert torch.equal(found.tags, plain.tags)
    torch.testing.assert_close(found.probabilities, plain.probabilities)


def test_a_sentence_with_a_missing_tag_is_left_out():
    head = CRFConfig().build(5, LabelSpace.free(3))
    part = TARGETS.clone()
    part[0, 1] = -100
    found, expected = head.loss(scored(), part, MASK), head.loss(scored()[1:], TARGETS[1:], MASK[1:])
    torch.testing.assert_close(found.total, expected.total)
    assert found.count == expected.count == 1


def test_constraints_bind_predictions_only():
    head = CRFConfig().build(5, bio())
    scores = torch.zeros(2, 3, 3)
    scores[:, :, INSIDE] = 5.0
    assert head.predict(scores, MASK).tags.tolist() == [[BEGIN, INSIDE, INSIDE], [OUTSIDE, -100, -100]]
    unlawful = torch.full((2, 3), INSIDE).masked_fill(~MASK, -100)
    assert head.loss(scores, unlawful, MASK).mean < 0.1


def test_loss_keeps_its_digits_beside_large_scores():
    """A constant added to all scores of a position changes nothing, even where float32 would lose the loss in it."""
    head = CRFConfig().build(5, LabelSpace.free(3))
    scores = scored().mul(64).round() / 64  # the sum with the constant is then exact
    torch.testing.assert_close(head.loss(scores + 2.0**14, TARGETS, MASK).total, head.loss(scores, TARGETS, MASK).total)


def test_state_holds_no_constraints():
    assert set(CRFConfig().build(5, bio()).state_dict()) == {
        "project.weight", "project.bias", "between", "starts", "ends",
    }  # fmt: skip
