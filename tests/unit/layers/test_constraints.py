import torch

from seqweave.data.sizes import LabelSpace
from seqweave.layers.constraints import Constraints


def test_rules_become_penalties():
    free = LabelSpace.free(2)
    ends = free.ends.copy()
    ends[0] = False
    found = Constraints(LabelSpace(2, free.weights, free.allowed, free.starts, ends))
    assert not found.free
    assert torch.equal(found().ends < 0, torch.tensor([True, False]))
    assert torch.equal(found().between, torch.zeros(2, 2))


def test_without_rules_it_is_free_and_never_saved():
    found = Constraints(LabelSpace.free(2))
    assert found.free
    assert not found.state_dict()
