"""Floor 9: the command line. Thin verbs, one file each; torch is imported by none of them before it is needed."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit: 0 done, 2 bad command line, 65 bad data, ... (core.errors)."""
    from seqweave.cli.app import run

    sys.exit(run(sys.argv[1:]))
