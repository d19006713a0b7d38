"""Floor 9: the command line. Thin verbs, one file each; torch is imported by none of them before it is needed."""

from __future__ import annotations

import sys

from seqweave import __version__


def main() -> None:
    """Run the command line and exit: 0 done, 2 bad command line, 65 bad data, ... (core.errors)."""
    # Only naming ourselves needs no command line: to parse one takes twice the time of everything else.
    if sys.argv[1:] == ["--version"]:
        print(f"seqweave {__version__}")
        return
    from seqweave.cli.app import run

    sys.exit(run(sys.argv[1:]))
