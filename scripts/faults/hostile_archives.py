"""Zip files as a stranger might write them: each function makes one out of a sound model folder."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

from hostile_models import CONFIG, README, WEIGHTS, payload

CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"
Build = Callable[[Path], bytes]
Entry = tuple[zipfile.ZipInfo, bytes]


def entry(name: str, method: int = zipfile.ZIP_STORED, kind: int = stat.S_IFREG) -> zipfile.ZipInfo:
    """An entry whose name is taken as it is."""
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    info.compress_type, info.external_attr = method, (kind | 0o777) << 16
    return info


def packed(model: Path, *more: Entry, without: str = "") -> bytes:
    """The model and some further entries."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as target:
        warnings.simplefilter("ignore")  # a name that stands there twice is meant
        for path in sorted(model.iterdir()):
            if path.name != without:
                target.writestr(entry(path.name), path.read_bytes())
        for info, data in more:
            target.writestr(info, data)
    return buffer.getvalue()


def with_name(name: str) -> Build:
    """A further file of a name."""
    return lambda model: packed(model, (entry(name), payload(model)))


def instead(info: zipfile.ZipInfo, data: Callable[[Path], bytes]) -> Build:
    """An entry in place of the one of its name."""
    return lambda model: packed(model, (info, data(model)), without=info.filename)


def directory(name: str, at: int, form: str, value: int) -> Build:
    """One number of a file's entry in the directory replaced; `at` counts from the entry's beginning."""

    def build(model: Path) -> bytes:
        data = bytearray(packed(model))
        start = data.index(CENTRAL)
        while data[start + 46 : start + 46 + len(name)] != name.encode():
            start = data.index(CENTRAL, start + 1)
        struct.pack_into(form, data, start + at, value)
        return bytes(data)

    return build


def end(at: int, form: str, value: int) -> Build:
    """One number of the last record replaced."""

    def build(model: Path) -> bytes:
        data = bytearray(packed(model))
        struct.pack_into(form, data, data.rindex(END) + at, value)
        return bytes(data)

    return build


def quine(model: Path) -> bytes:
    """A zip file in a zip file, under the name of the settings."""
    return packed(model, (entry(CONFIG), packed(model)), without=CONFIG)


ARCHIVES: dict[str, Build] = {
    "a zip that climbs": with_name("../harmed"),
    "a zip that climbs inside": with_name("a/../../harmed"),
    "a zip of the whole machine": with_name("/tmp/harmed"),
    "a zip with a backslash": with_name("..\\harmed"),
    "a zip with a drive": with_name("C:harmed"),
    "a zip with a stream of a file": with_name("config.json:harmed"),
    "a zip with a folder": with_name("model/config.json"),
    "a zip with an escape sequence": with_name("\x1b[2J"),
    "a zip with a program": with_name("sitecustomize.py"),
    "a zip with a pickle": with_name("pytorch_model.bin"),
    "a zip with a hidden file": with_name(".bashrc"),
    "a zip with a name twice": with_name(CONFIG),
    "a zip with a case twin": with_name("CONFIG.json"),
    "a zip with a link": instead(entry(README, kind=stat.S_IFLNK), lambda _: b"/etc/passwd"),
    "a zip with a pipe": instead(entry(README, kind=stat.S_IFIFO), lambda _: b""),
    "a zip with a device": instead(entry(README, kind=stat.S_IFCHR), lambda _: b""),
    "a zip bomb": instead(entry(README, zipfile.ZIP_DEFLATED), lambda _: bytes(1 << 20)),
    "a zip bomb of weights": instead(entry(WEIGHTS, zipfile.ZIP_DEFLATED), lambda _: bytes(100 << 20)),
    "a zip in a zip": quine,
    "a zip with a pickle as weights": instead(entry(WEIGHTS), payload),
    "a zip with a pickle as settings": instead(entry(CONFIG), payload),
    "a zip that is a pickle": payload,
    "a zip behind a pickle": lambda model: payload(model) + packed(model),
    "a zip before a program": lambda model: packed(model) + b"#!/bin/sh\ntouch harmed\n",
    "a zip whose sizes lie upwards": directory(README, 24, "<L", 1 << 31),
    "a zip whose sizes lie downwards": directory(README, 24, "<L", 1),
    "a zip whose entries overlap": directory(CONFIG, 42, "<L", 0),
    "a zip whose entry lies beyond": directory(README, 42, "<L", 1 << 31),
    "a zip that is encrypted": directory(README, 8, "<H", 1),
    "a zip of an unknown method": directory(CONFIG, 10, "<H", 99),
    "a zip of 65,535 entries": end(10, "<H", 0xFFFF),
    "a zip of a vast directory": end(12, "<L", 0xFFFFFFF0),
    "a zip without settings": lambda model: packed(model, without=CONFIG),
    "a zip cut short": lambda model: packed(model)[:-100],
    "a zip of no byte": lambda _: b"",
}
