"""The suite's own fence: a test that reaches for the network fails, one that talks to this machine does not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

OUTSIDE = "192.0.2.1"  # reserved for documents (RFC 5737): nobody answers there, should the fence be open


@pytest.mark.loopback
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_no_way_out(kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as outward:
        outward.settimeout(0.1)
        with pytest.raises(RuntimeError, match="without a network"):
            outward.connect((OUTSIDE, 80))


@pytest.mark.loopback
def test_no_message_out() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward,
        pytest.raises(RuntimeError, match="without a network"),
    ):
        outward.sendto(b"x", (OUTSIDE, 80))


def test_no_name_is_asked_for() -> None:
    with pytest.raises(RuntimeError, match="without a network"):
        socket.getaddrinfo("example.org", 80)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX])
def test_no_socket_is_made(family: int) -> None:
    with pytest.raises(RuntimeError, match="without a network"):
        socket.socket(family)


SOCKET = "import socket; socket.socket()"


def test_no_child_makes_a_socket() -> None:
    done = subprocess.run([sys.executable, "-c", SOCKET], capture_output=True, text=True, check=False)
    assert "NetworkError" in done.stderr


@pytest.mark.loopback
def test_a_child_of_a_marked_test_makes_one() -> None:
    subprocess.run([sys.executable, "-c", SOCKET], check=True)


@pytest.mark.loopback
def test_this_machine_answers() -> None:
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port)) as inward, server.accept()[0] as accepted:
            inward.sendall(b"x")
            assert accepted.recv(1) == b"x"


def test_one_thread_and_an_own_cache() -> None:
    import torch

    assert torch.get_num_threads() == 1
    assert "pytest" in os.environ["XDG_CACHE_HOME"]
