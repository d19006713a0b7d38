"""Archives of strangers: each hostile one is refused by its code, and leaves nothing behind."""

import io
import random
import stat
import struct
import tempfile
import zipfile

import pytest

from seqweave.core.errors import DataError, SeqweaveError
from seqweave.core.files import write_bytes
from seqweave.core.manifest import atomic_dir
from seqweave.recipes import archive
from seqweave.recipes.archive import LARGEST, WEIGHTS, pack, unpacked

FILES = {
    "README.md": b"# A model\n" * 5,
    "certificate.json": b'{"weights": ""}',
    "config.json": b'{"format": 1}',
    "tokenizer.json": b'{"kind": "words"}',
    "vocabulary.json": b'["a", "b"]',
    WEIGHTS: bytes(range(256)) * 4,
}
CENTRAL, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


@pytest.fixture
def model(tmp_path):
    with atomic_dir(tmp_path / "model") as fresh:
        for name, data in FILES.items():
            write_bytes(fresh / name, data)
    return tmp_path / "model"


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def packed(model, change=lambda name, entry: None, more=(), without=(), method=zipfile.ZIP_STORED):
    """The model as a zip whose entries were changed, as bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in sorted(LARGEST):
            if name not in without:
                entry = zipfile.ZipInfo(name)
                entry.compress_type = zipfile.ZIP_STORED if name == WEIGHTS else method
                change(name, entry)
                target.writestr(entry, (model / name).read_bytes())
        for entry, data in more:
            target.writestr(entry, data)
    return buffer.getvalue()


def central(data, name, at, form, value):
    """The archive with one number of the directory's entry of a file replaced."""
    start = data.index(CENTRAL)
    while data[start + 46 : start + 46 + len(name)] != name.encode():
        start = data.index(CENTRAL, start + 1)
    written = struct.pack(form, value)
    return data[: start + at] + written + data[start + at + len(written) :]


def renamed(model, name, old="README.md"):
    """The archive with a file renamed in both of its headers, letter by letter."""
    assert len(name) == len(old), "names of one length keep every offset"
    return packed(model).replace(old.encode(), name.encode("latin-1"))


def with_extra(name, data=b"x", **attributes):
    def build(model):
        entry = zipfile.ZipInfo("x")
        entry.filename = entry.orig_filename = name
        for key, value in attributes.items():
            setattr(entry, key, value)
        return packed(model, more=[(entry, data)])

    return build


def of_kind(kind):
    def change(name, entry):
        if name == "README.md":
            entry.external_attr = (kind | 0o777) << 16

    return lambda model: packed(model, change)


def compressed(file, method):
    def change(name, entry):
        entry.compress_type = method if name == file else entry.compress_type

    return lambda model: packed(model, change)


def bomb(model):
    return packed(model, without=["README.md"], more=[(deflated("README.md"), bytes(1 << 20))])


def deflated(name):
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def end(at, form, value):
    def build(model):
        data = packed(model)
        start = data.rindex(END) + at
        written = struct.pack(form, value)
        return data[:start] + written + data[start + len(written) :]

    return build


def torn_stream(model):
    data = packed(model, without=["README.md"], more=[(deflated("README.md"), random.Random(1).randbytes(4000))])
    at = data.rindex(LOCAL) + 300
    return data[:at] + bytes(64) + data[at + 64 :]


def many(model):
    return packed(model, more=[(f"{number}.json", b"") for number in range(60)])


def twice(model):
    with pytest.warns(UserWarning, match="Duplicate"):
        return packed(model, more=[("config.json", b"{}")])


HOSTILE = {
    "no zip": ("E-ZIP-12", lambda model: b"just a text, of more than twenty-two bytes\n"),
    "empty": ("E-ZIP-12", lambda model: b""),
    "cut short": ("E-ZIP-01", lambda model: packed(model)[:500]),
    "only its end": ("E-ZIP-12", lambda model: packed(model)[-400:]),
    "without its middle": ("E-ZIP-10", lambda model: b"PK" + packed(model)[-500:]),
    "something behind": ("E-ZIP-01", lambda model: packed(model) + b"#!/bin/sh\n"),
    "comment": ("E-ZIP-01", lambda model: end(20, "<H", 3)(model) + b"abc"),
    "directory elsewhere": ("E-ZIP-01", end(16, "<L", 7)),
    "65 entries": ("E-ZIP-02", many),
    "65,535 entries": ("E-ZIP-02", end(10, "<H", 0xFFFF)),
    "vast directory": ("E-ZIP-02", end(12, "<L", 0xFFFFFFF0)),
    "absolute": ("E-ZIP-03", with_extra("/etc/passwd")),
    "climbs": ("E-ZIP-03", with_extra("../config.json")),
    "climbs inside": ("E-ZIP-03", with_extra("a/../../config.json")),
    "backslash": ("E-ZIP-03", with_extra("..\\config.json")),
    "drive": ("E-ZIP-03", with_extra("C:config.json")),
    "stream of a file": ("E-ZIP-03", with_extra("config.json:x")),
    "NUL in a name": ("E-ZIP-03", lambda model: renamed(model, "READ\0E.md")),
    "same name twice": ("E-ZIP-04", twice),
    "case twin": ("E-ZIP-04", with_extra("Config.JSON")),
    "program": ("E-ZIP-05", with_extra("run.py")),
    "pickle": ("E-ZIP-05", with_extra("pytorch_model.bin")),
    "in a folder": ("E-ZIP-05", with_extra("model/config.json")),
    "folder": ("E-ZIP-05", with_extra("config/")),
    "space behind": ("E-ZIP-05", with_extra("config.json ")),
    "device of Windows": ("E-ZIP-05", with_extra("con")),
    "escape sequence": ("E-ZIP-05", with_extra("\x1b[2Jconfig.json")),
    "hidden": ("E-ZIP-05", with_extra(".bashrc")),
    "symbolic link": ("E-ZIP-06", of_kind(stat.S_IFLNK)),
    "pipe": ("E-ZIP-06", of_kind(stat.S_IFIFO)),
    "device": ("E-ZIP-06", of_kind(stat.S_IFCHR)),
    "folder by its attribute": ("E-ZIP-06", lambda model: central(packed(model), "README.md", 38, "<L", 0x10)),
    "encrypted": ("E-ZIP-07", lambda model: central(packed(model), "README.md", 8, "<H", 0x1)),
    "strongly encrypted": ("E-ZIP-07", lambda model: central(packed(model), "README.md", 8, "<H", 0x40)),
    "bzip2": ("E-ZIP-08", compressed("config.json", zipfile.ZIP_BZIP2)),
    "lzma": ("E-ZIP-08", compressed("config.json", zipfile.ZIP_LZMA)),
    "unknown method": ("E-ZIP-08", lambda model: central(packed(model), "config.json", 10, "<H", 99)),
    "compressed weights": ("E-ZIP-08", compressed(WEIGHTS, zipfile.ZIP_DEFLATED)),
    "says it is large": ("E-ZIP-09", lambda model: central(packed(model), "config.json", 24, "<L", 1 << 30)),
    "bomb": ("E-ZIP-10", bomb),
    "overlapping": ("E-ZIP-10", lambda model: central(packed(model), "config.json", 20, "<L", 1 << 20)),
    "says it is small": ("E-ZIP-01", lambda model: central(packed(model), "README.md", 24, "<L", 7)),
    "says it is longer": ("E-ZIP-11", lambda model: central(packed(model), "README.md", 24, "<L", 60)),
    "wrong checksum": ("E-ZIP-01", lambda model: central(packed(model), "README.md", 16, "<L", 1)),
    "flipped bit": ("E-ZIP-01", lambda model: packed(model).replace(b"# A model", b"# B model", 1)),
    "other name in front": ("E-ZIP-01", lambda model: packed(model).replace(b"README.md", b"LICENCE.x", 1)),
    "data beyond the end": ("E-ZIP-01", lambda model: central(packed(model), "README.md", 42, "<L", 1 << 30)),
    "torn stream": ("E-ZIP-01", torn_stream),
    "no manifest": ("E-MANIFEST-01", lambda model: packed(model, without=["manifest.json"])),
    "no settings": ("E-MANIFEST-04", lambda model: packed(model, without=["config.json"])),
    "other settings": (
        "E-MANIFEST-06",
        lambda model: packed(model, without=["config.json"], more=[("config.json", b'{"format": 2}')]),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_by_its_code(name, model, temporary, tmp_path):
    code, build = HOSTILE[name]
    path = tmp_path / "hostile.zip"
    path.write_bytes(build(model))
    before = set(tmp_path.rglob("*"))
    with pytest.raises(DataError) as caught, unpacked(path):
        pytest.fail("it was opened")
    assert caught.value.code == code, str(caught.value)
    assert set(tmp_path.rglob("*")) == before, "nothing is left behind"
    assert str(caught.value).isprintable()


def test_what_is_packed_is_unpacked(model, temporary, tmp_path):
    pack(model, tmp_path / "model.zip")
    with unpacked(tmp_path / "model.zip") as folder:
        assert contents(folder) == contents(model)
        assert folder.is_relative_to(temporary)
    assert not list(temporary.iterdir())


def test_equal_models_are_equal_archives(model, tmp_path):
    pack(model, tmp_path / "one.zip")
    pack(model, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_an_archive_of_other_programs_is_read_too(model, temporary, tmp_path):
    (tmp_path / "other.zip").write_bytes(packed(model, method=zipfile.ZIP_DEFLATED))
    with unpacked(tmp_path / "other.zip") as folder:
        assert contents(folder) == contents(model)


def test_a_file_too_large_for_its_place_is_not_packed(model, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST", {**LARGEST, WEIGHTS: 10})
    with pytest.raises(DataError, match="E-ZIP-09"):
        pack(model, tmp_path / "model.zip")
    assert not (tmp_path / "model.zip").exists()


def test_any_damage_is_refused_or_harmless(model, temporary, tmp_path):
    whole, chosen = packed(model, method=zipfile.ZIP_DEFLATED), random.Random(1)
    path = tmp_path / "damaged.zip"
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chosen.randint(1, 3)):
            damaged[chosen.randrange(len(damaged))] = chosen.randrange(256)
        path.write_bytes(bytes(damaged))
        try:
            with unpacked(path) as folder:
                unchanged = contents(folder) == contents(model)
            assert unchanged
        except SeqweaveError:
            pass
        assert not list(temporary.iterdir())
