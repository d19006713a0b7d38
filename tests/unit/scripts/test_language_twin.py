"""Language models at paper size have plain PyTorch twins that learn as they do; here made small."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

SMALL = {
    "ptb-lstm-large": ("model.encoder.hidden=8",),
    "ptb-tied-large": ("model.encoder.hidden=8", "model.output.temperature=2.0"),
    "ptb-awd-lstm": ("model.encoder.hidden=9", "model.encoder.top=8"),
    "ptb-awd-qrnn": ("model.encoder.hidden=9", "model.encoder.top=8"),
    "ptb-pointer-sentinel": ("model.encoder.hidden=8", "model.pointer.window=4"),
}
ALL = ("model.embed.dim=8", "training.batch_rows=4", "training.window.length=6", "training.learning_rate=2.0")
STEPS = 12


@pytest.fixture
def pair(
    request: pytest.FixtureRequest,
    language_twin: ModuleType,
    lm_train: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    monkeypatch.setattr(lm_train, "WORDS", 50)
    monkeypatch.setattr(lm_train, "TOKENS", 400)
    lm_train.write_texts(tmp_path)
    return language_twin.pair(request.param, tmp_path, (*ALL, *SMALL[request.param]))


def courses(language_twin: ModuleType, both: Any) -> tuple[list[float], list[float]]:
    return list(islice(language_twin.ours(both), STEPS)), list(islice(language_twin.theirs(both), STEPS))


@pytest.mark.parametrize("pair", SMALL, indirect=True)
def test_a_twin_learns_what_the_recipe_learns(language_twin: ModuleType, pair: Any) -> None:
    ours, theirs = courses(language_twin, pair)
    assert ours == pytest.approx(theirs, rel=2e-5)
    assert ours[-1] != pytest.approx(ours[0], rel=1e-2), "it learned something"


FAULTS = {
    "ptb-awd-lstm": lambda twin: twin.layers[2].weight_hh_l0,
    "ptb-awd-qrnn": lambda twin: twin.layers[0].gates.weight,
    "ptb-pointer-sentinel": lambda twin: twin.pointer.sentinel,
    "ptb-tied-large": lambda twin: twin.words.bias,
}


@pytest.mark.parametrize("pair", FAULTS, indirect=True)
def test_one_weight_of_another_value_is_seen(
    language_twin: ModuleType, pair: Any, request: pytest.FixtureRequest
) -> None:
    with torch.no_grad():
        FAULTS[request.node.callspec.params["pair"]](pair.twin)[0] += 0.5
    ours, theirs = courses(language_twin, pair)
    assert ours != pytest.approx(theirs, rel=2e-5)
