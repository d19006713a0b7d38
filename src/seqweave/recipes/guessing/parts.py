"""Which of some files is for training, which for development and which for testing: told by names, else by sizes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqweave.core.errors import CommandError, MissingInputError, Place
from seqweave.data.opening import opened
from seqweave.data.receipt import Receipt

NAMES = {
    "train": re.compile(r"train\w*|训练\w*"),
    "dev": re.compile(r"dev(el|elopment|set|data)?|val(id\w*|set)?|testa|trial|验证\w*|开发\w*"),
    "test": re.compile(r"test(b|s|ing|set|data)?|eval\w*|测试\w*"),
}
_WORD = re.compile(r"[a-z]+|[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Parts:
    """The files of each part.

    Args:
        train: at least one.
        dev: chooses the epoch; None where it is cut from train.
        test: scored at the end; None where it is cut from train.
        why: how they were told apart, in words.
    """

    train: tuple[Path, ...]
    dev: Path | None
    test: Path | None
    why: str

    def by_part(self) -> list[tuple[str, tuple[Path, ...]]]:
        """Every part with its files."""
        held = (("dev", self.dev), ("test", self.test))
        return [("train", self.train), *((part, (path,)) for part, path in held if path)]

    def files(self) -> list[Path]:
        """All files, those for training first."""
        return [path for _, paths in self.by_part() for path in paths]

    def renamed(self, names: Mapping[Path, Path]) -> Parts:
        """The same parts under the names that a recipe has for their files."""
        dev, test = (path and names[path] for path in (self.dev, self.test))
        return Parts(tuple(names[path] for path in self.train), dev, test, self.why)


def parts_of(paths: Sequence[Path]) -> Parts:
    """Tells files apart.

    Args:
        paths: at least one file or folder.

    Raises:
        MissingInputError: if one is not there.
        CommandError: if the part of one of several files cannot be told.
    """
    for path in paths:
        if not path.is_dir():
            with opened(path, Receipt(str(path))):
                pass  # says clearly what is wrong with a file
    if len(paths) == 1:
        return Parts((paths[0],), None, None, "a single file: dev and test are cut from it")
    named: dict[str, list[Path]] = {"train": [], "dev": [], "test": [], "": []}
    for path in paths:
        named[part_named(path)].append(path)
    if not any(named[part] for part in NAMES):
        return _by_size(paths)
    if not named["train"] and len(named[""]) == 1:
        named["train"], named[""] = named[""], []
    _require_clear(named)
    dev, test = (named[part][0] if named[part] else None for part in ("dev", "test"))
    return Parts(tuple(named["train"]), dev, test, "told by their names")


def part_named(path: Path) -> str:
    """The part that a file's name speaks of; empty where it speaks of none.

    Example:
        >>> part_named(Path("en_ewt-ud-dev.conllu.gz"))
        'dev'
    """
    words = _WORD.findall(path.name.lower())
    return next((part for part, pattern in NAMES.items() if any(pattern.fullmatch(word) for word in words)), "")


def _by_size(paths: Sequence[Path]) -> Parts:
    if len(paths) > len(NAMES):
        raise _unclear(paths[0], "is this train, dev or test?")
    first, *held = sorted(paths, key=_size, reverse=True)
    why = "no name says train, dev or test: the largest is train"
    if len(held) == 1:
        return Parts((first,), None, held[0], f"{why}, the other test")
    dev, test = (path for path in paths if path in held)
    return Parts((first,), dev, test, f"{why}, the others dev and test in the order given")


def _size(path: Path) -> int:
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def _require_clear(named: dict[str, list[Path]]) -> None:
    if named[""]:
        raise _unclear(named[""][0], "is this train, dev or test?")
    for part in ("dev", "test"):
        if len(named[part]) > 1:
            raise _unclear(named[part][1], f"{named[part][0].name} is named like the {part} file, too")
    if not named["train"]:
        held = (named["dev"] or named["test"])[0]
        raise MissingInputError(
            "E-INIT-02", "there is no file to train on", mend="name the training file, too", place=Place(str(held))
        )


def _unclear(path: Path, what: str) -> CommandError:
    mend = "let each name hold train, dev or test; or name fewer files, and add the others to the recipe"
    return CommandError("E-INIT-03", what, mend=mend, place=Place(str(path)))
