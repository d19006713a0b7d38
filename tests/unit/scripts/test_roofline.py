"""What the roofline counts, against what torch counts; and the page that is made of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from seqweave.layers.gru import WIDE
from seqweave.layers.scan import choice
from seqweave.parts.encoders.gru import GRUConfig
from seqweave.parts.encoders.mingru import MinGRUConfig
from seqweave.parts.encoders.qrnn import QRNNConfig
from seqweave.parts.encoders.sru import SRUConfig

SIZE = BATCH, TIME, HIDDEN = 2, 3, 8
ROWS = BATCH * TIME
ONE = {"bidirectional": False}
POOLED = {
    "qrnn": (QRNNConfig(hidden=HIDDEN, window=1, **ONE), 3, 1),
    "window 2": (QRNNConfig(hidden=HIDDEN, window=2, **ONE), 3, 2),
    "sru": (SRUConfig(hidden=HIDDEN, **ONE), 3, 1),
    "mingru": (MinGRUConfig(hidden=HIDDEN, **ONE), 2, 1),
}


class Moved(TorchDispatchMode):
    """Counts the numbers of all matrices that products read and write."""

    numbers = 0

    def __torch_dispatch__(self, function: Any, types: Any, told: Any = (), named: Any = None) -> Any:
        found = function(*told, **(named or {}))
        if function.overloadpacket in (torch.ops.aten.mm, torch.ops.aten.addmm):
            self.numbers += sum(one.numel() for one in (*told, found) if isinstance(one, Tensor) and one.dim() == 2)
        return found


def counted(call: Callable[[], Tensor]) -> tuple[int, int]:
    """Operations of a forward and backward pass as torch counts them, and numbers that its products move."""
    with FlopCounterMode(display=False) as flops, Moved() as moved:
        states = call()
        states.backward(torch.ones_like(states))
    return flops.get_total_flops(), moved.numbers


@pytest.mark.parametrize("name", POOLED)
def test_a_pooled_layer_is_its_products_and_gates(roofline: ModuleType, name: str) -> None:
    config, chunks, window = POOLED[name]
    layer, x = config.build(HIDDEN), torch.randn(SIZE, requires_grad=True)
    mask = torch.ones(BATCH, TIME, dtype=torch.bool)
    operations, numbers = counted(lambda: layer(x, mask).states)
    work = roofline.pooled_work(SIZE, chunks, window)
    gates = roofline.gates_work(ROWS, HIDDEN, chunks)
    assert (work.operations, work.numbers - gates.numbers) == (operations, numbers)
    assert gates.numbers == 3 * ROWS * (chunks + 1) * HIDDEN


@pytest.mark.parametrize(("kind", "gates"), [(nn.LSTM, 4), (nn.GRU, 3)])
def test_a_recurrent_layer_has_the_operations_of_torchs(
    roofline: ModuleType, kind: type[nn.RNNBase], gates: int
) -> None:
    layer = kind(HIDDEN, HIDDEN, batch_first=True).double()  # float64: products that torch sees
    x, start = (torch.randn(shape, requires_grad=True, dtype=torch.float64) for shape in (SIZE, (1, BATCH, HIDDEN)))
    state = (start, start) if kind is nn.LSTM else start
    operations, _ = counted(lambda: layer(x, state)[0])
    assert roofline.recurrent_work(SIZE, gates).operations == operations


def test_a_recurrent_layer_moves_its_matrix_at_every_position(roofline: ModuleType) -> None:
    size = (BATCH, TIME, WIDE)  # from here on ours writes the gradient out, one product for the recurrent matrix
    layer, x = GRUConfig(hidden=WIDE, **ONE).build(WIDE), torch.randn(size, requires_grad=True)
    mask = torch.ones(BATCH, TIME, dtype=torch.bool)
    operations, numbers = counted(lambda: layer(x, mask).states)
    work = roofline.recurrent_work(size, 3)
    assert (work.operations, work.numbers - roofline.gates_work(ROWS, WIDE, 3).numbers) == (operations, numbers)


def test_the_scan_moves_what_its_kernels_are_given_and_give(roofline: ModuleType) -> None:
    kernels = choice.kernels("cpu")
    assert kernels is not None, "the extra `fast` is not installed"
    x, gate, start = torch.randn(SIZE), torch.rand(SIZE), torch.zeros(BATCH, HIDDEN)
    states = kernels.scan(x, gate, start)
    to_x, to_gate, _ = kernels.scan_backward(gate, start, states, x)
    moved = sum(one.numel() for one in (x, gate, states, gate, states, x, to_x, to_gate))
    assert roofline.scan_work(SIZE).numbers == moved


def test_a_head_is_its_products_and_its_scores(roofline: ModuleType) -> None:
    states, words = torch.randn(ROWS, HIDDEN, requires_grad=True), nn.Linear(HIDDEN, 11)
    operations, numbers = counted(lambda: words(states))
    whole, chunks = (roofline.head_work(ROWS, HIDDEN, 11, parts) for parts in (1, 3))
    assert (whole.operations, whole.numbers - 4 * ROWS * 11) == (operations, numbers)
    assert chunks.numbers - whole.numbers == 2 * 3 * HIDDEN * 11, "each chunk more moves the weights for three products"
    assert chunks.operations == whole.operations


def test_every_kind_is_run_and_set_below_its_roof(roofline: ModuleType) -> None:
    cases = [*roofline.layer_cases(SIZE), roofline.scan_case(SIZE), *roofline.head_cases(ROWS, HIDDEN, 11)]
    limits = [
        roofline.Case("peak", "torch", roofline.Work(3_000_000_000, 1), lambda: None),
        roofline.Case("copy", "", roofline.Work(0, 500_000_000), lambda: None),
    ]
    assert all(second > 0 for second in roofline.fastest(cases, 1, time.perf_counter))
    found = roofline.roof([*limits, *cases], [1.0] * (2 + len(cases)))
    assert (found["peak_gflops"], found["copy_gbytes"]) == ({"torch": 3.0}, 2.0)
    scan = next(point for point in found["points"] if point["kind"] == "scan")
    assert scan["intensity"] == round(5 / 32, 3)
    slow = next(point for point in roofline.roof([*limits, cases[-1]], [1.0, 1.0, 1e-6])["points"])
    assert slow["share"] == pytest.approx(
        cases[-1].work.operations / 1e3 / min(3, 2 * cases[-1].work.intensity), rel=0.01
    )


def made_up() -> dict[str, Any]:
    kinds = ("nn.LSTM", "nn.GRU", "gru", "qrnn", "qrnn, window 2", "sru", "mingru", "scan", "head, all scores")
    points = [
        {
            "kind": kind,
            "size": f"H{size}",
            "operations": size * 1_000_000_000,
            "bytes": 2_000_000,
            "milliseconds": 1500.0,
            "intensity": 0.156 if kind == "scan" else 20.0 + place + size,
            "gflops": 1.5 if kind == "scan" else 90.0 - 2 * place + size,
            "share": 0.5,
        }
        for place, kind in enumerate(kinds)
        for size in (1, 9)
    ]
    return {
        "name": "bench-roofline",
        "peak_gflops": {"torch": 80.0, "onednn": 120.0},
        "copy_gbytes": 20.0,
        "points": points,
        "device": "a machine",
        "threads": 1,
        "commit": "abc",
        "command": "python roofline.py",
    }


def test_nothing_is_drawn_of_what_was_not_measured(pages: ModuleType, tmp_path: Path) -> None:
    assert "Not measured yet" in pages.page_roofline.page(tmp_path)
    assert "roofline.svg" not in pages.page_roofline.page(tmp_path)
    assert pages.page_roofline.pictures(tmp_path) == {}


def test_the_page_tells_each_point_and_the_picture_names_each_kind(pages: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "bench-roofline.json").write_text(json.dumps(made_up()), encoding="utf-8")
    page = pages.page_roofline.page(tmp_path)
    assert "120 GFLOP/s through oneDNN; a copy moves 20 GB/s" in page
    assert "| sru | H9 | 9 | 2 | 34 | 1,500.0 | 89 | 50 % |" in page
    picture = ElementTree.fromstring(pages.page_roofline.pictures(tmp_path)["roofline.svg"])
    svg = "{http://www.w3.org/2000/svg}"
    assert len(picture.findall(f".//{svg}circle")) == len(made_up()["points"])
    names = {one.text for one in picture.findall(f".//{svg}text[@class='name']")}
    assert names == {point["kind"] for point in made_up()["points"]}


def test_the_roof_bends_where_memory_meets_the_peak(pages: ModuleType, tmp_path: Path) -> None:
    """The second answer: places of the bend and of a point on the level roof, read off the axes' numbers."""
    (tmp_path / "bench-roofline.json").write_text(json.dumps(made_up()), encoding="utf-8")
    svg = pages.page_roofline.pictures(tmp_path)["roofline.svg"]
    places = dict(re.findall(r'<text x="([\d.]+)" y="568" text-anchor="middle">([\d.]+)</text>', svg))
    decade = {float(value): float(x) for x, value in places.items()}
    bend = float(re.search(r'points="[\d.]+,[\d.]+ ([\d.]+),', svg)[1])
    expected = decade[1] + (decade[10] - decade[1]) * 0.778151  # log10(120 / 20)
    assert bend == pytest.approx(expected, abs=0.05)
