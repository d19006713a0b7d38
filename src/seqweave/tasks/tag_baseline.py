"""The most frequent tag of every word: what any tagger must beat."""

from __future__ import annotations

import numpy as np

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TaggedExample


def most_frequent_tags(train: Corpus[TaggedExample]) -> tuple[dict[str, str], str]:
    """For each word its most frequent tag, and the most frequent tag of all; ties go to the first in the alphabet."""
    words, tags = train.strings("tokens"), train.strings("tags")
    alphabet = np.argsort(np.array(list(tags.table)), kind="stable")
    rank = np.empty_like(alphabet)
    rank[alphabet] = np.arange(len(alphabet))
    pairs, counts = np.unique(np.stack([words.ids.values, rank[tags.ids.values]]), axis=1, return_counts=True)
    order = np.lexsort((pairs[1], -counts, pairs[0]))
    forms, first = np.unique(pairs[0][order], return_index=True)
    best = alphabet[pairs[1][order][first]]
    tag_of = {words.table[form]: tags.table[tag] for form, tag in zip(forms.tolist(), best.tolist(), strict=True)}
    totals = np.bincount(rank[tags.ids.values], minlength=len(alphabet))
    return tag_of, tags.table[int(alphabet[int(totals.argmax())])]
