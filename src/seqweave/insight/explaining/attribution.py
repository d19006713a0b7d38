"""Each token's share in a model's preference for one label over another, and how much of it the shares leave open.

What is explained is a margin f: the log of how much more probable one label is than another, or, where labels do not
exclude each other, than its absence. x are the embedded tokens, b a baseline in their place:

    integrated gradients    share_i = (x_i - b_i) . mean over a in [0, 1] of df/dx_i at b + a (x - b)
    occlusion               share_i = f(x) - f(x with b_i in the place of x_i)

Integrated gradients add up to f(x) - f(b), but for the error of the numerical mean; occlusions need not, for words act
together. What is missing is the completeness gap.

Paper: Sundararajan et al., 2017, arXiv:1703.01365, eq. 1-3; Zeiler and Fergus, 2014, arXiv:1311.2901, section 4.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from seqweave.core.errors import CommandError

FIRST_STEPS, LAST_STEPS = 32, 1024
"""Points of the numerical mean: doubled until the gap is small, or there are so many."""
SMALL_GAP = 0.01
"""A gap is small from here on, as a share of the difference it is the rest of, or in itself (in nats)."""
POSITIONS = 16_384
"""Positions computed at once, so that long texts do not need more memory than long batches."""

Margin = Callable[[Tensor], Tensor]
"""Embedded tokens (batch, time, dim) to f (batch,)."""


@dataclass(frozen=True, slots=True)
class Target:
    """The preference that is explained.

    Args:
        position: of the token whose label it is; -1 for a label of the whole text.
        label: the preferred label.
        rival: the other one; -1 for the absence of the label.
    """

    position: int
    label: int
    rival: int

    def margin(self, logs: Tensor) -> Tensor:
        """How much surer of the label than of its rival, in nats.

        Args:
            logs: log-probabilities. Shape (batch, labels), or (batch, time, labels).

        Returns:
            Shape (batch,).
        """
        here = logs[:, self.position] if logs.dim() == 3 else logs
        own = here[:, self.label]
        # log(1 - p): right to the last digit where p is close to 1, and finite where it is rounded to 1
        against = here[:, self.rival] if self.rival >= 0 else absence(own)
        return own - against


@dataclass(frozen=True, slots=True)
class Attribution:
    """The shares that one method finds.

    Args:
        method: its name.
        shares: of each token, in nats; positive speaks for the label, negative for its rival.
        value: f(x).
        baseline: f(b).
        how: what was computed, in a few words.
        pieces: the shares of what is larger than a token (n-grams), where the model reads such.
    """

    method: str
    shares: tuple[float, ...]
    value: float
    baseline: float
    how: str
    pieces: tuple[tuple[str, float], ...] = ()

    @property
    def gap(self) -> float:
        """What the shares leave open of f(x) - f(b), in nats."""
        return abs(sum(self.shares) - (self.value - self.baseline))

    @property
    def relative_gap(self) -> float:
        """The gap as a share of what was to be explained; infinite where that is nothing."""
        whole = abs(self.value - self.baseline)
        return self.gap / whole if whole else float("inf") if self.gap else 0.0

    @property
    def complete(self) -> bool:
        """Whether the gap is small."""
        return self.gap <= SMALL_GAP or self.relative_gap <= SMALL_GAP


def absence(logs: Tensor) -> Tensor:
    """log(1 - p) from log p, elementwise."""
    return (-torch.expm1(logs)).clamp(min=torch.finfo(logs.dtype).tiny).log()


def integrated_gradients(margin: Margin, x: Tensor, baseline: Tensor, last: int = LAST_STEPS) -> Attribution:
    """Integrated gradients with as many steps as it takes to make the gap small, or `last`.

    Args:
        margin: what is explained.
        x: embedded tokens. Shape (1, time, dim).
        baseline: in their place. Shape (1, time, dim).
        last: most steps.

    Raises:
        CommandError: if captum is not installed.
    """
    method, at_once = _captum(margin), max(1, POSITIONS // x.shape[1])
    value, start = (float(margin(vectors).detach()) for vectors in (x, baseline))
    steps = min(FIRST_STEPS, last)
    while True:
        found: Tensor = method(x, baseline, n_steps=steps, internal_batch_size=at_once)
        shares = tuple(found.detach().double().sum(dim=2)[0].tolist())
        result = Attribution("integrated gradients", shares, value, start, f"{steps} steps")
        if result.complete or 2 * steps > last:
            return result
        steps *= 2


def _captum(margin: Margin) -> Callable[..., Tensor]:
    try:
        from captum.attr import IntegratedGradients
    except ImportError as error:
        what, mend = "integrated gradients need the package captum", "pip install 'seqweave[explain]'"
        raise CommandError("E-EXTRA-02", what, mend=mend) from error
    attribute: Callable[..., Tensor] = IntegratedGradients(margin).attribute
    return attribute


@torch.no_grad()
def occlusion(margin: Margin, x: Tensor, baseline: Tensor) -> Attribution:
    """What the margin loses when one token after another is hidden.

    Args:
        margin: what is explained.
        x: embedded tokens. Shape (1, time, dim).
        baseline: in their place. Shape (1, time, dim).
    """
    time = x.shape[1]
    value, start = float(margin(x)), float(margin(baseline))
    losses: list[float] = []
    for hidden in torch.split(torch.arange(time), max(1, POSITIONS // time)):
        places = torch.nn.functional.one_hot(hidden, time).bool().unsqueeze(2)  # (some, time, 1)
        losses += (value - margin(torch.where(places, baseline, x)).double()).tolist()
    return Attribution("occlusion", tuple(losses), value, start, f"{time} texts with one token hidden")
