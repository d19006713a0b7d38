import pytest
import torch

from seqweave.core import disk
from seqweave.core.errors import DataError
from seqweave.training.checkpoint import Checkpoint, Checkpoints
from seqweave.training.weights import to_bytes


def checkpoint(number):
    groups = {"optimizer": {"a:b/step": torch.tensor(float(number))}, "average": {}}
    return Checkpoint(to_bytes({"w": torch.full((3,), float(number))}), b"best", groups, {"number": number})


def steps(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_was_saved_is_loaded(tmp_path):
    Checkpoints(tmp_path).save(7, checkpoint(7))
    found = Checkpoints(tmp_path).load()
    assert (found.model, found.best, found.values["number"]) == (checkpoint(7).model, b"best", 7)
    assert found.group("optimizer")["a:b/step"] == 7
    assert found.group("average") == {}


def test_nothing_saved_is_nothing_loaded(tmp_path):
    assert Checkpoints(tmp_path / "none").load() is None


def test_the_last_two_are_kept(tmp_path):
    kept = Checkpoints(tmp_path)
    for number in (5, 9, 10):
        kept.save(number, checkpoint(number))
    assert steps(tmp_path) == ["00000009", "00000010"]


def test_what_a_killed_save_left_behind_goes_when_the_last_one_is_loaded(tmp_path, monkeypatch):
    kept = Checkpoints(tmp_path)
    with monkeypatch.context() as killed:
        killed.setattr(disk, "remove", lambda path: None)
        for number in (5, 9, 10, 12):
            kept.save(number, checkpoint(number))
    _damage(tmp_path / "00000012" / "state.json", "flip")
    assert Checkpoints(tmp_path).load().values["number"] == 10
    assert steps(tmp_path) == ["00000009", "00000010", "00000012"], "the damaged one is told of until it is replaced"


@pytest.mark.parametrize(
    "name", ["model.safetensors", "best.safetensors", "state.safetensors", "state.json", "manifest.json"]
)
@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_a_damaged_checkpoint_is_passed_over_with_a_notice(tmp_path, name, damage):
    written = Checkpoints(tmp_path)
    for number in (1, 2):
        written.save(number, checkpoint(number))
    _damage(tmp_path / "00000002" / name, damage)
    kept = Checkpoints(tmp_path)
    assert kept.load().values["number"] == 1
    assert [notice.code for notice in kept.notices] == ["W-CKPT-01"]


def test_a_file_whose_name_was_lost_from_the_manifest_is_no_missing_file(tmp_path):
    """Weights of the best evaluation that are there but not listed: going on without them would lose them silently."""
    written = Checkpoints(tmp_path)
    for number in (1, 2):
        written.save(number, checkpoint(number))
    manifest = tmp_path / "00000002" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"best.safetensors"', b'"cest.safetensors"'))
    assert Checkpoints(tmp_path).load().values["number"] == 1


def test_a_damaged_one_is_replaced_and_never_counts_as_kept(tmp_path):
    first = Checkpoints(tmp_path)
    for number in (1, 2):
        first.save(number, checkpoint(number))
    _damage(tmp_path / "00000002" / "state.json", "flip")
    resumed = Checkpoints(tmp_path)
    resumed.load()
    resumed.save(2, checkpoint(2))
    assert steps(tmp_path) == ["00000001", "00000002"]
    assert Checkpoints(tmp_path).load().values["number"] == 2


def test_none_left_is_an_error(tmp_path):
    Checkpoints(tmp_path).save(1, checkpoint(1))
    _damage(tmp_path / "00000001" / "model.safetensors", "flip")
    with pytest.raises(DataError, match="E-CKPT-01") as caught:
        Checkpoints(tmp_path).load()
    assert caught.value.exit_code == 65


def test_another_format_is_no_damage(tmp_path):
    other = Checkpoint(b"", b"", {}, {"format": 99})
    Checkpoints(tmp_path).save(1, other)
    with pytest.raises(DataError, match="E-CKPT-02"):
        Checkpoints(tmp_path).load()


def _damage(path, how):
    data = bytearray(path.read_bytes())
    if how == "remove":
        path.unlink()
    elif how == "cut":
        path.write_bytes(data[:-9])
    else:
        data[len(data) // 2] ^= 4
        path.write_bytes(data)
