"""Floor 9: the command line. Thin verbs, one file each; torch is imported by none of them before it is needed."""

from __future__ import annotations

import gc
import sys

from seqweave import __version__

YOUNG_OBJECTS = 50_000
"""How many more objects are made than freed before the collector looks for cycles among them."""


def main() -> None:
    """Run the command line and exit: 0 done, 2 bad command line, 65 bad data, ... (core.errors)."""
    # Only naming ourselves needs no command line: to parse one takes twice the time of everything else.
    if sys.argv[1:] == ["--version"]:
        print(f"seqweave {__version__}")
        return
    # Modules are no garbage: with Python's own threshold all of torch is searched for some three times while a verb
    # starts, which takes 0.3 s. Young objects are still collected, by the tens of thousands.
    gc.set_threshold(YOUNG_OBJECTS)
    from seqweave.cli.app import run

    code = run(sys.argv[1:])
    # For the same reason nothing is searched when the interpreter ends: with torch loaded that takes half a second.
    gc.freeze()
    sys.exit(code)
