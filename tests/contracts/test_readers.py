"""The laws of every registered reader, and proof that each law catches the faults planted for it."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch.nn.functional import pad

from seqweave.data.corpus import Ragged, Strings
from seqweave.data.feature_set import FeatureSet
from seqweave.data.gather import Gatherer
from seqweave.layers.reading import READERS

from .toy_readers import ONE_LAYER, SETTINGS, reader_of

SENTENCES = ("the old man the boats .", "Boats", "the man saw 12 old boats , the boats !", "we see")
ROWS = np.arange(len(SENTENCES))


def strings():
    rows = [sentence.split() for sentence in SENTENCES]
    table = ("", *dict.fromkeys(form for row in rows for form in row))
    values = np.array([table.index(form) for row in rows for form in row])
    return Strings(table, Ragged(values, np.cumsum([0, *map(len, rows)])))


@dataclass
class Case:
    """A reader in eval mode and double precision, and what gathers its batches."""

    reader: torch.nn.Module
    gather: Gatherer

    def layers(self, rows=ROWS):
        batch = self.gather(rows)
        return self.reader(batch.features, batch.mask), batch.mask


def built(config, fault=None):
    tokens = strings()
    features = FeatureSet.fit(config.features(), tokens)
    torch.manual_seed(0)
    reader = config.build(features.sizes).double().eval()
    with torch.no_grad():
        for parameter in reader.parameters():
            parameter.copy_(torch.randn_like(parameter) / 2)
    return Case(fault(reader) if fault else reader, Gatherer(tokens, features.columns(tokens)))


def close(found, wanted):
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-9)


def sizes_are_true(case):
    layers, mask = case.layers()
    assert layers.shape == (case.reader.depth, *mask.shape, case.reader.out_dim)


def padding_is_zero_and_changes_nothing(case):
    layers, mask = case.layers()
    assert bool((layers[:, ~mask] == 0).all())
    batch = case.gather(ROWS)
    wide = {name: ids if name != "forms" else pad(ids, (0, 3)) for name, ids in batch.features.items()}
    close(case.reader(wide, pad(mask, (0, 3)))[:, :, : mask.shape[1]], layers)


def rows_are_read_alone_and_in_any_order(case):
    layers, mask = case.layers()
    for row in ROWS:
        close(case.layers(ROWS[row : row + 1])[0][:, 0], layers[:, row, mask[row]])
    close(case.layers(ROWS[::-1].copy())[0], layers.flip(1))


def every_layer_knows_its_neighbours_but_the_first(case):
    """A token far away changes every layer above the one of tokens by themselves, and nothing there."""
    layers, _ = case.layers(ROWS[:1])
    batch = case.gather(ROWS[:1])
    other = batch.features["forms"].clone()
    other[0, -1] = other[0, 0]  # "the" in place of "."
    changed = case.reader({**batch.features, "forms": other}, batch.mask)
    close(changed[0, 0, 0], layers[0, 0, 0])
    assert bool((changed[1:, 0, 0] - layers[1:, 0, 0]).abs().amax(dim=1).gt(1e-6).all())


def gradient_reaches_everything(case):
    layers, _ = case.layers()
    (layers * torch.randn_like(layers)).sum().backward()
    hidden = {"hidden"}  # which stands for tokens only while a masked language model is taught
    for name, parameter in case.reader.named_parameters():
        if name not in hidden:
            assert parameter.grad is not None, name
            assert bool((parameter.grad != 0).any()), name


LAWS = {
    law.__name__: law
    for law in (
        sizes_are_true,
        padding_is_zero_and_changes_nothing,
        rows_are_read_alone_and_in_any_order,
        every_layer_knows_its_neighbours_but_the_first,
        gradient_reaches_everything,
    )
}
CONFIGS = {kind: reader_of(kind) for kind in SETTINGS} | {"one layer": READERS["masked"].model_validate(ONE_LAYER)}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", CONFIGS)
def test_law_holds(name, law):
    LAWS[law](built(CONFIGS[name]))


def test_every_kind_is_here():
    assert set(SETTINGS) == set(READERS.kinds())


class Faulty(torch.nn.Module):
    """A sound reader behind a step that breaks a law."""

    def __init__(self, reader, spoil):
        super().__init__()
        self.reader, self.spoil = reader, spoil
        self.depth, self.out_dim = reader.depth, reader.out_dim
        self.dead = torch.nn.Parameter(torch.ones(1)) if spoil is None else None

    def forward(self, features, mask):
        layers = self.reader(features, mask)
        return self.spoil(layers) if self.spoil else layers


FAULTS = {
    "sizes_are_true": lambda layers: layers[1:],
    "padding_is_zero_and_changes_nothing": lambda layers: layers + layers.sum(dim=2, keepdim=True),
    "rows_are_read_alone_and_in_any_order": lambda layers: layers - layers.mean(dim=1, keepdim=True),
    "every_layer_knows_its_neighbours_but_the_first": lambda layers: layers[:1].expand_as(layers),
    "gradient_reaches_everything": None,
}


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_fault(law):
    case = built(CONFIGS["bidirectional"], lambda reader: Faulty(reader, FAULTS[law]))
    with pytest.raises(AssertionError):
        LAWS[law](case)
