"""What the loop needs of others: named batches to draw, a step to take, somebody to judge, somewhere to report."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import numpy as np
import torch
from torch import Tensor

from seqweave.core.errors import Place, RecipeError
from seqweave.core.registry import nearest
from seqweave.layers.contracts import Model, State
from seqweave.training.devices import Devices

SETTLE_STEPS = 50
"""A mean that forgets a tenth of itself a step shrinks two hundredfold in so many."""


class Batch(Protocol):
    """A typed batch of tensors that a model's loss takes."""

    def __len__(self) -> int: ...

    def to(self, device: torch.device) -> Self:
        """The same batch on another device."""
        ...


@dataclass(frozen=True, slots=True)
class Draw:
    """One batch to train on, by name and rows.

    Args:
        name: which of the stream's data sets; a stream of one task has one name.
        rows: its rows, over all devices together. Shape (batch,), int64; at least one.
        fresh: whether nothing that was remembered of the draw before is carried into it.
        scale: what the learning rate is multiplied by.
    """

    name: str
    rows: np.ndarray
    fresh: bool = True
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class WindowDraw(Draw):
    """A window of some streams: the same positions of each.

    Args:
        start: its first position in every stream.
        stop: behind its last one.
    """

    start: int = 0
    stop: int = 0


class Stream(ABC):
    """Batches in an order that is a pure function of the epoch (and a seed of the stream's own)."""

    @abstractmethod
    def epoch(self, number: int) -> Sequence[Draw]:
        """All draws of an epoch, counted from 0; at least one."""

    @abstractmethod
    def batch(self, draw: Draw) -> Batch:
        """The rows of a draw as one padded batch."""

    @abstractmethod
    def tokens(self, draw: Draw) -> int:
        """How many tokens the draw holds, padding not counted; for the speed that is shown."""

    @abstractmethod
    def positions(self, draw: Draw) -> int:
        """How many positions the draw's batch has, padding counted; for the memory it takes."""

    @abstractmethod
    def places(self, draw: Draw) -> Sequence[Place]:
        """Where each row of the draw was read; for errors."""


@dataclass(frozen=True, slots=True)
class Portion:
    """This rank's part of a draw.

    Args:
        draw: the rows, of this rank alone.
        batch: the same as tensors on the device.
        weight: 1, or 0 for the row that stands in where there are fewer rows than ranks.
    """

    draw: Draw
    batch: Batch
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class StepSums:
    """What a step reports, summed over its micro-batches and all ranks.

    Args:
        total: summed loss, penalties not counted.
        count: how many terms were summed.
        norm: norm of all gradients before clipping.
        parts: summed named parts of the total.
    """

    total: float
    count: float
    norm: float
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepState:
    """What a step must find again to go on as if nothing had happened.

    Args:
        tensors: by name.
        values: plain JSON values by name.
        carry: what the model remembers of the texts so far, of this rank's rows; empty where it remembers nothing.
    """

    tensors: dict[str, Tensor]
    values: dict[str, Any]
    carry: State = ()


class Step(ABC):
    """One update of the weights; joint, adversarial and layer-wise training are other steps, not branches.

    `model` is the network that is trained, `devices` where it runs.
    """

    model: Model[Any, Any]
    devices: Devices

    @abstractmethod
    def __call__(self, portions: Sequence[Portion], rate: float) -> StepSums:
        """Update the weights once.

        Args:
            portions: micro-batches whose gradients are added up; at least one.
            rate: the learning rate of this step.

        Raises:
            NonFiniteError: before anything is changed, if a loss or a gradient is not finite.
        """

    @abstractmethod
    def settle(self) -> None:
        """Set what is too small to change any weight to zero; the loop asks every `SETTLE_STEPS` steps."""

    @abstractmethod
    def state(self) -> StepState:
        """The optimizer's state and the carry, without the model's weights."""

    @abstractmethod
    def restore(self, state: StepState) -> None:
        """Take up a state; one that does not fit is a DataError."""


def require_metric(metric: str, known: tuple[str, ...]) -> None:
    """Refuse a metric that the task does not have.

    Raises:
        RecipeError: if it is not among the known ones.
    """
    if metric not in known:
        mend = f"set training.stop.metric to {nearest(metric, known)}"
        raise RecipeError("E-TRAIN-03", f"there is no metric {metric!r} to choose the best model by", mend=mend)


@dataclass(frozen=True, slots=True)
class Judge:
    """Who says how good the model is; training never scores itself.

    Args:
        evaluate: scores of the model as it stands, on held-out data, by metric; called in `eval()` mode.
        metric: the one that chooses the best model and stops early.
        higher_is_better: its direction.
        improved: called when the model as it stands is the best so far, or as good, so that it can be saved for use.
    """

    evaluate: Callable[[], Mapping[str, float]]
    metric: str
    higher_is_better: bool = True
    improved: Callable[[], None] = lambda: None

    def fitness(self, scores: Mapping[str, float]) -> float:
        """The watched score, turned so that higher is better."""
        return scores[self.metric] if self.higher_is_better else -scores[self.metric]
