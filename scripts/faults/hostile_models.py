"""Model folders as a stranger might write them: each function hurts a sound folder and makes its manifest fit again."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqweave.core.manifest import MANIFEST, write_manifest

CONFIG, WEIGHTS, WORDS, TOKENS = "config.json", "model.safetensors", "vocabulary.json", "tokenizer.json"
README, CERTIFICATE = "README.md", "certificate.json"
PARSED = (CONFIG, WEIGHTS, WORDS, TOKENS, MANIFEST)
NAMES = (*PARSED, README)
OTHERS = ("pytorch_model.bin", "model.pkl", "model.pt", "modeling.py", "sitecustomize.py", "evil.pth")
GIANT = 1 << 40
Hurt = Callable[[Path], object]


def fitted(hurt: Hurt) -> Hurt:
    """The damage, and then a manifest that fits it."""

    def work(folder: Path) -> None:
        hurt(folder)
        write_manifest(folder)

    return work


def payload(folder: Path) -> bytes:
    """A pickle (protocol 0) that makes the folder `harmed` beside the model when it is loaded."""
    return b"cos\nmkdir\n(V" + os.fsencode(folder.parent / "harmed") + b"\ntR."


def harmful(name: str) -> Hurt:
    """A further file that does harm when it is run or unpickled."""

    def hurt(folder: Path) -> None:
        program = b"raise SystemExit('harmed')\n" if name.endswith((".py", ".pth")) else payload(folder)
        (folder / name).write_bytes(program)

    return hurt


def holding(name: str, data: bytes) -> Hurt:
    """A file with other bytes."""
    return fitted(lambda folder: (folder / name).write_bytes(data))


def pickled(name: str) -> Hurt:
    """A pickle under the name of a file."""

    def hurt(folder: Path) -> None:
        (folder / name).write_bytes(payload(folder))
        if name != MANIFEST:
            write_manifest(folder)

    return hurt


def changed(name: str, *keys: str, to: Any) -> Hurt:  # noqa: ANN401  # any JSON value
    """A value in a JSON file replaced; a value that is a function gets the whole document."""

    def hurt(folder: Path) -> None:
        document = json.loads((folder / name).read_bytes())
        inner = document
        for key in keys[:-1]:
            inner = inner[key]
        if keys:
            inner[keys[-1]] = to
        (folder / name).write_text(json.dumps(document if keys else to), encoding="utf-8")

    return fitted(hurt)


def model(*keys: str, to: Any) -> Hurt:  # noqa: ANN401  # any JSON value
    """A setting of the network replaced."""
    return changed(CONFIG, "model", *keys, to=to)


def header(change: Callable[[dict[str, Any]], object]) -> Hurt:
    """The header of the weights changed, their data as it was."""

    def hurt(folder: Path) -> None:
        data = (folder / WEIGHTS).read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        table = json.loads(data[8 : 8 + length])
        change(table)
        written = json.dumps(table).encode()
        (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(written)) + written + data[8 + length :])

    return fitted(hurt)


def of_first(key: str, value: Any) -> Hurt:  # noqa: ANN401  # any JSON value
    """An entry of the first tensor in the header replaced."""
    return header(lambda table: next(iter(table.values())).update({key: value}))


def raw_header(text: bytes, length: int | None = None) -> Hurt:
    """Weights that are nothing but a header."""
    return holding(WEIGHTS, struct.pack("<Q", len(text) if length is None else length) + text)


def replaced(name: str, make: Callable[[Path], object]) -> Hurt:
    """Something that is no plain file under the name of one; its manifest is as it was."""

    def hurt(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return hurt


def listed(name: str) -> Hurt:
    """A manifest that lists a file by a name that leads elsewhere."""

    def hurt(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        manifest["files"][name] = manifest["files"][CONFIG]
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    return hurt


def vast(name: str) -> Hurt:
    """A file of a terabyte that takes no room on the disk, listed with its size."""

    def hurt(folder: Path) -> None:
        os.truncate(folder / name, GIANT)
        if name != MANIFEST:
            manifest = json.loads((folder / MANIFEST).read_bytes())
            manifest["files"][name]["size"] = GIANT
            (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    return hurt


def zeros(path: Path) -> None:
    """A link to a device that never ends."""
    path.symlink_to("/dev/zero")


NESTED = b"[" * 100_000 + b"]" * 100_000
TWICE = b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "a": {"dtype": "F32", "shape": [1]}}'
MANY = {f"t{number}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for number in range(100_000)}

REFUSED: dict[str, Hurt] = {
    **{f"a pickle as {name}": pickled(name) for name in (*PARSED, CERTIFICATE)},
    **{f"a pipe as {name}": replaced(name, os.mkfifo) for name in NAMES},
    **{f"a folder as {name}": replaced(name, Path.mkdir) for name in NAMES},
    **{f"an endless device as {name}": replaced(name, zeros) for name in NAMES},
    **{f"{name} of a terabyte": vast(name) for name in NAMES},
    **{f"no {name}": replaced(name, lambda _: None) for name in NAMES},
    "a zip with a pickle as weights": holding(WEIGHTS, b"PK\x03\x04" + bytes(26) + b"archive/data.pkl"),
    "a header of 2^60 bytes": raw_header(b"{}", 1 << 60),
    "a header of 2^64-1 bytes": raw_header(b"{}", (1 << 64) - 1),
    "a header of 2 MB": raw_header(b"{" + b" " * (2 << 20) + b"}"),
    "a header of 100,000 tensors": raw_header(json.dumps(MANY).encode()),
    "a header with a tensor twice": raw_header(TWICE),
    "a header that is a list": raw_header(b"[]"),
    "a header nested 100,000 deep": raw_header(NESTED),
    "a header that is no JSON": raw_header(b"{'a': 1}"),
    "weights of no byte": holding(WEIGHTS, b""),
    "weights of seven bytes": holding(WEIGHTS, b"\0" * 7),
    "a tensor of another shape": of_first("shape", [1, 1]),
    "a tensor of 2^80 numbers": of_first("shape", [1 << 40, 1 << 40]),
    "a tensor of negative size": of_first("shape", [-1]),
    "a tensor of an unknown format": of_first("dtype", "PICKLE"),
    "a tensor of another format": of_first("dtype", "F64"),
    "a tensor beyond the file": of_first("data_offsets", [0, GIANT]),
    "a tensor that ends before it begins": of_first("data_offsets", [8, 0]),
    "tensors that overlap": header(lambda table: [entry.update(data_offsets=[0, 4]) for entry in table.values()]),
    "a tensor too many": header(lambda table: table.update(x={"dtype": "F32", "shape": [0], "data_offsets": [0, 0]})),
    "a tensor too few": header(lambda table: table.popitem()),
    "settings that name a class": model("_target_", to="os.system"),
    "settings that name a module": changed(CONFIG, "auto_map", to={"AutoModel": "evil.Model"}),
    "a kind that is a module": model("kind", to="os"),
    "a kind that is a path": model("encoder", "kind", to="../../evil"),
    "a kind that is a list": model("encoder", "kind", to=["lstm"]),
    "a task that is code": changed(CONFIG, "task", to="__import__('os').system('id')"),
    "a state of a billion": model("encoder", "hidden", to=10**9),
    "a state beyond 64 bits": model("encoder", "hidden", to=1 << 80),
    "a million layers": model("encoder", "layers", to=10**6),
    "a billion layers": model("encoder", "layers", to=10**9),
    "a negative size": model("encoder", "hidden", to=-1),
    "a thousand embedders": model("embed", to=[{"kind": "words", "dim": 24}] * 1000),
    "settings of another model": model(to={"kind": "linear"}),
    "settings nested 100,000 deep": holding(CONFIG, b'{"model": ' + NESTED + b"}"),
    "settings with a key twice": holding(CONFIG, b'{"format": 1, "format": 1}'),
    "settings with NaN": holding(CONFIG, b'{"format": NaN}'),
    "settings with a number of 100,000 digits": holding(CONFIG, b'{"format": ' + b"9" * 100_000 + b"}"),
    "settings that are a list": holding(CONFIG, b"[]"),
    "settings in Latin-1": holding(CONFIG, b'{"task": "\xe9"}'),
    "settings of 2 MB": holding(CONFIG, b'{"x": "' + b"x" * (2 << 20) + b'"}'),
    "a newer format": changed(CONFIG, "format", to=99),
    "a vocabulary that is a list": changed(WORDS, to=[]),
    "a vocabulary of one text": changed(WORDS, "labels", to="ab"),
    "a vocabulary with 100,000 labels": changed(WORDS, "labels", to=[f"{number:07}" for number in range(10**5)]),
    "a vocabulary of other features": changed(WORDS, "features", to={"evil": {}}),
    "a tokenizer of another kind": changed(TOKENS, "kind", to="pickle"),
    "a tokenizer with a pattern": changed(TOKENS, "settings", to={"kind": "words", "pattern": "(a+)+$"}),
    "a tokenizer of the library's own": changed(TOKENS, to={"version": "1.0", "model": {"type": "WordLevel"}}),
    **{f"a stranger's {name}, listed": fitted(harmful(name)) for name in OTHERS},
    "a list that climbs": listed("../model/config.json"),
    "a list of the whole machine": listed("/etc/passwd"),
    "a list with a backslash": listed("..\\config.json"),
    "a list with a NUL": listed("config.json\0.txt"),
}
"""What must be refused by whatever reads it."""

UNREAD = {"load": ("a pickle as certificate.json",)}
"""What a verb does not read, and so need not refuse."""

HARMLESS: dict[str, Hurt] = {
    "a pickle as README.md": pickled(README),
    "a file of vectors": model(
        "embed", to=[{"kind": "words", "dim": 24, "vectors": {"path": "/etc/passwd", "dim": 24}}]
    ),
}
"""What is loaded, because nobody looks at the file that was changed or is named."""
