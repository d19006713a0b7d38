"""The readers of files, as functions from any bytes to nothing: they read, or refuse with one of Seqweave's errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any

from seqweave.core.errors import InternalError, SeqweaveError
from seqweave.core.manifest import MANIFEST, read_manifest
from seqweave.core.nodes import parse
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.recipes.recipe import read
from seqweave.tasks.contract import TASKS

ROOT = Path(__file__).parents[2]
MALFORMED = ROOT / "tests" / "malformed"
Target = Callable[[bytes], None]

TABLES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "csv": ("classification", {"format": "csv"}),
    "jsonl": ("classification", {"format": "jsonl"}),
    "conll": ("tagging", {"format": "conll"}),
    "conllu": ("tagging", {"format": "conllu", "column": "upos"}),
    "trees": ("classification", {"format": "trees", "phrases": "all"}),
    "parallel": ("translation", {"format": "parallel", "source": "zh", "target": "en"}),
}
"""Each format by a task that reads it."""

BETWEEN_SIDES = b"\x1c"
"""Parts the two files of parallel text in one input."""

SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "csv": (b"text,label\ngood,pos\n", b'label,text\r\npos,"a, ""b"""\r\n'),
    "jsonl": (b'{"text": "good", "label": "pos"}\n', b'{"text": "\\u00e9", "label": ["a", "b"]}\n'),
    "conll": (b"the DT B-NP\ncat NN I-NP\n\nruns VB O\n\n", b"# c\nthe\tDET\n\n"),
    "conllu": (b"# text = a b\n1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n2-3\tb\t_\t_\t_\t_\t_\t_\t_\t_\n\n",),
    "trees": (b"(3 (2 a) (4 (2 b) (1 c)))\n", b"(0 (1 -LRB-) (2 x))\n"),
    "parallel": (
        "我 来 了 。\n你好\n".encode() + BETWEEN_SIDES + b"here i am .\nhello\n",
        "一\n\n二\n".encode() + BETWEEN_SIDES + b"one\r\n\r\ntwo\r\n",
    ),
    "recipe": (
        b"task: tagging\ndata: {train: a.conll}\nmodel:\n  embed: [{kind: words}]\n  encoder: {kind: lstm}\n"
        b"  head: {kind: crf}\ntraining: {epochs: 3, learning_rate: 1e-3}\n",
        b"task: classification\ndata: {train: [a, b], split: {dev: 0.1}}\nmodel: {kind: linear}\n",
    ),
    "manifest": (
        b'{"format": 1, "files": {"a": {"size": 1, "sha256": "%s"}}}' % (b"0" * 64),
        b'{"format": 2, "files": {}}',
        b'{"files": {"../a/b.c": {"size": -1.5e3, "sha256": null}}, "format": true}',
    ),
}
"""Sound inputs to begin with; the malformed ones of the tests come besides."""


@contextmanager
def target(name: str, folder: Path) -> Iterator[Target]:
    """The reader of a name; errors that a user may see are no fault, all others pass through.

    An error makes its text when it is made, so that no input escapes that would break it. A file that is read is given
    new bytes again and again: it is opened once, for opening costs more than the bytes.

    Args:
        name: a key of `SEEDS`.
        folder: where the file lies that is read.
    """
    path = folder / (MANIFEST if name == "manifest" else "input")
    paths = [path.with_suffix(".zh"), path.with_suffix(".en")] if name == "parallel" else [path]
    with ExitStack() as stack:
        files = [stack.enter_context(one.open("wb", buffering=0)) for one in paths]
        read_file = None if name == "recipe" else manifest(folder) if name == "manifest" else table(name, path)

        def harmless(data: bytes) -> None:
            try:
                if read_file is None:
                    recipe(data)
                else:
                    parts = data.split(BETWEEN_SIDES, 1) if len(files) > 1 else [data]
                    for file, part in zip_longest(files, parts, fillvalue=b""):
                        file.seek(0)
                        file.truncate()
                        file.write(part)
                    read_file()
            except InternalError:
                raise
            except SeqweaveError:
                pass

        yield harmless


def recipe(data: bytes) -> None:
    """Parse and validate."""
    read(parse(data, "recipe.yaml"))


def manifest(folder: Path) -> Callable[[], object]:
    """The manifest of a folder."""
    return lambda: read_manifest(folder)


def table(name: str, path: Path) -> Callable[[], None]:
    """A file of a format, read to the end, whatever lines of it are refused; its account must add up."""
    kind, settings = TABLES[name]
    task = TASKS[kind].model_validate({"train": "x", **settings}).build()  # type: ignore[attr-defined]  # a DataConfig
    tokenizer = WordsConfig().fit(())

    def work() -> None:
        receipt = Receipt(path.name)
        for _ in task.read(path, receipt, tokenizer):
            pass
        receipt.close()

    return work


def seeds(name: str) -> list[bytes]:
    """The inputs to begin with."""
    folder = MALFORMED / name
    if name == "parallel":
        pairs = ((path, path.with_suffix(".en")) for path in sorted(folder.glob("*.zh")))
        found = [BETWEEN_SIDES.join(side.read_bytes() for side in pair) for pair in pairs]
    else:
        found = [path.read_bytes() for path in sorted(folder.glob("*")) if path.suffix != ".txt"]
    return [*SEEDS[name], *(data for data in found if len(data) < 1 << 12)]
