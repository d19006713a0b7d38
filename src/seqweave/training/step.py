"""The ordinary step: summed losses, gradients divided once by the global count, penalties, check, clipping, update."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from torch import Tensor, nn

from seqweave.core.errors import DataError
from seqweave.layers import linear
from seqweave.layers.carrying import CarryingModel
from seqweave.layers.contracts import Loss, Model, State
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contract import Batch, Portion, Step, StepState, StepSums
from seqweave.training.devices import Devices
from seqweave.training.faults import NonFinite
from seqweave.training.penalties import Penalties

NEGLIGIBLE = 1e-35
"""Far below what changes a weight, and far enough above the smallest normal float32 (1.2e-38) to be met in time."""


class Objective(nn.Module):
    """A model's loss as a forward pass, because forward is what DDP wraps; and what is carried on, if anything."""

    def __init__(self, model: Model[Any, Any]) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch, carry: State | None) -> tuple[Loss, State]:
        """The loss of a batch: scalars, whatever shapes the batch holds; what is carried has shapes (batch, ...)."""
        if isinstance(self.model, CarryingModel):
            return self.model.loss_from(batch, carry)
        return self.model.loss(batch), ()


class GradientStep(Step):
    """One optimizer step over micro-batches.

    Args:
        model: what is trained; moved to the device.
        config: optimizer, penalties and clipping.
        devices: where.
    """

    def __init__(self, model: Model[Any, Any], config: TrainingConfig, devices: Devices) -> None:
        self.model, self.devices, self.clip = model, devices, config.clip
        linear.use(model, devices.kernels)
        self._objective = devices.wrap(Objective(model))
        self._named = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._parameters = list(self._named.values())
        self._penalties = Penalties(model, config.l1, config.l2)
        self.optimizer = config.optimizer.build(self._parameters, config.learning_rate)
        self._carry: State = ()

    def __call__(self, portions: Sequence[Portion], rate: float) -> StepSums:
        """Update the weights once: all or nothing."""
        self.optimizer.zero_grad()
        # a single micro-batch on a single rank is divided before its backward pass, which saves a pass over gradients
        single = len(portions) == 1 and self.devices.world == 1
        losses = [self._backward(portion, single, portion is portions[-1]) for portion in portions]
        names = sorted(losses[0].parts)
        local = torch.stack([_values(loss, portion, names) for loss, portion in zip(losses, portions, strict=True)])
        sums = self.devices.sum(local.sum(dim=0))
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        if not single:
            torch._foreach_mul_(gradients, float(self.devices.world / sums[1].clamp(min=1)))
        self._penalties.add()
        norm = nn.utils.get_total_norm(gradients, foreach=True)
        total, count, *parts, length = torch.cat([sums, norm.double().view(1)]).tolist()
        if not (math.isfinite(total) and math.isfinite(length)):
            raise NonFinite(portions)
        self._update(norm, length, rate)
        return StepSums(total, count, length, dict(zip(names, parts, strict=True)))

    def _backward(self, portion: Portion, single: bool, last: bool) -> Loss:
        """Add a portion's gradients; only the last one's backward pass averages over ranks."""
        if not last:
            with self.devices.unsynchronised(self._objective):
                return self._backward(portion, single, last=True)
        with self.devices.autocast():
            loss: Loss
            loss, carry = self._objective(portion.batch, None if portion.draw.fresh else self._carry or None)
        self._carry = tuple(part.detach() for part in carry)
        weighted = loss.total if portion.weight == 1 else loss.total * portion.weight
        torch.autograd.backward(weighted / loss.count.clamp(min=1) if single else weighted)
        return loss

    def _update(self, norm: Tensor, length: float, rate: float) -> None:
        # torch's clipping would divide by (norm + 1e-6) even where that leaves everything as it is
        if self.clip and length + 1e-6 > self.clip:
            nn.utils.clip_grads_with_norm_(self._parameters, self.clip, norm, foreach=True)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()

    def settle(self) -> None:
        """Zero the optimizer's negligible numbers.

        The moments of a rare word's vector fade for as long as the word is not met, and become subnormal numbers, with
        which a processor takes up to twice the time for the whole update. torch could flush them itself, but for one
        thread alone, and the rest of its pool would round otherwise.
        """
        for values in self.optimizer.state.values():
            for value in values.values():
                if isinstance(value, Tensor) and value.dim():
                    value.copy_(F.hardshrink(value, NEGLIGIBLE))

    def state(self) -> StepState:
        """The optimizer's tensors as `<parameter>/<key>`, its plain values likewise, and the carry."""
        entries = {
            f"{name}/{key}": value
            for name, parameter in self._named.items()
            for key, value in self.optimizer.state.get(parameter, {}).items()
        }
        tensors = {key: value for key, value in entries.items() if isinstance(value, Tensor)}
        values = {key: value for key, value in entries.items() if key not in tensors}
        return StepState(tensors, values, self._carry)

    def restore(self, state: StepState) -> None:
        """Take up an optimizer's state and a carry."""
        self._carry = state.carry
        order = {name: index for index, name in enumerate(self._named)}
        entries: dict[int, dict[str, Any]] = {}
        for key, value in {**state.tensors, **state.values}.items():
            name, slash, part = key.rpartition("/")
            if not slash or name not in order:
                raise _unfit(f"optimizer state {key!r}, which belongs to no parameter")
            if isinstance(value, Tensor) and value.dim() and value.shape != self._named[name].shape:
                raise _unfit(f"optimizer state {key!r} of another shape")
            entries.setdefault(order[name], {})[part] = value
        self.optimizer.load_state_dict({"state": entries, "param_groups": self.optimizer.state_dict()["param_groups"]})


def _values(loss: Loss, portion: Portion, names: Sequence[str]) -> Tensor:
    """Total, count and parts of a loss. Shape (2 + parts,), float64, so that long sums keep their digits."""
    values = [loss.total, loss.count, *(loss.parts[name] for name in names)]
    return torch.stack([value.detach().double() for value in values]) * portion.weight


def _unfit(what: str) -> DataError:
    return DataError(
        "E-CKPT-04", f"the checkpoint holds {what}", mend="resume with the recipe and version that wrote it"
    )
