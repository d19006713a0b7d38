"""All texts of a corpus as one stream of tokens, and the windows in which it is read, several stretches side by side.

    w_1 w_2 ... w_n END w_1 ... w_m END ...

The stream is never built: a window of it is gathered from the flat array of the corpus, which may lie in a file, so
that memory does not grow with the text. Every position is a pure function of (seed, epoch), as `data.order` has it.

Paper: windows of variable length, Merity et al., 2018, arXiv:1708.02182, section 5.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from seqweave.data.corpus import Ragged
from seqweave.data.features.contract import END, PADDING

HALVED = 0.05
SPREAD = 5.0
SHORTEST = 5
"""A window is half as long with a probability of 0.05; its length is then drawn around that with a deviation of 5
tokens, and is 5 at least: the values of the paper's program."""


class TokenStream:
    """The ids of a corpus' tokens, the mark of an end behind each text.

    Args:
        texts: the texts as ids of their forms.
        ids: the token's id of every form. Shape (forms,), integer.
    """

    def __init__(self, texts: Ragged, ids: np.ndarray) -> None:
        self.texts, self._ids = texts, ids

    def __len__(self) -> int:
        return int(self.texts.offsets[-1]) + len(self.texts)

    def text_at(self, position: int) -> int:
        """Which text a position is in; the mark behind a text is its own."""
        offsets = self.texts.offsets
        return bisect_left(range(len(self.texts)), position, key=lambda text: int(offsets[text + 1]) + text)

    def bounds(self, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where texts begin, and where they end behind their marks. Shapes (texts,), int64."""
        offsets = self.texts.offsets
        return offsets[texts] + texts, offsets[texts + 1] + texts + 1

    def ids(self, start: int, stop: int) -> np.ndarray:
        """The ids of positions from `start` up to, not including, `stop`; position -1 is an end. Shape (time,)."""
        if start < 0:
            return np.concatenate([[END], self.ids(0, stop)])
        first = self.text_at(start)
        # every text has one position at least, so that no more texts than positions can end in the window
        last = min(first + stop - start, len(self.texts))
        ends = self.texts.offsets[first + 1 : last + 1] + np.arange(first, last)
        positions = np.arange(start, stop)
        at = np.searchsorted(ends, positions)
        places = positions - first - at
        inside = places[ends[at] != positions]
        found = np.full(len(positions), END, np.int64)
        found[ends[at] != positions] = self._ids[self.texts.values[inside]]
        return found

    def windows(self, starts: np.ndarray, stops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is read and what is told in some stretches, padded on the right with 0.

        Args:
            starts: where each begins. Shape (rows,), int64.
            stops: where each ends, exclusive; beyond its start. Shape (rows,), int64.

        Returns:
            Shapes (rows, longest), int64, twice.
        """
        shape = len(starts), int((stops - starts).max(initial=1))
        inputs, targets = np.full(shape, PADDING, np.int64), np.full(shape, PADDING, np.int64)
        whole = None
        if len(starts) and np.array_equal(starts[1:], stops[:-1]):  # texts one after another are looked up in one go
            whole = self.ids(int(starts[0]) - 1, int(stops[-1]))
        for row, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
            ids = self.ids(start - 1, stop) if whole is None else whole[start - starts[0] : stop - starts[0] + 1]
            inputs[row, : stop - start], targets[row, : stop - start] = ids[:-1], ids[1:]
        return inputs, targets


def borders(total: int, streams: int) -> np.ndarray:
    """Where a text is cut into streams, whose lengths differ by one token at most. Shape (streams + 1,), int64.

    Example:
        >>> borders(10, 3).tolist()
        [0, 3, 6, 10]
    """
    return np.arange(streams + 1, dtype=np.int64) * total // streams


def cut(longest: int, length: int, *, vary: bool = False, seed: int = 0, epoch: int = 0) -> list[tuple[int, int]]:
    """The windows in which streams are read, in order: each position of the longest stream in one.

    Args:
        longest: length of the longest stream, of which the others lack one position at most.
        length: usual length of a window, at least 2.
        vary: whether lengths are drawn.
        seed: of the recipe, >= 0.
        epoch: counted from 0.

    Returns:
        Start and stop of each window; the last one has two positions at least, so that no stream is empty in it.
    """
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, epoch])))
    windows, start = list[tuple[int, int]](), 0
    while start < longest:
        size = _drawn(generator, length) if vary else length
        stop = longest if longest - start - size < 2 else start + size
        windows.append((start, stop))
        start = stop
    return windows


def _drawn(generator: np.random.Generator, length: int) -> int:
    middle = length / 2 if generator.random() < HALVED else float(length)
    drawn = generator.normal(middle, min(SPREAD, length / 4))
    return max(round(drawn), min(SHORTEST, length), 2)
