"""What stands in the files of a new recipe: how long, in which script, which labels; each file is read once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from seqweave.core.errors import SeqweaveError
from seqweave.data.configuration import DataConfig
from seqweave.data.examples import TaggedExample, TextExample
from seqweave.data.formats.contract import Row
from seqweave.data.receipt import Receipt
from seqweave.data.source import format_of
from seqweave.data.tokenizers.contract import TokenizerConfig
from seqweave.data.tokenizers.scripts import HAN
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.tasks.contract import TASKS

SAMPLE_ROWS = 1000
EXAMPLES_LIMIT = 200_000
"""Examples of each file that are looked at; all of all but very large files."""
CHINESE_SHARE = 0.3
"""Texts with more Han characters than this among their letters are taken for Chinese."""
HAN_CHARACTER = re.compile(f"[{HAN}]")
_LETTER = re.compile(r"\w")
_ENCODING = re.compile(r"data\.encoding: ([\w-]+)")

Example = TextExample | TaggedExample


@dataclass
class Look:
    """What was seen in one file.

    Args:
        examples: how many were read.
        lengths: of each, in tokens.
        labels: how often each label or tag was seen.
        sequences: the tags of each sentence.
        lines: where each sentence begins.
        several: whether any text has not exactly one label.
        refused: lines that could not be read.
        whole: whether the file was read to its end.
    """

    examples: int = 0
    lengths: list[int] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    sequences: list[tuple[str, ...]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    several: bool = False
    refused: int = 0
    whole: bool = True

    def add(self, example: Example) -> None:
        """Take in one example."""
        self.examples += 1
        self.lengths.append(len(example.tokens))
        if isinstance(example, TaggedExample):
            self.labels.update(example.tags)
            self.sequences.append(example.tags)
            self.lines.append(example.line)
        else:
            self.labels.update(example.labels)
            self.several |= len(example.labels) != 1


def config_of(task: str, values: Mapping[str, Any], path: Path) -> DataConfig:
    """The data settings of a task for one file."""
    config = TASKS[task]
    assert issubclass(config, DataConfig)
    return config.model_validate({**values, "train": str(path)})


def sample(task: str, values: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], list[Row]]:
    """The first rows of a file, and what it needs to be read: its encoding, and whether line 1 names its columns.

    Raises:
        SeqweaveError: if it cannot be read at all.
    """
    found = dict(values)
    for _ in range(3):
        receipt = Receipt(str(path), "skip")
        try:
            data = config_of(task, found, path)
            first = list(islice(format_of(data, path).read(path, data.encoding, receipt), SAMPLE_ROWS))
            if first and not _encoding(receipt.problems):
                return found, first
            receipt.on_bad_row = "stop"
            receipt.close()
        except SeqweaveError as error:
            settings = _mended(error, receipt)
            if not settings or settings.items() <= found.items():
                raise
            found |= settings
    return found, first


def _mended(error: SeqweaveError, receipt: Receipt) -> dict[str, Any]:
    """The setting that lets a file be read, where the error says it."""
    encoding = _encoding([error, *receipt.problems])
    if encoding:
        return {"encoding": encoding}
    return {"header": False} if error.code == "E-CSV-03" else {}


def _encoding(problems: Sequence[SeqweaveError]) -> str | None:
    found = (_ENCODING.search(problem.mend) for problem in problems)
    return next((match[1] for match in found if match), None)


def look(data: DataConfig, path: Path) -> Look:
    """What stands in a file; lines that cannot be read are counted.

    Raises:
        ProblemsError: if no example can be read.
    """
    receipt, seen = Receipt(str(path), "skip"), Look()
    for example in islice(read(data, path, receipt), EXAMPLES_LIMIT):
        seen.add(example)
    seen.refused, seen.whole = receipt.problem_count, seen.examples < EXAMPLES_LIMIT
    if not seen.examples:
        receipt.on_bad_row = "stop"
        receipt.close()
    return seen


def read(data: DataConfig, path: Path, receipt: Receipt) -> Iterator[Example]:
    """The examples of a file, tokenized as the settings say; a tokenizer that learns from the data is not asked for."""
    tokenizer: TokenizerConfig = data.tokenizer or WordsConfig()
    stream: Iterator[Example] = data.build().read(path, receipt, tokenizer.fit(()))
    return stream


def is_chinese(texts: Sequence[str]) -> bool:
    """Is a good part of the letters Han characters?"""
    joined = " ".join(texts)
    return len(HAN_CHARACTER.findall(joined)) > CHINESE_SHARE * max(len(_LETTER.findall(joined)), 1)
