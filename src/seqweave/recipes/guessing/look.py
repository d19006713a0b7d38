"""What stands in the files of a new recipe: how long, in which script, which labels; each file is read once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from seqweave.core.errors import DataError, Place, SeqweaveError
from seqweave.data.configuration import DataConfig
from seqweave.data.examples import DocumentExample, TaggedExample, TextExample, TranslationExample
from seqweave.data.formats.contract import Row
from seqweave.data.receipt import Receipt
from seqweave.data.source import format_of
from seqweave.data.tokenizers.contract import Tokenizer, TokenizerConfig
from seqweave.data.tokenizers.scripts import HAN
from seqweave.data.tokenizers.treebank import TreebankConfig
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

Example = TextExample | TaggedExample | TranslationExample | DocumentExample


@dataclass
class Look:
    """What was seen in the files of one part.

    Args:
        examples: how many were read.
        lengths: of each, in tokens.
        labels: how often each label or tag was seen.
        sequences: the tags of each sentence.
        lines: of each sentence, its file and the lines of its tokens (one line where all stand on it).
        copied: of translations, how often each token stands on both sides.
        words: of plain text, how often each token was seen.
        several: whether any text has not exactly one label.
        refused: lines that could not be read.
        whole: whether all was read to the end.
    """

    examples: int = 0
    lengths: list[int] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    sequences: list[tuple[str, ...]] = field(default_factory=list)
    lines: list[tuple[str, Sequence[int]]] = field(default_factory=list)
    copied: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
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
            self.lines.append((example.source, example.lines or (example.line,)))
        elif isinstance(example, TranslationExample):
            self.copied.update(set(example.tokens) & set(example.target_tokens))
        elif isinstance(example, DocumentExample):
            self.words.update(example.tokens)
        else:
            self.labels.update(example.labels)
            self.several |= len(example.labels) != 1

    def place(self, row: int, position: int) -> Place:
        """Where a token of a sentence stands."""
        file, lines = self.lines[row]
        return Place(file, lines[min(position, len(lines) - 1)])


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
            if first and not _encoding(receipt.problems, first):
                return found, first
            receipt.on_bad_row = "stop"
            receipt.close()
            raise _without_examples(path)
        except SeqweaveError as error:
            settings = _mended(error, receipt)
            if not settings or settings.items() <= found.items():
                raise
            found |= settings
    return found, first


def _mended(error: SeqweaveError, receipt: Receipt) -> dict[str, Any]:
    """The setting that lets a file be read, where the error says it."""
    encoding = _encoding([error, *receipt.problems], ())
    if encoding:
        return {"encoding": encoding}
    return {"header": False} if error.code == "E-CSV-03" else {}


def _encoding(problems: Sequence[SeqweaveError], rows: Sequence[Row]) -> str | None:
    """The encoding that problems name, unless rows that were read show it to be wrong for the others."""
    found = (_ENCODING.search(problem.mend) for problem in problems)
    named = next((match[1] for match in found if match), None)
    if named is None or not rows:
        return named
    plain = all(str(value).isascii() for row in rows for value in row.fields.values())
    return named if plain and not named.startswith("utf-16") else None


def _without_examples(path: Path) -> DataError:
    return DataError("E-INIT-09", "the file holds no examples", mend="check its content", place=Place(str(path)))


def look(data: DataConfig, paths: Sequence[Path]) -> Look:
    """What stands in the files of one part; lines that cannot be read are counted.

    Raises:
        ProblemsError: if no example of a file can be read.
        DataError: if there is none.
    """
    seen = Look()
    for path in paths:
        receipt, before = Receipt(str(path), "skip"), seen.examples
        for example in islice(read(data, path, receipt), EXAMPLES_LIMIT):
            seen.add(example)
        seen.refused += receipt.problem_count
        seen.whole &= seen.examples - before < EXAMPLES_LIMIT
        if seen.examples == before:
            receipt.on_bad_row = "stop"
            receipt.close()
            raise _without_examples(path)
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


def like_the_treebank(sentences: Sequence[tuple[str, ...]]) -> bool:
    """Does the tokenizer `treebank` make more of the ready tokens from print than `words` does?"""
    kinds = (TreebankConfig().fit(()), WordsConfig().fit(()))
    treebank, words = (sum(_lost(tokens, tokenizer) for tokens in sentences) for tokenizer in kinds)
    return treebank < words


def _lost(tokens: tuple[str, ...], tokenizer: Tokenizer) -> int:
    """Tokens that do not come back from the text that they are printed as."""
    return (Counter(tokens) - Counter(tokenizer.split(tokenizer.join(tokens)).words)).total()
