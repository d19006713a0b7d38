from __future__ import annotations

import subprocess
import sys

import pytest

from seqweave.core.lock import RunLockedError, run_lock

HOLD = """
import sys
from pathlib import Path
from seqweave.core.lock import run_lock

with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_is_refused_until_the_first_is_killed(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(RunLockedError, match="another process is at work") as caught, run_lock(tmp_path):
            pass
        assert (caught.value.code, caught.value.exit_code) == ("E-LOCK-01", 2)
        process.kill()
    with run_lock(tmp_path):
        pass


def test_the_lock_goes_with_its_block(tmp_path):
    for _ in range(2):
        with run_lock(tmp_path), pytest.raises(RunLockedError), run_lock(tmp_path):
            pass
