"""What a recipe trains and is judged on: its files read, tokenized, cut, split, and every line accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqweave.core.errors import DataError, Notice, Place, RecipeError
from seqweave.core.files import read_bytes, write_json
from seqweave.core.json_text import parse_json
from seqweave.data.cache import cache_folder, cache_key, cached, digest_of
from seqweave.data.configuration import DataConfig, SplitConfig
from seqweave.data.corpus import Corpus
from seqweave.data.examples import sides
from seqweave.data.limits import limited
from seqweave.data.opening import opened
from seqweave.data.receipt import Receipt
from seqweave.data.source import files_of
from seqweave.data.splits import either, overlaps, split
from seqweave.data.tokenizers.contract import Tokenizer, TokenizerConfig
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.tasks.contract import Task
from seqweave.tasks.language_modelling import LanguageModellingData
from seqweave.tasks.translation import TranslationData

PARTS = ("train", "dev", "test")
UNREAD = (*PARTS, "split", "cache", "glossary")
"""Settings that do not change what is read from a file."""
RECEIPTS = "receipts.json"

AnyTask = Task[Any, Any, Any, Any]
AnyCorpus = Corpus[Any]


@dataclass(frozen=True)
class Material:
    """Everything read for one run.

    Args:
        data: the data settings with what was left to auto settled.
        task: the task of these settings.
        tokenizer: ready to split raw text.
        tokenizer_config: its settings.
        parts: corpora by part: "train", "dev", and "test" where there is one.
        receipts: what became of every line, by file.
        notices: counted warnings over all files.
        overlap: rows of dev and test that share a text with train.
        digests: sha256 of every file that was read, by name; of a folder, over all its files.
    """

    data: DataConfig
    task: AnyTask
    tokenizer: Tokenizer
    tokenizer_config: TokenizerConfig
    parts: Mapping[str, AnyCorpus]
    receipts: Sequence[Mapping[str, Any]]
    notices: Sequence[Notice]
    overlap: Mapping[str, np.ndarray]
    digests: Mapping[str, str]

    def receipt(self) -> dict[str, Any]:
        """The receipt of the run: every file's account, the sizes of the parts, and the warnings."""
        return {
            "files": list(self.receipts),
            "digests": dict(self.digests),
            "parts": {name: len(corpus) for name, corpus in self.parts.items()},
            "tokens": {name: int(corpus.strings("tokens").ids.offsets[-1]) for name, corpus in self.parts.items()},
            "in_training_too": {name: len(rows) for name, rows in self.overlap.items()},
            "notices": [notice.to_json() for notice in self.notices],
        }


def gather(data: DataConfig, base: Path, seed: int) -> Material:
    """Read all files of a recipe.

    Args:
        data: the data settings.
        base: the folder that their paths are relative to.
        seed: of the split, where the recipe names none.

    Raises:
        ProblemsError: every refused line of a file.
        MissingInputError: if a file is not there.
        RecipeError: if there is no dev part, or a setting is of a file that is not among them.
    """
    config = data.tokenizer or WordsConfig()
    task: AnyTask = data.build()
    files = {part: [base / name for name in names] for part in PARTS if (names := _names(data, part))}
    if isinstance(data, LanguageModellingData):
        data.require_named([path for paths in files.values() for path in paths])
    tokenizer = config.fit(_Texts(task, files["train"]))
    reader = Reader(data, tokenizer)
    parts = _with_splits({part: reader.read(paths, part == "train") for part, paths in files.items()}, data, seed)
    if "dev" not in parts:
        mend = "name a file in data.dev, or let data.split.dev be above 0"
        raise RecipeError("E-SPLIT-03", "there is no dev part, which the epoch is chosen on", mend=mend)
    settled = task.settled(parts["train"])
    task = settled.build()
    sides = overlaps(parts["train"], {part: corpus for part, corpus in parts.items() if part != "train"})
    found = {part: either(rows) for part, rows in sides.items()}
    shared = [_shared(part, sides[part], parts[part]) for part, rows in found.items() if len(rows)]
    notices = [*reader.notices, *task.inspect(parts), *shared]
    read = [file for paths in files.values() for path in paths for file in files_of(data, path)]
    if isinstance(data, TranslationData) and data.glossary:
        read.append(_sound(base / data.glossary.path))
    digests = {_name(file, read): digest_of(file) for file in read}
    return Material(settled, task, tokenizer, config, parts, reader.receipts, notices, found, digests)


class Reader:
    """Reads files through the cache, and keeps the account of every line.

    Args:
        data: the settings.
        tokenizer: splits raw text.
    """

    def __init__(self, data: DataConfig, tokenizer: Tokenizer) -> None:
        self.data, self.tokenizer = data, tokenizer
        self.receipts: list[dict[str, Any]] = []
        self.notices: list[Notice] = []

    def read(self, paths: Sequence[Path], training: bool = False) -> AnyCorpus:
        """The examples of some files; each file's account is added to `receipts` and `notices`.

        Args:
            paths: the files.
            training: whether they are trained on, not judged by; phrases of trees are only trained on.

        Raises:
            ProblemsError: every refused line of a file.
            MissingInputError: if a file is not there.
        """
        files = [file for path in paths for file in files_of(self.data, path)]
        for file in files:
            if not file.is_dir():
                _sound(file)
        data = self.data if training else self.data.model_copy(update={"phrases": None})
        task: AnyTask = data.build()
        settings = {name: value for name, value in data.dump().items() if name not in UNREAD}
        key = cache_key(files, {**settings, "task": data.kind, "fitted tokenizer": self.tokenizer.to_json()})

        def build(folder: Path) -> None:
            accounts: list[dict[str, Any]] = []
            Corpus.write(task.examples, _examples(task, data, paths, self.tokenizer, accounts), folder)
            write_json(folder / RECEIPTS, accounts)

        found = cached(key, cache_folder(data.cache), build, self.notices.append)
        for account in parse_json(read_bytes(found / RECEIPTS), Place(str(found / RECEIPTS))):
            self.receipts.append(account)
            self.notices += [Notice(n["code"], n["what"], Place(n["where"]), n["count"]) for n in account["notices"]]
        return Corpus.open(task.examples, found)


def _name(file: Path, files: Sequence[Path]) -> str:
    """A file's name, with its folder's where another one is called alike."""
    alone = all(other.name != file.name or other == file for other in files)
    return file.name if alone else f"{file.parent.name}/{file.name}"


def _sound(file: Path) -> Path:
    """A file that can be opened; says clearly what is wrong with it, before its digest is asked for."""
    with opened(file, Receipt(file.name)):
        return file


def _examples(
    task: AnyTask, data: DataConfig, paths: Sequence[Path], tokenizer: Tokenizer, accounts: list[dict[str, Any]]
) -> Iterator[Any]:
    """The examples of the files one after another; a file's account is closed when its last one was taken."""
    some = False
    for path in paths:
        receipt = Receipt(path.name, data.on_bad_row)
        for example in limited(task.read(path, receipt, tokenizer), data.limit, data.over_limit, receipt):
            some = True
            yield example
        receipt.close()
        accounts.append(receipt.to_json())
    if not some:
        mend = "check data.format and the columns"
        raise DataError("E-DATA-05", "no example was read", mend=mend, place=Place(paths[0].name))


def _names(data: DataConfig, part: str) -> tuple[str, ...]:
    value: str | tuple[str, ...] | None = getattr(data, part)
    return (value,) if isinstance(value, str) else value or ()


@dataclass(frozen=True)
class _Texts:
    """The raw training texts, for tokenizers that learn from them; the files are read anew each time."""

    task: AnyTask
    paths: Sequence[Path]

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        whole = SpacesConfig().fit(())
        for path in self.paths:
            for example in self.task.read(path, Receipt(path.name, "skip"), whole, gold=False):
                yield self.task.texts(example)


def _with_splits(parts: Mapping[str, AnyCorpus], data: DataConfig, seed: int) -> dict[str, AnyCorpus]:
    """The parts, with dev (and test, where the recipe asks for it) cut from train if they are not given."""
    config, keys = data.split or SplitConfig(), sides(parts["train"].kind)
    shares = {part: 0.0 if part in parts else getattr(config, part) for part in ("dev", "test")}
    if not any(shares.values()):
        return dict(parts)
    rows = split(parts["train"], config.model_copy(update=shares), seed, keys)
    return {**parts, **{part: parts["train"].take(chosen) for part, chosen in rows.items()}}


def _shared(part: str, sides: Mapping[str, np.ndarray], corpus: AnyCorpus) -> Notice:
    """The warning of examples that share a text with train; of pairs, with how many share which side."""
    rows, told = either(sides), ", ".join(f"{len(found)} a {side}" for side, found in sides.items())
    which = f" ({told})" if len(sides) > 1 else ""
    what = (
        f"{len(rows)} of {len(corpus)} {part} examples share a text with train{which}; scores on the others are beside"
    )
    example = corpus[int(rows[0])]
    return Notice("W-SPLIT-01", what, Place(example.source, example.line), len(rows))
