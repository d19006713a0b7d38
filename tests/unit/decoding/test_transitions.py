import torch

from seqweave.decoding.transitions import FORBIDDEN, Transitions


def test_forbidding_scores_only_what_is_not_allowed():
    allowed = torch.tensor([[True, False], [True, True]])
    ends = torch.tensor([False, True])
    found = Transitions.forbidding(allowed, torch.ones(2).bool(), ends)
    assert torch.equal(found.between == FORBIDDEN, ~allowed)
    assert torch.equal(found.between == 0, allowed)
    assert torch.equal(found.starts, torch.zeros(2))
    assert torch.equal(found.ends == FORBIDDEN, ~ends)


def test_a_sum_adds_part_by_part():
    parts = [torch.randn(2, 2), torch.randn(2), torch.randn(2)]
    found = Transitions(*parts) + Transitions(*parts)
    for part, twice in zip(parts, (found.between, found.starts, found.ends), strict=True):
        assert torch.equal(twice, 2 * part)
