"""A beam as a tree: every hypothesis that was followed, what ended, and the likeliest of what was dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Fate = Literal["kept", "finished", "cut", "left", "pruned"]
"""kept: followed; finished: ended by itself; cut: ended by the limit; left: the search stopped before it; pruned."""


@dataclass(frozen=True, slots=True)
class Node:
    """One token after others.

    Args:
        parent: place of the token before it among the tree's nodes; -1 at the root, which is no token.
        depth: how many tokens, its own among them.
        token: its id.
        word: as people read it; empty at the root and at the end of a text.
        fate: what became of the hypothesis that ends with it.
        rank: its place among all that could follow at this step, from 1.
        chance: its probability after the tokens before it, 0 to 1.
        log_probability: of all tokens up to it.
        score: what the search compares; None but where a text has ended.
        best: whether the answer goes through it.
        reference: whether the reference goes through it.
    """

    parent: int
    depth: int
    token: int
    word: str
    fate: Fate
    rank: int
    chance: float
    log_probability: float
    score: float | None = None
    best: bool = False
    reference: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """All nodes, those of a step behind those of the step before it; the root first.

    Args:
        size: width of the beam.
        nodes: the nodes.
    """

    size: int
    nodes: tuple[Node, ...]

    @property
    def texts(self) -> list[int]:
        """Places of the nodes that end a text, the best first."""
        ended = [place for place, node in enumerate(self.nodes) if node.score is not None]
        return sorted(ended, key=lambda place: -(self.nodes[place].score or 0))

    def path(self, place: int) -> list[Node]:
        """The nodes from the first token to one; without the root."""
        found: list[Node] = []
        while place > 0:
            found.append(self.nodes[place])
            place = self.nodes[place].parent
        return found[::-1]

    def children(self) -> list[list[int]]:
        """Of each node the places of those after it."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for place, node in enumerate(self.nodes[1:], 1):
            found[node.parent].append(place)
        return found

    def counted(self, *fates: Fate) -> int:
        """How many nodes beside the root have one of some fates."""
        return sum(node.fate in fates for node in self.nodes[1:])

    def to_json(self) -> dict[str, Any]:
        """The tree as JSON values, rounded to six digits."""
        nodes = [
            {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(node).items()}
            for node in self.nodes
        ]
        return {"size": self.size, "nodes": nodes}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The tree that `to_json` described."""
        nodes: Sequence[Mapping[str, Any]] = state["nodes"]
        return cls(state["size"], tuple(Node(**node) for node in nodes))
