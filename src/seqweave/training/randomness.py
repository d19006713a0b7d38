"""The state of torch's generators, of every rank, as tensors; nothing else in training draws at random."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqweave.core.errors import DataError
from seqweave.training.devices import Devices


def start(seed: int, devices: Devices, step: int = 0) -> None:
    """Seed this rank's generators: another stream for every seed, rank and step, and none that initial weights used."""
    words = np.random.SeedSequence([seed, devices.rank, step]).generate_state(1, np.uint64)
    torch.manual_seed(int(words[0] >> np.uint64(1)))


def state(devices: Devices) -> dict[str, Tensor]:
    """The generators' states by name, every rank's stacked; all ranks must ask. Shapes (world, bytes), uint8."""
    states = {"cpu": devices.gathered(torch.get_rng_state())}
    if devices.device.type == "cuda":
        states["cuda"] = devices.gathered(torch.cuda.get_rng_state(devices.device))
    return states


def restore(states: Mapping[str, Tensor], devices: Devices) -> bool:
    """Take up this rank's state; False, with nothing changed, where another number of ranks saved it.

    Raises:
        DataError: if a generator's state is missing.
    """
    wanted = {"cpu", "cuda"} if devices.device.type == "cuda" else {"cpu"}
    if not wanted <= set(states):
        raise DataError("E-CKPT-06", "the checkpoint lacks the random state", mend="resume on the device it ran on")
    if len(states["cpu"]) != devices.world:
        return False
    # copies, because torch 2.13 dies of a state that is a view into a larger tensor
    torch.set_rng_state(states["cpu"][devices.rank].clone())
    if "cuda" in wanted:
        torch.cuda.set_rng_state(states["cuda"][devices.rank].clone(), devices.device)
    return True


@contextmanager
def deterministic(device: torch.device) -> Iterator[None]:
    """Where torch chooses deterministic algorithms; on a GPU they would cost speed, so only on a CPU."""
    enabled = torch.are_deterministic_algorithms_enabled()
    memory: Any = torch.utils.deterministic  # its one attribute is made at run time
    filled = memory.fill_uninitialized_memory
    torch.use_deterministic_algorithms(enabled or device.type == "cpu")
    # writing NaN into fresh memory finds bugs but costs a pass over every tensor
    memory.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(enabled)
        memory.fill_uninitialized_memory = filled
