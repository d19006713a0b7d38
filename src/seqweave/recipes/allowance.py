"""An upper bound on the memory of a network that is built from settings which a stranger may have written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

FACTORIES = (torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.arange, torch.eye)
"""What layers make their weights and tables with; whatever else a build computes is no larger than these."""


class AllowanceError(Exception):
    """More memory was asked for than is allowed."""


class Allowance(TorchFunctionMode):
    """While this context lasts, tensors that are made from sizes alone may take so many bytes in all.

    A network could be built on torch's meta device first, which takes no memory; but drawing weights there imports
    torch's compiler, which takes longer than anything else that loading does.

    Args:
        limit_bytes: of all these tensors together.

    Raises:
        AllowanceError: within the context, before the memory is taken.

    Example:
        >>> with Allowance(100):
        ...     torch.zeros(5, 6)
        Traceback (most recent call last):
        ...
        seqweave.recipes.allowance.AllowanceError: more than 100 bytes
    """

    def __init__(self, limit_bytes: int) -> None:
        super().__init__()
        self.limit_bytes, self.taken_bytes = limit_bytes, 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  # whatever any function of torch returns
        """Called by torch in place of every function of its own; `func(*args, **kwargs)` is what was asked for."""
        given = kwargs or {}
        if func in FACTORIES:
            self._take(lambda: func(*args, **{**given, "device": "meta"}))
        return func(*args, **given)

    def _take(self, plan: Callable[[], Tensor]) -> None:
        try:
            self.taken_bytes += plan().nbytes
        except (RuntimeError, TypeError):  # a size, or a product of sizes, is beyond 64 bits
            self.taken_bytes = sys.maxsize
        if self.taken_bytes > self.limit_bytes:
            raise AllowanceError(f"more than {self.limit_bytes:,} bytes")
