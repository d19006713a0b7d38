"""Each embedder asks for its feature with its own settings."""

import numpy as np
import pytest
import torch

from seqweave.data.sizes import FeatureSize
from seqweave.parts.embedders.affixes import AffixesEmbedderConfig
from seqweave.parts.embedders.character_lstm import CharacterLSTMEmbedderConfig
from seqweave.parts.embedders.characters import CharactersEmbedderConfig
from seqweave.parts.embedders.ngrams import NgramsEmbedderConfig
from seqweave.parts.embedders.subwords import SubwordsEmbedderConfig
from seqweave.parts.embedders.words import WordsEmbedderConfig


@pytest.mark.parametrize(
    ("config", "name", "settings"),
    [
        (AffixesEmbedderConfig, "affixes", {"min_count": 5}),
        (CharactersEmbedderConfig, "characters", {"min_count": 5, "max_length": 9}),
        (CharacterLSTMEmbedderConfig, "characters", {"min_count": 5, "max_length": 9}),
        (NgramsEmbedderConfig, "ngrams", {"orders": (2, 3), "min_count": 5, "lowercase": True}),
        (SubwordsEmbedderConfig, "subwords", {"vocab_size": 99, "min_frequency": 3, "min_count": 4, "max_pieces": 5}),
    ],
)
def test_feature_has_the_settings_of_its_embedder(config, name, settings):
    found = config(**settings).features()
    assert list(found) == [name]
    assert dict(found[name]) == settings


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (WordsEmbedderConfig, "words"),
        (AffixesEmbedderConfig, "affixes"),
        (CharactersEmbedderConfig, "characters"),
        (CharacterLSTMEmbedderConfig, "characters"),
        (NgramsEmbedderConfig, "ngrams"),
    ],
)
def test_vectors_begin_as_large_as_the_scale_says(config, name):
    torch.manual_seed(0)
    weight = config(scale=0.7).build({name: FeatureSize(2000, np.ones(2000, np.int64))}).table.weight
    assert weight[1:].std().item() == pytest.approx(0.7, abs=0.02)
