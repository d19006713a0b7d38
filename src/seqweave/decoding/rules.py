"""What may follow a hypothesis: tokens that are never written, prefixes, lengths, repetition, required runs.

Nothing is remembered from step to step; all is read off the tokens that were written. So a search may come back to any
hypothesis it had left.

Papers: no n-gram twice, Paulus et al., 2018, arXiv:1705.04304; required runs, Post and Vilar, 2018, arXiv:1804.06609.
Differs: a run counts wherever it stands, also where it overlaps another one or a false start; and a hypothesis never
writes a token after which its limit leaves no time for its required runs, one after the other: none ends without them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seqweave.core.errors import DataError
from seqweave.decoding.contract import Frame, Search, StateT
from seqweave.decoding.front import Front

NEVER = float("-inf")
PADDING = -1
NO_RUNS = torch.zeros(0, 0, dtype=torch.long)


class Rules:
    """The rules of a frame and a search.

    Args:
        frame: what the sequences are.
        search: its settings `shortest` and `no_repeat`.
        following: log-probabilities of what may follow; read for their device and size. Shape (..., tokens).

    Raises:
        DataError: if a prefix or a required run has a token that the network does not know.
    """

    def __init__(self, frame: Frame, search: Search, following: Tensor) -> None:
        asked = [token for runs in (frame.prefixes, *frame.required) for run in runs for token in run]
        if max(asked, default=0) >= following.shape[-1]:
            what = f"a prefix or a required run holds {max(asked)}, {following.shape[-1]} tokens can be written"
            raise DataError("E-SEARCH-04", what, mend="leave it out, or write it with words that the vocabulary knows")
        device = following.device
        self.limits = torch.tensor(frame.limits, device=device)
        runs = [_padded(runs) if runs else NO_RUNS for runs in frame.required]
        self.runs = _padded(runs).to(device)  # (sentences, runs, length)
        self._sizes = (self.runs != PADDING).sum(dim=2)  # (sentences, runs)
        self._prefixes = _padded(frame.prefixes).to(device)
        self._never = torch.tensor(sorted({*frame.never}), dtype=torch.long, device=device)
        self._end, self._shortest, self._no_repeat = frame.end, search.shortest, search.no_repeat

    def apply(self, values: Tensor, front: Front[StateT]) -> Tensor:
        """The values, -inf where a token must not follow; changed in place.

        Args:
            values: any numbers of next tokens. Shape (sentences, beam, tokens).
            front: the hypotheses.
        """
        forced = self._forced(front)
        kept = values.gather(2, forced.clamp(min=0)[:, None, None].expand(-1, values.shape[1], 1))
        values[..., self._never] = NEVER
        if front.length < self._shortest:
            values[..., self._end] = NEVER
        if 0 < self._no_repeat <= front.length:
            _forbid_repeats(values, front.tokens, self._no_repeat)
        if self.runs.numel():
            self._require(values, front)
        bound = (forced != PADDING).nonzero().squeeze(1)
        if len(bound):
            values[bound] = NEVER
            values[bound, :, forced[bound]] = kept[bound].squeeze(2)
        return values

    def needed(self, tokens: Tensor, sentences: Tensor) -> Tensor:
        """How many tokens complete all required runs; the furthest begun one is taken to go on.

        Args:
            tokens: of hypotheses. Shape (sentences, beam, length), long.
            sentences: which sentence of the batch each row is. Shape (sentences,), long.

        Returns:
            Shape (sentences, beam), long.
        """
        begun, open_ = self._progress(tokens, sentences)
        return (self._sizes[sentences].unsqueeze(1) * open_).sum(dim=2) - begun.amax(dim=2)

    def advancing(self, front: Front[StateT]) -> Tensor:
        """The tokens that bring each hypothesis nearer to its required runs, one for each run, -1 where it is none.

        Shape (sentences, beam, runs), long.
        """
        begun, open_ = self._progress(front.tokens, front.sentences)
        runs = self.runs[front.sentences].unsqueeze(1).expand(-1, begun.shape[1], -1, -1)
        tokens = runs.gather(3, begun.unsqueeze(3)).squeeze(3)
        return tokens.masked_fill(~open_ | (begun < begun.amax(dim=2, keepdim=True)), PADDING)

    def _forced(self, front: Front[StateT]) -> Tensor:
        """The next token of each sentence's prefix, -1 behind its end. Shape (sentences,)."""
        if front.length >= self._prefixes.shape[1]:
            return torch.full_like(front.sentences, PADDING)
        return self._prefixes[front.sentences, front.length]

    def _require(self, values: Tensor, front: Front[StateT]) -> None:
        """No end before all required runs stand, and no token after which there would be no time left for them."""
        tokens, sentences = front.tokens, front.sentences
        open_ = self._progress(tokens, sentences)[1]
        missing = (self._sizes[sentences].unsqueeze(1) * open_).sum(dim=2)  # what is begun may have to be begun again
        values[..., self._end].masked_fill_(missing > 0, NEVER)
        left = (self.limits[sentences] - front.length - 1).unsqueeze(1)  # once the next token is written
        hurried = missing > left
        if hurried.any():
            named = self.runs[sentences].flatten(1).unsqueeze(1).expand(-1, tokens.shape[1], -1)
            before = tokens.unsqueeze(2).expand(-1, -1, named.shape[2], -1)
            written = torch.cat([before, named.unsqueeze(3)], dim=3)  # (sentences, beam, named, length + 1)
            in_time = self.needed(written.flatten(1, 2), sentences).view(named.shape) <= left.unsqueeze(2)
            choice = named.clamp(min=0)
            wanted = values.gather(2, choice).masked_fill(~in_time | (named == PADDING), NEVER)
            alone = torch.full_like(values, NEVER).scatter_reduce_(2, choice, wanted, "amax")
            values.copy_(torch.where(hurried.unsqueeze(2), alone, values))

    def _progress(self, tokens: Tensor, sentences: Tensor) -> tuple[Tensor, Tensor]:
        """How many tokens of each run the hypotheses end with, and whether it is still open: it stands nowhere.

        Shape (sentences, beam, runs) each; 0 where a run is not open.
        """
        runs, sizes = self.runs[sentences].unsqueeze(1), self._sizes[sentences].unsqueeze(1)
        shape = (*tokens.shape[:2], runs.shape[2])
        begun = torch.zeros(shape, dtype=torch.long, device=tokens.device)
        met = (sizes == 0).expand(shape)
        matched = torch.ones(*shape, tokens.shape[2] + 1, dtype=torch.bool, device=tokens.device)
        for size in range(1, runs.shape[3] + 1):
            # whether the first `size` tokens of the run stand just before each position
            hits = matched[..., :-1] & (tokens.unsqueeze(2) == runs[..., size - 1].unsqueeze(3))
            matched = torch.nn.functional.pad(hits, (1, 0))
            met = met | (hits.any(dim=3) & (sizes == size))
            begun = torch.where(matched[..., -1], size, begun)
        return begun.masked_fill(met, 0), ~met


def _forbid_repeats(values: Tensor, tokens: Tensor, size: int) -> None:
    """-inf where a token would complete a run of `size` tokens that stands in the hypothesis already."""
    windows = tokens.unfold(2, size, 1)  # (sentences, beam, windows, size)
    same = (windows[..., :-1] == tokens[:, :, tokens.shape[2] - size + 1 :].unsqueeze(2)).all(dim=3)
    barred = torch.full(same.shape, float("inf"), dtype=values.dtype, device=values.device).masked_fill(same, NEVER)
    values.scatter_reduce_(2, windows[..., -1], barred, "amin")


def _padded(rows: Sequence[Tensor | tuple[int, ...]]) -> Tensor:
    """Rows of equally many dimensions beneath each other, filled up with -1."""
    tensors = [torch.as_tensor(row, dtype=torch.long) for row in rows]
    shape = [max(sizes) for sizes in zip(*(row.shape for row in tensors), strict=True)] if tensors else [0]
    result = torch.full((len(tensors), *shape), PADDING, dtype=torch.long)
    for filled, row in zip(result, tensors, strict=True):
        filled[tuple(slice(size) for size in row.shape)] = row
    return result
