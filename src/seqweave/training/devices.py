"""Where training runs: device, kernels, and the ranks that share the work.

Accelerate gives the device, the DDP wrapper and the sums over ranks; state, order and schedule stay ours.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from seqweave.core.errors import InternalError
from seqweave.layers.linear import Machine, Precision, choose

if TYPE_CHECKING:
    from accelerate import Accelerator


class Devices:
    """The device of this process and the ranks beside it; one process without torchrun is one rank.

    Args:
        precision: number format of matrix products; `layers.linear.choose` says what auto is.
        cpu: stay on the CPU even where there is a GPU.
        joint: a batch may leave parameters without gradients, as one of several tasks does with the others' heads.
    """

    def __init__(self, precision: Precision = "auto", cpu: bool = False, joint: bool = False) -> None:
        self.accelerator = _accelerator(cpu or not torch.cuda.is_available(), joint)
        self.device: torch.device = self.accelerator.device
        self.rank: int = self.accelerator.process_index
        self.world: int = self.accelerator.num_processes
        self.kernels = choose(precision, Machine.here(self.device.type))

    @property
    def first(self) -> bool:
        """True on the rank that evaluates, reports and saves."""
        return self.rank == 0

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module on this device; with several ranks, its backward pass averages gradients over them."""
        if self.world == 1:
            return module.to(self.device)
        prepared: nn.Module = self.accelerator.prepare_model(module)
        return prepared

    def autocast(self) -> AbstractContextManager[object]:
        """Where a GPU's other kernels round to bfloat16 too; on a CPU `layers.linear` does all of it."""
        rounds = self.device.type == "cuda" and self.kernels.product == "bfloat16"
        return torch.autocast("cuda", torch.bfloat16) if rounds else nullcontext()

    def unsynchronised(self, wrapped: nn.Module) -> AbstractContextManager[object]:
        """Where backward passes keep their gradients to this rank, until one outside shares them all."""
        if self.world == 1:
            return nullcontext()
        context: AbstractContextManager[object] = self.accelerator.no_sync(wrapped)
        return context

    def sum(self, values: Tensor) -> Tensor:
        """The tensor summed over the ranks; every rank must ask."""
        if self.world == 1:
            return values
        summed: Tensor = self.accelerator.reduce(values, reduction="sum")
        return summed

    def gathered(self, values: Tensor) -> Tensor:
        """The same tensor of every rank, stacked. Shape (...) -> (world, ...)."""
        if self.world == 1:
            return values.unsqueeze(0).cpu()
        stacked: Tensor = self.accelerator.gather(values.unsqueeze(0).to(self.device))
        return stacked.cpu()

    def told(self, values: Sequence[float]) -> list[float]:
        """What the first rank says; every rank must ask, with as many numbers."""
        mine = torch.tensor(values if self.first else [0.0] * len(values), dtype=torch.float64)
        return [float(v) for v in self.sum(mine.to(self.device)).tolist()] if self.world > 1 else list(values)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Work of the first rank while the others wait: a failure there is a failure here, never a hang.

        Yields:
            True on the rank that is to do the work.

        Raises:
            InternalError: on the other ranks, if the first one failed.
        """
        failure: BaseException | None = None
        try:
            yield self.first
        except BaseException as error:  # also an interrupt: the other ranks must not wait for ever
            failure = error
        if self.told([float(failure is not None)])[0] and failure is None:
            raise InternalError("E-RANK-01", "the first rank failed; its message says why")
        if failure is not None:
            raise failure


def relaunch(devices: int, arguments: Sequence[str], run: Callable[[list[str]], int]) -> int:
    """Start the same command once on each of several devices of this machine, under torchrun; its exit code.

    Args:
        devices: how many processes.
        arguments: the command after `python`, such as `["-m", "seqweave", "train", ...]`.
        run: starts the command line and waits, such as `subprocess.call`.
    """
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={devices}"]
    # after "--", because torchrun would take --run for a short form of its own options
    module, rest = (["--module"], arguments[1:]) if arguments[0] == "-m" else ([], arguments)
    return run([sys.executable, *launcher, *module, "--", *rest])


def _accelerator(cpu: bool, joint: bool) -> Accelerator:
    """Accelerate's own precision stays off: it is fixed for the whole process, and ours belongs to one run."""
    from accelerate import Accelerator, DistributedDataParallelKwargs

    ddp = DistributedDataParallelKwargs(find_unused_parameters=joint)
    return Accelerator(cpu=cpu, mixed_precision="no", kwargs_handlers=[ddp])
