"""Which files are the two sides of a translation, line by line: told by names that differ in their language alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqweave.core.errors import CommandError, Place, shown
from seqweave.tasks.languages import LANGUAGES

_CODE = re.compile(r"(?<![A-Za-z])[A-Za-z]{2}(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Sides:
    """Files of two languages, each source beside its target.

    Args:
        source: the language that is read, as the names of its files spell it.
        target: the language that is written.
        stems: of each source file, what a recipe calls it and its partner: `train` is train.zh and train.en, and
            `*.txt` is zh.txt and en.txt.
    """

    source: str
    target: str
    stems: Mapping[Path, Path]


def sides_of(paths: Sequence[Path]) -> Sides | None:
    """Pairs files whose names differ in a language's code alone; None where no two do.

    The language of the first file is read, the other one written.

    Args:
        paths: files; `train.zh train.en dev.zh dev.en`, or `zh.txt en.txt`.

    Raises:
        CommandError: if some files are pairs and others have no partner, or not all pairs are of the same languages.

    Example:
        >>> sides = sides_of([Path("train.de"), Path("train.en")])
        >>> sides.source, sides.target, sides.stems
        ('de', 'en', {PosixPath('train.de'): PosixPath('train')})
    """
    groups: dict[Path, dict[str, Path]] = defaultdict(dict)
    for path in paths:
        for stem, language in _stems(path):
            groups[stem][language] = path
    pairs = {stem: group for stem, group in groups.items() if len(group) == 2}
    if not pairs:
        return None
    source, target = _ordered(next(iter(pairs.values())), paths)
    alike = {stem: pair for stem, pair in pairs.items() if pair.keys() == {source, target}}
    paired = {path for pair in alike.values() for path in pair.values()}
    alone = next((path for path in paths if path not in paired), None)
    if alone:
        what = f"this file has no partner, while others are pairs of {source} and {target}"
        mend = f"name both sides of each part: train.{source} train.{target} dev.{source} dev.{target}"
        raise CommandError("E-INIT-11", what, mend=mend, place=Place(shown(str(alone))))
    return Sides(source, target, {pair[source]: stem for stem, pair in alike.items()})


def _stems(path: Path) -> list[tuple[Path, str]]:
    """The name of a file with each language's code in it left out, and that code."""
    name = path.name.removesuffix(".gz")
    found = [match for match in _CODE.finditer(name) if match[0].lower() in LANGUAGES]
    stems = [f"{name[: one.start()]}*{name[one.end() :]}" for one in found]
    return [(path.with_name(stem.removesuffix(".*")), one[0]) for stem, one in zip(stems, found, strict=True)]


def _ordered(pair: Mapping[str, Path], paths: Sequence[Path]) -> tuple[str, str]:
    """The languages of a pair, that of the file named first on the left."""
    first, second = sorted(pair, key=lambda language: paths.index(pair[language]))
    return first, second
