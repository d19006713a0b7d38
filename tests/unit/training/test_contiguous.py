"""Windows of parallel streams: every token once an epoch, and what is carried from window to window."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from seqweave.core.errors import Place, RecipeError
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.laboratory.contract import laboratory_of
from seqweave.models.contract import MODELS
from seqweave.tasks.contract import TASKS
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contiguous import ContiguousStream, stream_of
from seqweave.training.contract import Portion
from seqweave.training.devices import Devices
from seqweave.training.step import GradientStep

CONFIG = TrainingConfig(batch_rows=4, window={"length": 10}, seed=3)


@pytest.fixture(scope="module")
def fitted():
    part = laboratory_of("language-modelling").split([12], seed=3)[0]
    corpus = Corpus.of(DocumentExample, [specimen.example for specimen in part])
    codec = TASKS["language-modelling"](train="lab").build().fit(corpus, {}, SpacesConfig().fit(()))
    return codec, codec.encode(corpus)


def stream(dataset, config=CONFIG):
    found = stream_of("lab", dataset, config, lambda row: Place("lab.txt", row + 1))
    assert isinstance(found, ContiguousStream)
    return found


def test_an_epoch_tells_every_token_once_in_its_order(fitted):
    dataset, (_, data) = stream(fitted[1]), fitted
    for epoch in range(2):
        rows: list[list[int]] = [[] for _ in range(4)]
        for draw in dataset.epoch(epoch):
            batch = dataset.batch(draw)
            assert dataset.tokens(draw) == int(batch.mask.sum())
            assert dataset.positions(draw) == batch.targets.numel()
            for row, (inputs, targets, mask) in enumerate(zip(batch.inputs, batch.targets, batch.mask, strict=True)):
                if rows[row]:
                    assert int(inputs[0]) == rows[row][-1], "a window reads on where the one before ended"
                rows[row] += targets[mask].tolist()
        assert [token for row in rows for token in row] == data.stream.ids(0, data.total).tolist()


def test_windows_are_a_function_of_the_epoch_and_the_seed(fitted):
    one, other = stream(fitted[1]), stream(fitted[1], CONFIG.model_copy(update={"seed": 4}))
    bounds = [
        [(d.start, d.stop) for d in each.epoch(epoch)] for each, epoch in ((one, 0), (one, 0), (one, 1), (other, 0))
    ]
    assert bounds[0] == bounds[1]
    assert bounds[0] not in bounds[2:]


def test_only_the_first_window_begins_anew_and_rates_follow_the_lengths(fitted):
    draws = stream(fitted[1]).epoch(0)
    assert [draw.fresh for draw in draws] == [True] + [False] * (len(draws) - 1)
    assert [draw.scale for draw in draws] == [(draw.stop - draw.start) / 10 for draw in draws]


def test_a_window_names_the_texts_in_which_it_begins(fitted):
    dataset = stream(fitted[1])
    places = dataset.places(dataset.epoch(0)[0])
    assert places[0] == Place("lab.txt", 1)
    assert [place.line for place in places] == sorted(place.line for place in places)


def test_streams_are_dealt_out_evenly_to_devices(fitted):
    stream_of("lab", fitted[1], CONFIG, lambda _: Place(""), ranks=2)
    with pytest.raises(RecipeError, match=r"4 streams cannot be dealt out evenly to 3 devices.*E-WINDOW-03"):
        stream_of("lab", fitted[1], CONFIG, lambda _: Place(""), ranks=3)


@pytest.mark.parametrize("fresh", [False, True])
def test_a_step_carries_the_state_into_the_next_window_and_drops_it_where_texts_begin(fitted, fresh):
    codec, dataset = fitted
    torch.manual_seed(0)
    lstm = {"kind": "lstm", "hidden": 5, "bidirectional": False}
    model = MODELS["language-model"](embed={"dim": 5}, encoder=lstm).build(codec.sizes)
    windows = stream(dataset)
    first, second = windows.epoch(0)[:2]
    with torch.no_grad():
        _, carry = model.loss_from(windows.batch(first), None)
        alone, carried = (model.loss_from(windows.batch(second), one)[0].total.item() for one in (None, carry))
    assert alone != pytest.approx(carried, rel=1e-6)
    step = GradientStep(model, CONFIG, Devices(cpu=True))
    step([Portion(first, windows.batch(first))], 0.0)
    assert not any(part.requires_grad for part in step.state().carry)
    draw = windows.epoch(0)[0] if fresh else second
    found = step([Portion(draw, windows.batch(second))], 0.0).total
    assert found == pytest.approx(alone if fresh else carried, rel=1e-6)


def test_micro_batches_are_windows_one_after_the_other(fitted):
    codec, dataset = fitted
    windows, totals = stream(dataset), []
    for together in (True, False):
        torch.manual_seed(0)
        lstm = {"kind": "lstm", "hidden": 5, "bidirectional": False}
        model = MODELS["language-model"](embed={"dim": 5}, encoder=lstm).build(codec.sizes)
        step = GradientStep(model, CONFIG, Devices(cpu=True))
        portions = [Portion(draw, windows.batch(draw)) for draw in windows.epoch(0)[:3]]
        groups = [portions] if together else [[one] for one in portions]
        totals.append(sum(step(group, 0.0).total for group in groups))
    assert totals[0] == pytest.approx(totals[1], rel=1e-6)
    assert np.isfinite(totals[0])
