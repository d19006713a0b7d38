import pytest
from pydantic import ValidationError

from seqweave.core.docstrings import meanings
from seqweave.core.schema import json_schema
from seqweave.training.configuration import TrainingConfig
from seqweave.training.optimizers.contract import OPTIMIZERS
from seqweave.training.schedules.contract import SCHEDULES


@pytest.mark.parametrize("kind", OPTIMIZERS.kinds())
def test_a_bare_optimizer_is_its_kind_with_defaults(kind):
    bare, full = (TrainingConfig.model_validate({"optimizer": value}) for value in (kind, {"kind": kind}))
    assert bare == full
    assert bare.optimizer.kind == kind


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
    missing = [f"{c.__name__}.{name}" for c in configs for name in c.model_fields if name not in meanings(c)]
    assert not missing


def test_editors_are_told_of_bare_names_and_of_mappings():
    options = json_schema(TrainingConfig)["properties"]["optimizer"]["oneOf"]
    assert options[0] == {"enum": list(OPTIMIZERS.kinds())}
    assert len(options) == 1 + len(OPTIMIZERS.kinds())
