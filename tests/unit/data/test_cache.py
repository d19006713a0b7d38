import errno
import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from seqweave.core.errors import DataError, DiskError, Place
from seqweave.data.cache import cache_folder, cache_key, cached, digest_of, prune
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TextExample

KEY = "0123456789abcdef" * 4
EXAMPLES = [TextExample(f"text {i}", ("text", str(i)), (0, 5), (4, 6), ("a",), "a.csv", i) for i in range(5)]


class Builder:
    """Writes a corpus, and counts how often it had to."""

    def __init__(self, examples=EXAMPLES):
        self.examples, self.count = examples, 0

    def __call__(self, folder):
        self.count += 1
        Corpus.write(TextExample, self.examples, folder)


def refuse(notice):
    pytest.fail(str(notice))


def test_an_entry_is_built_once_and_opened_again(tmp_path):
    build = Builder()
    for _ in range(3):
        assert list(Corpus.open(TextExample, cached(KEY, tmp_path, build, refuse))) == EXAMPLES
    assert build.count == 1


def flip_byte(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = {
    "flipped bit": lambda entry: flip_byte(entry / "tokens.int32"),
    "cut short": lambda entry: os.truncate(entry / "text.uint8", 3),
    "file gone": lambda entry: (entry / "tokens.table.json").unlink(),
    "manifest gone": lambda entry: (entry / "manifest.json").unlink(),
    "manifest damaged": lambda entry: (entry / "manifest.json").write_text("{"),
    "file added": lambda entry: (entry / "stray.int32").write_bytes(b""),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_built_anew_with_a_notice(tmp_path, damage):
    build, notices = Builder(), []
    entry = cached(KEY, tmp_path, build, refuse)
    DAMAGES[damage](entry)
    assert list(Corpus.open(TextExample, cached(KEY, tmp_path, build, notices.append))) == EXAMPLES
    assert build.count == 2
    assert [(notice.code, notice.place) for notice in notices] == [("W-CACHE-01", Place(str(entry)))]
    cached(KEY, tmp_path, build, refuse)


def test_a_build_that_fails_leaves_no_entry(tmp_path):
    def broken(folder):
        (folder / "half").write_bytes(b"half")
        raise DataError("E-CSV-01", "the file is empty")

    with pytest.raises(DataError, match="E-CSV-01"):
        cached(KEY, tmp_path, broken, refuse)
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]
    assert list(Corpus.open(TextExample, cached(KEY, tmp_path, Builder(), refuse))) == EXAMPLES


RACER = """
import sys, time
from pathlib import Path
from seqweave.data.cache import cached
def build(folder):
    time.sleep(0.2)
    (folder / "numbers").write_bytes(bytes(1000))
    print("built")
entry = cached(sys.argv[1], Path(sys.argv[2]), build, print)
assert (entry / "numbers").read_bytes() == bytes(1000)
"""


def test_a_disk_that_refuses_the_note_of_a_use_is_told(tmp_path, monkeypatch):
    def break_down(path):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr("os.utime", break_down)
    with pytest.raises(DiskError, match="E-DISK-04"):
        cached(KEY, tmp_path, Builder(), refuse)


def test_of_two_processes_at_once_one_builds_and_both_read(tmp_path):
    command = [sys.executable, "-c", RACER, KEY, str(tmp_path)]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [racer.communicate(timeout=60)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0]
    assert sorted(printed) == ["", "built\n"]


def write(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_a_key_changes_with_bytes_names_settings_and_order(tmp_path):
    one, two = write(tmp_path / "one.csv", "a,b"), write(tmp_path / "two.csv", "a,b")
    write(tmp_path / "classes" / "good.txt", "fine")
    base = cache_key([one], {"column": "text"})
    assert len(base) == 64
    assert cache_key([one], {"column": "text"}) == base
    write(tmp_path / "elsewhere" / "one.csv", "a,b")
    assert cache_key([tmp_path / "elsewhere" / "one.csv"], {"column": "text"}) == base
    others = [
        cache_key([two], {"column": "text"}),
        cache_key([one], {"column": "label"}),
        cache_key([one, two], {"column": "text"}),
        cache_key([two, one], {"column": "text"}),
        cache_key([tmp_path / "classes"], {"column": "text"}),
    ]
    write(tmp_path / "classes" / "bad.txt", "fine")
    others.append(cache_key([tmp_path / "classes"], {"column": "text"}))
    others.append(cache_key([write(one, "a,c")], {"column": "text"}))
    assert len({base, *others}) == 1 + len(others)


def test_the_cache_is_in_the_users_folder_for_their_eyes_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    folder = cache_folder("auto")
    assert folder == tmp_path / "home" / "seqweave"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache_folder("auto") == tmp_path / ".cache" / "seqweave"
    assert cache_folder(str(tmp_path / "own")) == tmp_path / "own"


def test_off_leaves_nothing_behind(tmp_path):
    code = "from seqweave.data.cache import cache_folder; f = cache_folder('off'); (f / 'x').touch(); print(f)"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert Path(printed.stdout.strip()).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def used(folder, key, seconds):
    """An entry that was used at a time."""
    cached(key, folder, Builder(), refuse)
    os.utime(folder / f"{key}.lock", (seconds, seconds))


def entries(folder):
    return sorted(path.name[0] for path in folder.iterdir() if path.is_dir())


def test_pruning_keeps_what_was_used_last(tmp_path):
    for age, letter in enumerate("abcd"):
        used(tmp_path, letter * 64, 1e9 - age)
    size = sum(path.stat().st_size for path in (tmp_path / ("a" * 64)).iterdir())
    cached("d" * 64, tmp_path, Builder(), refuse)
    assert prune(tmp_path, limit_bytes=2 * size) == 2
    assert entries(tmp_path) == ["a", "d"]
    assert prune(tmp_path, limit_bytes=2 * size) == 0


def test_a_build_prunes_the_cache_but_never_itself(tmp_path, monkeypatch):
    used(tmp_path, "a" * 64, 1e9)
    monkeypatch.setattr(prune, "__defaults__", (1,))
    cached("a" * 64, tmp_path, Builder(), refuse)
    assert entries(tmp_path) == ["a"], "opening an entry removes nothing"
    os.utime(tmp_path / f"{'a' * 64}.lock", (1e9, 1e9))
    entry = cached("b" * 64, tmp_path, Builder(), refuse)
    assert list(Corpus.open(TextExample, entry)) == EXAMPLES
    assert entries(tmp_path) == ["b"]


def test_an_entry_that_is_being_built_is_not_pruned(tmp_path):
    def build(folder):
        Builder()(folder)
        for age, letter in enumerate("bc"):
            used(tmp_path, letter * 64, 2e9 + age)
        assert prune(tmp_path, limit_bytes=0) == 1

    used(tmp_path, "a" * 64, 1e9)
    (tmp_path / ("a" * 64) / "manifest.json").unlink()
    cached("a" * 64, tmp_path, build, lambda notice: None)
    assert entries(tmp_path) == ["a", "c"]


def test_the_digest_of_a_folder_is_of_names_and_bytes(tmp_path):
    write(tmp_path / "good" / "one.txt", "fine")
    before = digest_of(tmp_path)
    write(tmp_path / "good" / "one.txt", "fair")
    changed = digest_of(tmp_path)
    (tmp_path / "good" / "one.txt").rename(tmp_path / "good" / "two.txt")
    assert len({before, changed, digest_of(tmp_path)}) == 3
    assert digest_of(tmp_path / "good" / "two.txt") == hashlib.sha256(b"fair").hexdigest()


def test_a_pruned_corpus_stays_readable_to_who_has_it_open(tmp_path):
    corpus = Corpus.open(TextExample, cached(KEY, tmp_path, Builder(), refuse))
    used(tmp_path, "a" * 64, 2e9)
    assert prune(tmp_path, limit_bytes=0) == 1
    assert entries(tmp_path) == ["a"]
    assert list(corpus) == EXAMPLES
