"""What a run ran on and with: versions, processor, kernels, threads. Never the process's environment variables."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
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


def processor(source: Path = Path("/proc/cpuinfo")) -> str:
    """The processor as Linux tells it, or the machine type elsewhere.

    Family and model tell apart what virtual machines call by one name.
    """
    first = source.read_text(encoding="utf-8").partition("\n\n")[0] if source.exists() else ""
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in first.splitlines())}
    kind = ", ".join(f"{key} {facts[of]}" for key, of in (("family", "cpu family"), ("model", "model")) if of in facts)
    return facts.get("model name", platform.machine()) + (f" ({kind})" if kind else "")
