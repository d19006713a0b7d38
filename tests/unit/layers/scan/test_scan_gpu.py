"""The recurrences on a GPU against the loop in torch; skipped where there is none."""

from __future__ import annotations

import pytest
import torch

from seqweave.layers.scan import choice, reference
from seqweave.layers.scan.forms import Inputs

from .test_scan_kernels import FORMS, answers, inputs, leaf

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.fixture(autouse=True)
def _with_kernels():
    pytest.importorskip("triton")


def on_gpu(given, dtype=torch.float64):
    return Inputs(*(None if x is None else x.detach().to("cuda", dtype).requires_grad_(x.requires_grad) for x in given))


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("extras", [{}, {"peephole": False, "kept": False}])
def test_pool_equals_the_loop(form, extras) -> None:
    given = on_gpu(inputs(form, **extras, dim=131))
    for weights in ((1.0, 2.0), (1.0, 0.0), (0.0, 1.0)):
        for ours, wanted in zip(
            answers(choice.pool, form, given, weights), answers(reference.pool, form, given, weights), strict=True
        ):
            torch.testing.assert_close(ours, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 0.1)])
def test_lower_precision_is_near(dtype, tolerance) -> None:
    form = FORMS[-1]
    given = inputs(form)
    found = choice.pool(form, on_gpu(given, dtype))[0]
    wanted = reference.pool(form, given)[0]
    torch.testing.assert_close(found.cpu().double(), wanted, rtol=tolerance, atol=tolerance)


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
