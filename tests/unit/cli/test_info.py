import json

import pytest

from seqweave.cli.app import run
from seqweave.cli.info import REGISTRIES


@pytest.mark.parametrize("family", REGISTRIES)
def test_every_family_says_what_each_kind_is(family, capsys):
    assert run(["info", family, "--json"]) == 0
    kinds = json.loads(capsys.readouterr().out)["kinds"]
    assert kinds
    assert all(facts["about"] for facts in kinds.values())
    missing = [
        f"{kind}.{key}" for kind, facts in kinds.items() for key, one in facts["settings"].items() if not one["about"]
    ]
    assert not missing, "every setting is followed by its docstring"


def test_settings_are_shown_as_recipes_write_them(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["info", "encoders"]) == 0
    out = capsys.readouterr().out
    assert "bidirectional   true" in out
    assert "Pydantic" not in out


def test_recipes_and_schema(capsys):
    assert run(["info", "recipes"]) == 0
    assert "ewt-upos" in capsys.readouterr().out
    assert run(["info", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Recipe"
