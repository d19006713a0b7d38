"""Which kernels are chosen, recorded, restored and refused."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from seqweave.core.errors import RecipeError
from seqweave.layers import linear
from seqweave.layers.linear import Kernels, Linear, Machine, choose, multiply, restore, use, wide

AMD = Machine("AuthenticAMD", frozenset({"avx2", "avx512_bf16"}))
OLD_AMD = Machine("AuthenticAMD", frozenset({"avx2"}))
INTEL = Machine("GenuineIntel", frozenset({"avx2", "avx512f"}))
INTEL_AMX = Machine("GenuineIntel", frozenset({"avx2", "avx512f", "amx_bf16"}))
UNKNOWN = Machine("", frozenset())
GPU = Machine("AuthenticAMD", frozenset({"avx2"}), "cuda")


@pytest.fixture
def every_product(monkeypatch) -> None:
    monkeypatch.setattr(linear, "available", lambda product: True)


@pytest.mark.usefixtures("every_product")
@pytest.mark.parametrize(
    ("machine", "float32", "bfloat16"),
    [
        (AMD, "onednn", "bfloat16"),
        (OLD_AMD, "onednn", None),
        (INTEL, "torch", None),
        (INTEL_AMX, "torch", "bfloat16"),
        (UNKNOWN, "torch", None),
        (GPU, "torch", "bfloat16"),
    ],
)
def test_choice_is_a_function_of_the_machine(machine, float32, bfloat16) -> None:
    assert choose("auto", machine) == choose("float32", machine) == Kernels(float32)
    if bfloat16 is None:
        with pytest.raises(RecipeError, match=r"no bfloat16 instructions.*precision: auto.*E-KERNEL-01"):
            choose("bfloat16", machine)
    else:
        assert choose("bfloat16", machine) == Kernels(bfloat16)


def test_without_its_operator_amd_falls_back(monkeypatch) -> None:
    monkeypatch.setattr(linear, "available", lambda product: product != "onednn")
    assert choose("auto", AMD) == Kernels("torch")
    with pytest.raises(RecipeError, match="'onednn', which this machine does not have"):
        restore({"product": "onednn"}, AMD)


def test_operator_that_is_missing_or_wrong_is_not_available(monkeypatch) -> None:
    def missing(*operands: object) -> None:
        raise AttributeError

    for broken in (missing, lambda x, weight, bias: x @ weight.t() + 2 * bias):
        linear.available.cache_clear()
        monkeypatch.setattr(linear, "onednn", broken)
        assert not linear.available("onednn")
    linear.available.cache_clear()
    assert linear.available("torch")


@pytest.mark.usefixtures("every_product")
def test_record_restores_the_same_kernels() -> None:
    for product in ("torch", "onednn", "bfloat16"):
        record = json.loads(json.dumps(Kernels(product).to_json()))
        assert restore(record, AMD) == Kernels(product)


@pytest.mark.usefixtures("every_product")
@pytest.mark.parametrize("record", [{"product": "bfloat16"}, {"product": "abacus"}, {}, {"product": ["torch"]}])
def test_record_that_cannot_be_kept_is_refused(record) -> None:
    with pytest.raises(RecipeError, match="E-KERNEL-02"):
        restore(record, INTEL)


def test_machine_is_read_from_the_processor_file(tmp_path) -> None:
    source = tmp_path / "cpuinfo"
    source.write_text(
        "vendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2\n\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2\n"
    )
    assert Machine.here(source=source) == Machine("AuthenticAMD", frozenset({"fpu", "avx2"}))
    assert Machine.here("cuda", tmp_path / "missing").flags == frozenset()
    assert choose("auto") == choose("auto", Machine.here())


def test_use_reaches_every_layer_and_nothing_saved_changes() -> None:
    network = nn.Sequential(Linear(3, 4), nn.Sequential(nn.Tanh(), Linear(4, 2, bias=False)))
    before = list(network.state_dict())
    use(network, Kernels("bfloat16"))
    assert [m.product for m in network.modules() if isinstance(m, Linear)] == ["bfloat16", "bfloat16"]
    assert list(network.state_dict()) == before
    assert "product=bfloat16" in str(network)
    assert Linear(3, 4).product == "torch"


def test_layer_is_torchs_layer() -> None:
    torch.manual_seed(0)
    ours = Linear(3, 4)
    torch.manual_seed(0)
    theirs = nn.Linear(3, 4)
    x = torch.randn(2, 3)
    assert torch.equal(ours(x), theirs(x))
    assert isinstance(ours, nn.Linear)


def test_bfloat16_rounds_operands_but_keeps_float32() -> None:
    x, weight = torch.full((1, 1), 1 + 2**-12), torch.ones(1, 1)
    assert multiply(x, weight, torch.full((1,), 2**-12), "bfloat16").item() == 1 + 2**-12  # x became 1, the bias stayed
    assert multiply(x.double(), weight.double(), product="bfloat16").item() == 1 + 2**-12


def test_probabilities_are_told_in_no_less_than_float32() -> None:
    formats = {torch.float64: torch.float64, torch.float32: torch.float32, torch.bfloat16: torch.float32}
    for given, told in formats.items():
        assert wide(torch.ones(2, dtype=given)).dtype == told


class Weights(TorchDispatchMode):
    """Whether the weights that oneDNN was given lie row by row, or column by column, without a gap."""

    def __init__(self):
        super().__init__()
        self.dense = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if "linear_pointwise" in str(func):
            self.dense.append(args[1].is_contiguous() or args[1].t().is_contiguous())
        return func(*args, **(kwargs or {}))


@pytest.mark.skipif(not linear.available("onednn"), reason="this torch has no oneDNN")
def test_onednn_is_given_no_weights_with_gaps():
    """It would multiply them by a plain loop: 2 s in place of 2 ms for 64 x 512 x 2048."""
    torch.manual_seed(0)
    x = torch.randn(5, 3, 8)[:, 1].requires_grad_()
    weight = torch.randn(6, 2, 8)[:, 1].requires_grad_()
    with Weights() as weights:
        outputs = multiply(x, weight, None, "onednn")
        outputs.backward(torch.ones(5, 3, 6)[:, 1])
    assert weights.dense == [True] * 3
    torch.testing.assert_close(outputs, x @ weight.t())
    torch.testing.assert_close(weight.grad, x.detach().sum(dim=0).expand(6, 8))
