"""What a search needs of a network: a step over tokens and a state whose rows can be chosen; and what it gives back.

Hypotheses stand in a grid: axis 0 the sentences that are still searched, axis 1 the beam, equally wide for all of them.
So a network attends to a sentence's memory for its whole beam at once, and never copies it for a hypothesis.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, TypeVar

from pydantic import Field
from torch import Tensor

from seqweave.core.configuration import Config
from seqweave.core.errors import DataError
from seqweave.core.registry import Registry

SEARCHES = Registry("searches", "seqweave.decoding")
search = SEARCHES.register


class State(Protocol):
    """All that a network remembers of a grid of hypotheses."""

    def select(self, rows: Tensor) -> Self:
        """The state of chosen hypotheses, of which one may be chosen several times.

        Args:
            rows: indices into the flattened grid, sentence * beam + place; those of one row belong to one sentence.
                Shape (sentences, beam) of the new grid, long.
        """
        ...


StateT = TypeVar("StateT", bound=State)


@dataclass(frozen=True, slots=True)
class Stepped:
    """What is known after one token more.

    Args:
        log_probabilities: of every next token; a row's probabilities add up to 1. Shape (sentences, beam, tokens).
        attention: what the network looked at. Shape (sentences, beam, source); all zero where it does not attend.
    """

    log_probabilities: Tensor
    attention: Tensor


Step = Callable[[Tensor, StateT], tuple[Stepped, StateT]]
"""From the last token of every hypothesis, shape (sentences, beam), long, to what may follow and the state after it.

The state that was given stays as it was: a search may come back to it. The first tokens lie on the default device, all
later ones where the log-probabilities do. A place of the beam that holds no hypothesis is stepped like any other.
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the search must know of the sequences, beside the network.

    Args:
        begin: token that a network reads first; never written.
        end: token that ends a sequence.
        never: tokens that are never written, such as padding; `begin` among them.
        limits: most tokens of a sentence's sequence, `end` not counted. One for each sentence.
        prefixes: tokens that a sentence's sequence must begin with. One for each sentence, mostly empty.
        required: runs of tokens that must stand in a sentence's sequence; to list one twice asks for no second one. One
            list for each sentence, mostly empty.

    Raises:
        DataError: if no sequence can be what a sentence's is to be.
    """

    begin: int
    end: int
    never: tuple[int, ...]
    limits: tuple[int, ...]
    prefixes: tuple[tuple[int, ...], ...]
    required: tuple[tuple[tuple[int, ...], ...], ...]

    def __post_init__(self) -> None:
        asked = zip(self.limits, self.prefixes, self.required, strict=True)
        for number, (limit, prefix, runs) in enumerate(asked, start=1):
            if limit < 1:
                raise DataError(
                    "E-SEARCH-01", f"sentence {number}: no more than {limit} tokens", mend="allow 1 or more"
                )
            unwritten = {self.end, *self.never}.intersection(sum(runs, prefix))
            if unwritten or () in runs:
                what = f"holds {min(unwritten)}, which is never written" if unwritten else "is empty"
                mend = "leave it out, or write it with words that the vocabulary knows"
                raise DataError("E-SEARCH-02", f"sentence {number}: a prefix or a required run {what}", mend=mend)
            needed = len(prefix) + sum(len(run) for run in {*runs} if not stands(run, prefix))
            if needed > limit:
                what = f"sentence {number}: its prefix and required runs have {needed} tokens, {limit} are allowed"
                raise DataError("E-SEARCH-03", what, mend="allow longer sequences, or require less")


def stands(run: Sequence[int], tokens: Sequence[int]) -> bool:
    """Whether a run of tokens stands in a sequence.

    Example:
        >>> stands((2, 3), (1, 2, 3)), stands((1, 3), (1, 2, 3))
        (True, False)
    """
    size = len(run)
    return any(tuple(tokens[start : start + size]) == tuple(run) for start in range(len(tokens) - size + 1))


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One sequence that was found.

    One that did not finish has as many tokens as its limit allows; or fewer, where all that the search allows to follow
    has no probability. Only the latter may lack what is required.

    Args:
        tokens: without `begin` and `end`.
        log_probability: of the tokens and, where finished, of `end` after them.
        score: what the search compares, the log-probability normalised as it says.
        finished: whether it ended by `end`, not by its limit.
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    finished: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for one sentence.

    Args:
        hypotheses: the best ones, best first; at least one.
        proven: whether no sequence within the limits has a better score.
    """

    hypotheses: tuple[Hypothesis, ...]
    proven: bool = False


class Search(Config, ABC):
    """Settings of a search, and the search itself.

    A sequence ends by `end`, or by its limit, after which `end` is not asked for: with the limit T the probabilities of
    all sequences add up to 1, and none is a product of more than T.
    """

    proves: ClassVar[bool] = False
    """Whether `Found.proven` is asked at all: a search that never proves anything has nothing to say of it."""

    shortest: int = Field(0, ge=0)
    """Fewest tokens of a sequence, `end` not counted; 0 allows the empty one. A sentence's limit comes first."""

    no_repeat: int = Field(0, ge=0)
    """No run of so many tokens is written twice in a sequence; 0 allows it. 3 is usual (Paulus et al., 2018)."""

    @abstractmethod
    def run(self, step: Step[StateT], state: StateT, frame: Frame) -> Sequence[Found]:
        """Search all sentences at once.

        Args:
            step: the network.
            state: before the first token, one hypothesis a sentence: a grid (sentences, 1).
            frame: what the sequences are.

        Returns:
            One for each sentence, whatever the batch and the order of the sentences.
        """
