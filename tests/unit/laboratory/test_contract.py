"""Laws of every laboratory, in all its languages; and how one is chosen."""

from itertools import islice

import pytest

from seqweave.core.errors import RecipeError
from seqweave.data.examples import TextExample
from seqweave.laboratory import contract
from seqweave.laboratory.contract import LABORATORIES, USUAL, Laboratory, Specimen, laboratory_of

EVERY = [
    pytest.param(config(language=language), id=f"{kind}-{language}")
    for kind, config in LABORATORIES
    for language in config.languages
]


@pytest.mark.parametrize("laboratory", EVERY)
def test_equal_seeds_give_equal_specimens_and_others_do_not(laboratory):
    first, again, other = (list(islice(laboratory.specimens(seed), 50)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("laboratory", EVERY)
def test_no_text_stands_in_two_parts_or_twice_unless_its_frequency_is_learned(laboratory):
    parts = laboratory.split([300, 50, 50], seed=3)
    assert [len(part) for part in parts] == [300, 50, 50]
    specimens = [specimen for part in parts for specimen in part]
    if laboratory.repeats:
        assert specimens == list(islice(laboratory.specimens(3), 400)), "as they come, so none is made rarer"
    else:
        texts = [specimen.example.text for specimen in specimens]
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("laboratory", EVERY)
def test_offsets_point_at_the_tokens(laboratory):
    for specimen in islice(laboratory.specimens(4), 100):
        example = specimen.example
        places = zip(example.starts, example.ends, strict=True)
        assert tuple(example.text[start:end] for start, end in places) == example.tokens
        if laboratory.task != "translation":  # whose texts are tokenised
            assert (" " in example.text) == (laboratory.language == "en")


class Narrow(Laboratory[TextExample]):
    """Two texts, for ever."""

    task = "classification"
    suffix = ".tsv"

    def specimens(self, seed):
        while True:
            for text in ("a", "b"):
                yield Specimen(TextExample(text, (text,), (0,), (1,), ("x",)), (0,))

    def write(self, examples, path):
        raise NotImplementedError


def test_more_texts_than_there_are_is_an_error_and_not_a_hang(monkeypatch):
    monkeypatch.setattr(contract, "REPEATS_LIMIT", 20)
    assert [len(part) for part in Narrow().split([1, 1], 1)] == [1, 1]
    with pytest.raises(RecipeError, match="few more than 2 different texts"):
        Narrow().split([3], 1)


@pytest.mark.parametrize("kind", LABORATORIES.kinds())
def test_a_laboratory_is_chosen_by_its_task_and_its_kind(kind):
    config = LABORATORIES[kind]
    chosen = laboratory_of(config.task, kind)
    assert type(chosen) is config
    assert chosen.language in config.languages
    assert laboratory_of(config.task).kind == USUAL.get(config.task, config.task)


def test_a_laboratory_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(RecipeError, match="translation has no laboratory 'revers'") as caught:
        laboratory_of("translation", "revers")
    assert "'reverse'" in caught.value.mend
    with pytest.raises(RecipeError, match="tagging has no laboratory 'reverse'"):
        laboratory_of("tagging", "reverse")
    with pytest.raises(RecipeError, match="toy-zh-en does not know the language en"):
        laboratory_of("translation", "toy-zh-en", "en")
