"""The recurrences on a GPU against the loop in torch; where there is none, Triton's interpreter and compiler stand in.

All are skipped without Triton, which takes a gigabyte and is no part of the set-up; `pip install triton` brings it.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from seqweave.layers.scan import choice, gradients, reference
from seqweave.layers.scan.forms import Inputs

from .test_scan_kernels import DIM, FORMS, TIME, answers, inputs, leaf

pytest.importorskip("triton")
SOURCE = "seqweave.layers.scan.gpu"
pytestmark = pytest.mark.filterwarnings("ignore:TRITON_DEFAULT_FP_FUSION")  # its default will change: either will do
on_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
without_one = pytest.mark.skipif(torch.cuda.is_available(), reason="on a GPU the kernels themselves are run")
INTERPRETING = os.environ.get("TRITON_INTERPRET") == "1"
interpreting = pytest.mark.skipif(not INTERPRETING, reason="in a process of its own: Triton asks when it is imported")
compiling = pytest.mark.skipif(INTERPRETING or torch.cuda.is_available(), reason="interpreted, or run on a GPU")


def loaded(monkeypatch):
    """A copy of the kernels, made under the environment of this test."""
    found = importlib.util.find_spec(SOURCE)
    copied = importlib.util.spec_from_file_location("copied_gpu_kernels", found.origin)
    module = importlib.util.module_from_spec(copied)
    monkeypatch.setitem(sys.modules, copied.name, module)
    copied.loader.exec_module(module)
    return module


@pytest.fixture
def interpreted(monkeypatch):
    return loaded(monkeypatch)


@pytest.fixture
def compiled(monkeypatch):
    """For a Hopper chip that is not there."""
    from triton.backends.compiler import GPUTarget
    from triton.runtime import driver

    hopper = SimpleNamespace(
        get_current_target=lambda: GPUTarget("cuda", 90, 32),
        get_current_device=lambda: 0,
        get_current_stream=lambda _device=None: 0,
    )
    monkeypatch.setattr(driver, "_active", hopper)
    return loaded(monkeypatch)


def agree(kernels, form, given, weights=(1.0, 2.0)):
    def pool(form, given):
        return gradients.pool(kernels, form, given)

    for ours, wanted in zip(
        answers(pool, form, given, weights), answers(reference.pool, form, given, weights), strict=True
    ):
        torch.testing.assert_close(ours, wanted, rtol=1e-9, atol=1e-9)


@without_one
@pytest.mark.skipif(INTERPRETING, reason="this is that process")
def test_kernels_equal_the_loop_where_they_are_read_step_by_step() -> None:
    chosen = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "interpreted"]
    done = subprocess.run(
        [*chosen, __file__], env={**os.environ, "TRITON_INTERPRET": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout


@interpreting
@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("extras", [{}, {"peephole": False}, {"kept": False}, {"peephole": False, "kept": False}])
def test_interpreted_pool_equals_the_loop(interpreted, form, extras) -> None:
    agree(interpreted, form, inputs(form, **extras))


@interpreting
@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("form", [FORMS[0], FORMS[-1]], ids=str)
def test_an_interpreted_gradient_may_come_from_either_result(interpreted, form, weights) -> None:
    agree(interpreted, form, inputs(form), weights)


@interpreting
@pytest.mark.parametrize(("time", "dim"), [(1, 1), (1, 32), (3, 33), (2, 69)])
def test_interpreted_pool_at_the_edges_of_blocks(interpreted, time, dim) -> None:
    agree(interpreted, FORMS[-1], inputs(FORMS[-1], time=time, dim=dim))


@interpreting
def test_interpreted_scan_equals_the_loop(interpreted) -> None:
    leaves = leaf(3, TIME, 33), leaf(3, TIME, 33), leaf(3, 33)
    found, wanted = gradients.scan(interpreted, *leaves), reference.scan(*leaves)
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)
    for ours, exact in zip(
        torch.autograd.grad(found.sin().sum(), leaves), torch.autograd.grad(wanted.sin().sum(), leaves), strict=True
    ):
        torch.testing.assert_close(ours, exact, rtol=1e-9, atol=1e-9)


@compiling
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64], ids=str)
@pytest.mark.parametrize("extras", [{}, {"peephole": False, "kept": False}], ids=["all", "plain"])
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_pool_compiles(compiled, form, extras, dtype) -> None:
    given = Inputs(*(None if x is None else x.detach().to(dtype) for x in inputs(form, **extras)))
    states = given.products.new_empty(3, TIME, DIM)
    pointers = compiled._pointers(given, states, states)
    told = TIME, DIM, compiled._told(form), compiled._wide(states)
    for kernel, tensors in ((compiled._pool, (pointers,)), (compiled._unpool, ((pointers, pointers),))):
        [made] = kernel.warmup(*tensors, *told, grid=(1, 1))
        assert made.asm["cubin"]


@compiling
@pytest.mark.parametrize("size", range(12))
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_loads_of_several_positions_are_under_way_at_once(compiled, size, dtype) -> None:
    """As asynchronous copies, of at least four bytes to a thread."""
    x, start = torch.zeros(3, TIME, 64, dtype=dtype), torch.zeros(3, 64, dtype=dtype)
    config = compiled.SIZES[size]
    line = compiled.Line(x, x, start, x)
    for kernel, lines in ((compiled._scan, (line,)), (compiled._unscan, (line, line))):
        made = kernel.fn.warmup(*lines, TIME, 64, compiled._wide(x), **config.all_kwargs(), grid=(1, 1))
        wide_enough = config.kwargs["size"][0] // (32 * config.num_warps) * x.element_size() >= 4
        assert ("cp.async" in made.asm["ptx"]) == wide_enough


def on_gpu(given, dtype=torch.float64):
    return Inputs(*(None if x is None else x.detach().to("cuda", dtype).requires_grad_(x.requires_grad) for x in given))


@on_a_gpu
@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("extras", [{}, {"peephole": False, "kept": False}])
def test_pool_equals_the_loop(form, extras) -> None:
    given = on_gpu(inputs(form, **extras, dim=131))
    for weights in ((1.0, 2.0), (1.0, 0.0), (0.0, 1.0)):
        for ours, wanted in zip(
            answers(choice.pool, form, given, weights), answers(reference.pool, form, given, weights), strict=True
        ):
            torch.testing.assert_close(ours, wanted, rtol=1e-9, atol=1e-9)


@on_a_gpu
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 0.1)])
def test_lower_precision_is_near(dtype, tolerance) -> None:
    form = FORMS[-1]
    given = inputs(form)
    found = choice.pool(form, on_gpu(given, dtype))[0]
    wanted = reference.pool(form, given)[0]
    torch.testing.assert_close(found.cpu().double(), wanted, rtol=tolerance, atol=tolerance)


@on_a_gpu
def test_scan_equals_the_loop() -> None:
    x, gate, start = (leaf(*shape).detach().cuda().requires_grad_() for shape in ((3, 5, 131), (3, 5, 131), (3, 131)))
    found, wanted = choice.scan(x, gate, start), reference.scan(x, gate, start)
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)
    for ours, exact in zip(
        torch.autograd.grad(found.sin().sum(), (x, gate, start)),
        torch.autograd.grad(wanted.sin().sum(), (x, gate, start)),
        strict=True,
    ):
        torch.testing.assert_close(ours, exact, rtol=1e-9, atol=1e-9)
