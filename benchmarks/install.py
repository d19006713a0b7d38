"""Megabytes that an install without extras adds to one of torch and numpy.

What is installed are the package and all that its core dependencies need, in the versions of this environment, but not
torch, numpy and what torch needs itself; each with what pip compiles of it. What counts are all bytes of all files.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from importlib.metadata import requires, version
from pathlib import Path

from measuring import Question, arguments, report
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
THERE_ALREADY = ("torch", "numpy")
QUESTION = Question("bench-install", "megabytes of a core install over torch and numpy", "lower", 120.0)


def needed(*names: str) -> set[str]:
    """These distributions and all that they need without extras."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name not in found:
            found.add(name)
            asked = [Requirement(line) for line in requires(name) or ()]
            waiting += [one.name for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def main() -> None:
    options = arguments(__doc__).parse_args()
    added = needed("seqweave") - needed(*THERE_ALREADY) - {"seqweave"}
    pinned = [f"{name}=={version(name)}" for name in sorted(added)]
    with tempfile.TemporaryDirectory() as folder:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
        subprocess.run([*install, "--", str(ROOT), *pinned], check=True)
        files = [file for file in Path(folder).rglob("*") if file.is_file() and not file.is_symlink()]
        report(QUESTION, [sum(file.stat().st_size for file in files) / 1e6], options)


if __name__ == "__main__":
    main()
