"""The one home of matrix products: which library multiplies, and in which precision.

The same fp32 product runs at down to half the speed of oneDNN through MKL on AMD processors, and bfloat16 doubles it
where the processor has instructions for it. So the choice is made once, when a run is created, as a function of the
machine alone (never by timing), and is recorded with the run: a resume and every rank multiply alike or not at all.

| product | what it is | when |
|---|---|---|
| torch | `F.linear`: MKL on x86, cuBLAS on a GPU | everywhere |
| onednn | fp32 through oneDNN's operator | AMD processors: as fast as MKL there, up to twice as fast, by model |
| bfloat16 | operands rounded to bfloat16; weights, sums, bias and result stay fp32 | only where it is asked for |

Products by the same weights that follow each other, as in a search, are in layers/repeated.py and layers/steps.py.
"""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from seqweave.core.errors import RecipeError

Precision = Literal["auto", "float32", "bfloat16"]
Product = Literal["torch", "onednn", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Machine:
    """What the choice of kernels depends on.

    Args:
        vendor: the processor's vendor as Linux names it, such as "AuthenticAMD"; empty where it is not known.
        flags: the processor's flags as Linux names them.
        device: type of the device that multiplies, "cpu" or "cuda".
    """

    vendor: str
    flags: frozenset[str]
    device: str = "cpu"

    @staticmethod
    def here(device: str = "cpu", source: Path = Path("/proc/cpuinfo")) -> Machine:
        """This machine; without Linux's `source`, one whose vendor and flags are not known."""
        if not source.exists():
            return Machine(platform.processor(), frozenset(), device)
        lines = (line.partition(":") for line in source.read_text(encoding="utf-8", errors="replace").splitlines())
        facts = {key.strip(): value.strip() for key, _, value in lines}
        return Machine(facts.get("vendor_id", ""), frozenset(facts.get("flags", "").split()), device)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table of choices: what a machine must have, and the product it then gets (None: any value).

    The vendor says only where a product is the best one; elsewhere it still runs, so that a run can move.
    """

    precision: str
    device: str | None
    vendor: str | None
    flags: frozenset[str]
    product: Product

    def runs_on(self, machine: Machine) -> bool:
        """Can the machine, with the installed torch, compute this row's product?"""
        fits = self.device in (None, machine.device) and self.flags <= machine.flags
        return fits and available(self.product)


TABLE = (
    Row("float32", "cpu", "AuthenticAMD", frozenset({"avx2"}), "onednn"),
    Row("float32", None, None, frozenset(), "torch"),
    Row("bfloat16", "cuda", None, frozenset(), "bfloat16"),
    Row("bfloat16", "cpu", None, frozenset({"avx512_bf16"}), "bfloat16"),
    Row("bfloat16", "cpu", None, frozenset({"amx_bf16"}), "bfloat16"),
)
"""The first row that fits is taken."""


@dataclass(frozen=True, slots=True)
class Kernels:
    """The chosen kernels of a run, as environment.json records them."""

    product: Product = "torch"

    def to_json(self) -> dict[str, str]:
        """Plain values from which `restore` finds the same kernels again."""
        return asdict(self)


def choose(precision: Precision = "auto", machine: Machine | None = None) -> Kernels:
    """The kernels for a new run, a function of the machine and the installed torch alone.

    `auto` is the fastest library for float32: it never rounds a product that the recipe did not ask to round.

    Args:
        precision: what the recipe asks for.
        machine: where it will run; this machine's CPU unless given.

    Raises:
        RecipeError: if bfloat16 is asked for where the processor would only emulate it.
    """
    place = machine or Machine.here()
    asked = "float32" if precision == "auto" else precision
    for row in TABLE:
        if row.precision == asked and row.vendor in (None, place.vendor) and row.runs_on(place):
            return Kernels(row.product)
    raise RecipeError(
        "E-KERNEL-01",
        f"precision {precision} is not to be had: this processor ({place.vendor or 'vendor unknown'}) has no bfloat16 "
        "instructions (neither avx512_bf16 nor amx_bf16) and would be slower with it",
        mend="write `precision: auto`",
    )


def restore(record: Mapping[str, Any], machine: Machine | None = None) -> Kernels:
    """The kernels that a run recorded, refused where they are not to be had: a resume must multiply as before.

    Args:
        record: from `Kernels.to_json`.
        machine: where it will run; this machine's CPU unless given.

    Raises:
        RecipeError: if the product is unknown, or this machine cannot compute it.
    """
    product: Any = record.get("product")
    place = machine or Machine.here()
    if not any(row.product == product and row.runs_on(place) for row in TABLE):
        raise RecipeError(
            "E-KERNEL-02",
            f"the run was trained with matrix products of kind {product!r}, which this machine does not have",
            mend="resume on a machine of the kind it began on, or train anew",
        )
    return Kernels(product)


def use(model: nn.Module, kernels: Kernels) -> None:
    """Make every `Linear`, and whatever else multiplies by choice, multiply by the given kernels."""
    for module in model.modules():
        if isinstance(module, Multiplying):
            module.product = kernels.product


@functools.cache
def available(product: Product) -> bool:
    """Can the installed torch compute this product? oneDNN's operator is private, so it is tried once on numbers."""
    return product != "onednn" or multiplies(onednn)


def multiplies(product: Callable[[Tensor, Tensor, Tensor], Tensor]) -> bool:
    """Is it there, and does it multiply? For operators of torch that are private.

    Args:
        product: of inputs, weights and a bias, as `F.linear`.
    """
    x = torch.arange(12, dtype=torch.float32).view(3, 4) / 7
    weight, bias = torch.sin(torch.arange(8, dtype=torch.float32)).view(2, 4), torch.ones(2)
    try:
        found = product(x, weight, bias)
    except (AttributeError, RuntimeError, TypeError):
        return False
    return torch.allclose(found, F.linear(x, weight, bias), atol=1e-6)


def multiply(x: Tensor, weight: Tensor, bias: Tensor | None = None, product: Product = "torch") -> Tensor:
    """The product of inputs and transposed weights, plus the bias.

    Only float32 is routed: any other precision was the caller's choice and stays with `F.linear`.

    Args:
        x: inputs. Shape (..., in_dim), float.
        weight: one row an output. Shape (out_dim, in_dim).
        bias: added to each output. Shape (out_dim,).
        product: how it is computed.

    Returns:
        Outputs. Shape (..., out_dim), of x's precision.
    """
    if product == "bfloat16" and x.dtype == torch.float32:
        outputs = F.linear(x.bfloat16(), weight.bfloat16()).float()
        return outputs if bias is None else outputs + bias
    # no positions: oneDNN cannot make the empty sums that are the weights' gradient
    if product == "onednn" and x.dtype == torch.float32 and x.device.type == "cpu" and x.numel():
        return _through_onednn(x, weight, bias)
    return F.linear(x, weight, bias)


def for_weights(gradients: Tensor, inputs: Tensor, product: Product) -> Tensor:
    """The gradient of a product's weights. Shapes (positions, out_dim), (positions, in_dim) -> (out_dim, in_dim)."""
    # oneDNN reads its first matrix row by row: turned for it are the gradients, or the fewer inputs and then the result
    if product == "onednn" and inputs.shape[1] < min(gradients.shape):
        return multiply(inputs.t(), gradients.t(), None, product).t()
    return multiply(gradients.t(), inputs.t(), None, product)


def wide(scores: Tensor) -> Tensor:
    """Scores in at least float32, in which probabilities are told; float64 stays. Any shape, the same one out."""
    return scores.to(torch.promote_types(scores.dtype, torch.float32))


class Multiplying:
    """What multiplies by a product that `use` can choose."""

    product: Product = "torch"


class Linear(nn.Linear, Multiplying):
    """`nn.Linear` (the same arguments, weights and initial values) whose product `use` can choose.

    Attributes:
        lessons: how often it was put into training mode. Its weights may be others since, though torch's fused
            optimizers leave the version of what they change as it is.
    """

    lessons = 0

    def train(self, mode: bool = True) -> Self:
        """Put it into training mode, or out of it."""
        self.lessons += mode
        return super().train(mode)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs of every position. Shape (..., in_dim) -> (..., out_dim)."""
        return multiply(x, self.weight, self.bias, self.product)

    def extra_repr(self) -> str:
        """nn.Linear's line, and the product."""
        return f"{super().extra_repr()}, product={self.product}"


def onednn(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The product by oneDNN, no gradient. Shapes (..., in_dim), (out_dim, in_dim), (out_dim,) -> (..., out_dim)."""
    if not (weight.is_contiguous() or weight.t().is_contiguous()):
        weight = weight.contiguous()  # for any other layout oneDNN has a plain loop alone, a thousand times slower
    outputs: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return outputs


class _OneDNNProduct(torch.autograd.Function):
    """oneDNN's product with its gradients, themselves such products (and so differentiable again)."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Shapes (..., in_dim), (out_dim, in_dim), (out_dim,) -> (..., out_dim)."""
        ctx.save_for_backward(x, weight)
        return onednn(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:  # noqa: ANN401  # what torch hands over has no type
        """Gradients of inputs, weights and bias. Shape (..., out_dim) -> those of forward's arguments."""
        x, weight = ctx.saved_tensors
        for_x, for_weight, for_bias = ctx.needs_input_grad
        rows = gradient.reshape(-1, gradient.shape[-1])  # (positions, out_dim)
        inputs = x.reshape(-1, x.shape[-1])  # (positions, in_dim)
        return (
            _through_onednn(gradient, weight.t(), None) if for_x else None,
            for_weights(rows, inputs, "onednn") if for_weight else None,
            rows.sum(dim=0) if for_bias else None,
        )


def _through_onednn(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    outputs: Tensor = _OneDNNProduct.apply(x, weight, bias)  # type: ignore[no-untyped-call]  # torch leaves apply untyped
    return outputs
