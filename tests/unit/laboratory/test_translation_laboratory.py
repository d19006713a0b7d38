"""What all pairs of texts have in common: phrases put together on both sides, and the files they are written to."""

import json
from itertools import islice, permutations

import pytest

from seqweave.laboratory.contract import LABORATORIES, laboratory_of
from seqweave.laboratory.translation import joined, word

KINDS = [kind for kind, config in LABORATORIES if config.task == "translation"]


def test_an_order_of_phrases_moves_their_words_and_keeps_where_they_come_from():
    """The slow way: every target word is marked with its source word, and read back."""
    parts = [word("s0", "t0 t0"), word("s1", ""), joined([word("s2", "t2"), word("s3", "t3")], (1, 0))]
    for size in range(1, 4):
        for order in permutations(range(3), size):
            phrase = joined(parts, order)
            assert phrase.source == ("s0", "s1", "s2", "s3")
            assert phrase.target == tuple(token for place in order for token in parts[place].target)
            assert tuple(f"t{phrase.source[origin][1:]}" for origin in phrase.origins) == phrase.target


@pytest.mark.parametrize("kind", KINDS)
def test_every_target_token_comes_from_a_source_token(kind):
    for specimen in islice(laboratory_of("translation", kind).specimens(2), 200):
        example = specimen.example
        assert len(specimen.evidence) == len(example.target_tokens) > 0
        assert set(specimen.evidence) <= set(range(len(example.tokens)))
        assert example.target.split(" ") == list(example.target_tokens)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_source_has_the_same_target(kind):
    seen = {}
    for specimen in islice(laboratory_of("translation", kind).specimens(3), 500):
        assert seen.setdefault(specimen.example.text, specimen.example.target) == specimen.example.target


@pytest.mark.parametrize(("kind", "sides"), [("reverse", ["source", "target"]), ("toy-zh-en", ["zh", "en"])])
def test_files_are_json_lines_with_both_sides(kind, sides, tmp_path):
    laboratory, path = laboratory_of("translation", kind), tmp_path / "lab.jsonl"
    examples = [specimen.example for specimen in islice(laboratory.specimens(1), 20)]
    laboratory.write(examples, path)
    rows = [json.loads(line)["translation"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert all(list(row) == sides for row in rows)
    assert [tuple(row.values()) for row in rows] == [(example.text, example.target) for example in examples]
