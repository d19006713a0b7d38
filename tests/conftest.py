"""What every test may rely on: no network, one thread, an empty cache, and the same random examples at each run."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Read by torch, tokenizers and huggingface_hub when they are first imported, here and in processes that tests start.
os.environ.update(
    OMP_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    TOKENIZERS_PARALLELISM="false",
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
)

# Deadlines would measure the machine. The same examples at each run, so that no change is blamed for another's fault;
# `pytest --hypothesis-profile wide` looks further.
settings.register_profile(
    "gate", max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("wide", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gate")

NAMED = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
SENT = ("socket.connect", "socket.sendto", "socket.sendmsg")


class NetworkError(RuntimeError):
    """A test reached for the network."""


def is_near(host: object) -> bool:
    """Whether a host is this machine."""
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    return name in ("localhost", "::1", "0.0.0.0", "::", socket.gethostname()) or name.startswith("127.")


def refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook, so that no library can be handed a socket that goes around it."""
    if event in NAMED and not is_near(arguments[0]):
        raise NetworkError(f"{event} of {arguments[0]!r}: tests run without a network")
    if event in SENT:
        connection, address = arguments[:2]
        assert isinstance(connection, socket.socket)
        if isinstance(address, tuple) and connection.family != socket.AF_UNIX and not is_near(address[0]):
            raise NetworkError(f"{event} to {address!r}: tests run without a network")


sys.addaudithook(refuse_network)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is read from the user's cache, and nothing is left there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
