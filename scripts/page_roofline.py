"""docs/roofline.md: how near the recurrent layers come to what a processor can do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import roofline_picture
from pictures import alone
from tables import table

NAME, PICTURE = "bench-roofline", "roofline.svg"
HEAD = """# Roofline: how near the layers come to the machine

A processor multiplies no faster than its *peak* and fetches numbers no faster than its *memory*. A layer that does F
operations and moves N bytes, F / N operations a byte (its *arithmetic intensity*), does at most

    min(peak, F / N * bandwidth)

operations a second (Williams et al., 2009, [doi:10.1145/1498765.1498785](https://doi.org/10.1145/1498765.1498785)).
That is the roof: it rises where memory is what a layer waits for, and is level where it is the multipliers. A layer far
below it waits for something else.
"""
NONE = "Not measured yet; `python benchmarks/roofline.py --output results` does it.\n"
COUNTED = """## What is counted

A point is a training step: forward and backward, gradients of inputs and weights. With n positions, B rows, sizes I and
O and numbers of 4 bytes,

- a product has 6 n I O operations in its three products (outputs, gradient of inputs, gradient of weights), and moves
  3 (n I + I O + n O) numbers. A product that waits for the state before fetches its weights anew at each position: I O
  numbers T times forward, T times backward;
- gates and states move 3 n O + 3 n H numbers: the products read twice and their gradient written, states written and
  read, and their gradient read;
- the scan alone has 5 operations and moves 8 numbers an entry;
- a loss over V words reads and writes its n V scores once in each pass, and in chunks fetches its weights, and writes
  their gradient, anew for each.

Each number is moved once in each pass that needs it. What caches keep need not be fetched, so that a small layer may
lie above the rising roof; what a library moves beside it is not counted, and lets a layer lie below.
"""
READING = """Both axes are logarithmic. A line joins one layer's sizes, and its dots grow with their work. An orange
layer waits for a product at each position, a blue one for a few operations alone; green is the scan, grey the output
layer of a language model. The slope is that of a copy over old memory; a scan writes new memory, which is slower at
its first touch, so that it stays below (`bench-scan-memory` sets it beside a copy that makes new memory, too).
"""
Result = Mapping[str, Any]


def page(results: Path) -> str:
    """The page for the record of benchmarks/roofline.py in a folder; without one, a page that says so."""
    found = read(results)
    return "\n".join([HEAD, NONE, COUNTED] if found is None else [HEAD, _measured(found), COUNTED])


def pictures(results: Path) -> dict[str, str]:
    """The drawing, by file name; none without a record."""
    found = read(results)
    if found is None:
        return {}
    return {PICTURE: alone(str(roofline_picture.picture(found)), roofline_picture.STYLE)}


def read(results: Path) -> Result | None:
    """The record, if there is one."""
    path = results / f"{NAME}.json"
    if not path.exists():
        return None
    found: Result = json.loads(path.read_text(encoding="utf-8"))
    return found


def _measured(found: Result) -> str:
    peaks = ", ".join(f"{peak:,.0f} GFLOP/s through {_LIBRARIES[name]}" for name, peak in found["peak_gflops"].items())
    columns = ["layer", "size", "GFLOP", "MB", "operations a byte", "ms", "GFLOP/s", "share of the roof"]
    rows = [
        [
            point["kind"],
            point["size"],
            f"{point['operations'] / 1e9:,.3g}",
            f"{point['bytes'] / 1e6:,.0f}",
            f"{point['intensity']:.3g}",
            f"{point['milliseconds']:,.1f}",
            f"{point['gflops']:.3g}",
            f"{100 * point['share']:.0f} %",
        ]
        for point in found["points"]
    ]
    threads = "one thread" if found["threads"] == 1 else f"{found['threads']} threads"
    return "\n".join(
        [
            "![Operations a second over operations a byte, and the roof](roofline.svg)\n",
            READING,
            f"{found['device']}, {threads}: products of matrices reach {peaks}; a copy moves "
            f"{found['copy_gbytes']:.3g} GB/s.\n\nMeasured at commit `{found['commit']}` by\n",
            f"```\n{found['command']}\n```\n",
            "## The points\n",
            table(columns, rows),
        ]
    )


_LIBRARIES = {"torch": "torch's own library", "onednn": "oneDNN"}
