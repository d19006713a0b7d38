from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqweave.core import disk, files
from seqweave.core.errors import DataError, DiskError, MissingInputError

OLD, NEW = b"old" * 1000, b"new!" * 1000


LIMITED = """
import resource, sys
from pathlib import Path
from seqweave.core import files
from seqweave.core.errors import DiskError

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    files.write_bytes(Path(sys.argv[1]) / "a", b"x" * 5000)
except DiskError as error:
    print(error.code, error.place)
"""


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("before", [None, OLD])
def test_a_fault_at_any_operation_leaves_the_old_file_or_the_new(tmp_path, faults, fault_kind, before):
    target = tmp_path / "scores.json"
    outcomes = set()
    for at in range(20):
        target.unlink(missing_ok=True)
        if before is not None:
            target.write_bytes(before)
        refusal = faults.attempt(lambda: files.write_bytes(target, NEW), at, fault_kind)
        if refusal is not None:
            assert refusal.exit_code == 74
            assert ".tmp" not in str(refusal)
            assert not leftovers(tmp_path)
        files.sweep(tmp_path)
        assert not leftovers(tmp_path)
        now = target.read_bytes() if target.exists() else None
        assert now in (before, NEW)
        outcomes.add(now)
        if at >= faults.count:
            break
    assert outcomes == {before, NEW}
    assert [name for name, _ in faults.done] == ["create", "write", "sync", "rename", "sync_file"]


def test_a_block_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(TypeError), files.atomic_file(tmp_path / "a") as writer:
        writer.write("text is not bytes")
    assert not list(tmp_path.iterdir())


def test_sweep_leaves_a_living_writer_alone(tmp_path):
    with files.atomic_file(tmp_path / "a") as writer:
        writer.write(b"x")
        assert files.sweep(tmp_path) == 0
    assert (tmp_path / "a").read_bytes() == b"x"


def test_sweep_takes_only_what_writers_leave(tmp_path):
    (tmp_path / ".a.json.0123abcd.tmp").write_bytes(b"half")
    (tmp_path / ".gitignore").write_bytes(b"")
    (tmp_path / "b.tmp").write_bytes(b"")
    assert files.sweep(tmp_path) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitignore", "b.tmp"]
    assert files.sweep(tmp_path / "absent") == 0


def test_sweep_of_one_name_leaves_the_others(tmp_path):
    for name in ("a.json", "a", "b"):
        (tmp_path / f".{name}.0123abcd.tmp").write_bytes(b"half")
    assert files.sweep(tmp_path, "a") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.json.0123abcd.tmp", ".b.0123abcd.tmp"]


def test_a_file_size_limit_is_a_disk_error(tmp_path):
    # The kernel's own refusal, in a process of its own because the limit cannot be raised again.
    done = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"E-DISK-03 {tmp_path / 'a'}"
    assert not list(tmp_path.iterdir())


def test_short_writes_are_completed(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:7]))
    files.write_bytes(tmp_path / "a", NEW)
    assert (tmp_path / "a").read_bytes() == NEW


def test_a_missing_folder_is_a_missing_input(tmp_path):
    with pytest.raises(MissingInputError, match="E-FILE-01"):
        files.write_text(tmp_path / "absent" / "a", "x")
    with pytest.raises(MissingInputError, match="E-FILE-01"):
        files.read_bytes(tmp_path / "absent")
    with pytest.raises(MissingInputError, match="E-FILE-03"):
        files.read_bytes(tmp_path)


def test_private_folders_are_private(tmp_path):
    disk.make_folder(tmp_path / "a" / "b", private=True)
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(plain)
def test_json_reads_back(value):
    assert json.loads(files.to_json(value)) == value
    assert json.loads(files.to_json(value, indent=1)) == value


def test_json_keeps_letters_and_order_and_refuses_nan():
    assert files.to_json({"b": "中", "a": 1}) == '{"b":"中","a":1}'
    with pytest.raises(ValueError, match="JSON compliant"):
        files.to_json(float("nan"))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "..",
        "a/../../b",
        "a//b",
        "./a",
        "a\\b",
        "C:x",
        "a\0b",
        "a\nb",
        "b.",
        "b ",
        "con:1",
        "*",
        "a/",
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(DataError, match="E-PATH-01"):
        files.safe_join(tmp_path, name)


def test_a_link_that_leads_outside_is_refused(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "link").symlink_to(tmp_path)
    with pytest.raises(DataError, match="E-PATH-01"):
        files.safe_join(tmp_path / "inside", "link/x")
    assert files.safe_join(tmp_path, "inside/x.json") == tmp_path / "inside" / "x.json"


@pytest.mark.parametrize("name", ["", "A", "-a", ".a", "a/b", "con", "nul.txt", "a" * 65, "ä", "a b"])
def test_names_of_runs_are_plain(name):
    with pytest.raises(DataError, match="E-PATH-02"):
        files.safe_name(name)


def test_good_names_pass():
    assert files.safe_name("ewt-upos_1.2") == "ewt-upos_1.2"


def test_the_next_writer_sweeps_what_a_killed_one_left(tmp_path):
    for name in ("a.json", "b.json"):
        (tmp_path / f".{name}.0123abcd.tmp").write_bytes(b"half")
    files.write_bytes(tmp_path / "a.json", b"{}")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.json.0123abcd.tmp", "a.json"]


def test_a_folder_that_cannot_be_marked_is_not_left_behind(tmp_path, monkeypatch):
    system_open = os.open

    def refuse_folders(path, flags, *rest):
        if flags & os.O_DIRECTORY:
            raise OSError(errno.EIO, "broken")
        return system_open(path, flags, *rest)

    monkeypatch.setattr("os.open", refuse_folders)
    with pytest.raises(DiskError, match="E-DISK-04"):
        disk.create_folder(tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_links_and_pipes_of_that_name_are_not_opened(tmp_path):
    (tmp_path / ".a.0123abcd.tmp").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / ".b.0123abcd.tmp")
    assert files.sweep(tmp_path) == 1, "the pipe; a link is nothing that a writer leaves"
    assert [path.name for path in tmp_path.iterdir()] == [".a.0123abcd.tmp"]


def test_a_file_system_without_locks_is_written_to_and_not_swept(tmp_path, monkeypatch):
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOTSUP, "no locks")

    monkeypatch.setattr("fcntl.flock", refuse)
    (tmp_path / ".a.0123abcd.tmp").write_bytes(b"half")
    files.write_bytes(tmp_path / "a", b"{}")
    assert files.sweep(tmp_path) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.0123abcd.tmp", "a"]
