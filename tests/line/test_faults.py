"""Small versions of the fault scripts: every promise of docs/reliability.md is tried at each run of the suite."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts" / "faults"
SHARE = "0.002"
NAMES = ("damage", "operations", "hostile", "changed")
"""The others have tests of their own: kills and ranks beside this file, nan with the loop, readers with bad files."""


@pytest.fixture(scope="module")
def records():
    """What one process printed that ran them all, which imports torch once."""
    command = [
        sys.executable,
        str(SCRIPTS / "every.py"),
        "--share",
        SHARE,
        "--sentences",
        "40",
        "--only",
        ",".join(NAMES),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    assert done.stdout, done.stderr
    return {record["name"].removeprefix("fault-"): record for record in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", NAMES)
def test_the_promise_holds(records, name):
    assert records[name]["tried"] >= 1
    assert not records[name]["bad"], records[name]["complaints"]
