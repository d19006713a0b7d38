"""A network may take what its file accounts for; whatever kinds of parts there are, a larger one is refused at once."""

import json
import time

import pytest
import torch

from seqweave.core.errors import DataError
from seqweave.core.manifest import write_manifest
from seqweave.layers.contracts import EMBEDDERS, ENCODERS, HEADS, LabelHeadConfig
from seqweave.recipes.allowance import Allowance, AllowanceError
from seqweave.recipes.saving import load, save

HUGE = 10**9
WORDS, GRU = {"kind": "words", "dim": 4}, {"kind": "gru", "hidden": 3}


def tagger(embed=WORDS, encoder=GRU):
    return "tagging", {"embed": [embed], "encoder": encoder, "head": {"kind": "crf"}}


def headed(kind, config):
    task = "classification" if issubclass(config, LabelHeadConfig) else "tagging"
    return task, {"embed": [WORDS], "encoder": GRU, "head": {"kind": kind}}


READER = {"kind": "bidirectional", "embed": [WORDS], "dim": 4, "encoder": {**GRU, "bidirectional": False}}
BORROWED = {"contextual": {"reader": READER}}
MODELS = {
    **{f"embedder {kind}": tagger(embed={"kind": kind, **BORROWED.get(kind, {})}) for kind, _ in EMBEDDERS},
    **{f"encoder {kind}": tagger(encoder={"kind": kind}) for kind, _ in ENCODERS},
    "learned positions": tagger(encoder={"kind": "self-attention", "positions": "learned"}),
    **{f"head {kind}": headed(kind, config) for kind, config in HEADS},
    "linear": ("classification", {"kind": "linear"}),
}


@pytest.fixture(params=MODELS)
def made(request, make_trained):
    task, model = MODELS[request.param]
    several = request.param == "head labels"
    return make_trained(task, model, **({"multi_label": True} if several else {}))


def size_of(network):
    return sum(parameter.nbytes for parameter in network.parameters())


def test_every_weight_of_every_kind_is_counted_and_its_own_file_is_enough(made, tmp_path):
    with Allowance(HUGE) as counting:
        network = made.recipe.model.build(made.codec.sizes)
    assert counting.taken_bytes >= size_of(network)
    save(made, tmp_path / "model", "# card")
    assert size_of(load(tmp_path / "model").network) == size_of(network)


def sizes_in(values, path=()):
    """The path of every integer in nested settings."""
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        if isinstance(value, dict | list):
            yield from sizes_in(value, (*path, key))
        elif isinstance(value, int) and not isinstance(value, bool):
            yield *path, key


def outcome(folder):
    """The bytes of the network in a model folder, or the code of the error."""
    try:
        return size_of(load(folder).network)
    except DataError as error:
        return error.code


def test_every_setting_that_is_huge_is_refused_at_once_or_takes_no_memory(made, tmp_path):
    folder = tmp_path / "model"
    save(made, folder, "# card")
    sound = (folder / "config.json").read_text("utf-8")
    for path in sizes_in(json.loads(sound)["model"]):
        config = json.loads(sound)
        inner = config["model"]
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = HUGE
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        write_manifest(folder)
        begun = time.perf_counter()
        assert outcome(folder) in (size_of(made.network), "E-MODEL-02", "E-MODEL-06", "E-WEIGHTS-02"), path
        assert time.perf_counter() - begun < 1, path


def test_the_message_names_both_sizes(make_trained, tmp_path):
    save(make_trained("tagging"), tmp_path / "model", "# card")
    config = json.loads((tmp_path / "model" / "config.json").read_text("utf-8"))
    config["model"]["encoder"]["hidden"] = HUGE
    (tmp_path / "model" / "config.json").write_text(json.dumps(config), "utf-8")
    write_manifest(tmp_path / "model")
    size = (tmp_path / "model" / "model.safetensors").stat().st_size
    with pytest.raises(DataError, match=rf"more than [\d,]+ bytes, the file has {size:,}.*E-MODEL-06"):
        load(tmp_path / "model")


def test_an_allowance_is_a_sum_that_ends_with_its_context():
    with Allowance(100) as allowance:
        torch.zeros(5, 5)
        with pytest.raises(AllowanceError):
            torch.ones(1)
    assert allowance.taken_bytes == 104
    torch.ones(1000)


@pytest.mark.parametrize("sizes", [(10**18,), (10**18, 10**18), (10**30,)])
def test_sizes_beyond_a_word_of_the_machine_are_more_than_is_allowed(sizes):
    with Allowance(100), pytest.raises(AllowanceError):
        torch.zeros(*sizes)
