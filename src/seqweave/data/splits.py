"""Dev and test parts cut from a training file without leaks, and what given parts share with training."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from seqweave.core.errors import DataError, Place
from seqweave.data.configuration import SplitConfig
from seqweave.data.corpus import Corpus

TOKENS = {"source": "tokens", "target": "target_tokens"}
"""The sides of an example, and the fields that hold their tokens; a text that is labelled has one side."""


def split(
    corpus: Corpus[Any], config: SplitConfig, seed: int, keys: Sequence[str] = ("text",)
) -> dict[str, np.ndarray]:
    """The rows of every part, in file order; no text of one part stands in another.

    Rows that must stay together form a group: those whose texts are all equal after normalisation, or (by component)
    those that share any text, directly or through others. Whole groups are dealt out: shuffled by the seed, or (by
    tail) in the order of their first lines, so that a line of the tail goes to train if its text stands there already.
    Each part is as near to its share as whole groups allow, and has at least one.

    Args:
        corpus: all examples.
        config: shares, and how to cut.
        seed: of the shuffle, where the config names none.
        keys: fields of type `str` that are compared; several where an example has several sides.

    Returns:
        Ascending rows of "train", and of "dev" and "test" where their share is above 0.

    Raises:
        DataError: if there are fewer groups than parts, or examples of two sides would share one across parts.
    """
    texts = np.stack([fingerprints(map(normalised, corpus.field(key))) for key in keys], axis=1)
    by = config.by or ("component" if len(keys) > 1 else "line")
    groups = components(texts) if by == "component" else np.unique(texts, axis=0, return_inverse=True)[1].ravel()
    _, firsts, groups, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    generator = np.random.Generator(np.random.PCG64(seed if config.seed is None else config.seed))
    order = np.argsort(firsts) if by == "tail" else generator.permutation(len(sizes))
    held = np.concatenate([[0], np.cumsum(sizes[order][::-1])])  # rows in the last 0, 1, 2 ... groups
    shares = {"test": config.test, "dev": config.dev}
    wanted = ["train", *(part for part, share in shares.items() if share)]
    if len(sizes) < len(wanted):
        raise _too_few(corpus, len(sizes), wanted)
    ends = _ends(held, list(shares.values()))
    rank = np.empty(len(sizes), np.int64)
    rank[order[::-1]] = np.arange(len(sizes))
    part = np.searchsorted(ends, rank[groups], side="right")
    rows = {name: np.flatnonzero(part == at) for at, name in enumerate(("test", "dev", "train"))}
    _require_no_leak(corpus, texts, part, by)
    return {name: rows[name] for name in ("train", "dev", "test") if name in wanted}


def overlap(train: Corpus[Any], other: Corpus[Any]) -> np.ndarray:
    """Rows of `other` that share a text with `train`, be it one side of a pair; ascending. Shape (rows,), int64."""
    return either(overlaps(train, {"other": other})["other"])


def either(sides: Mapping[str, np.ndarray]) -> np.ndarray:
    """The rows of all sides, each once; ascending. Shape (rows,), int64."""
    return np.unique(np.concatenate(list(sides.values())))


def overlaps(train: Corpus[Any], others: Mapping[str, Corpus[Any]]) -> dict[str, dict[str, np.ndarray]]:
    """Of each other corpus, by side, the rows whose tokens stand in `train` as that side of an example.

    Args:
        train: what is compared with.
        others: by name; their examples have the same sides.

    Returns:
        By name, then by side, "source" or "target". Ascending, shapes (rows,), int64.
    """
    found: dict[str, dict[str, np.ndarray]] = {name: {} for name in others}
    for side, field in TOKENS.items():
        if field in train.columns:
            seen, *asked = (fingerprints(map("\0".join, corpus.field(field))) for corpus in (train, *others.values()))
            for name, one in zip(others, asked, strict=True):
                found[name][side] = np.flatnonzero(np.isin(one, seen))
    return found


def normalised(text: str) -> str:
    """The text without differences of case, width or white space, which are no news to a network."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def fingerprints(texts: Iterable[str]) -> np.ndarray:
    """64-bit digests, so that many texts are compared in little memory. Shape (texts,), uint64.

    Two texts of ten million collide with a chance of about 1 in 400,000; they would only be kept together.
    """
    digests = (int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") for text in texts)
    return np.fromiter(digests, np.uint64)


def components(keys: np.ndarray) -> np.ndarray:
    """Connected components of rows that share a key, by union-find.

    Args:
        keys: of every row; equal keys connect rows, whatever their column. Shape (rows, sides).

    Returns:
        The same number for all rows of a component. Shape (rows,), int64.
    """
    distinct, inverse = np.unique(keys, return_inverse=True)
    parent = list(range(len(distinct)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    nodes = [row.tolist() for row in inverse.reshape(keys.shape)]
    for first, *others in nodes:
        for other in others:
            parent[root(other)] = root(first)
    return np.fromiter((root(first) for first, *_ in nodes), np.int64, len(keys))


def _ends(held: np.ndarray, shares: list[float]) -> list[int]:
    """After how many groups each held-out part ends: as near to its share as can be, but at least one group each.

    Args:
        held: rows in the last 0, 1, 2 ... groups.
        shares: of the rows; 0 for a part that is not wanted.
    """
    ends: list[int] = []
    for part, share in enumerate(np.cumsum(shares)):
        nearest = int(np.argmin(np.abs(held - share * held[-1])))
        least = (ends[-1] if ends else 0) + (shares[part] > 0)
        most = len(held) - 2 - sum(later > 0 for later in shares[part + 1 :])
        ends.append(min(max(nearest, least), most))
    return ends


def _require_no_leak(corpus: Corpus[Any], texts: np.ndarray, part: np.ndarray, by: str) -> None:
    """Refuse a split by line or tail that puts texts into two parts: one side of an example may stand in others.

    Args:
        corpus: all examples.
        texts: fingerprints of their sides. Shape (rows, sides), uint64.
        part: of each row. Shape (rows,), int64.
        by: how the rows were parted.
    """
    leaking = np.zeros(len(texts), bool)
    for side in texts.T:
        _, text = np.unique(side, return_inverse=True)
        first = np.full(text.max(initial=0) + 1, len(texts))
        last = np.full_like(first, -1)
        np.minimum.at(first, text, part)
        np.maximum.at(last, text, part)
        leaking |= (first != last)[text]
    if leaking.any():
        one = corpus[int(np.flatnonzero(leaking)[0])]
        what = f"by {by}, {leaking.sum():,} of {len(texts):,} examples would share a side with one of another part"
        raise DataError("E-SPLIT-02", what, mend="data.split.by: component", place=Place(one.source, one.line))


def _too_few(corpus: Corpus[Any], groups: int, wanted: Sequence[str]) -> DataError:
    """The error of a corpus that has less than one group for each part."""
    alike = f", {groups} of them different," if groups < len(corpus) else ""
    few = f"{len(corpus)} example" + "s" * (len(corpus) != 1)
    first = corpus[0] if len(corpus) else None
    return DataError(
        "E-SPLIT-01",
        f"{few}{alike} cannot be parted into {', '.join(wanted)}, as equal texts stay together",
        mend="add examples, or name files for data.dev and data.test; in column formats, part sentences by blank lines",
        place=Place(first.source, first.line) if first else None,
    )
