"""NaN put into training at random steps: nothing of it is saved, and the module and the input lines are named.

    python scripts/faults/nan.py --count 50 --seed 1

From a random step on, a random module puts out NaN (or infinity) whenever one random line of that step's batch is among
its inputs. Training must stop at that step and name the module and the line; the checkpoints and the model must be
finite; and without the fault, the run must go on to the undisturbed run's bytes.
"""

from __future__ import annotations

import math
import shutil
import sys
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import torch
from children import Ended, child, warm
from runs import RECIPES, differences, go_on, results, written
from safetensors.torch import load
from torch import Tensor, nn
from verdict import Fault, Outcome, Plan, main, say

from seqweave.training.contract import Draw
from seqweave.training.step import Objective
from seqweave.training.stream import TaskStream

VALUES = (math.nan, math.inf)
FIRST = 4
"""The first batch that is poisoned: by then a step was taken, and it is known which modules there are."""


@dataclass
class Poison:
    """From a step on, one module's output is spoilt wherever one row of that step's batch is in the batch.

    Args:
        step: counted in batches, from 0.
        value: what its output is multiplied with.
        choice: of the row and the module, from 0 up to but not including 1.
    """

    step: int
    value: float
    choice: tuple[float, float]
    module: str = ""
    line: str = ""
    _batches: int = 0
    _row: int = -1
    _active: bool = False
    _waiting: deque[bool] = field(default_factory=deque)
    _names: dict[nn.Module, str] = field(default_factory=dict)
    _called: dict[str, None] = field(default_factory=dict)

    def install(self) -> Poison:
        """Watch every batch and every module of this process."""
        asked = TaskStream.batch

        def batch(stream: TaskStream, draw: Draw) -> Any:  # noqa: ANN401  # the task's own batch
            self._drawn(stream, draw)
            return asked(stream, draw)

        TaskStream.batch = batch  # type: ignore[method-assign]  # the seam of this experiment
        nn.modules.module.register_module_forward_pre_hook(self._entered)
        nn.modules.module.register_module_forward_hook(self._spoilt)
        return self

    def _drawn(self, stream: TaskStream, draw: Draw) -> None:
        if self._batches == self.step:
            self._row = int(draw.rows[int(self.choice[0] * len(draw.rows))])
            self.line = str(stream.places(Draw(draw.name, draw.rows[draw.rows == self._row]))[0])
            called = list(self._called)
            self.module = called[int(self.choice[1] * len(called))]
        self._batches += 1
        self._active = bool((draw.rows == self._row).any())
        self._waiting.append(self._active)

    def _entered(self, module: nn.Module, inputs: object) -> None:  # noqa: ARG002  # torch's signature
        if isinstance(module, Objective):
            self._active = self._waiting.popleft()  # all batches of a step are made before the first one is used
            self._names = {inner: name for name, inner in module.model.named_modules() if name}

    def _spoilt(self, module: nn.Module, inputs: object, output: Any) -> Any:  # noqa: ANN401, ARG002  # torch's own
        name = self._names.get(module, "")
        if isinstance(output, Tensor) and output.is_floating_point() and name:
            self._called[name] = None
            if self._active and name == self.module:
                return output * self.value
        return None


def attempt(plan: Plan) -> Outcome:
    """Poison runs, one after another."""
    warm()
    random, seen, complaints = Random(plan.seed), Counter[str](), []
    whole: dict[str, tuple[Path, int, dict[str, bytes]]] = {}
    for number in range(plan.count):
        name = list(RECIPES)[number % len(RECIPES)]
        if name not in whole:
            whole[name] = undisturbed(name, plan.folder / f"recipe{len(whole)}", plan.sentences)
        recipe, batches, expected = whole[name]
        run = recipe.parent / "run"
        poison = Poison(random.randrange(FIRST, batches), random.choice(VALUES), (random.random(), random.random()))
        ended = child(lambda poison=poison, recipe=recipe, run=run: poisoned(poison, recipe, run))
        wrong = list(misbehaved(ended, run))
        seen[ended.answer["module"] if ended.answer else "unknown"] += 1
        healed = child(lambda recipe=recipe, run=run: go_on(recipe, run))
        wrong += [f"does not go on: {healed.error}"] if healed.code else differences(run, expected)
        complaints += [f"{name}, batch {poison.step}: {what}" for what in wrong]
        shutil.rmtree(run)
        say(f"poisoned {number + 1}/{plan.count}, bad {len(complaints)}")
    return Outcome(plan.count, complaints, {"modules": dict(sorted(seen.items()))})


def undisturbed(name: str, folder: Path, sentences: int) -> tuple[Path, int, dict[str, bytes]]:
    """The recipe, the number of batches of a run without fault, and its results."""
    recipe = written(name, folder, sentences, epochs=3)

    def work() -> int:
        watch = Poison(-1, math.nan, (0, 0)).install()
        go_on(recipe, folder / "whole")
        return watch._batches

    ended = child(work)
    assert not ended.code, ended.error
    return recipe, ended.answer, results(folder / "whole")


def poisoned(poison: Poison, recipe: Path, run: Path) -> dict[str, str]:
    """Train with the poison; what was spoilt, and what was said of it."""
    poison.install()
    said = ""
    try:
        go_on(recipe, run)
    except Exception as error:  # of whatever kind: the parent judges it
        said = f"{type(error).__name__}: {error}"
    return {"module": poison.module, "line": poison.line, "said": said}


def misbehaved(ended: Ended, run: Path) -> Iterator[str]:
    """What is wrong with how the fault was met."""
    if ended.code or not ended.answer:
        yield f"ended with {ended.code}: {ended.error}"
        return
    said = ended.answer["said"]
    for needed in ("RecipeError", "E-TRAIN-01", f"'{ended.answer['module']}'", ended.answer["line"]):
        if needed not in said:
            yield f"{needed} is not named in: {said or 'silence'}"
    for path in run.rglob("*.safetensors"):
        tensors = load(path.read_bytes())
        bad = [name for name, tensor in tensors.items() if not torch.isfinite(tensor.double()).all()]
        if bad:
            yield f"{path.relative_to(run)} holds {bad}"


FAULT = Fault(
    "nan",
    "A loss that is not finite stops training before anything of it is kept, and the module and the lines are named.",
    "poisoned steps",
    50,
    attempt,
)

if __name__ == "__main__":
    sys.exit(main(FAULT, __doc__))
