"""The training loop: draw, step, average, evaluate, checkpoint; it can be killed anywhere and goes on bit for bit.

Everything that is decided follows from the position and the history of scores, which the checkpoint holds; the clock
and signals decide only when a checkpoint is written, which changes no result.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch

from seqweave.core.errors import InternalError, Notice, StoppedError
from seqweave.data.order import shard
from seqweave.layers import linear
from seqweave.layers.contracts import State
from seqweave.layers.scan import choice
from seqweave.training import randomness
from seqweave.training.checkpoint import Checkpoint, Checkpoints
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contract import SETTLE_STEPS, Draw, Judge, Portion, Step, StepState, Stream, require_metric
from seqweave.training.faults import NonFinite, blamed
from seqweave.training.heap import Heap
from seqweave.training.journal import Journal
from seqweave.training.progress import Progress
from seqweave.training.schedules.contract import Moment
from seqweave.training.signals import Signals
from seqweave.training.weights import fill, to_bytes, weights

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished training hands back.

    Args:
        progress: how far it came, and the scores of the best evaluation.
        best: the weights of the best evaluation as a safetensors file; empty on all ranks but the first.
    """

    progress: Progress
    best: bytes = field(repr=False)


class Loop:
    """Trains one model over one stream.

    Args:
        config: the recipe's settings.
        step: how the weights are updated.
        stream: what they are trained on.
        judge: who evaluates.
        journal: who is told.
        checkpoints: where the state is kept.
    """

    def __init__(
        self,
        config: TrainingConfig,
        step: Step,
        stream: Stream,
        judge: Judge,
        journal: Journal,
        checkpoints: Checkpoints,
    ) -> None:
        self._config, self._step, self._stream, self._judge = config, step, stream, judge
        self._devices, self._model = step.devices, step.model
        self._journal = journal if self._devices.first else journal.silent()
        self._checkpoints = checkpoints
        self._average = config.average.build(step.model)
        self._progress = Progress()
        self._best = b""
        self._draws: Sequence[Draw] = ()
        self._saved_at = time.monotonic()
        self._heap = Heap()

    def run(self, resume: str = "seqweave train --resume RUN") -> Outcome:
        """Train to the end, from the last sound checkpoint where there is one.

        Args:
            resume: the command to go on, for the message of a stopped run.

        Raises:
            StoppedError: after a checkpoint, if a signal asked to stop.
            RecipeError: if a loss or gradient is not finite, or the watched metric is not among the scores.
            DataError: if no checkpoint can be restored.
        """
        with Signals() as signals, randomness.deterministic(self._devices.device):
            self._begin()
            self._model.train()
            while not self._finished:
                self._advance()
                evaluated = self._evaluation_is_due and self._evaluate()
                late = time.monotonic() - self._saved_at >= self._config.checkpoint_seconds
                late, signal = self._agreed(late, signals.seen)
                if evaluated or late or signal:
                    self._save()
                if signal and not self._finished:
                    raise self._stopped(signal, resume)
            self._heap.give_back()
            ended = self._progress.epoch >= self._config.epochs
            self._journal.stopped(self._progress, "all epochs are done" if ended else "no better score")
        return Outcome(self._progress, self._best)

    @property
    def _finished(self) -> bool:
        stop = self._config.stop
        idle = stop is not None and stop.reached(self._progress.history)
        return self._progress.epoch >= self._config.epochs or idle

    def _advance(self) -> None:
        """Take one step and count it."""
        progress, config = self._progress, self._config
        if not progress.index:
            self._draws = self._stream.epoch(progress.epoch)
        draws = self._draws[progress.index : progress.index + config.accumulate]
        moment = self._moment()
        scale = sum(draw.scale for draw in draws) / len(draws)
        rate = config.learning_rate * moment.rise * config.schedule.factor(moment) * scale
        try:
            sums = self._step([self._portion(draw) for draw in draws], rate)
        except NonFinite as found:
            raise blamed(self._model, self._stream, found, self._devices) from found
        self._average.update(progress.step)
        progress.add(sums)
        if progress.step % SETTLE_STEPS == 0:
            self._step.settle()
        self._heap.settle()
        self._journal.trained(sum(self._stream.tokens(draw) for draw in draws))
        progress.index += len(draws)
        if progress.index == len(self._draws):
            progress.epoch, progress.index = progress.epoch + 1, 0
        # the first step is told by itself: it compiles kernels, and its loss is that of fresh weights
        if progress.step == 1 or progress.step % config.log_steps == 0 or self._evaluation_is_due:
            self._journal.stepped(progress, rate)

    def _moment(self) -> Moment:
        done = self._progress.epoch + self._progress.index / len(self._draws)
        history, epoch = tuple(self._progress.history), self._progress.epoch
        return Moment(self._progress.step, done / self._config.epochs, self._config.warmup_steps, history, epoch)

    def _portion(self, draw: Draw) -> Portion:
        """This rank's rows; a rank without any takes one with weight 0, because the others wait for its gradients."""
        rows = shard(draw.rows, self._devices.rank, self._devices.world)
        mine = replace(draw, rows=rows if len(rows) else draw.rows[:1])
        return Portion(mine, self._stream.batch(mine).to(self._devices.device), 1.0 if len(rows) else 0.0)

    @property
    def _evaluation_is_due(self) -> bool:
        """At the end of the planned training in any case."""
        progress, every = self._progress, self._config.evaluate_every
        ended = progress.index == 0 and (every == "epoch" or progress.epoch >= self._config.epochs)
        return ended or (every != "epoch" and progress.step % every == 0)

    def _evaluate(self) -> bool:
        """Score the averaged weights, and keep them if none were better."""
        begun = time.monotonic()
        scores: dict[str, float] = {}
        fitness = 0.0
        with self._devices.alone() as mine, self._at_its_best():
            if mine:
                scores = self._scores()
                fitness = self._judge.fitness(scores)
        improved = self._progress.scored(scores, self._devices.told([fitness])[0])
        with self._devices.alone() as mine, self._at_its_best():
            if mine and improved:
                self._best = to_bytes(weights(self._model))
                self._judge.improved()
        averaged = self._average.evaluated(self._progress.history)
        self._journal.evaluated(self._progress, scores, improved, time.monotonic() - begun)
        if averaged:
            self._journal.averaged(self._progress)
        return True

    def _scores(self) -> dict[str, float]:
        """The judge's scores, the watched one first."""
        scores, metric = dict(self._judge.evaluate()), self._judge.metric
        require_metric(metric, tuple(scores))
        if not math.isfinite(scores[metric]):
            raise InternalError("E-TRAIN-04", f"{metric} is not a finite number")
        return {metric: scores[metric], **scores}

    @contextmanager
    def _at_its_best(self) -> Iterator[None]:
        """The model as it is evaluated and saved: averaged, without dropout."""
        self._model.eval()
        try:
            with self._average.applied():
                yield
        finally:
            self._model.train()

    def _agreed(self, late: bool, signal: int) -> tuple[bool, int]:
        """What all ranks do next: the first rank's clock decides, and a signal that any rank has seen."""
        if self._devices.world == 1:
            return late, signal
        mine = [float(late and self._devices.first), float(signal == 2), float(signal == 15)]  # SIGINT, SIGTERM
        all_late, interrupts, terminations = self._devices.sum(torch.tensor(mine, device=self._devices.device)).tolist()
        return bool(all_late), 15 if terminations else 2 if interrupts else 0

    def _save(self) -> None:
        begun = time.monotonic()
        states, step = randomness.state(self._devices), self._step.state()
        carry = {str(place): self._devices.gathered(part) for place, part in enumerate(step.carry)}
        with self._devices.alone() as mine:
            if mine:
                self._checkpoints.save(self._progress.step, self._checkpoint(step, states, carry))
        self._saved_at = time.monotonic()
        self._journal.saved(self._progress, self._saved_at - begun)

    def _checkpoint(self, step: StepState, states: Tensors, carry: Tensors) -> Checkpoint:
        groups = {"optimizer": step.tensors, "average": self._average.tensors(), "random": states, "carry": carry}
        values = {
            "progress": self._progress.to_json(),
            "optimizer": step.values,
            "metrics_bytes": self._journal.length(),
            "kernels": self._devices.kernels.to_json(),
            "recurrences": choice.implementation(self._model, self._devices.device.type),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }
        return Checkpoint(to_bytes(weights(self._model)), self._best, groups, values)

    def _begin(self) -> None:
        """Start anew, or where the last sound checkpoint was written."""
        saved = self._checkpoints.load()
        if self._devices.first:
            self._journal.rewind(saved.values["metrics_bytes"] if saved else 0)
        for notice in self._checkpoints.notices:
            self._journal.noticed(notice)
        if saved:
            self._restore(saved)
        else:
            randomness.start(self._config.seed, self._devices)
        self._draws = self._stream.epoch(self._progress.epoch)
        steps = math.ceil(len(self._draws) / self._config.accumulate) * self._config.epochs
        self._journal.started("+".join(sorted({draw.name for draw in self._draws})), steps, self._progress.step)
        self._saved_at = time.monotonic()

    def _restore(self, saved: Checkpoint) -> None:
        values = saved.values
        machine = linear.Machine.here(self._devices.device.type)
        self._devices.kernels = linear.restore(values["kernels"], machine)
        linear.use(self._model, self._devices.kernels)
        now = choice.implementation(self._model, self._devices.device.type)
        choice.require_same(values.get("recurrences"), now)
        torch.set_num_threads(values["threads"])
        fill(self._model, saved.model, saved.place)
        self._step.restore(StepState(saved.group("optimizer"), values["optimizer"], self._carried(saved)))
        self._average.restore(saved.group("average"))
        self._progress, self._best = Progress.restored(values["progress"]), saved.best
        if not randomness.restore(saved.group("random"), self._devices):
            randomness.start(self._config.seed, self._devices, self._progress.step)
            what = (
                "another number of devices: masks of dropout are drawn anew, and what a language model had in mind of "
                "its texts is forgotten until they begin again"
            )
            self._journal.noticed(Notice("W-RESUME-01", what))
        if values["torch"] != torch.__version__:
            what = f"torch was {values['torch']} and is {torch.__version__}: the result may differ in the last digits"
            self._journal.noticed(Notice("W-RESUME-02", what))

    def _carried(self, saved: Checkpoint) -> State:
        """What this rank's rows carried; nothing where another number of ranks saved it."""
        parts, devices = saved.group("carry"), self._devices
        ordered = [parts[name] for name in sorted(parts, key=int)]
        if any(len(part) != devices.world for part in ordered):
            return ()
        return tuple(part[devices.rank].clone().to(devices.device) for part in ordered)

    def _stopped(self, signal: int, resume: str) -> StoppedError:
        self._journal.stopped(self._progress, f"signal {signal}")
        what = f"stopped by a signal after step {self._progress.step}; a checkpoint was written"
        return StoppedError(signal, what, mend=f"go on with `{resume}`")
