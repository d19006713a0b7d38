"""One sound little search, and one way to break each law of searches."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import torch

from seqweave.decoding.contract import Found, Frame, Hypothesis, Search, stands


class SoundSearch(Search):
    """Writes each sentence for itself, token by token, in plain Python; the faults override one step each."""

    def run(self, step, state, frame: Frame) -> Sequence[Found]:
        return [Found((self.write(step, state, frame, row),)) for row in range(len(frame.limits))]

    def rows(self, row: int, frame: Frame) -> list[list[int]]:
        return [[row]]

    def opening(self, frame: Frame, row: int) -> list[int]:
        """Prefix and required runs, at once."""
        prefix = [*frame.prefixes[row]]
        return prefix + [token for run in frame.required[row] if not stands(run, prefix) for token in run]

    def allowed(self, token: int, tokens: list[int], frame: Frame) -> bool:
        size = self.no_repeat
        repeats = bool(size) and token != frame.end and stands([*tokens, token][-size:], tokens)
        early = token == frame.end and len(tokens) < self.shortest
        return token not in frame.never and not early and not repeats

    def best(self, chances: list[float], row: int) -> int:
        return max(range(len(chances)), key=lambda token: (chances[token], -token))

    def limit(self, frame: Frame, row: int) -> int:
        return frame.limits[row]

    def hypothesis(self, tokens: list[int], total: float, chance: float, finished: bool) -> Hypothesis:
        return Hypothesis(tuple(tokens), total + chance, total + chance, finished)

    def write(self, step, state, frame: Frame, row: int) -> Hypothesis:
        state, last, total, tokens = state.select(torch.tensor(self.rows(row, frame))), frame.begin, 0.0, []
        opening = self.opening(frame, row)
        while len(tokens) < self.limit(frame, row):
            stepped, state = step(torch.full((1, len(self.rows(row, frame)[0])), last), state)
            chances = stepped.log_probabilities[0, 0].tolist()
            free = [c if self.allowed(token, tokens, frame) else -inf for token, c in enumerate(chances)]
            last = opening[len(tokens)] if len(tokens) < len(opening) else self.best(free, row)
            if last == frame.end:
                return self.hypothesis(tokens, total, chances[last], True)
            tokens.append(last)
            total += chances[last]
        return self.hypothesis(tokens, total, 0.0, False)


class KnowsItsRow(SoundSearch):
    """Takes the second best token in odd rows."""

    def best(self, chances, row):
        return sorted(range(len(chances)), key=lambda token: -chances[token])[row % 2]


class BreaksTiesByRow(SoundSearch):
    """Of equally probable tokens, takes the last one in odd rows."""

    def best(self, chances, row):
        sign = 1 if row % 2 else -1
        return max(range(len(chances)), key=lambda token: (chances[token], sign * token))


class StaleState(SoundSearch):
    """Never moves on from the first state."""

    def write(self, step, state, frame, row):
        return super().write(
            lambda tokens, _: (step(tokens, state.select(torch.tensor([[row]])))[0], _), state, frame, row
        )


class ForgetsEnd(SoundSearch):
    """Counts the tokens' probabilities, not that of `end`."""

    def hypothesis(self, tokens, total, chance, finished):
        return super().hypothesis(tokens, total, 0.0, finished)


class OneTooMany(SoundSearch):
    """Writes a token more than allowed."""

    def limit(self, frame, row):
        return frame.limits[row] + 1


class GivesUp(SoundSearch):
    """Stops a step before the limit."""

    def limit(self, frame, row):
        return max(frame.limits[row] - 1, len(self.opening(frame, row)))


class WritesAnything(SoundSearch):
    """Does not know which tokens are never written."""

    def allowed(self, token, tokens, frame):
        return True

    def best(self, chances, row):
        return 0


class DropsPrefix(SoundSearch):
    """Writes what is required, but forgets how it was to begin."""

    def opening(self, frame, row):
        return [token for run in frame.required[row] for token in run]


class DropsRequired(SoundSearch):
    """Begins as told, but writes nothing that is required."""

    def opening(self, frame, row):
        return [*frame.prefixes[row]]


class EndsEarly(SoundSearch):
    """Ends whenever it likes."""

    def allowed(self, token, tokens, frame):
        return token not in frame.never


class WorstFirst(SoundSearch):
    """Two hypotheses, the worse one first."""

    def run(self, step, state, frame):
        worse = Hypothesis((2,), -1000.0, -1000.0, True)
        return [Found((worse, *found.hypotheses)) for found in super().run(step, state, frame)]


class MixesSentences(SoundSearch):
    """Puts hypotheses of two sentences into one row of the grid."""

    def rows(self, row, frame):
        return [[row, (row + 1) % len(frame.limits)]]


class DrawsFromTorch(SoundSearch):
    """Takes a number from the generator that everybody shares."""

    def best(self, chances, row):
        torch.rand(1)
        return super().best(chances, row)


FAULTS: dict[str, tuple[type[SoundSearch], ...]] = {
    "batch_changes_nothing": (KnowsItsRow,),
    "ties_are_broken_alike": (BreaksTiesByRow,),
    "log_probabilities_are_replayed": (StaleState, ForgetsEnd),
    "limits_are_kept": (OneTooMany, GivesUp),
    "never_is_never_written": (WritesAnything,),
    "prefixes_are_kept": (DropsPrefix,),
    "required_runs_stand": (DropsRequired,),
    "shortest_is_kept": (EndsEarly,),
    "nothing_is_repeated": (EndsEarly,),
    "best_comes_first": (WorstFirst,),
    "rows_stay_with_their_sentence": (MixesSentences,),
    "shared_randomness_is_left_alone": (DrawsFromTorch,),
}
