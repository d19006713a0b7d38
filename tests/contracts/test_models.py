"""The laws of every registered model, over its own task's examples, and proof that each law catches its faults."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from seqweave.core.errors import Place
from seqweave.data.corpus import Corpus
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.laboratory.contract import laboratory_of
from seqweave.layers.contracts import EncodingModel, FittedModel
from seqweave.models.contract import MODELS
from seqweave.tasks.contract import TASKS
from seqweave.training.weights import fill, to_bytes, weights

from .faults_models import FAULTS, Wrapped, fields

ENCODED = {"embed": ({"kind": "words", "dim": 6},), "encoder": {"kind": "lstm", "hidden": 4}}
CASES = {
    "classifier": ("classification", {**ENCODED, "head": {"kind": "label"}}),
    "tagger": ("tagging", {**ENCODED, "head": {"kind": "crf"}}),
    "language-model": (
        "language-modelling",
        {
            "embed": {"dim": 6},
            "encoder": {"kind": "lstm", "hidden": 4, "layers": 2, "bidirectional": False},
            "output_dropout": 0.1,
        },
    ),
    "bilm": (
        "language-modelling",
        {
            "reader": {
                "kind": "bidirectional",
                "embed": ({"kind": "words", "dim": 5}, {"kind": "characters", "dim": 4}),
                "dim": 6,
                "encoder": {"kind": "lstm", "hidden": 4, "bidirectional": False},
                "dropout": 0.1,
            }
        },
    ),
    "masked-language-model": (
        "language-modelling",
        {
            "reader": {
                "kind": "masked",
                "embed": ({"kind": "words", "dim": 5}, {"kind": "characters", "dim": 4}),
                "dim": 6,
                "encoder": {"kind": "self-attention", "hidden": 6, "heads": 2, "feed_forward": 7},
            }
        },
    ),
    "linear": ("classification", {}),
    "translator": (
        "translation",
        {
            **ENCODED,
            "target_embed": {"dim": 5},
            "decoder": {"kind": "attention", "hidden": 4},
            "output": {"kind": "pointer-generator"},
            "search": {"kind": "beam", "size": 2, "best": 2},
            "longest": {"ratio": 0.5, "extra": 2},
        },
    ),
}
LABS = {"translation": "copy-names"}
DATA = {"translation": {"min_count": 3}}
"""Names are so rare that they can only be copied."""
ROWS = np.arange(7)


def built(kind, seed=0):
    """A model in double precision and eval mode, no weight of it zero, and a dataset of its task."""
    task_name, settings = CASES[kind]
    (part,) = laboratory_of(task_name, LABS.get(task_name, "")).split([30], seed=1)
    data = TASKS[task_name](train="lab", **DATA.get(task_name, {}))
    corpus = Corpus.of(data.build().examples, [specimen.example for specimen in part])
    config = MODELS[kind](**settings)
    codec = data.build().settled(corpus).build().fit(corpus, config.features(), SpacesConfig().fit(()))
    torch.manual_seed(seed)
    model = config.build(codec.sizes).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) / 2)
    return model, codec.encode(corpus)


def rows_are_answered_alone(build):
    model, dataset = build()
    with torch.inference_mode():
        whole = fields(model.predict(dataset.batch(ROWS)))
        for i, row in enumerate(ROWS):
            for every, alone in zip(whole, fields(model.predict(dataset.batch(np.array([row])))), strict=True):
                found, wanted = every[i], alone[0]
                if isinstance(found, torch.Tensor):  # which is padded
                    found = found[tuple(map(slice, wanted.shape))]
                torch.testing.assert_close(found, wanted, rtol=0, atol=1e-9)


def loss_is_a_sum_over_rows(build):
    model, dataset = build()
    whole = model.loss(dataset.batch(ROWS))
    parts = [model.loss(dataset.batch(np.array([row]))) for row in ROWS]
    torch.testing.assert_close(whole.total, sum(part.total for part in parts), rtol=0, atol=1e-9)
    assert whole.count == sum(int(part.count) for part in parts)


def steps_lead_to_the_answer(build):
    """The vectors, what is encoded of them, and its probabilities are those that `predict` answers with."""
    model, dataset = build()
    if not isinstance(model, EncodingModel):
        return
    batch = dataset.batch(ROWS)
    vectors = model.vectors(batch.tokens).detach().requires_grad_()
    logs = model.log_probabilities(model.encode(vectors, batch.tokens.mask))
    raw, mask = model.predict(batch), batch.tokens.mask
    if logs.dim() == 3:
        answered = logs.gather(2, raw.tags.clamp(min=0).unsqueeze(2)).squeeze(2)
        found, wanted = answered.exp()[mask], raw.probabilities[mask]
    else:
        found, wanted = logs.exp(), raw.probabilities
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-6, check_dtype=False)
    logs[mask].sum().backward() if logs.dim() == 3 else logs.sum().backward()
    assert bool((vectors.grad[mask] != 0).any(dim=1).all()), "every token's vector counts"


def gradient_reaches_everything(build):
    model, dataset = build()
    model.loss(dataset.batch(ROWS)).total.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool((parameter.grad != 0).any()), name


def saved_equals_loaded(build):
    (model, dataset), (other, _) = build(), build(seed=1)
    fill(other, to_bytes(weights(model)), Place("model"))
    one, two = (fields(m.predict(dataset.batch(ROWS))) for m in (model, other))
    torch.testing.assert_close(one, two, rtol=0, atol=0)


LAWS = {
    law.__name__: law
    for law in (
        rows_are_answered_alone,
        loss_is_a_sum_over_rows,
        steps_lead_to_the_answer,
        gradient_reaches_everything,
        saved_equals_loaded,
    )
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("kind", CASES)
def test_law_holds(kind, law):
    LAWS[law](lambda seed=0: built(kind, seed))


@pytest.mark.parametrize("kind", CASES)
def test_a_model_fits_its_task_and_its_settings_survive_files(kind):
    task_name, settings = CASES[kind]
    config = MODELS[kind](**settings)
    assert config.batches in TASKS[task_name](train="lab").build().batches
    assert MODELS[kind](**config.dump()) == config


def test_every_kind_is_here():
    assert set(CASES) == set(MODELS.kinds())
    fitted = {kind for kind in CASES if isinstance(built(kind)[0], FittedModel)}
    assert fitted == {"linear"}


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_faults(law):
    assert law in FAULTS, "a law without a planted fault proves nothing"
    for fault in FAULTS[law]:

        def broken(seed=0, fault=fault):
            model, dataset = built("tagger", seed)
            torch.manual_seed(seed)
            return fault(model), dataset

        with pytest.raises(AssertionError):
            LAWS[law](broken)


def test_faults_are_single():
    def wrapped(seed=0):
        model, dataset = built("tagger", seed)
        return Wrapped(model), dataset

    for law in LAWS.values():
        law(wrapped)
