"""What a fused pooling computes, position by position, from the products that its gates begin as.

With products a, one chunk for each letter, previous state c_{t-1}, logistic function s and entrywise products:

    z   = activation(a_z)                              candidate
    f   = s(a_f + p_f * c_{t-1})                       forget gate; p = 0 without a peephole
    i   = s(a_i)          or  1 - f                    input gate, of its own or tied
    c_t = k * (f * c_{t-1} + i * z) + (1 - k) * c_{t-1}     k: 1, or what zoneout lets through
    o   = s(a_o + p_o * c_{t-1})                       output gate
    h_t = c_t             or  o * c_t                  or, with a highway,  o * c_t + (1 - o) * skip_t
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from torch import Tensor

Activation = Literal["linear", "tanh", "positive"]
"""`positive` is x + 1/2 from 0 on and s(x) below (Feng et al., 2024, arXiv:2410.01201, appendix B)."""
TANH, POSITIVE = 1, 2
ACTIVATIONS: dict[Activation, int] = {"linear": 0, "tanh": TANH, "positive": POSITIVE}
"""Their numbers, by which compiled kernels know them."""


class Chunks(NamedTuple):
    """Which chunk of the products each gate begins as; -1 where the form has none."""

    candidate: int
    forget: int
    output: int
    input: int
    skip: int


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of pooling.

    Args:
        activation: of the candidate.
        output_gate: does an output gate stand between state and output?
        input_gate: has the input a gate of its own, or what the forget gate leaves?
        highway: what the output gate leaves is filled with: nothing, a chunk of the products, or a tensor given.
    """

    activation: Activation = "tanh"
    output_gate: bool = False
    input_gate: bool = False
    highway: Literal["none", "chunk", "given"] = "none"

    def __post_init__(self) -> None:
        assert self.output_gate or self.highway == "none", "a highway fills what an output gate leaves"

    @property
    def count(self) -> int:
        """How many chunks the products have."""
        return 2 + self.output_gate + self.input_gate + (self.highway == "chunk")

    @property
    def chunks(self) -> Chunks:
        """Candidate and forget gate come first, then those that the form has."""
        output = 2 if self.output_gate else -1
        own = 2 + self.output_gate if self.input_gate else -1
        return Chunks(0, 1, output, own, self.count - 1 if self.highway == "chunk" else -1)


class Inputs(NamedTuple):
    """The tensors of a fused pooling.

    Args:
        products: what each gate is before its non-linearity. Shape (batch, time, count * dim).
        start: state before the first position. Shape (batch, dim).
        peephole: weights of the previous state in forget and output gate. Shape (2, dim).
        kept: how much of each new state comes through; a constant, without a gradient. Shape (batch, time, dim).
        skip: what the highway carries where it is given. Shape (batch, time, dim).
    """

    products: Tensor
    start: Tensor
    peephole: Tensor | None = None
    kept: Tensor | None = None
    skip: Tensor | None = None
