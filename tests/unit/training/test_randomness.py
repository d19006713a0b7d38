import subprocess
import sys

import pytest
import torch

from seqweave.core.errors import DataError
from seqweave.training import randomness
from seqweave.training.devices import Devices

RANKS = """
import torch
from seqweave.core.errors import Place
from seqweave.training import randomness
from seqweave.training.devices import Devices
from seqweave.training.weights import from_bytes, to_bytes

devices, states, draws = Devices(cpu=True), [], []
devices.world = 3
for rank in range(3):
    devices.rank = rank
    randomness.start(1, devices)
    states.append(torch.get_rng_state())
    draws.append(torch.rand(3))
saved = from_bytes(to_bytes({"cpu": torch.stack(states)}), Place("x"))
for rank in range(3):
    devices.rank = rank
    assert randomness.restore(saved, devices)
    print(torch.equal(torch.rand(3), draws[rank]))
"""


def test_a_restored_generator_draws_the_same():
    devices = Devices(cpu=True)
    randomness.start(1, devices)
    torch.rand(3)
    states = {name: state.clone() for name, state in randomness.state(devices).items()}
    wanted = torch.rand(3)
    assert randomness.restore(states, devices)
    assert torch.equal(torch.rand(3), wanted)


def test_every_rank_takes_its_own_state_out_of_a_checkpoint():
    """In a process of its own: torch ends it by a segmentation fault if the state is a view into the others'."""
    done = subprocess.run([sys.executable, "-c", RANKS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True"] * 3


def test_seeds_and_steps_give_other_streams_than_initial_weights():
    devices, draws = Devices(cpu=True), []
    for start in ((1, 0), (2, 0), (1, 5)):
        randomness.start(start[0], devices, start[1])
        draws.append(float(torch.rand(1)))
    torch.manual_seed(1)
    assert len({*draws, float(torch.rand(1))}) == 4


def test_a_missing_state_is_an_error():
    with pytest.raises(DataError, match="E-CKPT-06"):
        randomness.restore({}, Devices(cpu=True))


def test_another_number_of_ranks_changes_nothing():
    devices = Devices(cpu=True)
    before = torch.get_rng_state()
    assert not randomness.restore({"cpu": before.expand(2, -1)}, devices)
    assert torch.equal(torch.get_rng_state(), before)


def test_deterministic_algorithms_inside_alone():
    memory = torch.utils.deterministic
    before = torch.are_deterministic_algorithms_enabled(), memory.fill_uninitialized_memory
    with randomness.deterministic(torch.device("cpu")):
        assert torch.are_deterministic_algorithms_enabled()
        assert not memory.fill_uninitialized_memory
    assert (torch.are_deterministic_algorithms_enabled(), memory.fill_uninitialized_memory) == before
