"""Sound and malformed inputs mutated at random: every reader reads them, or refuses them with an error of ours."""

import random
import sys
from pathlib import Path

import pytest

SCRIPTS = str(Path(__file__).parents[2] / "scripts" / "faults")
INPUTS = 150


@pytest.fixture(scope="module")
def modules():
    sys.path.insert(0, SCRIPTS)
    try:
        import readers
        import targets
    finally:
        sys.path.remove(SCRIPTS)
    return readers, targets


@pytest.mark.parametrize("name", ["csv", "jsonl", "conll", "conllu", "trees", "recipe", "manifest"])
def test_no_input_gives_another_error(modules, name, tmp_path):
    readers, targets = modules
    with targets.target(name, tmp_path) as read:
        for data in readers.mutants(targets.seeds(name), random.Random(3), INPUTS):
            read(data)


def test_another_error_is_seen(modules, monkeypatch, tmp_path):
    _, targets = modules
    monkeypatch.setattr(targets, "parse", lambda data, name: data.decode("ascii"))
    with targets.target("recipe", tmp_path) as read, pytest.raises(UnicodeDecodeError):
        read(b"\xff")
