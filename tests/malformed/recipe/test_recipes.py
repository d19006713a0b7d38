"""Every malformed recipe gets the message beside it: all of its errors, each with its place and its mend.

The recipes are read as a small model of the same shape as the real one. A first line `# -o a.b=c` gives overrides.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, model_validator

from seqweave.core.configuration import Choice, Config
from seqweave.core.errors import SeqweaveError
from seqweave.core.nodes import parse
from seqweave.core.overrides import apply
from seqweave.core.registry import Registry
from seqweave.core.validation import validate

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.yaml"))
PARTS = Registry("parts", "seqweave.core")


@PARTS.register("words")
class WordsConfig(Config):
    """Words."""

    dim: int = Field(default=100, gt=0, le=4096)
    """Size of a word's vector."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of words that are hidden in training."""


@PARTS.register("lstm")
class LSTMConfig(Config):
    """An LSTM."""

    hidden: int = Field(gt=0)
    """Size of the state."""
    bidirectional: bool = True
    """Whether it reads both ways."""
    inner: Annotated[Config, Choice(PARTS)] | None = None
    """What reads first."""


class ModelConfig(Config):
    """A model."""

    embed: tuple[Annotated[Config, Choice(PARTS)], ...] = Field(min_length=1)
    """What turns tokens into vectors."""
    encoder: Annotated[Config, Choice(PARTS)]
    """What reads the vectors."""


class TrainingConfig(Config):
    """How to train."""

    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    """The rule of a step."""
    epochs: int = Field(default=30, ge=1)
    """Passes over the data."""
    limit: int | Literal["auto"] = "auto"
    """Longest example, in tokens."""
    files: str | tuple[str, ...] = ()
    """Files to read."""
    weights: dict[str, float] = Field(default_factory=dict)
    """Weight of a label."""
    warmup: int = 0
    """Epochs before the full rate."""

    @model_validator(mode="after")
    def _shorter(self) -> TrainingConfig:
        if self.warmup > self.epochs:
            raise ValueError(f"warmup ({self.warmup}) is longer than the training ({self.epochs} epochs)")
        return self


class RecipeConfig(Config):
    """A recipe."""

    task: str
    """What is asked."""
    model: ModelConfig
    """The network."""
    training: TrainingConfig = TrainingConfig()
    """How it is trained."""


def told(file: Path) -> str:
    """What a user sees."""
    data = file.read_bytes()
    first = data.split(b"\n")[0].decode("utf-8", "replace")
    overrides = first.split(" -o ")[1:] if first.startswith("# -o") else []
    try:
        validate(RecipeConfig, apply(parse(data, file.name), overrides))
    except SeqweaveError as error:
        return f"{error}\nexit code {error.exit_code}\n"
    return "no error\n"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_message_is_the_expected_one(file: Path) -> None:
    assert told(file) == file.with_suffix(".expected.txt").read_text("utf-8")


def test_every_expectation_has_its_file() -> None:
    assert {file.with_suffix(".expected.txt") for file in FILES} == set(FOLDER.glob("*.expected.txt"))
