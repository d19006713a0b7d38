from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqweave.core import disk, files, manifest
from seqweave.core.errors import DataError, DiskError, MissingInputError

OLD = {"config.json": b"{}", "weights/a.bin": b"old" * 500}
NEW = {"config.json": b'{"a": 1}', "weights/b.bin": b"new!" * 500, "empty": b""}


def make(target: Path, content: dict[str, bytes]) -> None:
    with manifest.atomic_dir(target) as folder:
        for name, data in content.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)


def content(folder: Path) -> dict[str, bytes]:
    return {name: manifest.read_verified(folder, name) for name in manifest.verify(folder)}


def test_the_manifest_lists_size_and_digest_in_name_order(tmp_path):
    make(tmp_path / "model", NEW)
    written = json.loads((tmp_path / "model" / "manifest.json").read_bytes())
    expected = {name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in NEW.items()}
    assert written == {"format": 1, "files": expected}
    assert list(written["files"]) == sorted(NEW)
    assert content(tmp_path / "model") == NEW
    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o700


def test_a_manifest_written_again_does_not_list_itself(tmp_path):
    make(tmp_path / "model", OLD)
    (tmp_path / "model" / "config.json").write_bytes(b"[]")
    manifest.write_manifest(tmp_path / "model")
    assert content(tmp_path / "model") == {**OLD, "config.json": b"[]"}


@pytest.mark.parametrize("before", [None, OLD], ids=["fresh", "replacing"])
def test_a_fault_at_any_operation_leaves_the_old_folder_or_the_new(tmp_path, faults, fault_kind, before):
    outcomes, at = [], 0
    while True:
        parent = tmp_path / str(at)
        parent.mkdir()
        target = parent / "model"
        if before is not None:
            make(target, before)
        refusal = faults.attempt(lambda target=target: make(target, NEW), at, fault_kind)
        if refusal is not None:
            assert refusal.exit_code == 74
            assert target.exists() or before is None, "what was refused is put back at once, without a sweep"
        files.sweep(parent)
        assert [path.name for path in parent.iterdir()] in (["model"], [])
        outcomes.append(content(target) if target.exists() else None)
        assert outcomes[-1] in (before, NEW)
        if at >= faults.count:
            break
        at += 1
    # The first faults leave the old, the last ones the new, with one turning point between them.
    assert outcomes == [before] * outcomes.count(before) + [NEW] * outcomes.count(NEW)
    assert before in outcomes
    assert len(outcomes) > 10


def test_everything_is_on_the_device_before_the_name_is_given(tmp_path, faults):
    # A killed process loses no write that the system has taken; a power cut does, so the order itself is checked.
    faults.attempt(lambda: make(tmp_path / "model", NEW), at=-1)
    synced = [path.name for name, path in faults.done if name in ("sync", "sync_file")]
    named = faults.done.index(("rename", tmp_path / "model"))
    before = [path for name, path in faults.done[:named] if name in ("sync", "sync_file")]
    assert {path.name for path in before} >= {"config.json", "b.bin", "empty", "weights"}
    assert before[-1].parent == tmp_path, "the folder itself comes last"
    assert synced[-1] == tmp_path.name, "then the name"


def test_a_block_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(TypeError), manifest.atomic_dir(tmp_path / "model") as folder:
        (folder / "a").write_bytes("text is not bytes")
    assert not list(tmp_path.iterdir())


def test_sweep_leaves_a_living_writer_alone(tmp_path):
    with manifest.atomic_dir(tmp_path / "model") as folder:
        (folder / "a").write_bytes(b"a")
        assert files.sweep(tmp_path) == 0
    assert content(tmp_path / "model") == {"a": b"a"}


def damage(data: bytes, how: str, at: int) -> bytes:
    at %= len(data)
    if how == "flip":
        return data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
    if how == "truncate":
        return data[:at]
    return data + b"\0" * (at + 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["flip", "truncate", "append"]), st.integers(0, 10**6), st.sampled_from(sorted(NEW)))
def test_every_damage_is_found(tmp_path, how, at, name):
    folder = tmp_path / "model"
    make(folder, NEW)
    data = NEW[name] or b"\0"
    harmed = damage(data, how, at)
    (folder / name).write_bytes(harmed)
    if harmed != NEW[name]:
        with pytest.raises(DataError, match="E-MANIFEST-06"):
            manifest.verify(folder)
        with pytest.raises(DataError, match="E-MANIFEST-06"):
            manifest.read_verified(folder, name)


def test_missing_and_extra_files_are_named(tmp_path):
    folder = tmp_path / "model"
    make(folder, NEW)
    (folder / ".DS_Store").write_bytes(b"x")
    manifest.verify(folder)
    (folder / "notes.txt").write_bytes(b"x")
    with pytest.raises(DataError, match=r"notes\.txt: the manifest does not list this file.*E-MANIFEST-05"):
        manifest.verify(folder)
    (folder / "notes.txt").unlink()
    (folder / "empty").unlink()
    with pytest.raises(DataError, match=r"empty: the file is missing.*E-MANIFEST-04"):
        manifest.verify(folder)
    for name in ("empty", "unknown"):
        with pytest.raises(DataError, match="E-MANIFEST-04"):
            manifest.read_verified(folder, name)


def test_links_and_devices_are_refused(tmp_path):
    folder = tmp_path / "model"
    make(folder, NEW)
    (folder / "empty").unlink()
    (folder / "empty").symlink_to(folder / "config.json")
    with pytest.raises(DataError, match="E-MANIFEST-07"):
        manifest.verify(folder)
    (folder / "empty").unlink()
    os.mkfifo(folder / "empty")
    with pytest.raises(DataError, match="E-MANIFEST-07"):
        manifest.verify(folder)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_manifest_that_is_no_plain_file_is_not_read(tmp_path, make):
    make(tmp_path / "manifest.json")
    with pytest.raises(DataError, match="E-MANIFEST-07"):
        manifest.verify(tmp_path)


def test_a_vast_manifest_is_not_read(tmp_path):
    (tmp_path / "manifest.json").touch()
    os.truncate(tmp_path / "manifest.json", 1 << 40)  # takes no room on the disk
    with pytest.raises(DataError, match="E-MANIFEST-02"):
        manifest.verify(tmp_path)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "E-DOCUMENT-01"),
        ("[]", "E-MANIFEST-02"),
        ("{}", "E-MANIFEST-02"),
        ('{"files": {}}', "E-MANIFEST-02"),
        ('{"format": 0, "files": {}}', "E-MANIFEST-02"),
        ('{"format": true, "files": {}}', "E-MANIFEST-02"),
        ('{"format": "1", "files": {}}', "E-MANIFEST-02"),
        ('{"format": 1, "files": []}', "E-MANIFEST-02"),
        ('{"format": 1, "files": {"a": {"size": 1}}}', "E-MANIFEST-02"),
        ('{"format": 1, "files": {"a": {"size": "1", "sha256": "x"}}}', "E-MANIFEST-02"),
        ('{"format": 1, "files": {"a": {"size": 1, "sha256": "x"}}}', "E-MANIFEST-02"),
        ('{"format": 1, "files": {"a": {}, "a": {}}}', "E-DOCUMENT-03"),
        ('{"format": 1, "files": {"../a": {}}}', "E-PATH-01"),
        ('{"format": 2, "files": {}}', "E-MANIFEST-03"),
    ],
)
def test_a_lying_manifest_is_refused(tmp_path, text, code):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DataError, match=code):
        manifest.verify(tmp_path)


def test_a_folder_without_a_manifest_was_never_complete(tmp_path):
    with pytest.raises(DataError, match="E-MANIFEST-01"):
        manifest.verify(tmp_path)
    with pytest.raises(MissingInputError, match="E-FILE-01"):
        manifest.verify(tmp_path / "absent")


def test_the_next_writer_sweeps_what_a_killed_one_left(tmp_path):
    make(tmp_path / "model", OLD)
    (tmp_path / "model").rename(tmp_path / ".model.0123abcd.old")
    (tmp_path / ".model.89abcdef.tmp").mkdir()
    (tmp_path / ".other.89abcdef.tmp").mkdir()
    make(tmp_path / "model", NEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.89abcdef.tmp", "model"]


def sweep_after_every_call(parent: Path, patch: pytest.MonkeyPatch) -> list[int]:
    """Sweeps after calls that change a disk, as a process that begins to write there just then does; what it swept.

    Of calls that make something new every second one is spared, or a writer would have to begin anew for ever.
    """
    calls = {
        name: getattr(os, name) for name in ("open", "mkdir", "write", "fsync", "close", "rename", "unlink", "rmdir")
    }
    made, swept = dict.fromkeys(("open", "mkdir"), 0), []

    def followed(name):
        def call(*given, **named):
            result = calls[name](*given, **named)
            if name in made:
                made[name] += 1
            if not made.get(name, 1) % 2:
                return result
            with patch.context() as plain:
                for other, original in calls.items():
                    plain.setattr(os, other, original)
                swept.extend(files.sweep(folder) for folder in (parent, *parent.glob(".*/")))
            return result

        return call

    for name in calls:
        patch.setattr(os, name, followed(name))
    return swept


@pytest.mark.parametrize("before", [None, OLD], ids=["fresh", "replacing"])
def test_no_sweep_at_any_moment_harms_a_living_writer(tmp_path, monkeypatch, before):
    if before is not None:
        make(tmp_path / "model", before)
    with monkeypatch.context() as patch:
        swept = sweep_after_every_call(tmp_path, patch)
        make(tmp_path / "model", {"config.json": b"{}"})
        files.write_bytes(tmp_path / "a.json", b"[]")
    assert len(swept) > 20
    assert sum(swept) >= 3, "what is not yet marked as in use is swept, and made again"
    assert content(tmp_path / "model") == {"config.json": b"{}"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "model"]


def test_a_folder_that_is_just_replaced_is_not_replaced_by_another_process(tmp_path, monkeypatch):
    make(tmp_path / "model", OLD)
    refused = []

    def sync_file(path: Path) -> None:
        if path == tmp_path:  # both renames are done, the old folder is still there
            monkeypatch.setattr(disk, "sync_file", plain)
            with pytest.raises(DiskError, match="E-DISK-07") as caught:
                make(tmp_path / "model", OLD)
            refused.append(caught.value)
        plain(path)

    plain = disk.sync_file
    monkeypatch.setattr(disk, "sync_file", sync_file)
    make(tmp_path / "model", NEW)
    assert refused
    assert content(tmp_path / "model") == NEW
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_writers_of_one_name_leave_one_whole_folder(tmp_path):
    def write(number: int) -> int:
        done = 0
        for turn in range(20):
            try:
                make(tmp_path / "model", {"a": bytes([number]) * 50, "b": bytes([turn]) * 50})
                done += 1
            except DiskError as error:
                assert error.code in ("E-DISK-06", "E-DISK-07"), error  # noqa: PT017  # either is said of a race
        return done

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(write, range(3)))
    assert all(done)
    assert set(content(tmp_path / "model")) == {"a", "b"}
    files.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_that_another_process_moves_away_first_is_a_race_that_is_told(tmp_path, monkeypatch):
    make(tmp_path / "model", {"a": b"1"})
    gone = disk.beside

    def taken(target, mark):
        if mark == "old":
            target.rename(tmp_path / "elsewhere")
        return gone(target, mark)

    monkeypatch.setattr(disk, "beside", taken)
    with pytest.raises(DiskError, match=r"another process is just replacing this.*E-DISK-07"):
        make(tmp_path / "model", {"a": b"2"})
