import torch

from seqweave.layers.tables import table, trimmed


def test_vectors_have_length_one_on_average_and_padding_is_zero():
    torch.manual_seed(0)
    weight = table(4000, 50).weight
    assert torch.equal(weight[0], torch.zeros(50))
    # The mean of 4,000 squared lengths of 50 numbers: four standard deviations are 4 * sqrt(2 / 50 / 4,000) = 0.013.
    assert abs(weight[1:].square().sum(1).mean() - 1) < 0.013


def test_padding_gets_no_gradient():
    rows = table(3, 2)
    rows(torch.tensor([0, 1])).sum().backward()
    assert torch.equal(rows.weight.grad, torch.tensor([[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]]))


def test_trimming_leaves_no_column_of_padding_but_one():
    ids = torch.tensor([[0, 0, 0, 0], [3, 1, 0, 0], [2, 0, 0, 0]])
    assert torch.equal(trimmed(ids), ids[:, :2])
    assert torch.equal(trimmed(ids[:1]), ids[:1, :1])
