"""The sentiment laboratory: its evidence decides, and a rule that knows the grammar is always right."""

import re
from itertools import islice

import pytest

from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.laboratory.classification import LEXICONS, ClassificationLaboratory
from seqweave.tasks.classification import ClassificationData

NEGATIONS = {"en": {"not", "never", "hardly"}, "zh": {"不"}}
LANGUAGES = ("en", "zh")


def specimens(language, size=400, **settings):
    return list(islice(ClassificationLaboratory(language=language, **settings).specimens(1), size))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_evidence_alone_decides_the_label(language):
    lexicon = LEXICONS[language]
    for specimen in specimens(language):
        *negation, opinion = [specimen.example.tokens[position] for position in specimen.evidence]
        assert set(negation) <= NEGATIONS[language]
        good = opinion in lexicon.positive.split("|")
        assert good or opinion in lexicon.negative.split("|")
        assert specimen.example.labels == (lexicon.labels[good != bool(negation)],)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_that_reads_the_text_is_always_right(language):
    """Find the opinion; it is turned round by a negation in its own clause. Written without the laboratory's tokens."""
    lexicon = LEXICONS[language]
    opinions = dict.fromkeys(lexicon.negative.split("|"), False) | dict.fromkeys(lexicon.positive.split("|"), True)
    for specimen in specimens(language):
        clauses = re.split("[,，；;]", specimen.example.text)
        (found,) = [(clause, good) for clause in clauses for word, good in opinions.items() if word in clause]
        clause, good = found
        before = clause.split() if language == "en" else clause
        negated = any(negation in before for negation in NEGATIONS[language])
        assert specimen.example.labels == (lexicon.labels[good != negated],)


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_negations_are_balanced_and_a_distant_negation_is_common(language):
    found = specimens(language)
    share = sum(s.example.labels[0] == "positive" for s in found) / len(found)
    negated = sum(len(s.evidence) == 2 for s in found) / len(found)
    decoys = [s for s in found if len(s.evidence) == 1 and NEGATIONS[language] & set(s.example.tokens)]
    assert 0.4 < share < 0.6
    assert 0.4 < negated < 0.6
    assert len(decoys) > 0.1 * len(found)
    assert not any(len(s.evidence) == 2 for s in specimens(language, negation=0.0))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_written_is_read_as_it_was(language, tmp_path):
    path = tmp_path / "lab.tsv"
    examples = [specimen.example for specimen in specimens(language, 30)]
    ClassificationLaboratory(language=language).write(examples, path)
    receipt = Receipt(path.name)
    read = list(ClassificationData(train="lab.tsv").build().read(path, receipt, WordsConfig().fit(())))
    receipt.close()
    assert [(example.text, example.labels) for example in read] == [(e.text, e.labels) for e in examples]
    if language == "en":
        assert [example.tokens for example in read] == [example.tokens for example in examples]


def test_a_share_is_a_share():
    with pytest.raises(ValueError, match="less than or equal to 1"):
        ClassificationLaboratory(negation=1.5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_telling_verbs_tell_of_a_negation(language):
    """The words between subject and negation, or subject and opinion, of negated and of plain clauses."""
    lexicon = LEXICONS[language]
    plain = set(lexicon.links.split("|"))
    assert {link.split()[0] for link in lexicon.links_either_way.split("|")} == plain
    for telling in (True, False):
        stand = {True: set(), False: set()}
        for specimen in specimens(language, telling_verbs=telling):
            stand[len(specimen.evidence) == 2] |= plain & set(specimen.example.tokens)
        assert (stand[True] == stand[False] == plain) is not telling
