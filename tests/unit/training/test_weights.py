import json
import struct

import pytest
import torch
from torch import nn

from seqweave.core.errors import DataError, Place
from seqweave.training.weights import fill, from_bytes, ties, to_bytes, weights

HERE = Place("model.safetensors")


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 3)
        self.output = nn.Linear(3, 5)
        self.output.weight = self.embed.weight
        self.register_buffer("counts", torch.arange(4))


def header(entries, body=b""):
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + body


def test_equal_weights_are_equal_bytes_in_any_order():
    a, b = torch.randn(2, 3), torch.randn(4)
    assert to_bytes({"x": a, "y": b}) == to_bytes({"y": b.clone(), "x": a.t().contiguous().t()})


def test_tied_weights_are_saved_once_under_their_first_name():
    model = Tied()
    assert ties(model) == {"output.weight": "embed.weight"}
    assert list(weights(model)) == ["counts", "embed.weight", "output.bias"]


def test_filling_gives_the_same_network():
    torch.manual_seed(0)
    one, other = Tied(), Tied()
    fill(other, to_bytes(weights(one)), HERE)
    assert to_bytes(weights(other)) == to_bytes(weights(one))
    assert other.output.weight is other.embed.weight


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t.pop("output.bias"), "E-WEIGHTS-02"),
        (lambda t: t.update(extra=torch.zeros(1)), "E-WEIGHTS-02"),
        (lambda t: t.update({"output.bias": torch.zeros(6)}), "E-WEIGHTS-02"),
        (lambda t: t.update({"output.bias": torch.zeros(5).double()}), "E-WEIGHTS-02"),
        (lambda t: t.update({"output.bias": torch.full((5,), float("nan"))}), "E-WEIGHTS-03"),
    ],
)
def test_other_tensors_are_refused_and_nothing_is_changed(change, code):
    model = Tied()
    before = to_bytes(weights(model))
    tensors = {name: tensor + 1 for name, tensor in weights(model).items()}
    change(tensors)
    with pytest.raises(DataError, match=code):
        fill(model, to_bytes(tensors), HERE)
    assert to_bytes(weights(model)) == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"short",
        struct.pack("<Q", 1 << 40) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        header({"embed.weight": 3}),
        header({"embed.weight": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 4]}}),
        b'\x0a\0\0\0\0\0\0\0{"a":1,"a"',
    ],
)
def test_a_lying_file_is_refused(data):
    with pytest.raises(DataError, match=r"model\.safetensors"):
        fill(Tied(), data, HERE)


def test_bytes_that_are_no_tensors():
    with pytest.raises(DataError, match="E-WEIGHTS-01"):
        from_bytes(b"nothing of the kind", HERE)
