"""Fault scripts one after another, each at a share of its own count; one JSON line each.

python scripts/faults/every.py --share 0.01 --only kills,damage
"""

from __future__ import annotations

import argparse
import importlib
import sys

from verdict import add_common, report

NAMES = ("damage", "operations", "hostile", "nan", "changed", "kills", "ranks", "readers")


def main() -> int:
    """Run them; the exit code, 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of each script's own count (%(default)s)")
    parser.add_argument("--only", default=",".join(NAMES), help="names, parted by commas (%(default)s)")
    add_common(parser)
    options = parser.parse_args()
    faults = [importlib.import_module(name).FAULT for name in options.only.split(",")]
    return max([report(fault, max(1, round(fault.count * options.share)), options) for fault in faults])


if __name__ == "__main__":
    sys.exit(main())
