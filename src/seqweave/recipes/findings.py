"""What is likely wrong with data that can be read: each finding with its places, and the edit that mends it.

Large data is looked at in part, by evenly spaced examples, and what was looked at is said.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seqweave.core.errors import Notice, Place, shown
from seqweave.data.duplicates import near_duplicates
from seqweave.data.schemes import part
from seqweave.data.splits import fingerprints, overlap
from seqweave.data.variation import CONTEXT, variations
from seqweave.models.classifier import ClassifierConfig
from seqweave.recipes.material import AnyCorpus, Material
from seqweave.recipes.noise import noisy_labels
from seqweave.recipes.recipe import Recipe
from seqweave.tasks.classification import ClassificationData
from seqweave.tasks.tagging import TaggingData

SHOWN = 20
"""Places that a finding names."""
FEW = 10
"""Training examples of a class, below which its scores are chance."""
LOOKED_AT = {"near-duplicates": 4_000_000, "label noise": 400_000, "tag variation": 4_000_000}
"""Most tokens of a part that each search looks at: seconds of work."""
MENDS = {
    "W-CONLL-06": "put a blank line after each sentence",
    "W-CONLL-11": "delete the spaces",
    "W-CONLLU-11": "write Name=Value pairs in the order of their names, joined by |",
    "W-CONLLU-12": "put a blank line at the end, or copy the file again",
    "W-CONLLU-13": "correct the comment `# text`, or delete it",
    "W-CONLLU-14": "correct these lines, or copy the file again",
    "W-CSV-01": "delete the spaces in line 1",
    "W-FASTTEXT-01": "move all labels to the beginning of the line",
    "W-JSON-01": "give all lines the same keys",
    "W-LABEL-01": "delete the spaces",
    "W-LABEL-02": "write one of them in all files",
    "W-LABEL-03": "label more examples of them, or join them with other labels in the files",
    "W-LABEL-04": "correct these lines, or delete them",
    "W-LABEL-05": "move some of their examples to the training file, or delete them",
    "W-LABEL-06": "add these labels to a group of data.groups, if they are wanted",
    "W-LM-01": "choose spaces, pieces (bpe), or characters with `spaces: true`, where that score is wanted",
    "W-PAIR-01": "delete these pairs, unless such texts are to be copied",
    "W-PAIR-02": "exchange the two sides there",
    "W-PAIR-03": "look whether the sides are still aligned there; delete what is no translation",
    "W-SCAN-01": "pip install 'seqweave[fast]'",
    "W-SCHEME-01": "correct the tags there; if there are many, name the right scheme: -o data.scheme=...",
    "W-SPLIT-01": "delete one of each two; or delete data.dev and data.test: data.split cuts parts that share no text",
    "W-TEXT-01": "rename the file",
}
"""What mends the warnings that reading gives."""


@dataclass(frozen=True)
class Finding:
    """Something that is likely wrong.

    Args:
        code: stable identifier such as `W-CHECK-01`.
        what: one sentence, with numbers.
        mend: the edit of the recipe or the data that mends it.
        count: how often it was found.
        places: the first or the surest ones, each with what is seen there.
    """

    code: str
    what: str
    mend: str
    count: int = 1
    places: tuple[tuple[Place, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        places = [{"where": str(place), "what": what} for place, what in self.places]
        return {"code": self.code, "what": self.what, "mend": self.mend, "count": self.count, "places": places}


@dataclass
class Search:
    """Looks for what is likely wrong with the material of a recipe.

    Args:
        recipe: validated.
        material: what it reads.
        looked_at: by search, what part of the data it saw.
    """

    recipe: Recipe
    material: Material
    looked_at: dict[str, str] = field(default_factory=dict)

    def findings(self) -> list[Finding]:
        """Everything that was found, the warnings of reading first."""
        searches: list[Callable[[], Iterator[Finding]]] = [self._near]
        data = self.material.data
        if isinstance(data, TaggingData):
            searches = [self._few, self._near, self._varied]
        elif isinstance(data, ClassificationData):
            sure = [] if data.multi_label else [self._contradicted, self._noisy]
            searches = [self._few, self._near, *sure]
        return [*map(of, self.material.notices), *(one for search in searches for one in search())]

    def _sample(self, search: str, name: str) -> AnyCorpus:
        """A part, or evenly spaced examples of it."""
        corpus = self.material.parts[name]
        tokens = int(corpus.strings("tokens").ids.lengths.sum())
        count = min(len(corpus), max(int(len(corpus) * LOOKED_AT[search] / max(tokens, 1)), 1))
        told = f"{count:,} of {len(corpus):,} examples of {name}"
        self.looked_at[search] = ", ".join(filter(None, [self.looked_at.get(search, ""), told]))
        rows = np.linspace(0, len(corpus) - 1, count).astype(np.int64)
        return corpus if count == len(corpus) else corpus.take(rows)

    def _few(self) -> Iterator[Finding]:
        """Classes with too few training examples; those with one are a warning of reading."""
        corpus = self.material.parts["train"]
        tagged = "tags" in corpus.columns
        column = corpus.strings("tags" if tagged else "labels")
        label_of = [_label(entry) if tagged else entry for entry in column.table]
        counts: Counter[str] = Counter()
        for label, count in zip(
            label_of, np.bincount(column.ids.values, minlength=len(label_of)).tolist(), strict=True
        ):
            counts[label] += count
        few = sorted((count, label) for label, count in counts.items() if label and 1 < count < FEW)
        if few:
            what = f"{len(few)} of {len(counts) - ('' in counts)} labels have fewer than {FEW} training examples"
            mend = "label more, or join them with other labels in the files"
            if not tagged:
                mend += "; or let rare labels weigh more: -o data.class_weights=balanced"
            rows = {label: _first(corpus, label_of, label) for _, label in few[:SHOWN]}
            places = tuple((_place(corpus, *rows[label]), f"{shown(repr(label))}: {n}") for n, label in few[:SHOWN])
            yield Finding("W-CHECK-01", what, mend, len(few), places)

    def _near(self) -> Iterator[Finding]:
        """Rows of dev and test that are nearly a row of train; equal ones are a warning of reading."""
        train = self._sample("near-duplicates", "train")
        for name in [name for name in self.material.parts if name != "train"]:
            other = self._sample("near-duplicates", name)
            near, compared = near_duplicates(train, other)
            if compared < len(other):
                self.looked_at["near-duplicates"] += f" (compared: the first {compared:,})"
            equal = set(overlap(train, other).tolist())
            new = [one for one in near if one.row not in equal]
            if new:
                what = (
                    f"{len(new)} of {compared:,} {name} examples are nearly a training example, which flatters scores"
                )
                mend = "delete one of each two from its file"
                places = tuple(
                    (_place(other, one.row), f"{100 * one.similarity:.0f} % like {_place(train, one.like)}")
                    for one in sorted(new, key=lambda one: -one.similarity)[:SHOWN]
                )
                yield Finding("W-CHECK-02", what, mend, len(new), places)

    def _contradicted(self) -> Iterator[Finding]:
        """Texts that stand there with several labels."""
        corpus = self.material.parts["train"]
        labels = list(corpus.field("labels"))
        rows_of: defaultdict[int, list[int]] = defaultdict(list)
        for row, key in enumerate(fingerprints("\0".join(tokens) for tokens in corpus.field("tokens")).tolist()):
            rows_of[key].append(row)
        torn = [rows for rows in rows_of.values() if len({labels[row] for row in rows}) > 1]
        if torn:
            what = f"{len(torn)} training texts stand there with several labels"
            mend = "give each one label, or delete it"
            places = tuple(
                (_place(corpus, rows[0]), "; ".join(f"{_place(corpus, r)} {shown(labels[r][0])!r}" for r in rows[:4]))
                for rows in torn[:SHOWN]
            )
            yield Finding("W-CHECK-03", what, mend, len(torn), places)

    def _noisy(self) -> Iterator[Finding]:
        """Labels that models trained on the other examples do not believe."""
        corpus = self._sample("label noise", "train")
        found, names = noisy_labels(self.material.task, corpus, self.material.tokenizer)
        if found:
            what = f"{len(found)} of {len(corpus):,} training labels are likely wrong, the surest first"
            mend = "look at these lines, and correct those that are wrong"
            if isinstance(self.recipe.model, ClassifierConfig):
                mend += "; or trust all labels less: -o model.head.label_smoothing=0.1"
            places = tuple(
                (
                    _place(corpus, one.row),
                    f"{shown(names[one.given])!r} looks like {shown(names[one.likely])!r} (by {one.margin:.2f})",
                )
                for one in found[:SHOWN]
            )
            yield Finding("W-CHECK-04", what, mend, len(found), places)

    def _varied(self) -> Iterator[Finding]:
        """Words that are tagged in several ways between the same neighbours."""
        corpus = self._sample("tag variation", "train")
        found = variations(corpus)
        if found:
            what = (
                f"{len(found)} training tokens differ from the usual tag of the same word between the same neighbours"
            )
            mend = "look at these lines, and correct those that are wrong"
            places = []
            for one in found[:SHOWN]:
                tokens = corpus[one.row].tokens
                around = " ".join(tokens[max(one.position - CONTEXT, 0) : one.position + CONTEXT + 1])
                seen = f"{shown(tokens[one.position])!r} is {shown(one.tag)}, {shown(one.usual)} in {one.count} of "
                seen += f"{one.occurrences}: {shown(around)}"
                places.append((_place(corpus, one.row, one.position), seen))
            yield Finding("W-CHECK-05", what, mend, len(found), tuple(places))


def costly(forecast: Mapping[str, Any] | None, memory_bytes: int, free_bytes: int, recipe: Recipe) -> list[Finding]:
    """What the training would need and the machine does not have.

    Args:
        forecast: from `forecast`, if any.
        memory_bytes: of the machine.
        free_bytes: of the disk.
        recipe: how it would be trained.
    """
    found, training = [], recipe.training
    if forecast and forecast["bytes"] > memory_bytes:
        what = (
            f"training needs {forecast['bytes'] / 1e9:.1f} GB of memory, this machine has {memory_bytes / 1e9:.1f} GB"
        )
        half, twice = max(training.batch_tokens // 2, 1), 2 * training.accumulate
        mend = f"-o training.batch_tokens={half} -o training.accumulate={twice}"
        if training.window:
            mend = f"-o training.window.length={max(training.window.length // 2, 2)}"
        found.append(Finding("W-CHECK-06", what, mend))
    if forecast and forecast["disk_bytes"] > free_bytes:
        what = f"training writes {forecast['disk_bytes'] / 1e9:.1f} GB, the disk has {free_bytes / 1e9:.1f} GB left"
        mend = "free some space, or name a folder on another disk with --run"
        found.append(Finding("W-CHECK-07", what, mend))
    return found


def of(notice: Notice) -> Finding:
    """A notice as a finding, with what mends it."""
    places = ((notice.place, ""),) if notice.place else ()
    return Finding(notice.code, notice.what, MENDS.get(notice.code, ""), notice.count, places)


def _place(corpus: AnyCorpus, row: int, position: int = 0) -> Place:
    """Where an example, or one of its tokens, stands."""
    example = corpus[row]
    lines = "lines" in corpus.columns and example.lines
    return Place(example.source, lines[position] if lines else example.line)


def _label(tag: str) -> str:
    """The label of a tag of a scheme; empty for what is outside of all spans; a tag of no scheme is its own."""
    found = part(tag)
    return found.label if found else tag


def _first(corpus: AnyCorpus, label_of: list[str], label: str) -> tuple[int, int]:
    """Row and position of the first entry with a label."""
    column = corpus.strings("tags" if "tags" in corpus.columns else "labels")
    at = int(np.flatnonzero(np.array([one == label for one in label_of])[column.ids.values])[0])
    row = int(np.searchsorted(column.ids.offsets, at, side="right")) - 1
    return row, at - int(column.ids.offsets[row])
