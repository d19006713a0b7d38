"""A certificate is made, kept, carried into exports, and no longer believed once the weights are others."""

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from seqweave.cli.app import run as command
from seqweave.core.errors import DataError, MissingInputError
from seqweave.core.manifest import sha256_of
from seqweave.data.batches import LabelRaw
from seqweave.laboratory.contract import LABORATORIES
from seqweave.recipes import certificate as certificates
from seqweave.recipes.certificate import CERTIFICATE, certificate_of, certified
from seqweave.recipes.export import export
from seqweave.recipes.inside import describe
from seqweave.recipes.saving import save

EXAMPLES = 9


@pytest.fixture
def gold(tmp_path):
    (part,) = LABORATORIES["classification"]().split([EXAMPLES], 9)
    LABORATORIES["classification"]().write([specimen.example for specimen in part], tmp_path / "gold.tsv")
    return tmp_path / "gold.tsv"


@pytest.fixture
def made(make_trained, tmp_path):
    """A folder that looks like a run's, and its model."""
    trained = make_trained("classification", cache="off")
    run = tmp_path / "run"
    run.mkdir()
    (run / "recipe.yaml").write_text("task: classification\n", encoding="utf-8")
    save(trained, run / "model", "# card")
    return run, trained


def standing(run):
    return describe(run)["certificate"]["standing"]


def test_a_certificate_goes_with_its_weights_and_no_others(made, gold, tmp_path):
    run, trained = made
    certificate, changed = certified(run, gold)
    assert (certificate.holds, changed) == (True, [])
    assert (certificate.examples, certificate.examples_in_all) == (EXAMPLES, EXAMPLES)
    assert certificate.weights == sha256_of(run / "model" / "model.safetensors")
    assert certificate.made_on["torch"] == torch.__version__
    assert {"saved and loaded", "exported"} < set(certificate.trials["float64"])
    written = (run / CERTIFICATE).read_text(encoding="utf-8")
    assert not any(private in written for private in (str(tmp_path), gold.name))
    assert standing(run) == "holds"
    for target in (tmp_path / "model.zip", tmp_path / "exported", tmp_path / "again.zip"):
        export(tmp_path / "exported" if target.stem == "again" else run, target)
        assert standing(target) == "holds"
    with torch.no_grad():
        trained.network.head.project.bias += 1
    save(trained, run / "model", "# card")
    assert standing(run).startswith("stale")
    export(run, tmp_path / "bare.zip")
    assert "certificate" not in describe(tmp_path / "bare.zip")


class LeaksPadding(nn.Module):
    """Answers the other way round where a row is padded."""

    def __init__(self, sound):
        super().__init__()
        self.sound = sound

    def predict(self, batch):
        told, padded = self.sound.predict(batch).probabilities, ~batch.tokens.mask.all(dim=1, keepdim=True)
        return LabelRaw(torch.where(padded, told.flip(1), told))


@pytest.mark.parametrize("json_asked", [True, False])
def test_a_model_that_fails_is_told_with_its_examples(json_asked, made, gold, monkeypatch, capsys):
    run, trained = made
    broken = replace(trained, network=LeaksPadding(trained.network))
    monkeypatch.setattr(certificates, "load", lambda folder: broken)
    monkeypatch.setattr(certificates, "_copies", lambda *_: {})
    assert command(["evaluate", str(run), "--certify", "--data", str(gold), *["--json"] * json_asked]) == 70
    said = capsys.readouterr()
    assert "E-CERTIFY-03" in said.err
    assert "gold.tsv:" in said.err
    if json_asked:
        assert json.loads(said.out)["holds"] is False
    assert certificates._parsed((run / CERTIFICATE).read_bytes(), run).standing("") != "holds"


def test_without_data_or_with_a_broken_file_it_is_refused(made, tmp_path):
    run, _ = made
    with pytest.raises(MissingInputError, match="E-CERTIFY-01"):
        certified(run / "model")
    (run / CERTIFICATE).write_text('{"weights": "0", "holds": true}', encoding="utf-8")
    with pytest.raises(DataError, match="E-CERTIFY-02"):
        certificate_of(run, run / "model")
    assert command(["evaluate", str(run)]) == 2
