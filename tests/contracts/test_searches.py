"""The laws of every registered search, and proof that each law catches the fault planted for it.

The network is a toy whose distributions depend on every token before: one that depended on the last alone would not see
a state that was mixed up. Each returned hypothesis is looked at, not the best one alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from seqweave.decoding.contract import SEARCHES, Found, Frame, Hypothesis, Search, stands

from .faults_searches import FAULTS, SoundSearch
from .toy_networks import BEGIN, ToyNetwork, framed

KEYS = [3, 14, 15, 92]
NETWORK = ToyNetwork()
FLAT = ToyNetwork(sharpness=0.0)
RUGGED = ToyNetwork(sharpness=9.0)
LIMITS = (4, 2, 4, 3)
UNCHANGED = {"shortest", "no_repeat", "alpha", "seed", "most"}  # some laws set these; the others change little
Law = Callable[[Search], None]


def variants(config: type[Search]) -> Iterator[Search]:
    """The default settings, and each changed in turn."""
    start = config()
    yield start
    for name, field in config.model_fields.items():
        if name in UNCHANGED:
            continue
        value = getattr(start, name)
        others: list[Any] = [other for other in get_args(field.annotation) if other != value]
        if isinstance(value, int):
            others = [2]
        elif isinstance(value, float):
            others = [0.3]
        for other in others:
            try:
                yield config(**{**dict(start), name: other})
            except ValidationError:
                continue  # a setting that goes only with another


CONFIGS = [
    pytest.param(config, id=f"{kind}-{i}") for kind, family in SEARCHES for i, config in enumerate(variants(family))
]


def run(search: Search, frame: Frame, network: ToyNetwork = NETWORK, keys: list[int] = KEYS) -> list[Found]:
    found = list(search.run(network.step, network.start(keys), frame))
    assert len(found) == len(keys)
    assert all(one.hypotheses for one in found)
    return found


def every(found: list[Found]) -> list[tuple[int, Hypothesis]]:
    """All hypotheses, each with the number of its sentence."""
    return [(row, hypothesis) for row, one in enumerate(found) for hypothesis in one.hypotheses]


def varied() -> Frame:
    """Sentences with a prefix, a required run, both, and neither."""
    return framed(4, limits=LIMITS, prefixes=((), (3,), (4, 2), ()), required=((), (), ((2, 3),), ((3,), (4, 2))))


def part(frame: Frame, rows: list[int]) -> Frame:
    return framed(
        len(rows),
        limits=tuple(frame.limits[row] for row in rows),
        prefixes=tuple(frame.prefixes[row] for row in rows),
        required=tuple(frame.required[row] for row in rows),
    )


def same_for_any_batch(search: Search, frame: Frame, network: ToyNetwork) -> None:
    together = run(search, frame, network)
    for rows in ([1], [2, 0, 3, 1]):
        found = run(search, part(frame, rows), network, [KEYS[row] for row in rows])
        assert found == [together[row] for row in rows]


def batch_changes_nothing(search: Search) -> None:
    same_for_any_batch(search, framed(4, limits=LIMITS), NETWORK)
    same_for_any_batch(search, varied(), NETWORK)


def ties_are_broken_alike(search: Search) -> None:
    same_for_any_batch(search, framed(4, limits=LIMITS), FLAT)


def log_probabilities_are_replayed(search: Search) -> None:
    for frame in (framed(4, limits=LIMITS), varied()):
        for row, hypothesis in every(run(search, frame)):
            assert abs(NETWORK.replay(KEYS[row], hypothesis) - hypothesis.log_probability) < 1e-9


def limits_are_kept(search: Search) -> None:
    for network, frame in ((NETWORK, varied()), (RUGGED, framed(4, limits=LIMITS))):
        for row, hypothesis in every(run(search, frame, network)):
            used = len(hypothesis.tokens) + hypothesis.finished
            assert used <= LIMITS[row]
            assert hypothesis.finished or used == LIMITS[row]


def never_is_never_written(search: Search) -> None:
    for _, hypothesis in every(run(search, framed(4, 4, never=(BEGIN, 3)))):
        assert not {BEGIN, 3} & set(hypothesis.tokens)


def prefixes_are_kept(search: Search) -> None:
    frame = varied()
    for row, hypothesis in every(run(search, frame)):
        prefix = frame.prefixes[row]
        assert hypothesis.tokens[: len(prefix)] == prefix


def required_runs_stand(search: Search) -> None:
    frame = varied()
    for row, hypothesis in every(run(search, frame)):
        assert all(stands(required, hypothesis.tokens) for required in frame.required[row])


def shortest_is_kept(search: Search) -> None:
    for _, hypothesis in every(run(search.model_copy(update={"shortest": 3}), framed(4, 4))):
        assert len(hypothesis.tokens) >= 3


def nothing_is_repeated(search: Search) -> None:
    for size in (1, 2):
        changed = search.model_copy(update={"no_repeat": size, "shortest": 4 // (3 - size)})
        for _, hypothesis in every(run(changed, framed(4, 4))):
            tokens = hypothesis.tokens
            windows = [tokens[start : start + size] for start in range(len(tokens) - size + 1)]
            assert len(windows) == len(set(windows))


def best_comes_first(search: Search) -> None:
    for found in run(search, framed(4, 4)):
        scores = [hypothesis.score for hypothesis in found.hypotheses]
        assert scores == sorted(scores, reverse=True)


@dataclass(frozen=True)
class WatchedState:
    """A state that knows whose hypotheses its rows are."""

    hashes: Tensor
    owners: Tensor

    def select(self, rows: Tensor) -> WatchedState:
        owners = self.owners.flatten()[rows]
        assert (owners == owners[:, :1]).all()
        return WatchedState(self.hashes.flatten()[rows], owners)


def rows_stay_with_their_sentence(search: Search) -> None:
    def step(tokens: Tensor, state: WatchedState):
        assert tokens.shape == state.owners.shape
        stepped, after = NETWORK.step(tokens, state)
        return stepped, WatchedState(after.hashes, state.owners)

    start = WatchedState(NETWORK.start(KEYS).hashes, torch.arange(4).unsqueeze(1))
    found = search.run(step, start, framed(4, limits=LIMITS))
    assert list(found) == run(search, framed(4, limits=LIMITS))


def shared_randomness_is_left_alone(search: Search) -> None:
    before = torch.random.get_rng_state()
    run(search, framed(4, 4))
    assert torch.equal(torch.random.get_rng_state(), before)


LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        batch_changes_nothing,
        ties_are_broken_alike,
        log_probabilities_are_replayed,
        limits_are_kept,
        never_is_never_written,
        prefixes_are_kept,
        required_runs_stand,
        shortest_is_kept,
        nothing_is_repeated,
        best_comes_first,
        rows_stay_with_their_sentence,
        shared_randomness_is_left_alone,
    )
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("config", CONFIGS)
def test_law_holds(config: Search, law: str) -> None:
    LAWS[law](config)


@pytest.mark.parametrize("config", CONFIGS)
def test_config_survives_files(config: Search) -> None:
    assert type(config)(**json.loads(json.dumps(config.dump()))) == config


def test_every_kind_is_here() -> None:
    assert {"beam", "exact", "exhaustive", "greedy", "sampling"} <= set(SEARCHES.kinds())


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_fault(law: str) -> None:
    assert law in FAULTS, "a law without a planted fault proves nothing"
    for fault in FAULTS[law]:
        with pytest.raises((AssertionError, RuntimeError)):
            LAWS[law](fault())


def test_faults_are_single() -> None:
    """Without its fault, the search that all faults derive from keeps every law."""
    for law in LAWS.values():
        law(SoundSearch())
