import torch

from seqweave.decoding.transitions import Transitions
from seqweave.decoding.viterbi import best_path

FREE = Transitions(torch.zeros(3, 3), torch.zeros(3), torch.zeros(3))


def test_without_transitions_each_position_takes_its_greatest_score():
    unary = torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(0))
    mask = torch.ones(4, 6, dtype=torch.bool)
    assert torch.equal(best_path(unary, mask, FREE), unary.argmax(2))


def test_ties_go_to_the_lowest_index_of_the_last_label_first():
    # Paths (0, 1) and (1, 0) are equally good; the second has the lower last label.
    between = torch.tensor([[0.0, 5.0, 0.0], [5.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    unary = torch.zeros(1, 2, 3)
    mask = torch.ones(1, 2, dtype=torch.bool)
    assert best_path(unary, mask, Transitions(between, torch.zeros(3), torch.zeros(3))).tolist() == [[1, 0]]


def test_padding_is_marked_and_never_read():
    unary = torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(1))
    mask = torch.tensor([[True, True, True], [True, False, False]])
    spoilt = unary.masked_fill(~mask.unsqueeze(2), float("nan"))
    found = best_path(spoilt, mask, FREE)
    assert torch.equal(found, unary.argmax(2).masked_fill(~mask, -100))


def test_large_scores_do_not_drown_small_differences_in_float32():
    # Sums near 4e5 in float32 are 0.03 apart; the labels differ by 0.01 a position.
    unary = torch.full((1, 40, 3), 1e4)
    unary[0, :, 1] += 0.01
    mask = torch.ones(1, 40, dtype=torch.bool)
    assert best_path(unary, mask, FREE).unique().tolist() == [1]


def test_where_nothing_is_allowed_the_fewest_violations_win():
    nothing = Transitions.forbidding(torch.zeros(3, 3).bool(), torch.ones(3).bool(), torch.tensor([False, True, False]))
    unary = torch.zeros(1, 4, 3)
    assert best_path(unary, torch.ones(1, 4, dtype=torch.bool), nothing)[0, -1] == 1
