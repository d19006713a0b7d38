"""The tree of a beam that was watched: what was followed is what the network was asked about.

What ended, and what was dropped, the search never says; it is told from the log-probabilities that the network gave, by
the search's own choice among them. That the hypotheses chosen so are those that were followed, and the best text among
them the answer, is asserted at each step: a tree is the search that was run, or there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Generic

import torch
from torch import Tensor

from seqweave.decoding.beam import BeamSearch
from seqweave.decoding.contract import Found, Frame, StateT, Step
from seqweave.decoding.front import NONE, Candidates, Front
from seqweave.decoding.ranking import ranked
from seqweave.decoding.rules import Rules
from seqweave.insight.searching.tree import Fate, Node, Tree
from seqweave.insight.searching.watch import Asked, Watch

DROPPED = 2
"""Dropped continuations of a hypothesis that are kept in the tree: the likeliest ones."""
LEAST = 0.01
"""Least probability of these after their hypothesis."""
ROUNDING = 1e-6
Spell = Callable[[int], str]


def watched(
    search: BeamSearch, step: Step[StateT], state: StateT, frame: Frame, spell: Spell, reference: Sequence[int] = ()
) -> tuple[Tree, Found, list[Asked[StateT]]]:
    """Search one sentence, and watch.

    Args:
        search: the beam; its own code runs, unchanged.
        step: the network.
        state: before the first token, of one sentence: a grid (1, 1).
        frame: of that sentence.
        spell: a token's id as people read it.
        reference: a text whose way through the tree is marked, without the end mark; empty for none.

    Returns:
        The tree, what was found, and every question that the network was asked.
    """
    watch = Watch(step)
    (found,) = search.run(watch.step, watch.start(state), frame)
    growth: _Growth[StateT] = _Growth(search, frame, spell, [*reference, frame.end] if reference else [])
    growth.levels(watch.asked, step)
    best = found.hypotheses[0]
    growth.answered((*best.tokens, *([frame.end] if best.finished else [])), best.score)
    return Tree(search.size, tuple(growth.nodes)), found, watch.asked


class _Growth(Generic[StateT]):
    """The nodes, level by level."""

    def __init__(self, search: BeamSearch, frame: Frame, spell: Spell, reference: Sequence[int]) -> None:
        self.search, self.frame, self.spell, self.reference = search, frame, spell, reference
        self.nodes = [Node(-1, 0, frame.begin, "", "kept", 1, 1.0, 0.0, reference=bool(reference))]

    def levels(self, asked: Sequence[Asked[StateT]], step: Step[StateT]) -> None:
        """Every question that was asked, in order."""
        rules = Rules(self.frame, self.search, asked[0].stepped.log_probabilities)
        front, places = _front(asked[0], step, torch.zeros(1, 1).to(asked[0].stepped.log_probabilities)), [0]
        for following in [*asked[1:], None]:
            ending, going = self.search.choices(front, rules, self.frame.end)
            totals = rules.apply(front.totals(), front)[0]  # (beam, tokens)
            self._add(front, ending, totals, places, "finished")
            full = front.length + 1 == self.frame.limits[0]
            followed: Fate = "kept" if following else "cut" if full else "left"
            after = self._add(front, going, totals, places, followed)
            self._add_dropped(front, (ending, going), totals, places)
            if following is None:
                return
            real = going.real()
            assert torch.equal(following.tokens[real], front.written(going)[real]), "the search followed others"
            coverage = front.coverage.flatten(0, 1)[going.parents] + following.stepped.attention
            front = replace(_front(following, step, going.log_probabilities), coverage=coverage)
            places = after

    def answered(self, tokens: Sequence[int], score: float) -> None:
        """Mark the answer; what nothing could follow ends a text, too."""
        for place in (path := self._walk(tokens)):
            self.nodes[place] = replace(self.nodes[place], best=True)
        last = self.nodes[path[-1]]
        assert len(path) == len(tokens) + 1, "the answer is not in the tree"
        assert last.score is None or abs(last.score - score) < ROUNDING, "the answer has another score"
        if last.score is None:
            self.nodes[path[-1]] = replace(last, fate="cut", score=score)

    def _walk(self, tokens: Sequence[int]) -> list[int]:
        """Places of the root and of the tokens after it, as far as they go."""
        path = [0]
        for token in tokens:
            found = [i for i, node in enumerate(self.nodes) if node.parent == path[-1] and node.token == token]
            if not found:
                break
            path += found
        return path

    def _add(
        self, front: Front[StateT], candidates: Candidates, totals: Tensor, places: Sequence[int], fate: Fate
    ) -> list[int]:
        """A node for each candidate; its place among the nodes, -1 where there is no candidate."""
        scores = self.search.ended(front, candidates)[0].tolist() if fate in ("finished", "cut") else None
        columns = (candidates.parents, candidates.tokens, candidates.log_probabilities)
        added = []
        for number, (beam, token, value) in enumerate(zip(*(column[0].tolist() for column in columns), strict=True)):
            if value == NONE:
                added.append(-1)
                continue
            chance = float(front.following[0, beam, token].exp())
            rank = 1 + int((totals > totals[beam, token]).sum())
            parent = self.nodes[places[beam]]
            wanted = parent.reference and self.reference[parent.depth : parent.depth + 1] == [token]
            word = "" if token == self.frame.end else self.spell(token)
            score = scores[number] if scores else None
            facts = (fate, rank, chance, value, score, False, wanted)
            added.append(len(self.nodes))
            self.nodes.append(Node(places[beam], parent.depth + 1, token, word, *facts))
        return added

    def _add_dropped(
        self, front: Front[StateT], taken: Sequence[Candidates], totals: Tensor, places: Sequence[int]
    ) -> None:
        """The likeliest continuations that were not taken, and the reference's."""
        rest = totals.clone()
        for candidates in taken:
            real = candidates.real()[0]
            rest[candidates.parents[0][real], candidates.tokens[0][real]] = NONE
        best = ranked(rest, min(DROPPED, rest.shape[1]))[1].tolist()
        for beam, tokens in enumerate(best):
            if places[beam] < 0:
                continue
            chosen = [token for token in tokens if front.following[0, beam, token].exp() >= LEAST]
            node = self.nodes[places[beam]]
            wanted = self.reference[node.depth] if node.reference else -1
            chosen += [wanted] if 0 <= wanted < rest.shape[1] and wanted not in chosen else []
            if chosen:
                at = torch.tensor([chosen], device=rest.device)
                parents = torch.full_like(at, beam)
                self._add(front, Candidates(parents, at, rest[beam][at]), totals, places, "pruned")


def _front(asked: Asked[StateT], step: Step[StateT], log_probabilities: Tensor) -> Front[StateT]:
    """What a search held when it had asked."""
    following, attention = asked.stepped.log_probabilities, asked.stepped.attention
    sentences = torch.zeros(1, dtype=torch.long, device=following.device)
    return Front(step, asked.state, sentences, asked.tokens, log_probabilities, following, attention)
