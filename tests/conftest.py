"""What every test may rely on: no network, one thread, an empty cache, and the same random examples at each run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

FENCE = str(Path(__file__).parent / "fence")
sys.path.insert(0, FENCE)
import fence  # noqa: E402  # found only now

# Read by torch, tokenizers and huggingface_hub when they are first imported, here and in processes that tests start.
os.environ.update(
    OMP_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    TOKENIZERS_PARALLELISM="false",
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    PYTHONPATH=os.pathsep.join(filter(None, [FENCE, os.environ.get("PYTHONPATH")])),
)

# Deadlines would measure the machine. The same examples at each run, so that no change is blamed for another's fault;
# `pytest --hypothesis-profile wide` looks further.
settings.register_profile(
    "gate", max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("wide", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gate")

fence.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is marked `loopback` may talk to this machine, and so may what it starts; no other makes a socket."""
    os.environ[fence.LOOPBACK] = "1" if item.get_closest_marker("loopback") else "0"


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is read from the user's cache, and nothing is left there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def finite_differences() -> Callable[..., list[object]]:
    """The gradients of a loss by central differences, each number moved by itself.

    For losses that are learned from once: torch's `gradcheck` goes back through the same loss several times.
    """
    import torch

    def gradients(
        loss: Callable[[], torch.Tensor], tensors: Sequence[torch.Tensor], step: float = 1e-5
    ) -> list[object]:
        step, found = 1e-5, []
        for tensor in tensors:
            numbers, slopes = tensor.data.view(-1), torch.empty(tensor.numel(), dtype=tensor.dtype)
            for i in range(len(numbers)):
                kept, around = numbers[i].item(), []
                for moved in (kept + step, kept - step):
                    numbers[i] = moved
                    with torch.no_grad():
                        around.append(loss().item())
                numbers[i] = kept
                slopes[i] = (around[0] - around[1]) / (2 * step)
            found.append(slopes.view(tensor.shape))
        return found

    return gradients
