"""What is forgotten while training: activations, whole words, whole embedding rows, recurrent weights.

Each is the identity in `eval()` mode, scales what it keeps by 1 / (1 - rate) so that expectations stay, and draws from
torch's generator alone, so that a seed repeats it.

| kind | what is dropped | paper |
|---|---|---|
| standard | each number on its own | Srivastava et al., 2014 |
| locked | an entry at all positions of a row alike (variational) | Gal and Ghahramani, 2016, arXiv:1512.05287 |
| weight-drop | hidden-to-hidden weights, once a forward pass | Merity et al., 2018, arXiv:1708.02182, section 2 |
| embedding | whole rows of an embedding table, once a batch | Merity et al., 2018, section 4.3 |
| word | whole words become the unknown word, rare ones more often | Kiperwasser and Goldberg, 2016, arXiv:1603.04351 |
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from pydantic import BaseModel, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from torch import Tensor, nn

from seqweave.core.configuration import Config

Rate = Annotated[float, Field(ge=0, lt=1)]
"""A probability of being dropped, from 0 up to but not including 1."""

SPECIAL = 2
"""The ids of padding (0) and of the unknown word (1) come first and are never dropped."""

NEEDED = "a rate from 0 up to but not including 1, or a mapping of 'kind' (standard, locked) and 'rate'"


class DropoutConfig(BaseModel):
    """Dropout of activations: in a file either a rate (standard dropout) or a mapping of `kind` and `rate`.

    Not a `Config`: its `kind` is a plain field, for it is told apart by no registry.
    """

    model_config = Config.model_config

    kind: Literal["standard", "locked"] = "standard"
    """`standard` drops each number on its own, `locked` the same entries at all positions of a row."""

    rate: Rate = 0.0
    """Probability that a number is dropped, from 0 up to but not including 1."""

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: object) -> object:
        """A plain number is a rate; a wrong one is refused here, so that the error's place is the number's own."""
        if isinstance(value, (cls, dict)):
            return value
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
            raise PydanticCustomError("dropout", NEEDED)
        return {"rate": value}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        mapping = handler.resolve_ref_schema(handler(schema))
        return {"anyOf": [mapping["properties"]["rate"], mapping]}

    def build(self) -> nn.Module:
        """A module that drops entries of (batch, time, dim)."""
        return LockedDropout(self.rate) if self.kind == "locked" else Dropout(self.rate)


def drop(x: Tensor, rate: float) -> Tensor:
    """Numbers of which some became zero, each on its own, and the others grew by 1 / (1 - rate); of any shape."""
    if x.device.type != "cpu":
        return F.dropout(x, rate)
    # On a CPU, comparing uniform numbers takes a third of the time of the Bernoulli numbers that F.dropout draws;
    # in fp32 whatever x is, for half precision has too few of them to hit a rate.
    kept = torch.rand(x.shape).ge_(rate).div_(1 - rate)
    return x * kept.to(x.dtype)


class Dropout(nn.Module):
    """Drops each number on its own."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """Numbers of which some are zero. Any shape, kept."""
        return drop(x, self.rate) if self.training and self.rate > 0 else x

    def extra_repr(self) -> str:
        """The rate."""
        return f"rate={self.rate}"


class LockedDropout(nn.Module):
    """Drops the same entries of the vectors at every position of a row."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """Vectors with entries dropped. Shape (batch, time, dim) -> (batch, time, dim)."""
        if not self.training or self.rate == 0:
            return x
        return x * drop(x.new_ones(x.shape[0], 1, x.shape[2]), self.rate)

    def extra_repr(self) -> str:
        """The rate."""
        return f"rate={self.rate}"


def weight_drop(weight: Tensor, rate: float, *, training: bool) -> Tensor:
    """Recurrent weights with single connections dropped: drawn once a call, so all steps of a pass share them.

    Args:
        weight: hidden-to-hidden weights. Shape (gates * hidden, hidden).
        rate: probability that a connection is dropped.
        training: drop only then.

    Returns:
        Weights of the same shape; the gradient flows to those kept.
    """
    return drop(weight, rate) if training and rate > 0 else weight


def embedding_dropout(vectors: Tensor, ids: Tensor, count: int, rate: float, *, training: bool) -> Tensor:
    """Vectors as if whole rows of the table were dropped: an id is dropped at all its places in the batch, or nowhere.

    Args:
        vectors: rows of the table that were looked up. Shape (..., dim).
        ids: what they were looked up by. Shape (...,), long.
        count: number of rows of the table.
        rate: probability that a row is dropped.
        training: drop only then.

    Returns:
        Vectors. Shape (..., dim).
    """
    if not training or rate == 0:
        return vectors
    kept = drop(vectors.new_ones(count), rate)
    return vectors * kept[ids].unsqueeze(-1)


def word_dropout(ids: Tensor, rates: Tensor, *, training: bool, unknown: int = 1) -> Tensor:
    """Ids of which some became the unknown word, each on its own.

    Args:
        ids: any shape, long.
        rates: probability that an id is replaced, from `word_rates`. Shape (count,).
        training: replace only then.
        unknown: id of the unknown word.

    Returns:
        Ids of the same shape.
    """
    if not training:
        return ids
    drawn = torch.rand(ids.shape, device=ids.device)
    return torch.where(drawn < rates[ids], unknown, ids)


def word_rates(counts: Tensor, rate: float = 0.0, strength: float = 0.0) -> Tensor:
    """Probability that each id becomes the unknown word: at least `rate`, and strength / (strength + count) if more.

    Args:
        counts: how often each id was seen in training. Shape (count,).
        rate: probability for all words alike.
        strength: the a of a / (a + count); 0.25 is usual, 0 leaves frequency out.

    Returns:
        Probabilities. Shape (count,), float; 0 for padding and for the unknown word itself.
    """
    by_count = strength / (strength + counts.clamp(min=1).float())
    rates = by_count.clamp(min=rate)
    rates[:SPECIAL] = 0
    return rates
