"""The laws of every registered pointer, and proof that each law catches its faults."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use

from seqweave.layers.pointing import POINTERS

from .faults_pointers import FAULTS, Wrapped

CASES = {"sentinel": {"window": 4}, "cache": {"window": 4, "theta": 0.8, "share": 0.3}}
BATCH, TIME, DIM = 3, 11, 5
CLOSE = {"rtol": 0, "atol": 1e-9}


def built(kind):
    torch.manual_seed(0)
    return POINTERS[kind](**CASES[kind]).build(DIM).double().eval()


def text(seed=0):
    generator = torch.Generator().manual_seed(seed)
    words = torch.randint(3, 9, (BATCH, TIME), generator=generator)
    return torch.randn(BATCH, TIME, DIM, generator=generator, dtype=torch.double), words


def everywhere(words):
    return torch.ones_like(words, dtype=torch.bool)


def wide(tensor, width=CASES["sentinel"]["window"]):
    """A window, or what is carried of it, with nothing at the words that were never read."""
    short = width - tensor.shape[-1]
    return F.pad(tensor, (short, 0), value=-torch.inf if tensor.is_floating_point() else 0)


def carried(carry, row):
    states, words = (part[row : row + 1] for part in carry)
    missing = CASES["sentinel"]["window"] - words.shape[1]
    return F.pad(states, (0, 0, missing, 0)), F.pad(words, (missing, 0))


def all_adds_up_to_one(pointer):
    states, words = text()
    found, _ = pointer.look(states, words, everywhere(words), None)
    whole = found.left.exp() + found.shares.exp().sum(dim=2)
    torch.testing.assert_close(whole, torch.ones_like(whole), **CLOSE)
    vocabulary = torch.randn(BATCH, TIME, 7, dtype=torch.double).log_softmax(dim=2)
    mixed = found.mixed(vocabulary, 2)
    torch.testing.assert_close(mixed.exp().sum(dim=2), torch.ones_like(whole), **CLOSE)


def windows_give_what_the_whole_gives(pointer):
    states, words = text()
    whole, last = pointer.look(states, words, everywhere(words), None)
    for size in (1, 3, 7):
        found, carry = [], None
        for start in range(0, TIME, size):
            part = words[:, start : start + size]
            one, carry = pointer.look(states[:, start : start + size], part, everywhere(part), carry)
            found.append(one)
        torch.testing.assert_close(torch.cat([one.left for one in found], dim=1), whole.left, **CLOSE)
        for name in ("shares", "words"):
            together = torch.cat([wide(getattr(one, name)) for one in found], dim=1)
            torch.testing.assert_close(together, getattr(whole, name), **CLOSE)
        torch.testing.assert_close(carry, last, **CLOSE)


def padding_changes_nothing(pointer):
    states, words = text()
    mask = torch.arange(TIME) < torch.tensor([[TIME], [6], [1]])
    found, carry = pointer.look(states, words * mask, mask, None)
    for row, length in enumerate(mask.sum(dim=1).tolist()):
        own = words[row : row + 1, :length]
        alone, after = pointer.look(states[row : row + 1, :length], own, everywhere(own), None)
        torch.testing.assert_close(found.shares[row, :length], wide(alone.shares[0]), **CLOSE)
        torch.testing.assert_close(carried(carry, row), carried(after, 0), **CLOSE)


def the_future_is_not_seen(pointer):
    states, words = text()
    found, _ = pointer.look(states, words, everywhere(words), None)
    for cut in (1, 5, TIME - 1):
        other, _ = pointer.look(states[:, :cut], words[:, :cut], everywhere(words[:, :cut]), None)
        torch.testing.assert_close(found.left[:, :cut], other.left, **CLOSE)
        for name in ("shares", "words"):
            torch.testing.assert_close(getattr(found, name)[:, :cut], wide(getattr(other, name)), **CLOSE)


def what_is_not_there_gets_nothing(pointer):
    states, words = text()
    found, _ = pointer.look(states, words, everywhere(words), None)
    assert bool((found.shares[found.words == 0] == -torch.inf).all())
    assert bool((found.words[:, 0, :-1] == 0).all()), "nothing stands before the first word"
    assert bool((found.given(found.words == 99) == -torch.inf).all())


LAWS = {
    law.__name__: law
    for law in (
        all_adds_up_to_one,
        windows_give_what_the_whole_gives,
        padding_changes_nothing,
        the_future_is_not_seen,
        what_is_not_there_gets_nothing,
    )
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("kind", CASES)
def test_law_holds(kind, law):
    LAWS[law](built(kind))


def test_every_kind_is_here():
    assert set(CASES) == set(POINTERS.kinds())


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_faults(law):
    assert law in FAULTS, "a law without a planted fault proves nothing"
    for fault in FAULTS[law]:
        with pytest.raises(AssertionError):
            LAWS[law](fault(built("sentinel")))


def test_faults_are_single():
    for law in LAWS.values():
        law(Wrapped(built("sentinel")))
