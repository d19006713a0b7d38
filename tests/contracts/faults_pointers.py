"""Pointers with one fault each, for the laws of pointers: wrapped around a sound one."""

from __future__ import annotations

import copy

import torch

from seqweave.layers.pointing import Pointed


class Wrapped:
    """A pointer that does all as the sound one does; the faults change one step each."""

    def __init__(self, sound):
        self.sound, self.size = copy.deepcopy(sound), sound.size

    def look(self, states, words, mask, carry):
        return self.sound.look(states, words, mask, carry)


class Greedy(Wrapped):
    """More is given than there is."""

    def look(self, *asked):
        found, carry = super().look(*asked)
        return Pointed(found.left + 0.01, found.shares, found.words), carry


class Forgetful(Wrapped):
    """Nothing is carried on."""

    def look(self, states, words, mask, carry):
        del carry
        return super().look(states, words, mask, None)


class Late(Wrapped):
    """The carry ends where the window does, not where the row does."""

    def look(self, states, words, mask, carry):
        found, _ = super().look(states, words, mask, carry)
        return found, super().look(states, words, torch.ones_like(mask), carry)[1]


class Ahead(Wrapped):
    """The next word is among those that are looked at."""

    def look(self, states, words, mask, carry):
        found, carry = super().look(states, words, mask, carry)
        return Pointed(found.left, found.shares, torch.cat([found.words[:, 1:], found.words[:, -1:]], dim=1)), carry


class Ghost(Wrapped):
    """Places where no word is are given something."""

    def look(self, *asked):
        found, carry = super().look(*asked)
        return Pointed(found.left, torch.nan_to_num(found.shares, neginf=-9.0), found.words), carry


FAULTS = {
    "all_adds_up_to_one": (Greedy,),
    "windows_give_what_the_whole_gives": (Forgetful,),
    "padding_changes_nothing": (Late,),
    "the_future_is_not_seen": (Ahead,),
    "what_is_not_there_gets_nothing": (Ghost,),
}
