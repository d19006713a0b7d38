"""Which files are the two sides of a translation, line by line: told by names that differ in their language alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seqweave.core.errors import CommandError, Place, shown
from seqweave.tasks.languages import LANGUAGES

_CODE = re.compile(r"(?<![a-z])[a-z]{2}(?![a-z])")


@dataclass(frozen=True, slots=True)
class Sides:
    """Files of two languages, each source beside its target.

    Args:
        source: the language that is read.
        target: the language that is written.
        targets: of each source file, the file with its translations.
    """

    source: str
    target: str
    targets: dict[Path, Path]


def sides_of(paths: Sequence[Path]) -> Sides | None:
    """Pairs files whose names differ in a language's code alone; None where no two do.

    The language of the first file is read, the other one written.

    Args:
        paths: files; `train.zh train.en dev.zh dev.en`, or `zh.txt en.txt`.

    Raises:
        CommandError: if some files are pairs and others have no partner, or not all pairs are of the same languages.

    Example:
        >>> sides = sides_of([Path("train.de"), Path("train.en")])
        >>> sides.source, sides.target, sides.targets
        ('de', 'en', {PosixPath('train.de'): PosixPath('train.en')})
    """
    groups: dict[tuple[Path, str], dict[str, Path]] = defaultdict(dict)
    for path in paths:
        for name, language in _names(path):
            groups[name][language] = path
    pairs = [group for group in groups.values() if len(group) == 2]
    if not pairs:
        return None
    source, target = _ordered(pairs[0], paths)
    targets = {pair[source]: pair[target] for pair in pairs if {source, target} == set(pair)}
    alone = [path for path in paths if path not in {*targets, *targets.values()}]
    if alone:
        what = f"this file has no partner, while others are pairs of {source} and {target}"
        mend = f"name both sides of each part: train.{source} train.{target} dev.{source} dev.{target}"
        raise CommandError("E-INIT-11", what, mend=mend, place=Place(shown(str(alone[0]))))
    return Sides(source, target, {path: targets[path] for path in paths if path in targets})


def _names(path: Path) -> list[tuple[tuple[Path, str], str]]:
    """The name of a file with each language's code in it left out, and that code."""
    name = path.name
    found = [match for match in _CODE.finditer(name.lower()) if match[0] in LANGUAGES]
    return [((path.parent, f"{name[: one.start()]}*{name[one.end() :]}"), one[0]) for one in found]


def _ordered(pair: dict[str, Path], paths: Sequence[Path]) -> tuple[str, str]:
    """The languages of a pair, that of the file named first on the left."""
    first, second = sorted(pair, key=lambda language: paths.index(pair[language]))
    return first, second
