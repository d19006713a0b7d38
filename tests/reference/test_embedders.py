"""Embedders against torch's own layers and plain loops over one form at a time."""

import pytest
import torch
from torch import nn

from seqweave.data.sizes import FeatureSize
from seqweave.parts.embedders.affixes import AffixesEmbedderConfig
from seqweave.parts.embedders.character_lstm import CharacterLSTMEmbedderConfig
from seqweave.parts.embedders.characters import CharactersEmbedderConfig
from seqweave.parts.embedders.subwords import SubwordsEmbedderConfig

COUNT = 20
SPELT = [[], [5, 6, 7, 8], [9], [2, 3], [4, 4, 1]]  # the first form is padding
FORMS = torch.tensor([[1, 2, 3], [4, 1, 0]])


def built(config, name):
    torch.manual_seed(0)
    return config.build({name: FeatureSize(COUNT)}).double()


def padded(rows, width):
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_filters_are_those_of_conv1d(width):
    embedder = built(CharactersEmbedderConfig(dim=6, character_dim=4, width=width), "characters")
    nn.init.normal_(embedder.bias)
    conv = nn.Conv1d(4, 6, width, dtype=torch.float64)
    with torch.no_grad():
        conv.weight.copy_(embedder.filters.weight.view(width, 6, 4).permute(1, 2, 0))
        conv.bias.copy_(embedder.bias)
    expected = torch.zeros(len(SPELT), 6, dtype=torch.float64)
    for form, ids in enumerate(SPELT[1:], start=1):
        before = torch.zeros((width - 1) // 2, 4, dtype=torch.float64)
        after = torch.zeros(width - 1 - (width - 1) // 2, 4, dtype=torch.float64)
        spelling = torch.cat([before, embedder.table.weight[ids], after]).T.unsqueeze(0)
        expected[form] = conv(spelling)[0].amax(1).relu()
    found = embedder({"characters": padded(SPELT, 9), "forms": FORMS})
    torch.testing.assert_close(found, expected[FORMS])


def test_gradient_of_filters_agrees_with_finite_differences():
    embedder = built(CharactersEmbedderConfig(dim=3, character_dim=2), "characters")
    features = {"characters": padded(SPELT, 5), "forms": FORMS}

    def vectors(weight):
        return torch.func.functional_call(embedder, {"filters.weight": weight}, (features,))

    assert torch.autograd.gradcheck(vectors, embedder.filters.weight.detach().requires_grad_())


def test_character_lstm_is_a_bidirectional_lstm():
    embedder = built(CharacterLSTMEmbedderConfig(hidden=3, character_dim=4), "characters")
    lstm = nn.LSTM(4, 3, bidirectional=True, dtype=torch.float64)
    for suffix, direction in (("", embedder.forwards), ("_reverse", embedder.backwards)):
        for name, weight in direction.cell.named_parameters():
            lstm.get_parameter(f"{name}{suffix}").data.copy_(weight)
    expected = torch.zeros(len(SPELT), 6, dtype=torch.float64)
    for form, ids in enumerate(SPELT[1:], start=1):
        _, (last, _) = lstm(embedder.table.weight[ids])
        expected[form] = last.flatten()
    found = embedder({"characters": padded(SPELT, 7), "forms": FORMS})
    torch.testing.assert_close(found, expected[FORMS])


def test_subwords_are_the_mean_of_their_pieces():
    embedder = built(SubwordsEmbedderConfig(dim=4), "subwords")
    expected = torch.zeros(len(SPELT), 4, dtype=torch.float64)
    for form, ids in enumerate(SPELT[1:], start=1):
        expected[form] = sum(embedder.table.weight[piece] for piece in ids) / len(ids)
    found = embedder({"subwords": padded(SPELT, 6), "forms": FORMS})
    torch.testing.assert_close(found, expected[FORMS])


def test_affixes_are_projected_one_column_after_the_other():
    embedder = built(AffixesEmbedderConfig(dim=5, affix_dim=3), "affixes")
    ids = torch.randint(1, COUNT, (5, 8), generator=torch.Generator().manual_seed(1))
    ids[0] = 0
    columns = embedder.project.weight.split(3, dim=1)  # the share of each column in the projection
    expected = torch.zeros(5, 5, dtype=torch.float64)
    for form in range(5):
        answer = sum(weight @ embedder.table.weight[i] for weight, i in zip(columns, ids[form], strict=True))
        expected[form] = answer.clamp(min=0)
    torch.testing.assert_close(embedder({"affixes": ids, "forms": FORMS}), expected[FORMS])
    assert torch.equal(expected[0], torch.zeros(5, dtype=torch.float64))
