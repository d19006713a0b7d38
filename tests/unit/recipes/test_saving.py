"""A model folder answers as its model did, and one that was tampered with is refused before anything of it is used."""

import contextlib
import json
import os
import struct
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load as tensors_of
from safetensors.torch import save as bytes_of

from seqweave import __version__
from seqweave.core import disk
from seqweave.core.errors import DataError
from seqweave.core.manifest import write_manifest
from seqweave.layers.contracts import EMBEDDERS
from seqweave.recipes.card import card
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.saving import load, save
from seqweave.training.configuration import StartConfig

TEXTS = ["the film was not really good .", "这个手机一点也不好。", "put"]


def test_a_loaded_model_answers_the_same(trained, tmp_path):
    save(trained, tmp_path / "model", "# card")
    state = torch.get_rng_state()
    again = load(tmp_path / "model")
    assert torch.equal(torch.get_rng_state(), state), "loading must not change what is drawn next"
    assert not again.network.training
    assert Predictor(again)(TEXTS) == Predictor(trained)(TEXTS)
    assert again.codec.to_json() == trained.codec.to_json()
    assert again.recipe.model == trained.recipe.model


def test_equal_models_are_equal_bytes_and_name_no_path(trained, tmp_path):
    save(trained, tmp_path / "a", "# card")
    save(load(tmp_path / "a"), tmp_path / "b", "# card")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
    assert b'"lab"' not in (tmp_path / "a" / "config.json").read_bytes()


def test_a_model_names_no_file_of_vectors(make_trained, tmp_path):
    """What they held is in the weights, and where they lay is nobody's business."""
    (tmp_path / "private.txt").write_text("the 1 2 3 4\nfood 5 6 7 8\n")
    words = {"kind": "words", "dim": 4, "vectors": {"path": str(tmp_path / "private.txt"), "dim": 4}}
    encoder = {"kind": "gru", "hidden": 3}
    trained = make_trained("classification", {"embed": [words], "encoder": encoder, "head": {"kind": "label"}})
    save(trained, tmp_path / "model", "# card")
    (tmp_path / "private.txt").unlink()
    assert not any(b"private" in path.read_bytes() for path in (tmp_path / "model").iterdir())
    assert Predictor.load(tmp_path / "model")(TEXTS) == Predictor(trained)(TEXTS)


def change_json(name, change):
    def damage(folder):
        path = folder / name
        values = json.loads(path.read_text("utf-8"))
        change(values)
        path.write_text(json.dumps(values), "utf-8")
        write_manifest(folder)

    return damage


def change_tensors(change):
    def damage(folder):
        path = folder / "model.safetensors"
        tensors = tensors_of(path.read_bytes())
        change(tensors)
        path.write_bytes(bytes_of(tensors))
        write_manifest(folder)

    return damage


def setting(*keys):
    """Set a value of config.json or another file: every key but the last two leads to a mapping."""
    *path, key, value = keys

    def change(values):
        for part in path:
            values = values[part]
        values[key] = value

    return change


def flipped(folder):
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-3] ^= 4
    (folder / "model.safetensors").write_bytes(data)


def cut_short(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    write_manifest(folder)


def long_header(folder):
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + b"{}")
    write_manifest(folder)


def pickled(folder):
    (folder / "model.safetensors").write_bytes(b"\x80\x04cos\nsystem\n(S'touch harmed'\ntR.")
    write_manifest(folder)


def not_json(folder):
    (folder / "config.json").write_text("{'format': 1}")
    write_manifest(folder)


def vast(name):
    """A file of a terabyte that takes no room on the disk, and a manifest that says so."""

    def damage(folder):
        os.truncate(folder / name, 1 << 40)
        manifest = json.loads((folder / "manifest.json").read_bytes())
        manifest["files"][name]["size"] = 1 << 40
        (folder / "manifest.json").write_text(json.dumps(manifest))

    return damage


def with_pickle(folder):
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\n(S'touch harmed'\ntR.")
    write_manifest(folder)


def linked(folder):
    (folder / "more.json").symlink_to("/etc/hostname")


def nan(tensors):
    next(iter(tensors.values())).view(-1)[0] = float("nan")


def wider(tensors):
    name = next(iter(tensors))
    tensors[name] = torch.zeros(1000, 7)


def doubled(tensors):
    for name, tensor in tensors.items():
        tensors[name] = tensor.double()


CONFIG, WORDS, TOKENS = "config.json", "vocabulary.json", "tokenizer.json"
DAMAGES = {
    "a flipped bit": flipped,
    "a file cut short": cut_short,
    "a header of 2^60 bytes": long_header,
    "a pickle": pickled,
    "a pickle of another name, listed": with_pickle,
    "settings of a terabyte": vast("config.json"),
    "weights of a terabyte": vast("model.safetensors"),
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "no vocabulary, also not in the manifest": lambda f: ((f / WORDS).unlink(), write_manifest(f)),
    "no manifest": lambda folder: (folder / "manifest.json").unlink(),
    "a file too many": lambda folder: (folder / "evil.py").write_text("raise SystemExit"),
    "a link": linked,
    "python for JSON": not_json,
    "a newer format": change_json(CONFIG, setting("format", 2)),
    "a format that is no number": change_json(CONFIG, setting("format", True)),
    "an unknown model": change_json(CONFIG, setting("model", "kind", "os.system")),
    "an unknown encoder": change_json(CONFIG, setting("model", "encoder", {"kind": "../lstm"})),
    "an unknown key": change_json(CONFIG, setting("model", "_target_", "os.system")),
    "an order to another library": change_json(CONFIG, setting("auto_map", {"AutoModel": "evil.Model"})),
    "an unknown task": change_json(CONFIG, setting("task", "__import__")),
    "the model of another task": change_json(CONFIG, setting("model", "head", {"kind": "labels"})),
    "settings that are a list": change_json(CONFIG, setting("data", [])),
    "no settings": change_json(CONFIG, lambda values: values.pop("model")),
    "a huge network": change_json(CONFIG, setting("model", "encoder", "hidden", 10**9)),
    "a network beyond 64 bits": change_json(CONFIG, setting("model", "encoder", "hidden", 2**62)),
    "endless layers": change_json(CONFIG, setting("model", "encoder", "layers", 10**9)),
    "a size in text": change_json(CONFIG, setting("model", "encoder", "hidden", "3")),
    "other features": change_json(CONFIG, setting("model", "embed", [{"kind": "words", "dim": 4}] * 2)),
    "an unknown tokenizer": change_json(TOKENS, setting("kind", "pickle")),
    "a tokenizer's state of another kind": change_json(TOKENS, setting("state", [1])),
    "no tokenizer settings": change_json(TOKENS, lambda values: values.pop("settings")),
    "features of another kind": change_json(WORDS, setting("features", [])),
    "no features": change_json(WORDS, setting("features", {})),
    "NaN": change_tensors(nan),
    "another shape": change_tensors(wider),
    "a tensor too many": change_tensors(lambda tensors: tensors.update(extra=torch.zeros(1))),
    "a tensor too few": change_tensors(lambda tensors: tensors.popitem()),
    "another number format": change_tensors(doubled),
}
FOUND_BY_THE_MANIFEST = {
    "a flipped bit",
    "no weights",
    "no vocabulary, also not in the manifest",
    "no manifest",
    "a file too many",
    "a link",
}
"""The others come with a manifest that fits them, as a stranger would write it."""


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_hostile_folder_is_refused(trained, damage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "model"
    save(trained, folder, "# card")
    DAMAGES[damage](folder)
    with pytest.raises(DataError) as caught:
        load(folder)
    assert "model" in str(caught.value.place)
    assert caught.value.code.startswith("E-MANIFEST") == (damage in FOUND_BY_THE_MANIFEST)
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize(
    ("task", "key", "value"),
    [
        ("classification", "labels", ["b", "a"]),
        ("classification", "labels", ["a", "a"]),
        ("classification", "labels", "ab"),
        ("classification", "labels", [None, "a"]),
        ("classification", "weights", [1.0]),
        ("classification", "weights", [-1.0, 1.0]),
        ("classification", "multi_label", "no"),
        ("classification", "threshold", None),
        ("tagging", "tags", ["A", "B", 3]),
        ("tagging", "tags", []),
        ("tagging", "scheme", "bio"),
        ("tagging", "scheme", ["none"]),
        ("tagging", "file_scheme", "iob2"),
    ],
)
def test_a_hostile_vocabulary_is_refused(task, key, value, make_trained, tmp_path):
    save(make_trained(task), tmp_path / "model", "# card")
    change_json(WORDS, setting(key, value))(tmp_path / "model")
    with pytest.raises(DataError):
        load(tmp_path / "model")


@pytest.mark.parametrize("name", [CONFIG, WORDS, TOKENS])
def test_no_value_of_another_type_gives_anything_but_a_data_error(trained, name, tmp_path, monkeypatch):
    """Values of a file in turn become null, a number, a text, a list and a mapping."""
    monkeypatch.setattr(disk, "sync_file", lambda path: None)  # a hundred folders that need not outlive the test
    folder = tmp_path / "model"
    save(trained, folder, "# card")
    values = json.loads((folder / name).read_text("utf-8"))
    generator = np.random.default_rng(0)
    places = list(every_place(values))
    for place in [places[i] for i in generator.permutation(len(places))[:12]]:
        for other in (None, -1, "x", [], {}, 1e300, 2**70):
            changed = json.loads(json.dumps(values))
            setting(*place, other)(changed)
            change_json(name, lambda v, changed=changed: (v.clear(), v.update(changed)))(folder)
            with contextlib.suppress(DataError):
                load(folder)


def every_place(values, path=()):
    items = values.items() if isinstance(values, dict) else enumerate(values[:3])
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from every_place(value, (*path, key))


def test_the_card_says_what_a_model_began_with(make_trained):
    trained = make_trained("tagging")
    assert f"Trained by Seqweave {__version__};" in card(trained)
    begun = trained.recipe.training.model_copy(update={"start": StartConfig(run="/home/me/runs/first")})
    continued = card(replace(trained, recipe=trained.recipe.model_copy(update={"training": begun})))
    assert "beginning with the weights of an earlier run;" in continued
    assert "/home" not in continued
    reader = {"kind": "bidirectional", "embed": [{"kind": "words"}], "encoder": {"kind": "gru", "bidirectional": False}}
    embed = (EMBEDDERS["contextual"].model_validate({"reader": reader}),)
    borrower = trained.recipe.model_copy(update={"model": trained.recipe.model.model_copy(update={"embed": embed})})
    assert "beginning with a language model;" in card(replace(trained, recipe=borrower))
