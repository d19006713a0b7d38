import numpy as np
import pytest
import torch
from pydantic import ValidationError

from seqweave.data.sizes import FeatureSize
from seqweave.parts.embedders.words import WordsEmbedderConfig

COUNTS = np.array([0, 40, 1, 3, 1000])
FEATURES = {"words": torch.tensor([0, 2, 3, 4]), "forms": torch.tensor([[1, 2, 3], [3, 0, 0]])}


def built(vectors=None, **settings):
    torch.manual_seed(0)
    rows = np.zeros((0, 0), np.float32) if vectors is None else vectors
    return WordsEmbedderConfig(**{"dim": 8, **settings}).build({"words": FeatureSize(len(COUNTS), COUNTS, rows)})


def test_each_position_gets_the_row_of_its_word():
    embedder = built().eval()
    expected = embedder.table.weight[torch.tensor([[2, 3, 4], [4, 0, 0]])]
    assert torch.equal(embedder(FEATURES), expected)
    assert torch.equal(expected[1, 1:], torch.zeros(2, 8))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [0, 0, 0.25 / 1.25, 0.25 / 3.25, 0.25 / 1000.25]),
        ({"rare_word_dropout": 0.0}, [0, 0, 0, 0, 0]),
        ({"rare_word_dropout": 0.0, "word_dropout": 0.3}, [0, 0, 0.3, 0.3, 0.3]),
        ({"word_dropout": 0.1}, [0, 0, 0.25 / 1.25, 0.1, 0.1]),
    ],
)
def test_words_become_unknown_at_their_rates_while_training(settings, expected):
    embedder = built(**settings)
    ids = torch.arange(5).repeat(20_000, 1)
    found = embedder({"words": torch.arange(5), "forms": ids})
    unknown = (found == embedder.table.weight[1]).all(2).float().mean(0)
    assert unknown[1] == 1
    keep = [0, 2, 3, 4]
    # Four standard deviations of a share of 20,000 draws are at most 4 * 0.5 / sqrt(20,000) = 0.014.
    torch.testing.assert_close(unknown[keep], torch.tensor(expected, dtype=torch.float32)[keep], atol=0.014, rtol=0)


def test_embedding_dropout_drops_a_word_at_all_its_places():
    torch.manual_seed(0)
    config = WordsEmbedderConfig(dim=8, rare_word_dropout=0.0, embedding_dropout=0.5)
    embedder = config.build({"words": FeatureSize(50, np.full(50, 9))})
    ids = torch.arange(2, 50)
    found = embedder({"words": ids, "forms": torch.arange(48).repeat(6, 4)})
    kept = (found != 0).any(2).view(24, 48)
    assert torch.equal(kept.all(0), kept.any(0))
    assert 0 < kept[0].sum() < 48
    expected = 2 * embedder.table.weight[ids] * kept[0].unsqueeze(1)
    torch.testing.assert_close(found.view(24, 48, 8), expected.expand(24, 48, 8))


def test_pretrained_rows_are_taken_and_the_others_are_alike_in_size():
    generator = np.random.default_rng(0)
    vectors = generator.normal(scale=5.0, size=(5, 8)).astype(np.float32)
    vectors[[0, 1, 3]] = 0
    weight = built(vectors).table.weight
    assert torch.equal(weight[[2, 4]], torch.as_tensor(vectors[[2, 4]]))
    assert torch.equal(weight[0], torch.zeros(8))
    known, fresh = weight[[2, 4]].square().mean().sqrt(), weight[[1, 3]].square().mean().sqrt()
    assert 0.5 < fresh / known < 2


def test_a_restored_feature_without_its_vectors_still_builds():
    assert built(np.zeros((5, 8), np.float32)).table.weight[2:].ne(0).any()


def test_vectors_can_stay_as_they_are():
    assert not built(trainable=False).table.weight.requires_grad


def test_dims_must_agree():
    with pytest.raises(ValidationError, match="write dim: 300"):
        WordsEmbedderConfig(dim=100, vectors={"path": "glove.txt", "dim": 300})
    assert WordsEmbedderConfig(dim=300, vectors={"path": "glove.txt", "dim": 300}).vectors is not None


def test_its_feature_has_its_settings():
    config = WordsEmbedderConfig(min_count=3, max_size=50, lowercase=False, digits="keep")
    feature = config.features()["words"]
    assert feature.dump() == {"min_count": 3, "max_size": 50, "lowercase": False, "digits": "keep", "vectors": None}
