"""From plain text to a bidirectional language model, and from that to the embedder of another task."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from seqweave.cli.app import run
from seqweave.core.errors import RecipeError
from seqweave.core.manifest import sha256_of, write_manifest
from seqweave.data.corpus import Corpus
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.laboratory.contract import laboratory_of
from seqweave.parts.embedders.contextual import STATES
from seqweave.recipes.lending import lend
from seqweave.recipes.material import gather
from seqweave.recipes.recipe import recipe_of
from seqweave.recipes.saving import load

BILM = {
    "task": "language-modelling",
    "data": {
        "format": "lines",
        "tokenizer": {"kind": "spaces"},
        "train": "train.txt",
        "dev": "dev.txt",
        "cache": "off",
    },
    "model": {
        "kind": "bilm",
        "reader": {
            "kind": "bidirectional",
            "embed": [{"kind": "characters", "dim": 8, "character_dim": 4}],
            "dim": 6,
            "encoder": {"kind": "lstm", "hidden": 8, "bidirectional": False},
            "dropout": 0.1,
        },
    },
    "training": {"learning_rate": 1e-2, "batch_tokens": 300, "epochs": 1},
}


MASKED = {
    "kind": "masked",
    "embed": BILM["model"]["reader"]["embed"],
    "dim": 6,
    "encoder": {"kind": "self-attention", "hidden": 6, "heads": 2, "feed_forward": 8, "layers": 2},
}


def tagging(**changes):
    return {
        "task": "tagging",
        "data": {"format": "conll", "tokens": "0", "column": "1", "train": "train.conll", "dev": "dev.conll"},
        "model": {
            "embed": [{"kind": "characters", "dim": 4}, {"kind": "contextual", "run": "runs/bilm", **changes}],
            "encoder": {"kind": "gru", "hidden": 6},
            "head": {"kind": "tags"},
        },
        "training": {"learning_rate": 1e-2, "batch_tokens": 300, "epochs": 1, "average": 0.9},
    }


def written(path, recipe):
    path.write_text(json.dumps(recipe))
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Text and tags of the laboratory, and the run of a small model of that text."""
    place = tmp_path_factory.mktemp("contextual")
    for part, examples in zip(("train", "dev"), laboratory_of("tagging").split([120, 20], seed=1), strict=True):
        found = [specimen.example for specimen in examples]
        (place / f"{part}.txt").write_text("".join(f"{' '.join(one.tokens)}\n" for one in found))
        rows = ["".join(f"{word} {tag}\n" for word, tag in zip(one.tokens, one.tags, strict=True)) for one in found]
        (place / f"{part}.conll").write_text("\n".join(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(place / "cache"))
        assert run(["train", written(place / "bilm.yaml", BILM), "--run", str(place / "runs" / "bilm")]) == 0
        yield place


def opened(folder, **changes):
    """A tagging recipe with its run opened, its material, codec and network."""
    values = tagging(**changes)
    values["model"]["embed"][1]["run"] = str(folder / "runs" / "bilm")
    loan = lend(recipe_of(values))
    material = loan.noted(gather(loan.recipe.data, folder, 1))
    codec = loan.codec(material)
    return loan, material, codec, loan.network(codec)


def borrowed(network):
    return network.embed.embedders[1]


def told(capsys, *command):
    capsys.readouterr()
    assert run(list(map(str, command))) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_what_training_says_of_dev_is_what_the_saved_model_scores(folder, tmp_path):
    """Evaluation after evaluation: nothing of the weights of an earlier one is left."""
    place, lasting = tmp_path / "run", ["-o", "training.epochs=3", "-o", "data.dev=few.txt"]
    (folder / "few.txt").write_text("".join((folder / "dev.txt").read_text().splitlines(keepends=True)[:8]))
    assert run(["train", str(folder / "bilm.yaml"), "--run", str(place), *lasting]) == 0
    events = map(json.loads, (place / "metrics.jsonl").read_text().splitlines())
    told = [one["perplexity"] for one in events if one["event"] == "evaluation"]
    scored = json.loads((place / "scores.json").read_text())["dev"]["scores"]["perplexity"]["value"]
    assert len(told) == 3
    assert min(told) == pytest.approx(scored, abs=2e-3)


def test_a_model_needs_its_language_model_no_longer(folder, tmp_path, capsys):
    """Trained, exported and asked without the run it borrowed from, whose weights did not move by one bit."""
    place = tmp_path / "moved"
    shutil.copytree(folder, place)
    recipe = written(place / "tag.yaml", tagging())
    assert run(["train", recipe, "--run", str(place / "runs" / "tag")]) == 0
    source = load(place / "runs" / "bilm" / "model").network.reader.state_dict()
    shutil.rmtree(place / "runs" / "bilm")
    kept = borrowed(load(place / "runs" / "tag" / "model").network).reader.state_dict()
    assert source.keys() == kept.keys()
    assert all(torch.equal(source[name], kept[name]) for name in source)
    assert run(["export", str(place / "runs" / "tag"), "--output", str(tmp_path / "tag.zip")]) == 0
    shutil.rmtree(folder / "cache")  # another test's states go, too: they are computed again
    text = "the old dog sees the boats ."
    assert told(capsys, "predict", place / "runs" / "tag", text) == told(capsys, "predict", tmp_path / "tag.zip", text)
    (found,) = told(capsys, "evaluate", tmp_path / "tag.zip", "--data", place / "dev.conll", "--json")
    whole = json.loads((place / "runs" / "tag" / "scores.json").read_text())["dev"]["scores"]["accuracy"]["value"]
    assert found["scores"]["accuracy"]["value"] == pytest.approx(whole, abs=1e-9)
    (found,) = told(capsys, "evaluate", place / "runs" / "tag", "--data", place / "dev.conll", "--json")
    assert "most frequent tag" in found["baselines"]
    config = (place / "runs" / "tag" / "model" / "config.json").read_text()
    assert "runs/bilm" not in config
    assert str(place) not in config


def test_a_masked_language_model_is_lent_alike(folder, tmp_path, capsys):
    """Trained, borrowed from, embedded with and looked into by the same commands; the tagger outlives it."""
    place = tmp_path / "masked"
    shutil.copytree(folder, place)
    shutil.rmtree(place / "runs")
    recipe = {**BILM, "model": {"kind": "masked-language-model", "reader": MASKED}}
    lender, tagger = place / "runs" / "bilm", place / "runs" / "tag"
    assert run(["train", written(place / "masked.yaml", recipe), "--run", str(lender)]) == 0
    assert run(["train", written(place / "tag.yaml", tagging()), "--run", str(tagger)]) == 0
    source = load(lender / "model").network.reader
    kept = borrowed(load(tagger / "model").network).reader
    assert all(torch.equal(one, other) for one, other in zip(source.parameters(), kept.parameters(), strict=True))
    text, dev = "the old dog sees the boats .", place / "dev.txt"
    (found,) = told(capsys, "embed", lender, written(place / "one.txt", text), "--of", "lines")
    assert len(found["vector"]) == MASKED["dim"]
    question = ("explain", lender, text, "--token", "2", "--neighbours", "3", "--data", dev, "--json")
    assert len(told(capsys, *question)[0]["tokens"][0]["neighbours"]) == 3
    shutil.rmtree(lender)
    (answer,) = told(capsys, "predict", tagger, text)
    assert len(answer["tokens"]) == len(text.split())


def test_states_from_the_cache_are_those_computed_along(folder, monkeypatch):
    monkeypatch.setattr("seqweave.recipes.states.BLOCK_ROWS", 7)
    _, material, codec, network = opened(folder)
    batch = codec.encode(material.parts["dev"]).batch(np.arange(7))
    embedder, features = borrowed(network).double(), dict(batch.tokens.features)
    kept = embedder(features)
    assert features[STATES].shape[2] == embedder.reader.depth * embedder.out_dim
    del features[STATES]
    fresh = embedder(features)
    torch.testing.assert_close(kept[batch.tokens.mask], fresh[batch.tokens.mask], rtol=0, atol=1e-6)
    _, material, codec, network = opened(folder)
    monkeypatch.setattr("seqweave.recipes.states.BATCH_TOKENS", 1)  # nothing is computed again, alone or together
    monkeypatch.setattr("seqweave.recipes.states.StatesFeature._computed", None)
    again = codec.encode(material.parts["dev"]).batch(np.arange(7)).tokens.features[STATES]
    assert torch.equal(again, batch.tokens.features[STATES])


def test_states_too_large_for_the_cache_are_computed_along(folder, monkeypatch):
    _, material, codec, network = opened(folder)
    wanted = network.predict(codec.encode(material.parts["dev"]).batch(np.arange(5)))
    monkeypatch.setattr("seqweave.recipes.states.MOST_BYTES", 1)
    _, material, codec, _ = opened(folder)
    batch = codec.encode(material.parts["dev"]).batch(np.arange(5))
    assert batch.tokens.features[STATES].shape[2] == 0
    found = network.predict(batch)
    torch.testing.assert_close(found.probabilities, wanted.probabilities, rtol=0, atol=1e-5)


def test_what_is_borrowed_has_a_name_among_the_files_that_no_file_has(folder):
    digests = opened(folder)[1].digests
    assert set(digests) == {"train.conll", "dev.conll", "bilm/manifest.json"}
    assert digests["bilm/manifest.json"] == sha256_of(folder / "runs" / "bilm" / "model" / "manifest.json")


def test_what_is_tuned_is_trained_along_and_what_is_not_stays(folder):
    for tune in (False, True):
        _, material, codec, network = opened(folder, tune=tune)
        batch = codec.encode(material.parts["train"]).batch(np.arange(5))
        assert (STATES in batch.tokens.features) != tune
        before = {name: value.clone() for name, value in borrowed(network).reader.state_dict().items()}
        network.train()
        assert borrowed(network).reader.training == tune
        moved = [p for p in network.parameters() if p.requires_grad]
        optimizer = torch.optim.SGD(moved, lr=1.0)
        network.loss(batch).total.backward()
        optimizer.step()
        after = borrowed(network).reader.state_dict()
        assert any(not torch.equal(before[name], after[name]) for name in before) == tune
        mix = borrowed(network).mix
        assert bool((mix.weights != 0).any())


def test_weights_that_another_run_tuned_do_not_pass_for_those_of_cached_states(folder):
    for tune in (True, False):
        loan, _, _, network = opened(folder, tune=tune)
        loan.require_unmoved(network)
        with torch.no_grad():
            next(borrowed(network).reader.parameters()).add_(1e-3)
        if tune:
            loan.require_unmoved(network)
    with pytest.raises(RecipeError, match="E-CONTEXT-07"):
        loan.require_unmoved(network)


def test_check_tells_what_is_borrowed(folder, capsys):
    (report,) = told(capsys, "check", written(folder / "tag.yaml", tagging()), "--json")
    tokens = sum(part["tokens"] for part in report["parts"].values())
    assert report["contextual"] | {"run": ""} == {
        "run": "",
        "layers": 3,
        "dim": 12,
        "unknown_percent": 0,
        "cached_bytes": tokens * 3 * 12 * 4,
    }


def test_vectors_are_written_as_numpy_safetensors_and_text(folder, tmp_path, capsys):
    runs, lines = folder / "runs" / "bilm", (folder / "dev.txt").read_text().splitlines()[:4]
    (tmp_path / "a.txt").write_text("".join(f"{line}\n" for line in lines))
    for name in ("v.npy", "v.safetensors", "v.txt"):
        (done,) = told(capsys, "embed", runs, tmp_path / "a.txt", "--output", tmp_path / name, "--json")
        assert done["texts"] == 4
    array, tensors = np.load(tmp_path / "v.npy", allow_pickle=False), load_file(tmp_path / "v.safetensors")
    counts = [len(line.split()) for line in lines]
    assert array.shape == (sum(counts), 12)
    assert np.array_equal(array, tensors["vectors"])
    assert np.diff(tensors["offsets"]).tolist() == counts
    rows = [line.split() for line in (tmp_path / "v.txt").read_text().split("\n") if line]
    assert [row[0] for row in rows] == " ".join(lines).split()
    np.testing.assert_allclose(np.array([row[1:] for row in rows], float), array, rtol=1e-4, atol=1e-6)
    trained = load(runs / "model")
    corpus = Corpus.of(trained.task.examples, [trained.task.example(lines[0], SpacesConfig().fit(()))])
    batch = trained.codec.gathered(corpus)(np.arange(1))
    with torch.inference_mode():
        wanted = trained.network.reader(batch.features, batch.mask).mean(dim=0)[0].numpy()
    np.testing.assert_allclose(array[: counts[0]], wanted, rtol=0, atol=1e-5)
    whole = told(capsys, "embed", runs, tmp_path / "a.txt", "--of", "lines")
    np.testing.assert_allclose(whole[0]["vector"], wanted.mean(axis=0), rtol=0, atol=1e-5)


def test_texts_that_a_model_knows_nothing_of_are_told(folder, tmp_path, capsys):
    runs = folder / "runs" / "bilm"
    known = (folder / "dev.txt").read_text().splitlines()[0]
    (tmp_path / "a.txt").write_text(f"{known}\n你好 世界\n\n{known} 世界\n再见\n")
    found = told(capsys, "embed", runs, tmp_path / "a.txt")
    assert len(found) == 4
    run(["embed", str(runs), str(tmp_path / "a.txt")])
    (warned,) = [line for line in capsys.readouterr().err.splitlines() if "W-EMBED-01" in line]
    assert warned.startswith("warning: a.txt:2: texts of which the model knows no token")
    assert warned.endswith("(2 times)")
    (tmp_path / "b.txt").write_text(known)
    run(["embed", str(runs), str(tmp_path / "b.txt")])
    assert "W-EMBED-01" not in capsys.readouterr().err


def test_words_alike_are_those_of_a_slow_loop(folder, tmp_path, capsys):
    runs, data, text = folder / "runs" / "bilm", folder / "dev.txt", (folder / "dev.txt").read_text().splitlines()[0]
    question = ("explain", runs, text, "--tokens", "--token", "2", "--neighbours", "4", "--data", data)
    (found,) = told(capsys, *question, "--json")
    embedded = told(capsys, "embed", runs, data)
    own = np.array(next(one for one in embedded if one["text"] == text)["tokens"][1]["vector"])
    cosines = [
        (float(own @ vector / np.linalg.norm(own) / np.linalg.norm(vector)), token["word"])
        for one in embedded
        if one["text"] != text
        for token in one["tokens"]
        for vector in [np.array(token["vector"])]
    ]
    wanted = sorted(cosines, key=lambda one: -one[0])[:4]
    (told_of,) = found["tokens"]
    assert found["looked_at"] == len(cosines)
    np.testing.assert_allclose([one["cosine"] for one in told_of["neighbours"]], [one[0] for one in wanted], atol=1e-4)
    lines = data.read_text("utf-8").splitlines()
    for one in told_of["neighbours"]:
        assert lines[int(one["place"].rpartition(":")[2]) - 1] == one["before"] + one["word"] + one["after"]
    assert run([*map(str, question), "--output", str(tmp_path / "why.html")]) == 0
    page = (tmp_path / "why.html").read_text("utf-8")
    assert f"<mark>{told_of['neighbours'][0]['word']}</mark>" in page
    for wrong, code in ((("--neighbours", "0"), "'--neighbours'"), (("--token", "99"), "E-EXPLAIN-14")):
        assert run([*map(str, question), *wrong]) != 0
        assert code in capsys.readouterr().err
    assert run(["explain", str(runs), "the dog"]) == 2
    assert "E-EXPLAIN-13" in capsys.readouterr().err


def test_files_of_other_formats_are_read_as_text(folder, capsys):
    recipe = json.loads(json.dumps(BILM))
    recipe["data"] |= {"train": ["train.txt", "train.conll"], "formats": {"train.conll": "conll"}, "tokens": "0"}
    recipe["training"]["batch_tokens"] = 2000
    (report,) = told(capsys, "check", written(folder / "both.yaml", recipe), "--json")
    assert report["parts"]["train"]["examples"] == 240
    lines = [set((folder / name).read_text().split()) for name in ("train.txt", "dev.txt")]
    assert report["parts"]["dev"]["unknown_percent"] == (0 if lines[1] <= lines[0] else pytest.approx(1, abs=1))


def test_vectors_of_what_has_none_are_refused(folder, tmp_path, capsys):
    runs = folder / "runs" / "bilm"
    for arguments, code in (
        ([runs, folder / "dev.txt", "--output", tmp_path / "v.pkl"], "E-EMBED-02"),
        ([runs, "-", "--format", "lines"], "E-EMBED-03"),
        ([runs, folder / "nothing.txt"], "E-TEXT"),
    ):
        assert run(["embed", *map(str, arguments)]) != 0
        assert code in (said := capsys.readouterr().err), said
    (tmp_path / "long.txt").write_text("the dog " * 3000 + "\n")
    assert run(["embed", str(runs), str(tmp_path / "long.txt")]) == 65
    assert "long.txt:1: the text has 6,000 tokens" in (said := capsys.readouterr().err)
    assert "E-READ-01" in said


def test_what_cannot_be_borrowed_is_refused(folder, tmp_path, capsys):
    place = tmp_path / "bad"
    shutil.copytree(folder, place)
    model = place / "runs" / "bilm" / "model"

    def refused(code, recipe, *, at_borrower=False):
        path = place / "bad.yaml"
        path.write_text(json.dumps(recipe, indent=1))
        assert run(["check", str(path)]) != 0
        assert code in (said := capsys.readouterr().err), said
        if at_borrower:
            before = path.read_text().partition('"kind": "contextual"')[0]
            line = 1 + before[: before.rindex("{")].count("\n")
            assert f"bad.yaml:{line}:" in said

    recipe = tagging()
    recipe["model"]["embed"].append(recipe["model"]["embed"][1])
    refused("E-CONTEXT-05", recipe)
    refused("E-CONTEXT-06", tagging(reader=BILM["model"]["reader"]))
    refused("E-RUN-03", tagging(run="runs/nothing"))
    recipe = tagging()
    (place / "labels.tsv").write_text("text\tlabel\n" + "the dog sleeps\ta\nthe bird sings\tb\n" * 4)
    recipe["data"] = {"format": "tsv", "text": "text", "label": "label", "train": "labels.tsv", "dev": "labels.tsv"}
    recipe["data"]["tokenizer"] = {"kind": "characters"}
    recipe |= {"task": "classification", "model": recipe["model"] | {"head": {"kind": "label"}}}
    refused("E-CONTEXT-03", recipe, at_borrower=True)
    recipe = tagging()
    strange = (
        (place / "train.conll")
        .read_text()
        .translate(str.maketrans("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщ"))
    )
    (place / "strange.conll").write_text(strange)
    recipe["data"]["train"] = "strange.conll"
    refused("E-CONTEXT-04", recipe, at_borrower=True)
    assert run(["train", written(place / "tag.yaml", tagging()), "--run", str(place / "runs" / "tag")]) == 0
    refused("E-CONTEXT-02", tagging(run="runs/tag"), at_borrower=True)
    for name in ("model.safetensors", "config.json", "manifest.json"):
        whole = (model / name).read_bytes()
        for damaged in (whole[:-1] + b"\x00", None):
            (model / name).write_bytes(damaged) if damaged else (model / name).unlink()
            refused("E-DOCUMENT-01" if damaged and name == "manifest.json" else "E-MANIFEST", tagging())
        (model / name).write_bytes(whole)
        assert run(["check", written(place / "whole.yaml", tagging())]) == 0
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"format": 99}))
    (model / "manifest.json").unlink()
    write_manifest(model)
    refused("E-MODEL-04", tagging())
