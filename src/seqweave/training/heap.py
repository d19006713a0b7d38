"""Memory that was freed and that the C library keeps, given back to the system when it has become much.

Batches of long texts differ in shape: blocks of many sizes come and go, and the gaps between those that stay are seldom
filled again: a pass over film reviews held 3.3 GB, where 1.4 do if blocks are mapped by themselves (docs/log.md). What
is given back changes no result.
"""

from __future__ import annotations

import ctypes
import resource
import sys
from collections.abc import Callable
from pathlib import Path

STATM = Path("/proc/self/statm")
GROWTH, SLACK = 1.5, 2**30
"""How many times what was left the last time may be held, and how many bytes more: what is given back is zeroed by the
system when it is needed again, so a step should not ask for it."""


def malloc_trim() -> Callable[[int], object] | None:
    """The function of the GNU C library that gives freed memory back; None where there is none."""
    if sys.platform != "linux":
        return None
    found: Callable[[int], object] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return found


class Heap:
    """The memory of this process.

    Args:
        trim: gives freed memory back, but for so many bytes.
        statm: the kernel's count of this process's pages, resident ones second.
    """

    def __init__(self, trim: Callable[[int], object] | None = None, statm: Path = STATM) -> None:
        self._trim = (trim or malloc_trim()) if statm.is_file() else None
        self._statm, self._left = statm, 0

    def settle(self) -> None:
        """Give back what was freed, if much has come to be held since; a few microseconds otherwise."""
        if self._trim is not None and self.resident > GROWTH * self._left + SLACK:
            self.give_back()

    def give_back(self) -> None:
        """Give back what was freed, some tenths of a second for a gigabyte; nothing where the library cannot."""
        if self._trim is not None:
            self._trim(0)
            self._left = self.resident

    @property
    def resident(self) -> int:
        """Bytes of memory that the process holds."""
        return int(self._statm.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
