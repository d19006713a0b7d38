"""The grammar laboratory: a tag that its word leaves open is decided by the evidence, whatever stands between."""

from itertools import islice

import pytest

from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.laboratory.tagging import GRAMMARS, TaggingLaboratory
from seqweave.tasks.tagging import TaggingData

LANGUAGES = ("en", "zh")


def specimens(language, size=300, **settings):
    return list(islice(TaggingLaboratory(language=language, **settings).specimens(1), size))


def number_of(grammar, noun):
    return "PL" if noun in grammar.plural.split("|") else "SG"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_evidence_decides_the_open_word(language):
    grammar = GRAMMARS[language]
    for specimen in specimens(language):
        (at, governor), example = specimen.evidence, specimen.example
        word, tag = example.tokens[at], example.tags[at]
        if word in grammar.invariable.split("|"):
            assert tag == f"VERB-{number_of(grammar, example.tokens[governor])}"
        else:
            assert word in grammar.both.split("|")
            assert (tag, example.tags[governor]) == ("VERB", "NOUN")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_that_knows_the_grammar_is_always_right(language):
    """Left to right: words of one class by themselves, open ones by what was read before them."""
    grammar = GRAMMARS[language]
    classes = {
        "NOUN": f"{grammar.singular}|{grammar.plural}",
        "DET": "|".join(grammar.determiners),
        "ADJ": grammar.adjectives,
        "ADP": grammar.prepositions,
        "ADV": grammar.adverbs,
        "PUNCT": grammar.stop,
    }
    tag_of = {word: tag for tag, words in classes.items() for word in words.split("|")}
    for specimen in specimens(language):
        tags = []
        for word in specimen.example.tokens:
            if word in grammar.invariable.split("|"):
                tags.append(f"VERB-{number_of(grammar, specimen.example.tokens[tags.index('NOUN')])}")
            elif word in grammar.both.split("|"):
                tags.append("VERB" if tags[-1] == "NOUN" else "NOUN")
            else:
                tags.append(tag_of[word])
        assert tuple(tags) == specimen.example.tags


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_between_often_mislead(language):
    grammar, misleading, agreeing = GRAMMARS[language], 0, 0
    for specimen in specimens(language):
        at, governor = specimen.evidence
        if specimen.example.tags[at].startswith("VERB-"):
            agreeing += 1
            nearest = specimen.example.tokens[at - 1]
            misleading += number_of(grammar, nearest) != number_of(grammar, specimen.example.tokens[governor])
    assert misleading > 0.2 * agreeing > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_part_subject_and_verb(language):
    assert all(at - governor == 1 for s in specimens(language, phrases=0) for at, governor in [s.evidence])
    assert max(at - governor for s in specimens(language, phrases=5) for at, governor in [s.evidence]) > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_written_is_read_as_it_was(language, tmp_path):
    path = tmp_path / "lab.conll"
    examples = [specimen.example for specimen in specimens(language, 30)]
    TaggingLaboratory(language=language).write(examples, path)
    receipt = Receipt(path.name)
    read = list(TaggingData(train="lab.conll").build().read(path, receipt, WordsConfig().fit(())))
    receipt.close()
    assert [(example.tokens, example.tags) for example in read] == [(e.tokens, e.tags) for e in examples]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_agreement_the_noun_alone_tells_its_number(language):
    """The same determiners stand before nouns of both numbers; with agreement, some stand before one number only."""
    for agreement in (True, False):
        seen = {number: set() for number in ("VERB-SG", "VERB-PL")}
        for specimen in specimens(language, 1000, agreement=agreement):
            verb, governor = specimen.evidence
            if specimen.example.tags[verb] in seen:
                seen[specimen.example.tags[verb]] |= set(specimen.example.tokens[:governor])
        assert (seen["VERB-SG"] == seen["VERB-PL"]) is not agreement
