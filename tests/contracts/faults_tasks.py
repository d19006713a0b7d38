"""Codecs with one fault each, for the laws of tasks: wrapped around a sound codec, whatever its task."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seqweave.data.batches import ReadBatch, StreamBatch, TextBatch


class Wrapped:
    """A codec that does all as the sound one does; the faults change one step each."""

    def __init__(self, sound):
        self.sound = sound
        self.sizes = sound.sizes

    def encode(self, corpus):
        return self.sound.encode(corpus)

    def answers(self, raw, batch):
        return self.sound.answers(raw, batch)

    def tuned(self, golds, answers):
        return self.sound.tuned(golds, answers)

    def to_json(self):
        return self.sound.to_json()


class Shifted(Wrapped):
    """Every answer goes to the row before."""

    def answers(self, raw, batch):
        first, *others = super().answers(raw, batch)
        return [*others, first]


class Forgetful(Wrapped):
    """What was fitted is not kept: the names come back in another order."""

    def to_json(self):
        state = super().to_json()
        if "target" in state:
            known = state["target"]["vocabulary"]
            return {**state, "target": {"vocabulary": {**known, "words": known["words"][::-1]}}}
        if "tokens" in state:
            known = state["tokens"]["vocabulary"]
            return {**state, "tokens": {"vocabulary": {**known, "words": known["words"][::-1]}}}
        key = "labels" if "labels" in state else "tags"
        return {**state, key: [*sorted(state[key])[:-1], "~" + sorted(state[key])[-1]]}


class Unwritable(Wrapped):
    """The state holds what JSON does not have."""

    def to_json(self):
        return {**super().to_json(), "more": np.ones(2)}


class Crossed(Wrapped):
    """A batch holds other rows than it was asked for."""

    def encode(self, corpus):
        dataset = super().encode(corpus)

        class Crossing:
            lengths = dataset.lengths

            def batch(self, rows):
                return dataset.batch(rows if len(rows) == 1 else np.roll(rows, 1))

        return Crossing()


class Lengthless(Wrapped):
    """Lengths are those of other examples."""

    def encode(self, corpus):
        dataset = super().encode(corpus)

        class Lying:
            lengths = dataset.lengths + 1
            batch = staticmethod(dataset.batch)

        return Lying()


class Greedy(Wrapped):
    """Examples without gold get some all the same."""

    def encode(self, corpus):
        dataset = super().encode(corpus)

        class Inventing:
            lengths = dataset.lengths

            def batch(self, rows):
                batch = dataset.batch(rows)
                name = "targets" if hasattr(batch, "targets") else "tags"
                least = int(isinstance(batch, TextBatch | StreamBatch | ReadBatch))
                return replace(batch, **{name: getattr(batch, name).nan_to_num(0).clamp(min=least)})

        return Inventing()


FAULTS = {
    "answers_invert_the_batch": (Shifted, Crossed),
    "state_survives_json": (Forgetful, Unwritable),
    "batches_hold_their_rows": (Crossed,),
    "lengths_are_those_of_the_examples": (Lengthless,),
    "missing_gold_stays_missing": (Greedy,),
}
