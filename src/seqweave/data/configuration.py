"""The `data:` part of a recipe that all tasks share; each task adds its columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from seqweave.core.configuration import Choice, Config
from seqweave.data.receipt import BadRow
from seqweave.data.tokenizers.contract import TOKENIZERS, TokenizerConfig


class SplitConfig(Config):
    """How dev and test parts are cut from the training file where they are not given; such a split never leaks."""

    dev: float = Field(default=0.1, ge=0, lt=1)
    """Share of the examples held out as dev; 0 where a dev file is given."""
    test: float = Field(default=0.0, ge=0, lt=1)
    """Share of the examples held out as test; 0 where a test file is given."""
    by: Literal["line", "tail", "component"] | None = None
    """line: at random, equal texts kept together; tail: the last ones; component: at random, all kept together that
    shares a text on either side. Not given, component where an example has two sides, else line."""
    seed: int | None = Field(default=None, ge=0)
    """Seed of the shuffle; the training seed where not given."""

    @model_validator(mode="after")
    def _leaves_a_training_part(self) -> SplitConfig:
        if self.dev + self.test >= 1:
            raise ValueError("dev and test together leave nothing to train on. How to mend: lower their shares")
        return self


class DataConfig(Config, ABC):
    """What to read, and how. Paths are relative to the recipe."""

    task_model: ClassVar[str] = ""
    plain_text: ClassVar[bool] = False
    """Whether files are read as plain text where neither the recipe nor their name says what they are."""

    format: str = "auto"
    """Name of a format (`seqweave info formats`), or auto: told from the file."""
    encoding: str = "auto"
    """auto (UTF-8, or what a byte order mark says), or a codec's name such as gb18030."""
    train: str | Annotated[tuple[str, ...], Field(min_length=1)]
    """Training file or files."""
    dev: str | None = None
    """Development file, which chooses the epoch."""
    test: str | None = None
    """Test file, scored once at the end."""
    split: SplitConfig | None = None
    """How to cut dev and test from train where they are not given."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Column delimiter of CSV and TSV, and of CoNLL columns; told by the format where not given."""
    quoting: Literal["csv", "none"] | None = None
    """csv: RFC 4180 quotes; none: quotation marks are ordinary. CSV has csv, TSV has none."""
    header: bool | None = None
    """Of CSV and TSV: whether line 1 names the columns; without, they are named 0, 1 ... Line 1 must by default."""
    prefix: str | None = None
    """Of fastText files: what begins a label."""
    phrases: Literal["root", "all", "distinct"] | None = None
    """Of sentiment trees: train on roots, on every phrase, or on every phrase text once; dev and test hold roots."""
    tokenizer: Annotated[TokenizerConfig, Choice(TOKENIZERS)] | None = None
    """How raw text is split into tokens; unicode words where not given."""
    limit: int = Field(default=2000, ge=1)
    """Longest example, in tokens."""
    over_limit: Literal["error", "windows", "head-tail"] = "error"
    """What becomes of longer ones: an error, several windows, or the first and last half of the limit."""
    on_bad_row: BadRow = "stop"
    """stop: all problems are shown and nothing is trained; skip: counted, at most 1 % of the lines."""
    cache: str = "auto"
    """auto (the user's cache folder), off, or a folder. Of what is read, the 8 GB that were used last are kept."""

    @abstractmethod
    def build(self) -> Any:  # noqa: ANN401  # tasks are above this floor
        """The task that these settings describe."""


class PairData(DataConfig, ABC):
    """What to read of pairs of texts, of which one is the source and the other one the target."""

    source: str = Field(default="source", min_length=1)
    """Column of the source texts, or their language: in JSON lines of translations, and in names of files."""
    target: str = Field(default="target", min_length=1)
    """Column of the target texts, or their language: in JSON lines of translations, and in names of files."""

    @field_validator("over_limit")
    @classmethod
    def _pairs_stay_whole(cls, over_limit: str) -> str:
        if over_limit != "error":
            raise ValueError("a part of a text is no source of the whole target. How to mend: raise data.limit")
        return over_limit

    @model_validator(mode="after")
    def _sides_differ(self) -> Self:
        if self.source == self.target:
            raise ValueError("source and target are the same. How to mend: name two columns, or two languages")
        return self
