"""What a run ran on and with: versions, processor, kernels, threads. Never the process's environment variables."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import Any

import torch
from torch import nn

from seqweave import __version__
from seqweave.layers.scan.choice import implementation
from seqweave.training.devices import Devices

PACKAGES = ("torch", "numpy", "tokenizers", "safetensors", "accelerate", "pydantic")


def environment(devices: Devices, seed: int, network: nn.Module) -> dict[str, Any]:
    """The facts that a result depends on besides the recipe and the data."""
    return {
        "versions": {"seqweave": __version__, "python": platform.python_version(), **versions()},
        "system": platform.system(),
        "processor": processor(),
        "device": str(devices.device.type),
        "devices": devices.world,
        "kernels": devices.kernels.to_json(),
        "recurrences": implementation(network, devices.device.type),
        "threads": torch.get_num_threads(),
        "seed": seed,
    }


def memory_bytes() -> int:
    """The memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def versions() -> dict[str, str]:
    """Versions of the packages that a result may depend on."""
    return {name: version(name) for name in PACKAGES}


def processor() -> str:
    """The processor's name as Linux tells it, or the machine type elsewhere."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123  # a kernel's file, not one of ours
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()
