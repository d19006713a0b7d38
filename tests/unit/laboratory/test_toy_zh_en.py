"""The toy grammar: translated anew by rules that read the Chinese from left to right, and aligned by its dictionary."""

import re
from itertools import islice

import pytest

from seqweave.laboratory import toy_zh_en as toy
from seqweave.laboratory.toy_zh_en import ToyLaboratory


def entries(text):
    return dict(entry.split(maxsplit=1) for entry in text.split("|"))


NOUNS = {chinese: (one, many) for chinese, _, one, many in map(str.split, toy.NOUNS.split("|"))}
VERBS = {chinese: forms for chinese, *forms in map(str.split, toy.VERBS.split("|"))}
CLASSIFIERS = {noun.split()[1] for noun in toy.NOUNS.split("|")}
TIMES = {tense: entries(times) for tense, times in toy.TIMES.items()}
SPECIMENS = list(islice(ToyLaboratory().specimens(1), 500))


def noun_phrase(tokens):
    """Its English and whether it is plural."""
    pronouns = entries(toy.PRONOUNS)
    if tokens[0] in pronouns:
        return pronouns[tokens[0]], pronouns[tokens[0]] not in ("he", "she")
    many = tokens[0] in ("两", "三", "五", "这些", "那些")
    english = [entries(toy.DETERMINERS)[tokens[0]], NOUNS[tokens[-1]][many]]
    for token in tokens[1:-1]:
        if token in entries(toy.ADJECTIVES):
            english.insert(1, entries(toy.ADJECTIVES)[token])
        elif token in entries(toy.CITIES):
            english += ["from", entries(toy.CITIES)[token]]
        else:
            assert token in {"的", "来自", *CLASSIFIERS}
    return " ".join(english), many


def verb_group(tokens, many):
    verb = next(token for token in tokens if token in VERBS)
    plain, third, past = VERBS[verb]
    if "会" in tokens:
        return f"will not {plain}" if "不" in tokens else f"will {plain}"
    if "没有" in tokens:
        return f"did not {plain}"
    if "了" in tokens:
        return past
    return f"{entries(toy.ADVERBS)[tokens[0]]} {plain if many else third}"


def clause(text):
    """Found by where its words stand: subject, time, perhaps 在 ... localizer, verb group, object."""
    times, tokens = {key: value for part in TIMES.values() for key, value in part.items()}, text.split()
    at = next(i for i, token in enumerate(tokens) if token in times)
    subject, rest, place = tokens[:at], tokens[at + 1 :], ""
    if rest[0] == "在":
        place, rest = f" {entries(toy.LOCALIZERS)[rest[2]]} {entries(toy.PLACES)[rest[1]]}", rest[3:]
    verb = next(i for i, token in enumerate(rest) if token in VERBS)
    end = verb + 2 if rest[verb + 1] == "了" else verb + 1
    who, many = noun_phrase(subject)
    what, _ = noun_phrase(rest[end:])
    return f"{who} {verb_group(rest[:end], many)} {what}{place} {times[tokens[at]]}"


def sentence(text):
    joints = "|".join(entries(toy.JOINTS))
    first, joint, second = re.fullmatch(rf"(.*?)(?: ， ({joints}) (.*))? 。", text).groups()
    return clause(first) + (f" , {entries(toy.JOINTS)[joint]} {clause(second)}" if joint else "") + " ."


def test_rules_written_from_the_other_side_give_the_same_english():
    for specimen in SPECIMENS:
        assert sentence(specimen.example.text) == specimen.example.target


def dictionary():
    """Each Chinese word with all English words that it can stand for."""
    found = {"来自": "from", "会": "will", "没有": "did not", "不": "not", "。": ".", "，": ","}
    plain = (toy.DETERMINERS, toy.ADJECTIVES, toy.CITIES, toy.PRONOUNS, toy.ADVERBS, toy.PLACES, toy.LOCALIZERS)
    for text in (*plain, toy.JOINTS, *toy.TIMES.values()):
        found |= entries(text)
    return found | {key: " ".join(forms) for pairs in (NOUNS, VERBS) for key, forms in pairs.items()}


def test_every_english_word_comes_from_a_chinese_one_that_means_it():
    means = dictionary()
    for specimen in SPECIMENS:
        example, used = specimen.example, {}
        for token, origin in zip(example.target_tokens, specimen.evidence, strict=True):
            assert token in means[example.tokens[origin]].split()
            used.setdefault(origin, []).append(token)
        for origin, token in enumerate(example.tokens):
            assert (origin in used) == (token in means), "only particles and classifiers stand for nothing"


def test_a_token_tells_its_word_where_another_word_of_the_list_would_go_on_otherwise():
    """The slow way: exchange a word for every other one of its list, and compare what is written up to the token."""
    lists = [entries(text) for text in (toy.DETERMINERS, toy.PLACES, toy.LOCALIZERS, toy.JOINTS, *toy.TIMES.values())]
    told = set()
    for list_ in lists:
        for source, target in list_.items():
            for place, token in enumerate(target.split()):
                before = "".join(f"{word} " for word in target.split()[:place])
                next_ = {
                    f"{other} "[len(before) :].split(" ")[0]
                    for other in list_.values()
                    if f"{other} ".startswith(before)
                }
                assert toy.tells(source, place) == (next_ != {token})
                told.add((token, next_ != {token}))
    assert {("library", True), ("the", False), ("of", False), ("front", True), ("ago", False), ("year", True)} <= told
    assert all(toy.tells(word, 0) for pairs in (NOUNS, VERBS) for word in pairs)
    assert not any(toy.tells(word, place) for word in ("来自", "没有", "。") for place in range(2)), "of no list"


def test_time_and_place_change_their_order_with_the_verb():
    moved = [s for s in SPECIMENS if "在" in s.example.tokens]
    assert len(moved) > 0.5 * len(SPECIMENS)
    for specimen in moved:
        assert any(b < a - 3 for a, b in zip(specimen.evidence, specimen.evidence[1:], strict=False))


def test_sentences_are_too_many_to_be_remembered():
    train, test = ToyLaboratory().split([1000, 200], seed=5)
    assert len({s.example.text for s in SPECIMENS}) == len(SPECIMENS)
    known = {token for specimen in train for token in specimen.example.target_tokens}
    assert {token for specimen in test for token in specimen.example.target_tokens} <= known


@pytest.mark.parametrize("tense", TIMES)
def test_each_word_of_time_has_one_tense(tense):
    others = {time for other, times in TIMES.items() if other != tense for time in times}
    assert not others & set(TIMES[tense])
