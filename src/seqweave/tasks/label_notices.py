"""Labels that are lawful but likely wrong: counted warnings, each with the first place it applies to."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Generic, TypeVar

import numpy as np

from seqweave.core.errors import Notice, Place, shown
from seqweave.data.corpus import Corpus
from seqweave.data.splits import normalised

MISSING_VALUES = frozenset({"nan", "null", "n/a", "<na>"})
"""What other programs write where there is no value."""
LABELS_SHOWN = 5

E = TypeVar("E")


@dataclass(frozen=True)
class LabelCheck(Generic[E]):
    """Looks at the labels of all parts of a data set.

    Args:
        parts: corpora with gold, by name; the training part, if any, is "train".
        column: their field of labels or tags.
        label_of: the label that an entry of this column stands for; empty for none.
        locate: the place of an example's entry.
        missing: what other programs write where there is no value, in lower case.
    """

    parts: Mapping[str, Corpus[E]]
    column: str
    label_of: Callable[[str], str]
    locate: Callable[[E, int], Place]
    missing: frozenset[str] = MISSING_VALUES

    def notices(self) -> list[Notice]:
        """All warnings."""
        counts = {part: self._counts(corpus) for part, corpus in self.parts.items()}
        return [*self._alike(counts), *self._missing(counts), *self._rare(counts), *self._unseen(counts)]

    def _counts(self, corpus: Corpus[E]) -> Counter[str]:
        """How often each label is gold."""
        column = corpus.strings(self.column)
        counts = np.bincount(column.ids.values, minlength=len(column.table)).tolist()
        found: Counter[str] = Counter()
        for entry, count in zip(column.table, counts, strict=True):
            if count and (label := self.label_of(entry)):
                found[label] += count
        return found

    def _alike(self, counts: Mapping[str, Counter[str]]) -> Iterator[Notice]:
        total = sum(counts.values(), Counter[str]())
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for label, _ in sorted(total.items(), key=lambda item: (-item[1], item[0])):
            groups[_sense(label)].append(label)
        several = [group for group in groups.values() if len(group) > 1]
        if several:
            rarer = [label for group in several for label in group[1:]]
            written = "; ".join(
                " = ".join(f"{_written(label)} ({total[label]})" for label in group) for group in several
            )
            what = f"labels that differ only in how they are written are told apart: {written}"
            yield Notice("W-LABEL-02", what, self._first(rarer), sum(total[label] for label in rarer))

    def _missing(self, counts: Mapping[str, Counter[str]]) -> Iterator[Notice]:
        total = sum(counts.values(), Counter[str]())
        found = sorted(label for label in total if label.lower() in self.missing)
        if found:
            what = f"labels that look like missing values are learned as labels: {_listed(found)}"
            yield Notice("W-LABEL-04", what, self._first(found), sum(total[label] for label in found))

    def _rare(self, counts: Mapping[str, Counter[str]]) -> Iterator[Notice]:
        train = counts.get("train", Counter())
        once = sorted(label for label, count in train.items() if count == 1)
        if once:
            what = f"{len(once)} of {len(train)} labels are seen once in training: {_listed(once)}"
            yield Notice("W-LABEL-03", what, self._first(once), len(once))

    def _unseen(self, counts: Mapping[str, Counter[str]]) -> Iterator[Notice]:
        for part in counts.keys() - {"train"} if "train" in counts else ():
            new = sorted(counts[part].keys() - counts["train"].keys())
            if new:
                what = f"labels of {part} that are not in training cannot be answered: {_listed(new)}"
                yield Notice("W-LABEL-05", what, self._first(new, part), sum(counts[part][label] for label in new))

    def _first(self, labels: Collection[str], only: str = "") -> Place:
        """The first place of any of these labels."""
        for part, corpus in self.parts.items():
            column = corpus.strings(self.column)
            wanted = np.array([self.label_of(entry) in labels for entry in column.table])
            found = np.flatnonzero(wanted[column.ids.values])
            if len(found) and only in ("", part):
                row = int(np.searchsorted(column.ids.offsets, found[0], side="right")) - 1
                return self.locate(corpus[row], int(found[0] - column.ids.offsets[row]))
        raise AssertionError("the labels were counted in one of the parts")


def _sense(label: str) -> str:
    """What a label says, however it is written: case, width, spaces and forms of a number count for nothing."""
    plain = normalised(label)
    try:
        number = float(plain)
    except ValueError:
        return plain
    return repr(number) if isfinite(number) else plain


def _written(label: str) -> str:
    """The label in quotes, with escapes where it would look like another."""
    return repr(shown(label)) if unicodedata.is_normalized("NFC", label) else ascii(shown(label))


def _listed(labels: Sequence[str]) -> str:
    names = ", ".join(_written(label) for label in labels[:LABELS_SHOWN])
    return names + (f" and {len(labels) - LABELS_SHOWN} more" if len(labels) > LABELS_SHOWN else "")
