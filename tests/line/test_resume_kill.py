"""kill -9 at random moments and at chosen disk operations, then one run to the end: not a byte may differ."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

TOY = Path(__file__).with_name("toy_training.py")
RESULTS = ("metrics.jsonl", "model.safetensors")


def started(*arguments, script=TOY):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120).stdout


def test_a_run_that_is_killed_often_ends_in_the_same_bytes(tmp_path):
    # a checkpoint after each step makes most moments fall into the writing of one; its forty or so operations are
    # drawn from with a fixed seed, so a failure can be repeated
    chosen = random.Random(1)
    operations = [f"disk:{chosen.randint(2, 60)}" for _ in range(10)]
    moments = [f"{chosen.uniform(0.01, 0.2):.3f}" for _ in range(5)]
    others = operations[3:] + moments  # a fast machine may come to the end within a moment
    chosen.shuffle(others)
    ended = json.loads(started("kills", tmp_path, ",".join(operations[:3] + others)))
    assert not any(ended[:3]), "the kills came too late to test anything"
    assert [(tmp_path / "killed" / name).read_bytes() for name in RESULTS] == [
        (tmp_path / "whole" / name).read_bytes() for name in RESULTS
    ]
    left = [path.name for path in (tmp_path / "killed" / "checkpoints").iterdir()]
    assert len(left) == 2, "no half-written folder is left"
    assert all(name.isdecimal() for name in left)


def test_a_language_model_that_is_killed_remembers_what_it_had_read(tmp_path):
    chosen = random.Random(2)
    fates = ",".join(f"disk:{chosen.randint(40, 130)}" for _ in range(4))
    ended = json.loads(started(tmp_path, fates, script=TOY.with_name("language_training.py")))
    assert not any(ended[:2]), "the kills came too late to test anything"
    assert [(tmp_path / "killed" / name).read_bytes() for name in RESULTS] == [
        (tmp_path / "whole" / name).read_bytes() for name in RESULTS
    ]
