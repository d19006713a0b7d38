import pytest
from pydantic import ValidationError

from seqweave.core.docstrings import meanings
from seqweave.core.schema import json_schema
from seqweave.training.averages.contract import AVERAGES
from seqweave.training.configuration import StopConfig, TrainingConfig
from seqweave.training.optimizers.contract import OPTIMIZERS
from seqweave.training.schedules.contract import SCHEDULES


@pytest.mark.parametrize("kind", OPTIMIZERS.kinds())
def test_a_bare_optimizer_is_its_kind_with_defaults(kind):
    bare, full = (TrainingConfig.model_validate({"optimizer": value}) for value in (kind, {"kind": kind}))
    assert bare == full
    assert bare.optimizer.kind == kind


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (0, {"kind": "none"}),
        (0.9, {"kind": "exponential", "decay": 0.9}),
        ("triggered", {"kind": "triggered", "interval": 5}),
        ({"kind": "last", "count": 3}, {"kind": "last", "count": 3}),
    ],
)
def test_a_bare_average_is_a_decay_or_a_kind(value, meant):
    config = TrainingConfig.model_validate({"average": value})
    assert config.dump()["average"] == meant
    assert TrainingConfig.model_validate(config.dump()) == config


@pytest.mark.parametrize("kind", SCHEDULES.kinds())
def test_a_bare_schedule_is_its_kind_with_defaults(kind):
    assert TrainingConfig.model_validate({"schedule": kind}).schedule.kind == kind


def test_dumping_and_reading_back_changes_nothing():
    config = TrainingConfig.model_validate(
        {"optimizer": {"kind": "adamw", "weight_decay": 0.1}, "schedule": "cosine", "l2": {"*.weight": 1e-4}}
    )
    assert TrainingConfig.model_validate(config.dump()) == config


@pytest.mark.parametrize(
    "wrong",
    [
        {"optimizer": "adm"},
        {"optimizer": 3},
        {"optimizer": {"kind": "sgd", "nesterov": True}},
        {"schedule": {"kind": "linear", "steps": 3}},
        {"evaluate_every": 0},
        {"average": 1.0},
        {"average": True},
        {"average": {"kind": "last", "count": 1}},
        {"average": {"decay": 0.9}},
        {"l1": {"*": -1.0}},
        {"learning_rate": "fast"},
        {"epoch": 3},
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        TrainingConfig.model_validate(wrong)


def test_every_field_is_documented():
    configs = [TrainingConfig, *(config for _, config in OPTIMIZERS), *(config for _, config in SCHEDULES)]
    configs += [config for _, config in AVERAGES]
    missing = [f"{c.__name__}.{name}" for c in configs for name in c.model_fields if name not in meanings(c)]
    assert not missing


def test_editors_are_told_of_bare_names_and_of_mappings():
    options = json_schema(TrainingConfig)["properties"]["optimizer"]["oneOf"]
    assert options[0] == {"enum": list(OPTIMIZERS.kinds())}
    assert len(options) == 1 + len(OPTIMIZERS.kinds())
    number, names, *mappings = json_schema(TrainingConfig)["properties"]["average"]["oneOf"]
    assert (number["type"], names["enum"]) == ("number", list(AVERAGES.kinds()))
    assert len(mappings) == len(AVERAGES.kinds())


def test_training_ends_by_either_rule():
    falling = [1.0, 5.0, 4.0, 3.0]
    assert not StopConfig(patience=3).reached(falling)
    assert StopConfig(patience=2).reached(falling)
    assert StopConfig(patience=1, rule="non-monotone").reached(falling)
    assert not StopConfig(patience=2, rule="non-monotone").reached(falling), "the only one so long ago was worse"
