"""Sentences with names: those of dev and test were never seen in training, and each has its place."""

import re
from itertools import islice

import pytest

from seqweave.laboratory.contract import laboratory_of
from seqweave.laboratory.copy_names import WORDINGS, CopyNamesLaboratory

PEOPLE = {
    "en": r"(?:^|\s)(?P<giver>\S+(?: and \S+)?) (?:{verbs}) .* to (?P<receiver>\S+(?: and \S+)?) \.$",
    "zh": r"(?P<giver>\S+(?: 和 \S+)?) (?:{verbs}) 给 (?P<receiver>\S+(?: 和 \S+)?) ",
}


def people(example, language):
    """Who gives and who receives, told by a pattern over the text."""
    verbs = "|".join(pair.split()[0] for pair in WORDINGS[language].verbs.split("|"))
    found = re.search(PEOPLE[language].format(verbs=verbs), example.text)
    return found["giver"], found["receiver"]


def specimens(language, size=300):
    return list(islice(CopyNamesLaboratory(language=language).specimens(1), size))


def names(examples, language):
    joint = WORDINGS[language].both
    return {
        name for example in examples for side in people(example, language) for name in side.split() if name != joint
    }


@pytest.mark.parametrize("language", WORDINGS)
def test_giver_and_receiver_change_places_and_keep_their_names(language):
    for specimen in specimens(language):
        giver, receiver = people(specimen.example, language)
        target = specimen.example.target
        assert target.startswith(f"{receiver} ")
        assert f" {'from' if language == 'en' else '从'} {giver} " in target
        assert target.count(giver) == specimen.example.text.count(giver)


@pytest.mark.parametrize("language", WORDINGS)
def test_verb_and_direction_alone_change_among_the_words(language):
    verbs = dict(pair.split() for pair in (*WORDINGS[language].verbs.split("|"), WORDINGS[language].direction))
    for specimen in specimens(language):
        example, changed = specimen.example, 0
        for token, origin in zip(example.target_tokens, specimen.evidence, strict=True):
            source = example.tokens[origin]
            changed += token != source
            assert token in (source, verbs.get(source))
        assert changed == 2
        assert sorted(specimen.evidence) == list(range(len(example.tokens)))


@pytest.mark.parametrize("language", WORDINGS)
def test_names_of_dev_and_test_are_never_seen_in_training(language):
    train, dev, test = laboratory_of("translation", "copy-names", language).split([600, 100, 100], seed=1)
    seen = names([specimen.example for specimen in train], language)
    held = names([specimen.example for specimen in (*dev, *test)], language)
    assert len(held) > 200
    assert not seen & held
    target = {token for specimen in train for token in specimen.example.target_tokens}
    assert not target & held
    words = {token for specimen in (*dev, *test) for token in specimen.example.target_tokens} - held
    assert words <= target, "only names are new"
