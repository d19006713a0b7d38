"""Models with one fault each, for the laws of models: wrapped around a sound one, whatever its batches."""

from __future__ import annotations

import copy

import torch
from torch import nn

from seqweave.layers.contracts import EncodingModel, Loss


class Wrapped(nn.Module):
    """A model that does all as the sound one does; the faults change one step each."""

    def __init__(self, sound):
        super().__init__()
        self.sound = copy.deepcopy(sound)

    def loss(self, batch):
        return self.sound.loss(batch)

    def predict(self, batch):
        return self.sound.predict(batch)


class Mean(Wrapped):
    """A mean that calls itself a sum."""

    def loss(self, batch):
        loss = super().loss(batch)
        return Loss(loss.mean, loss.count)


class Crowded(Wrapped):
    """An answer depends on the rows beside it."""

    def predict(self, batch):
        raw = super().predict(batch)
        return type(raw)(*(t / len(batch) if t.is_floating_point() else t for t in fields(raw)))


class Detour(EncodingModel):
    """The steps that explanations observe are not those of the answer: the vectors are halved on the way."""

    def __init__(self, sound):
        super().__init__()
        self.sound = copy.deepcopy(sound)

    def loss(self, batch):
        return self.sound.loss(batch)

    def predict(self, batch):
        return self.sound.predict(batch)

    def vectors(self, tokens):
        return self.sound.vectors(tokens) / 2

    def encode(self, vectors, mask):
        return self.sound.encode(vectors, mask)

    def log_probabilities(self, encoded):
        return self.sound.log_probabilities(encoded)


class Unread(Wrapped):
    """A weight that nothing reads."""

    def __init__(self, sound):
        super().__init__(sound)
        self.unused = nn.Parameter(torch.ones(2))


class Unsaved(Wrapped):
    """Random numbers that no file keeps."""

    def __init__(self, sound):
        super().__init__(sound)
        self.hidden = torch.rand(())

    def predict(self, batch):
        raw = super().predict(batch)
        return type(raw)(*(t * self.hidden if t.is_floating_point() else t for t in fields(raw)))


def fields(raw):
    """What a raw answer says of rows; a word on all of them alike is none."""
    found = [getattr(raw, name) for name in type(raw).__dataclass_fields__]
    return [one for one in found if one is not None and not isinstance(one, str)]


FAULTS = {
    "rows_are_answered_alone": (Crowded,),
    "loss_is_a_sum_over_rows": (Mean,),
    "steps_lead_to_the_answer": (Detour,),
    "gradient_reaches_everything": (Unread,),
    "saved_equals_loaded": (Unsaved,),
}
