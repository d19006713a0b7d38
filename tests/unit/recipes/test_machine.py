from typing import get_args

import pytest
import torch

from seqweave.layers.linear import Product, choose
from seqweave.recipes import machine


@pytest.fixture
def measured(monkeypatch):
    monkeypatch.setattr(machine, "SECONDS", 0.01)
    monkeypatch.setattr(machine, "SIDE", 64)
    monkeypatch.setattr(machine, "COPIED_BYTES", 1 << 16)
    return machine.describe()


def test_every_product_has_a_speed(measured):
    speeds = measured["matrix products, GFLOP/s"]
    assert set(speeds) == set(get_args(Product))
    assert speeds["torch"] > 0
    assert measured["memory, GB/s"]["copied"] > 0


def test_the_kernels_told_are_those_a_run_gets(measured):
    assert measured["products of a new run"]["precision: auto"] == choose("auto").product
    assert measured["machine"]["threads used"] == torch.get_num_threads()


def test_the_recurrences_told_are_those_that_run(measured, monkeypatch):
    told = measured["recurrences of qrnn, sru and mingru"]["on the CPU"]
    assert ("numba" in told) == (machine.kernels("cpu") is not None)
    monkeypatch.setattr(machine, "kernels", lambda device: None)
    assert "seqweave[fast]" in machine._recurrences()


def test_speed_is_work_over_the_shortest_time(monkeypatch):
    monkeypatch.setattr(machine, "_seconds", lambda work: 0.5)
    monkeypatch.setattr(machine, "SIDE", 1000)
    assert machine._product_speed("torch") == 2 * 1000**3 / 0.5 / 1e9
