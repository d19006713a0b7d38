"""Work in a forked child, which can be killed, can hang and can die, and whose answer comes back through a pipe.

A fork costs milliseconds where a new process costs the seconds of importing torch, so hundreds of faults fit into
minutes. Forking is sound only while torch has one thread: `warm` sees to that before anything is computed.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from seqweave.core.errors import SeqweaveError

HANGS_SECONDS = 120.0
FOREIGN = 99
"""Exit code of a child that met an error which is none of Seqweave's."""


@dataclass(frozen=True)
class Ended:
    """How a child ended.

    Args:
        code: 0 where the work was done, an error's exit code, FOREIGN, or minus the signal's number.
        answer: what the work returned; of an error, its code and text.
        seconds: how long it lived.
        hung: whether it had to be killed because it did not end.
    """

    code: int
    answer: Any
    seconds: float
    hung: bool

    @property
    def killed(self) -> bool:
        """Whether it was killed, by whomever, before its work was done."""
        return self.code == -signal.SIGKILL

    @property
    def error(self) -> str:
        """The code and text of the error it met, or the empty string."""
        return str(self.answer) if self.code > 0 else ""


def warm() -> None:
    """Import what every run imports, once here in place of once in each child; one thread."""
    torch.set_num_threads(1)
    for module in ("torch._dynamo", "accelerate", "seqweave.recipes.start", "seqweave.recipes.train"):
        importlib.import_module(module)


def child(work: Callable[[], Any], kill_after: float = math.inf, hangs_after: float = HANGS_SECONDS) -> Ended:
    """Do `work` in a forked child.

    Args:
        work: returns what JSON can hold.
        kill_after: seconds after which it is killed with SIGKILL; one that ends before has its answer.
        hangs_after: seconds after which it counts as hung, and is killed too.
    """
    receiving, sending = os.pipe()
    begun = time.monotonic()
    process = os.fork()
    if not process:
        os.close(receiving)
        _live(work, sending)
    os.close(sending)
    answer, in_time = _received(receiving, begun + min(kill_after, hangs_after))
    if not in_time:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    os.close(receiving)
    code = os.waitstatus_to_exitcode(status)
    whole = json.loads(answer) if code >= 0 and answer else None
    return Ended(code, whole, time.monotonic() - begun, hung=not in_time and kill_after >= hangs_after)


def _live(work: Callable[[], Any], sending: int) -> None:
    """The whole life of the child; never returns."""
    code = 0
    try:
        answer = work()
    except SeqweaveError as error:
        code, answer = error.exit_code, str(error)
    except BaseException:  # whatever it is, the parent is to hear of it
        code, answer = FOREIGN, traceback.format_exc()
    rest = json.dumps(answer).encode()
    while rest:
        rest = rest[os.write(sending, rest) :]
    os._exit(code)


def _received(receiving: int, deadline: float) -> tuple[bytes, bool]:
    """What a child sends until it ends, and whether it ended in time."""
    chunks = []
    while select.select([receiving], [], [], max(deadline - time.monotonic(), 0))[0]:
        chunk = os.read(receiving, 1 << 16)
        if not chunk:
            return b"".join(chunks), True
        chunks.append(chunk)
    return b"".join(chunks), False
