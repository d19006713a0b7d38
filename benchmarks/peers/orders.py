"""How a rival obeys: one order a line on standard input, one answer a line on standard output, and idle in between.

It runs in an environment of its own, so nothing but the standard library is used here. What an order costs is told in
processor seconds, which hardly depend on what else the machine does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

Orders = Mapping[str, Callable[..., Any]]


def obey(orders: Orders) -> None:
    """Answer `["NAME", argument, ...]` by `{"seconds": ..., "answer": ...}`, line by line, until there are no more."""
    # what a library prints must not stand between the answers
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            begun = time.process_time()
            answer = orders[name](*arguments)
            told = {"seconds": time.process_time() - begun, "answer": answer}
            print(json.dumps(told, ensure_ascii=False), file=answers, flush=True)
