import pytest
import torch

from seqweave.decoding.chain import log_partition, marginals, path_score
from seqweave.decoding.transitions import Transitions
from seqweave.decoding.viterbi import best_path

MASK = torch.tensor([[True, True, True], [True, False, False]])


def a_chain(seed=0, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    draw = [torch.randn(*shape, generator=generator) * scale for shape in ((2, 3, 4), (4, 4), (4,), (4,))]
    return draw[0], Transitions(*draw[1:])


def test_padding_is_never_read():
    unary, transitions = a_chain()
    spoilt = unary.masked_fill(~MASK.unsqueeze(2), float("nan"))
    path = best_path(unary, MASK, transitions)
    assert torch.equal(log_partition(spoilt, MASK, transitions), log_partition(unary, MASK, transitions))
    assert torch.equal(marginals(spoilt, MASK, transitions), marginals(unary, MASK, transitions))
    assert torch.equal(path_score(spoilt, MASK, transitions, path), path_score(unary, MASK, transitions, path))


def test_gradient_at_padding_is_zero():
    unary, transitions = a_chain()
    unary.requires_grad_()
    (grad,) = torch.autograd.grad(log_partition(unary, MASK, transitions).sum(), unary)
    assert torch.equal(grad[1, 1:], torch.zeros(2, 4))


def test_one_position_is_a_softmax():
    unary, transitions = a_chain()
    one = torch.ones(2, 1, dtype=torch.bool)
    expected = (unary[:, :1] + transitions.starts + transitions.ends).softmax(2)
    torch.testing.assert_close(marginals(unary[:, :1], one, transitions), expected)


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_everything_stays_finite(scale):
    unary, transitions = a_chain(scale=scale)
    leaves = [part.requires_grad_() for part in (unary, transitions.between, transitions.starts, transitions.ends)]
    value = log_partition(unary, MASK, transitions)
    grads = torch.autograd.grad(value.sum(), leaves)
    assert all(torch.isfinite(part).all() for part in (value, *grads, marginals(unary, MASK, transitions)))


def test_autocast_leaves_the_sums_in_full_precision():
    unary, transitions = a_chain()
    expected = log_partition(unary, MASK, transitions), marginals(unary, MASK, transitions)
    with torch.autocast("cpu", torch.bfloat16):
        found = log_partition(unary, MASK, transitions), marginals(unary, MASK, transitions)
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))
