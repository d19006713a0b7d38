"""The laws of every registered embedder, and proof that each law catches the faults planted for it.

A new embedder is covered without an edit here: its own features are fitted on a few sentences, and it reads real
batches of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import numpy as np
import pytest
import torch
from torch import Tensor

from seqweave.data.corpus import Ragged, Strings
from seqweave.data.feature_set import FeatureSet
from seqweave.data.features.contract import FeatureConfig
from seqweave.data.gather import Gatherer
from seqweave.layers.contracts import EMBEDDERS, Embedder, EmbedderConfig

from .faults_embedders import FAULTS, SoundConfig, config_of
from .toy_readers import SETTINGS, borrowed

SENTENCES = (
    "the old man the boats .",
    "Boats",
    "the man saw 12 old boats , the boats !",
    "我们 的 老 船 长 , 我们 的 船",
)
Law = Callable[[EmbedderConfig], None]

BORROWED = [
    pytest.param(EMBEDDERS["contextual"].model_validate(settings), id=f"contextual {kind}{' tuned' * tune}")
    for kind in SETTINGS
    for tune in (False, True)
    for settings in [{name: value for name, value in borrowed(kind, tune=tune).items() if name != "kind"}]
]
"""A contextual embedder needs a run, for which a small reader of every kind stands in."""
CONFIGS = [pytest.param(config(), id=kind) for kind, config in EMBEDDERS if kind != "contextual"] + BORROWED


def strings() -> Strings:
    """The sentences as a column: a table of distinct forms, and ids into it."""
    rows = [sentence.split() for sentence in SENTENCES]
    table = ("", *dict.fromkeys(form for row in rows for form in row))
    values = np.array([table.index(form) for row in rows for form in row])
    return Strings(table, Ragged(values, np.cumsum([0, *map(len, rows)])))


TOKENS = strings()
ROWS = np.arange(len(SENTENCES))


def features_of(config: EmbedderConfig) -> dict[str, FeatureConfig]:
    found = {name: feature for name, feature in config.features().items() if isinstance(feature, FeatureConfig)}
    assert set(found) == set(config.features())
    return found


def fitted(config: EmbedderConfig) -> tuple[Embedder, Gatherer]:
    """An embedder in eval mode and double precision, and what gathers its batches."""
    features = FeatureSet.fit(features_of(config), TOKENS)
    return config.build(features.sizes).double().eval(), Gatherer(TOKENS, features.columns(TOKENS))


def close(found: Tensor, wanted: Tensor) -> bool:
    return torch.allclose(found, wanted, rtol=1e-9, atol=1e-9)


def by_form(features: Mapping[str, Tensor]) -> list[str]:
    """Names of the features of forms, told by what their first axis counts."""
    names = set(features) - {"forms"}
    return [name for name in names if features[name].shape[:2] != features["forms"].shape]


def out_dim_is_true(config: EmbedderConfig) -> None:
    embedder, gather = fitted(config)
    for rows in (ROWS, ROWS[:1], ROWS[1:2]):  # the last: one row of one token
        features = gather(rows).features
        assert embedder(features).shape == (*features["forms"].shape, embedder.out_dim)


def padding_changes_nothing(config: EmbedderConfig) -> None:
    """More padding behind every row, and behind the characters and pieces of every form."""
    embedder, gather = fitted(config)
    batch, more = gather(ROWS), 3
    wide = {}
    for name, ids in batch.features.items():
        if name in by_form(batch.features):
            ragged = ids.ndim > 1 and bool((ids[1:, -1] == 0).any())  # not where each form has as many ids
            wide[name] = torch.nn.functional.pad(ids, (0, more)) if ragged else ids
        else:
            wide[name] = torch.nn.functional.pad(ids, (0, 0) * (ids.ndim - 2) + (0, more))
    short, long = embedder(batch.features), embedder(wide)
    assert close(long[:, : short.shape[1]][batch.mask], short[batch.mask])


def order_of_forms_changes_nothing(config: EmbedderConfig) -> None:
    embedder, gather = fitted(config)
    batch = gather(ROWS)
    order = torch.randperm(int(batch.features["forms"].max()) + 1)
    shuffled = dict(batch.features) | {name: batch.features[name][order] for name in by_form(batch.features)}
    shuffled["forms"] = order.argsort()[batch.features["forms"]]
    assert close(embedder(shuffled)[batch.mask], embedder(batch.features)[batch.mask])


def batch_equals_single_rows(config: EmbedderConfig) -> None:
    embedder, gather = fitted(config)
    batch = gather(ROWS)
    together = embedder(batch.features)
    for row in ROWS:
        alone = gather(ROWS[row : row + 1]).features
        assert close(together[row][batch.mask[row]], embedder(alone)[0])


def gradient_reaches_everything(config: EmbedderConfig) -> None:
    embedder, gather = fitted(config)
    vectors = embedder(gather(ROWS).features)
    (vectors * torch.randn_like(vectors)).sum().backward()
    for name, parameter in embedder.named_parameters():
        if parameter.requires_grad and name != "reader.hidden":  # which stands for tokens only in its own run
            assert parameter.grad is not None, name
            assert bool((parameter.grad != 0).any()), name


def saved_equals_loaded(config: EmbedderConfig) -> None:
    """Weights go through a state dict, features through JSON."""
    embedder, gather = fitted(config)
    features = FeatureSet.fit(features_of(config), TOKENS)
    state = json.loads(json.dumps(features.to_json()))
    other = config.build(FeatureSet.restore(features_of(config), state).sizes).double().eval()
    other.load_state_dict(embedder.state_dict())
    batch = gather(ROWS).features
    assert torch.equal(embedder(batch), other(batch))


def reads_what_it_says(config: EmbedderConfig) -> None:
    embedder, gather = fitted(config)
    assert set(embedder.reads) == set(config.features())
    batch = gather(ROWS).features
    only = {name: batch[name] for name in (*embedder.reads, "forms")}
    assert torch.equal(embedder(only), embedder(batch))


def eval_draws_nothing(config: EmbedderConfig) -> None:
    embedder, gather = fitted(config)
    batch = gather(ROWS).features
    assert torch.equal(embedder(batch), embedder(batch))


def what_it_sees_is_what_it_says(config: EmbedderConfig) -> None:
    """Another token at one position changes the vectors of others if and only if the config says so."""
    features, place = FeatureSet.fit(features_of(config), TOKENS), 4
    embedder = config.build(features.sizes).double().eval()
    values = TOKENS.ids.values.copy()
    values[place] = TOKENS.table.index("saw")
    other = Strings(TOKENS.table, Ragged(values, TOKENS.ids.offsets))
    before, after = (embedder(Gatherer(one, features.columns(one))(ROWS[:1]).features)[0] for one in (TOKENS, other))
    moved = [position for position in range(len(before)) if not close(before[position], after[position])]
    assert moved
    assert (moved != [place]) == config.sees_others


LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        out_dim_is_true,
        padding_changes_nothing,
        order_of_forms_changes_nothing,
        batch_equals_single_rows,
        gradient_reaches_everything,
        saved_equals_loaded,
        reads_what_it_says,
        eval_draws_nothing,
        what_it_sees_is_what_it_says,
    )
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("config", CONFIGS)
def test_law_holds(config: EmbedderConfig, law: str) -> None:
    torch.manual_seed(0)
    LAWS[law](config)


@pytest.mark.parametrize("config", CONFIGS)
def test_config_survives_files(config: EmbedderConfig) -> None:
    assert type(config)(**json.loads(json.dumps(config.dump()))) == config


@pytest.mark.parametrize("config", CONFIGS)
def test_same_seed_same_weights(config: EmbedderConfig) -> None:
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        states.append(fitted(config)[0].state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_every_kind_is_here() -> None:
    kinds = {"affixes", "character-lstm", "characters", "contextual", "ngrams", "subwords", "tokens", "words"}
    assert kinds <= set(EMBEDDERS.kinds())


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_faults(law: str) -> None:
    assert law in FAULTS, "a law without a planted fault proves nothing"
    for fault in FAULTS[law]:
        torch.manual_seed(0)
        with pytest.raises((AssertionError, RuntimeError, KeyError, IndexError)):
            LAWS[law](config_of(fault))


def test_faults_are_single() -> None:
    """Without its fault, the embedder that all faults derive from keeps every law."""
    for law in LAWS.values():
        torch.manual_seed(0)
        law(SoundConfig())
