"""What the races of translators compare is the same work on both sides."""

from __future__ import annotations

import gzip
import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from seqweave.core.events import Event

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


def benchmark(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS / "peers"))
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module(name)


def test_both_decoding_steps_write_the_same_states(monkeypatch: pytest.MonkeyPatch) -> None:
    case = benchmark("decode_step", monkeypatch).Case.of(8, 2, 3)
    with torch.no_grad():
        for _ in range(3):
            torch.testing.assert_close(case.ours(), case.theirs(), atol=1e-6, rtol=1e-5)


def test_both_losses_have_one_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark("loss_memory", monkeypatch).Case(7, 50).agree()


def test_our_translator_stays_one_that_the_rival_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    race = benchmark("multi30k", monkeypatch)
    for name, value in {"PIECES": 30, "BATCH": 4, "DIM": 6, "ENCODER": 5, "HIDDEN": 8, "TEST": 3}.items():
        monkeypatch.setattr(race, name, value)
    lines = {"en": "a man sits\na dog runs\n" * 4, "de": "ein mann sitzt\nein hund läuft\n" * 4}
    for side, text in lines.items():
        (tmp_path / f"{race.FILES['train']}.{side}.gz").write_bytes(gzip.compress(text.encode("utf-8")))
        for part in ("dev", "test"):
            (tmp_path / f"{race.FILES[part]}.{side}").write_text(text, encoding="utf-8")
    tokenizer = race.hand_over(tmp_path, tmp_path)
    ours = race.Ours.begin(tmp_path)
    before = ours.model.decoder.bridge.project.weight.detach().clone()
    ours.train(3)  # one more than there are batches
    upper, lower = ours.model.decoder.bridge.project.weight.detach().chunk(2)
    assert torch.equal(upper, lower), "both states begin alike"
    assert not torch.equal(upper, before.chunk(2)[0])
    ours.weigh(tmp_path / "weights.npz")
    arrays = np.load(tmp_path / "weights.npz")
    words = ours.codec.sizes.target.count
    assert arrays["src_embed.lut.weight"].shape == (words, 6)
    assert arrays["decoder.rnn.weight_ih_l0"].shape == (4 * 8, 6 + 8)
    assert np.array_equal(
        arrays["src_embed.lut.weight"][3], arrays["src_embed.lut.weight"][ours.codec.known[race.MARK]]
    )
    assert len(ours.translate()) == 3
    assert tokenizer.join((tmp_path / "test.theirs.de").read_text("utf-8").split("\n")[0].split()) == "ein mann sitzt"
    assert ours.tokens(0, 1) == sum(len(line.split()) + 1 for line in _first(tmp_path / "train.theirs.de", 4))


def _first(path: Path, count: int) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()[:count]


def test_what_counts_is_when_ours_first_is_as_good_as_the_rival_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rival that gets better by 1 with each second up to the seventh, and then worse."""
    asked: list[float | None] = []
    left = [{"seconds": float(second), "bleu": 7.0 - abs(7 - second)} for second in range(1, 10)]

    def advance(until: float | None) -> list[dict[str, float]] | None:
        asked.append(until)
        found = [one for one in left if until is None or one["seconds"] <= until]
        del left[: len(found)]
        return found or None

    module = benchmark("turns", monkeypatch)
    clock = iter([0, 2, 100, 107, 111, 200, 202])  # begun, evaluated, the rival began and ended, and so on
    monkeypatch.setattr(module.time, "process_time", lambda: float(next(clock)))
    turns = module.Turns("bleu", advance, module.time.process_time())
    for step, score in ((1, 6.5), (2, 7.0)):
        turns.hear(Event("evaluation", {"step": step, "bleu": score}))
    monkeypatch.undo()
    turns.let(None)
    assert asked == [2.0, 104.0, None]
    facts = turns.facts()
    assert (facts["our_seconds"], facts["their_seconds"], facts["their_best_dev"]) == (104.0, 7.0, 7.0)
    assert turns.ratio() == 104 / 7
    assert facts["their_dev"] == [[float(second), 7.0 - abs(7 - second)] for second in range(1, 10)]
    turns.theirs.append({"seconds": 10.0, "bleu": 7.1})
    assert turns.ratio() == float("inf")
