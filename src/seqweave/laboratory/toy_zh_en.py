"""A toy grammar of Chinese and English, in which each phrase has its place: 时间 地点 动词 becomes verb place time.

What must be learned: the order of time, place and verb; prepositions that stand before and after their noun; the origin
of people and things (来自 北京 的 学生: the student from Beijing); tenses, which Chinese tells by particles; numbers,
which it tells by numerals; agreement; classifiers, which are not translated. Sentences are too many to be remembered:
there are more than 10^11 clauses.
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Literal

from seqweave.laboratory.contract import laboratory
from seqweave.laboratory.translation import Phrase, TranslationLaboratory, joined, word

Tense = Literal["past", "future", "habit"]

NOUNS = (
    "学生 个 student students|老师 个 teacher teachers|医生 个 doctor doctors|农民 个 farmer farmers"
    "|孩子 个 child children|朋友 个 friend friends|司机 个 driver drivers|歌手 个 singer singers"
    "|书 本 book books|小说 本 novel novels|词典 本 dictionary dictionaries|杂志 本 magazine magazines"
    "|狗 只 dog dogs|猫 只 cat cats|鸟 只 bird birds|羊 只 sheep sheep"
    "|票 张 ticket tickets|地图 张 map maps|照片 张 photo photos|桌子 张 table tables"
    "|车 辆 car cars|自行车 辆 bicycle bicycles|伞 把 umbrella umbrellas|椅子 把 chair chairs"
)
"""Chinese noun, its classifier, English singular, plural."""
PEOPLE = 8
"""The first so many nouns, which may be subjects."""
DETERMINERS = "这 this|那 that|一 one|两 two|三 three|五 five|这些 these|那些 those|我的 my|他们的 their|每 every"
PLURAL = ("两", "三", "五", "这些", "那些")
WITHOUT_CLASSIFIER = ("这些", "那些", "我的", "他们的")
ADJECTIVES = "红 red|新 new|旧 old|大 big|小 small|漂亮 beautiful|奇怪 strange|有名 famous|安静 quiet|便宜 cheap"
CITIES = "北京 Beijing|上海 Shanghai|广州 Guangzhou|柏林 Berlin|巴黎 Paris|伦敦 London|东京 Tokyo|罗马 Rome"
PRONOUNS = "我 I|我们 we|他们 they|他 he|她 she"
SINGULAR_PRONOUNS = ("他", "她")
VERBS = (
    "买 buy buys bought|卖 sell sells sold|看到 see sees saw|找到 find finds found|画 draw draws drew"
    "|带来 bring brings brought|忘记 forget forgets forgot|检查 check checks checked|寻找 seek seeks sought"
    "|选择 choose chooses chose|借 borrow borrows borrowed|丢 lose loses lost|保护 protect protects protected"
    "|描述 describe describes described"
)
"""Chinese verb, English plain form, third person, past."""
ADVERBS = "常常 often|总是 always|从不 never|很少 rarely"
TIMES: dict[Tense, str] = {
    "past": "昨天 yesterday|昨晚 last night|去年 last year|前天 two days ago|上周 last week|刚才 a moment ago",
    "future": "明天 tomorrow|明年 next year|下周 next week|后天 in two days|今晚 tonight|不久 soon",
    "habit": "周末 on weekends|夏天 in summer|冬天 in winter|早上 in the morning|晚上 at night|雨天 on rainy days",
}
PLACES = (
    "学校 the school|图书馆 the library|公园 the park|车站 the station|医院 the hospital|市场 the market|河 the river"
    "|博物馆 the museum|机场 the airport|教堂 the church|桥 the bridge|酒店 the hotel|工厂 the factory|花园 the garden"
)
LOCALIZERS = "里 in|旁边 beside|后面 behind|前面 in front of|附近 near"
JOINTS = "但是 but|因为 because|所以 so"
CHOICES = (DETERMINERS, ADJECTIVES, CITIES, PRONOUNS, ADVERBS, *TIMES.values(), PLACES, LOCALIZERS, JOINTS)
"""Lists of Chinese words of which any may stand where another does; so may nouns, and verbs."""


@laboratory("toy-zh-en")
class ToyLaboratory(TranslationLaboratory):
    """Settings of the grammar."""

    sides = ("zh", "en")
    languages = ("zh",)

    language: Literal["en", "zh"] = "zh"
    """Chinese, which is translated to English."""

    def phrase(self, generator: Random) -> Phrase:
        """A sentence of one clause or of two."""
        stop, clause = word("。", "."), _clause(generator)
        if generator.random() < 0.7:
            return joined([clause, stop], (0, 1))
        parts = [clause, word("，", ","), _pair(generator, JOINTS), _clause(generator), stop]
        return joined(parts, range(len(parts)))


def tells(source: str, place: int) -> bool:
    """Whether a written token says which word was read: with another one of its list it could have been another token.

    The others are known without the source, or by its order alone.

    Args:
        source: the Chinese word.
        place: of the token among those that are written for the word, 0 for the first.

    Example:
        >>> [tells("图书馆", place) for place in range(2)]  # the library; all places begin with `the`
        [False, True]
        >>> [tells("前面", place) for place in range(3)]  # in front of; `in` alone is another word of the list
        [True, True, False]
    """
    for list_ in _choices():
        if source in list_:
            own = list_[source]
            alike = [other for other in list_.values() if other[:place] == own[:place]]
            return any(other[place : place + 1] != own[place : place + 1] for other in alike)
    return False


@cache
def _choices() -> tuple[dict[str, tuple[str, ...]], ...]:
    """The tokens written for each word of each list; of nouns and verbs one form, for they are one token in each."""
    forms: dict[str, slice] = dict.fromkeys(CHOICES, slice(1, None)) | {NOUNS: slice(2, 3), VERBS: slice(1, 2)}
    split = [([entry.split() for entry in entries.split("|")], form) for entries, form in forms.items()]
    return tuple({entry[0]: tuple(entry[form]) for entry in entries} for entries, form in split)


def _clause(generator: Random) -> Phrase:
    """Subject time [place] verb object: subject verb object [place] time."""
    tense: Tense = generator.choice(("past", "future", "habit"))
    subject, third = _subject(generator)
    parts = [subject, _pair(generator, TIMES[tense]), _verb(generator, tense, third), _noun_phrase(generator, NOUNS)[0]]
    if generator.random() < 0.3:
        return joined(parts, (0, 2, 3, 1))
    parts.insert(2, _place(generator))
    return joined(parts, (0, 3, 4, 2, 1))


def _subject(generator: Random) -> tuple[Phrase, bool]:
    """A subject, and whether its verb is in the third person singular."""
    if generator.random() < 0.3:
        pronoun = _pair(generator, PRONOUNS)
        return pronoun, pronoun.source[0] in SINGULAR_PRONOUNS
    people = "|".join(NOUNS.split("|")[:PEOPLE])
    subject, plural = _noun_phrase(generator, people)
    return subject, not plural


def _noun_phrase(generator: Random, nouns: str) -> tuple[Phrase, bool]:
    """Determiner [classifier] [adjective | 来自 city 的] noun, and whether it is plural."""
    chinese, classifier, *forms = generator.choice(nouns.split("|")).split()
    determiner = _pair(generator, DETERMINERS)
    plural = determiner.source[0] in PLURAL
    parts = [determiner]
    if determiner.source[0] not in WITHOUT_CLASSIFIER:
        parts.append(word(classifier, ""))
    noun, kind = word(chinese, forms[plural]), generator.random()
    if kind < 0.4:
        parts += [_pair(generator, ADJECTIVES), word("的", ""), noun]
    elif kind < 0.6:
        come = [word("来自", "from"), _pair(generator, CITIES), word("的", ""), noun]
        parts.append(joined(come, (3, 0, 1)))
    else:
        parts.append(noun)
    return joined(parts, range(len(parts))), plural


def _place(generator: Random) -> Phrase:
    """在 noun localizer: preposition noun."""
    return joined([word("在", ""), _pair(generator, PLACES), _pair(generator, LOCALIZERS)], (2, 1))


def _verb(generator: Random, tense: Tense, third: bool) -> Phrase:
    """A verb with what tells its tense, in a third of past and future clauses denied."""
    chinese, plain, third_person, past = generator.choice(VERBS.split("|")).split()
    if tense == "habit":
        return joined([_pair(generator, ADVERBS), word(chinese, third_person if third else plain)], (0, 1))
    denied = generator.random() < 1 / 3
    if tense == "past":
        if denied:
            return joined([word("没有", "did not"), word(chinese, plain)], (0, 1))
        return joined([word(chinese, past), word("了", "")], (0,))
    if denied:
        return joined([word("不", "not"), word("会", "will"), word(chinese, plain)], (1, 0, 2))
    return joined([word("会", "will"), word(chinese, plain)], (0, 1))


def _pair(generator: Random, entries: str) -> Phrase:
    """One of several entries written `zh en en|zh en`."""
    chinese, english = generator.choice(entries.split("|")).split(maxsplit=1)
    return word(chinese, english)
