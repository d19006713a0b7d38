"""Tags that vary in equal contexts, beside a dictionary of contexts; and planted slips that are found."""

import random
from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TaggedExample
from seqweave.data.variation import variations
from seqweave.laboratory.contract import LABORATORIES

FLIPPED = 0.02
SENTENCES = 1500


def corpus(rows):
    """Sentences written `word/tag word/tag`."""
    examples = []
    for row in rows:
        tokens, tags = zip(*(pair.split("/") for pair in row.split()), strict=True)
        examples.append(TaggedExample(" ".join(tokens), tokens, (0,) * len(tokens), (0,) * len(tokens), tags))
    return Corpus.of(TaggedExample, examples)


def slowly(examples, context):
    """What differs from the first of the most frequent tags, by a dictionary of contexts."""
    places = defaultdict(list)
    for row, example in enumerate(examples):
        padded = [None] * context + list(example.tokens) + [None] * context
        for position, tag in enumerate(example.tags):
            places[tuple(padded[position : position + 2 * context + 1])].append((row, position, tag))
    found = {}
    for occurrences in places.values():
        usual, count = Counter(tag for _, _, tag in occurrences).most_common(1)[0]
        for row, position, tag in occurrences:
            if tag != usual:
                found[row, position] = (tag, usual, count, len(occurrences))
    return found


def told(found):
    return {(one.row, one.position): (one.tag, one.usual, one.count, one.occurrences) for one in found}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_slips_are_found_and_little_else(language):
    """With the subject right before its verb, the grammar's tags follow from two neighbours."""
    (part,) = LABORATORIES["tagging"](language=language, phrases=0).split([SENTENCES], seed=1)
    generator = random.Random(2)
    classes = ("NOUN", "VERB", "ADJ", "DET")
    planted, examples = set(), []
    for row, specimen in enumerate(part):
        tags = list(specimen.example.tags)
        for position, tag in enumerate(tags):
            if generator.random() < FLIPPED:
                tags[position] = generator.choice([other for other in classes if other != tag])
                planted.add((row, position))
        examples.append(replace(specimen.example, tags=tuple(tags)))
    whole = Corpus.of(TaggedExample, examples)
    found = variations(whole)
    assert told(found) == slowly(examples, 2)
    clear = {(one.row, one.position) for one in found if 2 * one.count > one.occurrences}
    every = set(told(found))
    assert len(clear & planted) > 0.9 * len(clear), "by chance it would be 2 %"
    assert len(every & planted) > 0.7 * len(every), "of two that differ, either may be right"
    assert len(every & planted) > 0.25 * len(planted), "contexts that occur once tell nothing; by chance, 0.5 %"
    decided = [2 * one.count - one.occurrences for one in found]
    assert decided == sorted(decided, reverse=True)


@pytest.mark.parametrize("context", [1, 2, 3])
def test_contexts_end_at_edges_and_only_real_ones_count(context):
    generator = random.Random(context)
    rows = [
        " ".join(f"{generator.choice('ab')}/{generator.choice('XXXY')}" for _ in range(generator.randint(1, 5)))
        for _ in range(300)
    ]
    whole = corpus(rows)
    assert told(variations(whole, context)) == slowly(list(whole), context)


def test_equal_tags_vary_in_nothing():
    assert variations(corpus(["a/X b/Y", "a/X b/Y"])) == []
