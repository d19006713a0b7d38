"""The fence around the test suite: whoever makes a socket, or asks for a name, fails.

An audit hook, so that no library can be handed a socket that goes around it. Python processes that tests start have it
too, by `sitecustomize` beside this file.
"""

from __future__ import annotations

import os
import socket
import sys

LOOPBACK = "SEQWEAVE_TESTS_LOOPBACK"
"""Environment variable that is "1" while a test runs that is marked `loopback`, here and in what it starts."""
NAMED = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
SENT = ("socket.connect", "socket.sendto", "socket.sendmsg")


class NetworkError(RuntimeError):
    """A test reached for the network."""


def close() -> None:
    """Put the fence up, for as long as this process lives."""
    sys.addaudithook(_refuse)


def is_near(host: object) -> bool:
    """Whether a host is this machine."""
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    return name in ("localhost", "::1", "0.0.0.0", "::", socket.gethostname()) or name.startswith("127.")


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__" and os.environ.get(LOOPBACK) != "1":
        raise NetworkError(
            "a socket: tests run without a network; one that must talk to this machine is marked loopback"
        )
    if event in NAMED and not is_near(arguments[0]):
        raise NetworkError(f"{event} of {arguments[0]!r}: tests run without a network")
    if event in SENT:
        connection, address = arguments[:2]
        assert isinstance(connection, socket.socket)
        if isinstance(address, tuple) and connection.family != socket.AF_UNIX and not is_near(address[0]):
            raise NetworkError(f"{event} to {address!r}: tests run without a network")
