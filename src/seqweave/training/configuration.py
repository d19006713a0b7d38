"""The `training:` part of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from seqweave.core.configuration import Choice, Config
from seqweave.core.registry import Registry
from seqweave.training.averages.contract import AVERAGES, AverageConfig
from seqweave.training.averages.none import NoAverageConfig
from seqweave.training.history import non_monotone, waiting
from seqweave.training.optimizers.adam import AdamConfig
from seqweave.training.optimizers.contract import OPTIMIZERS, OptimizerConfig
from seqweave.training.schedules.contract import SCHEDULES, ScheduleConfig
from seqweave.training.schedules.curves import LinearConfig

DECAY_NEEDED = "a decay from 0 up to but not including 1, or a mapping with a 'kind'"


def _named(value: object) -> object:
    """A bare kind stands for that kind with its defaults: `optimizer: adam`."""
    return {"kind": value} if isinstance(value, str) else value


def _or_name(registry: Registry) -> Callable[[dict[str, Any]], None]:
    """Tells editors of the bare kinds."""

    def extend(schema: dict[str, Any]) -> None:
        schema["oneOf"] = [{"enum": list(registry.kinds())}, *schema["oneOf"]]

    return extend


def _averaged(value: object) -> object:
    """A number is the decay of an exponential average, 0 for none; a wrong one is refused here, in its own place."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _named(value)
    if not 0 <= value < 1:
        raise PydanticCustomError("average", DECAY_NEEDED)
    return {"kind": "exponential", "decay": float(value)} if value else {"kind": "none"}


def _or_decay(schema: dict[str, Any]) -> None:
    """Tells editors of the bare kinds and of the bare number."""
    _or_name(AVERAGES)(schema)
    schema["oneOf"] = [{"type": "number", "minimum": 0, "exclusiveMaximum": 1}, *schema["oneOf"]]


class StopConfig(Config):
    """When to stop early."""

    metric: str | None = None
    """Metric to watch; it also chooses the best model. The task's main metric where not given."""
    patience: int = Field(default=5, ge=1)
    """Evaluations in a row without a better score after which training ends."""
    rule: Literal["patience", "non-monotone"] = "patience"
    """non-monotone: end after an evaluation that is worse than the best of those more than `patience` before it."""

    def reached(self, history: Sequence[float]) -> bool:
        """Whether training ends after these evaluations, of which higher is better."""
        if self.rule == "patience":
            return waiting(history) >= self.patience
        return non_monotone(history, self.patience)


class StartConfig(Config):
    """What training begins with."""

    run: str = Field(min_length=1)
    """A run, a model folder or an exported zip of the same network over the same words: fine-tuning. Its path is
    relative to the recipe."""


class WindowConfig(Config):
    """The windows in which a language model reads its streams of text."""

    length: int = Field(default=70, ge=2)
    """Tokens of each stream in a window: as far as gradients reach back, while the state reaches back further."""
    vary: bool = True
    """Whether lengths are drawn around `length`, half of it now and then, so that windows end elsewhere in each epoch;
    the learning rate of a window is scaled by its length (Merity et al., 2018)."""


class TrainingConfig(Config):
    """How a network is trained."""

    optimizer: Annotated[OptimizerConfig, Choice(OPTIMIZERS), BeforeValidator(_named)] = Field(
        default_factory=AdamConfig, json_schema_extra=_or_name(OPTIMIZERS)
    )
    """The optimizer: a name such as adam, or a mapping with `kind` and its options (`seqweave info optimizers`)."""
    learning_rate: float = Field(default=2e-3, gt=0)
    """Step size at the top of the schedule."""
    schedule: Annotated[ScheduleConfig, Choice(SCHEDULES), BeforeValidator(_named)] = Field(
        default_factory=LinearConfig, json_schema_extra=_or_name(SCHEDULES)
    )
    """How the rate falls: a name (constant, linear, cosine, inverse-sqrt, plateau), or a mapping with `kind`."""
    warmup_steps: int = Field(default=0, ge=0)
    """Optimizer steps over which the rate rises linearly from 0."""
    clip: float = Field(default=5.0, ge=0)
    """Largest norm of all gradients together, longer ones are scaled down; 0 is off."""
    accumulate: int = Field(default=1, ge=1)
    """Batches whose gradients are added up before each optimizer step."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Number format of matrix products; auto: float32 by the fastest library of this machine. On a CPU, bfloat16 leaves
    those of torch's own layers (lstm, rnn, most of gru; an adaptive softmax) in float32."""
    l1: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """Sum of absolute weights added to the mean loss: pattern of parameter names (`*.weight`) to factor."""
    l2: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """Sum of squared weights added to the mean loss: pattern of parameter names to factor; all that match add up."""
    average: Annotated[AverageConfig, Choice(AVERAGES), BeforeValidator(_averaged)] = Field(
        default_factory=NoAverageConfig, json_schema_extra=_or_decay
    )
    """The average of the weights that is evaluated and saved: the decay of an exponential one (0 is off, 0.998 is
    usual), a name, or a mapping with `kind` and its options (`seqweave info averages`)."""
    batch_tokens: int = Field(default=4096, ge=1)
    """Tokens in a batch, padding included, over all devices together."""
    batch_rows: int | None = Field(default=None, ge=1)
    """Examples in a batch at most, so that short examples weigh as much as long ones; no limit where not given. Of
    language models: streams that are read side by side, 20 where not given."""
    window: WindowConfig | None = None
    """Of language models: how many tokens of each stream are in a batch; for them, batch_tokens says nothing."""
    start: StartConfig | None = None
    """A trained run whose weights are begun with; drawn anew where not given."""
    epochs: int = Field(default=10, ge=0)
    """Passes over the training data; 0, with `start` alone, to score that run under other settings."""
    stop: StopConfig | None = None
    """When to stop before the last epoch; never where not given."""
    evaluate_every: Literal["epoch"] | Annotated[int, Field(ge=1)] = "epoch"
    """How often the dev part is scored: after each epoch, or every so many optimizer steps."""
    checkpoint_seconds: float = Field(default=120.0, ge=0)
    """Longest time between checkpoints, seconds; one is also written after each evaluation."""
    log_steps: int = Field(default=50, ge=1)
    """Optimizer steps between two lines of training loss."""
    seed: int = Field(default=1, ge=0, lt=2**63)
    """Seed of initial weights, order and dropout."""

    @field_validator("epochs")
    @classmethod
    def _something_is_learned(cls, epochs: int, info: ValidationInfo) -> int:
        if not epochs and info.data.get("start") is None:
            raise ValueError(
                "0 epochs learn nothing. How to mend: write 1 or more, or begin with a run (training.start)"
            )
        return epochs
