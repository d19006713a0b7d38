"""A source of text whose entropy is known, so that the best perplexity that any model can reach is known exactly.

Texts are drawn word by word from a finite automaton in which each word tells the next state: the words of a text are
the path, and the probability of a text is the product of those along it. With E[n_s] visits of state s in a text, the
words there drawn with entropy H_s, and one token for each word and for the end of the text,

    best perplexity = exp( sum_s E[n_s] H_s / sum_s E[n_s] ),      E[n] = e_start (I - P)^-1

for the transition matrix P between states (Kemeny and Snell, 1960, chapter 3). Where texts are read by characters, a
word counts as many tokens as it has characters: no word of a state is the beginning of another, so that the characters
tell the words and have the same entropy.

The state remembers the kind of the subject (number in English; living or not in Chinese) over any number of phrases
whose nouns may be of the other kind, until the verb agrees with it: a model with a short memory stays above the best.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from pydantic import Field

from seqweave.core.files import write_text
from seqweave.data.examples import DocumentExample, spelled
from seqweave.laboratory.contract import Laboratory, Specimen, laboratory

KINDS = (0, 1)
ADJECTIVE, PHRASE, OBJECT, ANY = 0.3, 0.3, 0.5, 0.25
"""Probabilities of an adjective before a noun, of one more phrase behind it, of an object behind the verb, and of a
determiner that does not tell the kind."""
START, STOP = "start", "stop"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; alternatives are separated by `|`, the first ones are the most frequent.

    Args:
        determiners: of both kinds, and those that do not tell it.
        nouns: of both kinds.
        verbs: of both kinds.
        adjectives: before any noun.
        prepositions: between two nouns.
        full_stop: ends a sentence.
        glue: what stands between two words.
    """

    determiners: tuple[str, str, str]
    nouns: tuple[str, str]
    verbs: tuple[str, str]
    adjectives: str
    prepositions: str
    full_stop: str
    glue: str


WORDS = {
    "en": Words(
        ("a|this|every", "some|these|many", "the"),
        ("dog|teacher|boat|farmer|child|bird", "dogs|teachers|boats|farmers|children|birds"),
        ("sees|likes|waits|sings", "see|like|wait|sing"),
        "old|big|red|quiet|young",
        "near|behind|with|under",
        ".",
        " ",
    ),
    "zh": Words(
        ("一只|这只", "一辆|这辆", "我的"),
        ("狗|猫|小鸟|白兔|马", "火车|电车|卡车|轿车|自行车"),
        ("看见|喜欢|睡觉|叫喊", "撞上|拉着|停下|开动"),
        "老|大|红|安静的|漂亮的",
        "挨着|对着|跟着|靠着",
        "。",
        "",
    ),
}

Choice = tuple[str, float, str]
"""A word, its probability, and the state behind it; the empty word ends the text."""


@laboratory("language-modelling")
class LanguageModellingLaboratory(Laboratory[DocumentExample]):
    """Settings of the source."""

    task = "language-modelling"
    suffix = ".txt"
    repeats = True

    sentences: float = Field(default=5.0, ge=1, le=1000)
    """Sentences of a text in the mean: after each one the text ends with one chance in so many."""

    def specimens(self, seed: int) -> Iterator[Specimen[DocumentExample]]:
        """Endless specimens; equal seeds give equal ones."""
        states, generator = self.states, Random(seed)  # noqa: S311  # data, not secrets
        while True:
            words, state = list[str](), START
            while state != STOP:
                choices = states[state]
                word, _, state = generator.choices(choices, [chance for _, chance, _ in choices])[0]
                words.append(word)
            yield Specimen(self._example(words[:-1]), ())

    def _example(self, words: Sequence[str]) -> DocumentExample:
        """The text of some words, cut as it is to be read: into words, or Chinese into characters."""
        glue = WORDS[self.language].glue
        tokens = tuple(words) if glue else tuple("".join(words))
        return DocumentExample(spelled(words, glue)[0], tokens, *spelled(tokens, glue)[1:])

    @property
    def states(self) -> Mapping[str, Sequence[Choice]]:
        """What may follow in each state; probabilities of a state add up to 1."""
        return _states(self.language, self.sentences)

    @property
    def best_perplexity(self) -> float:
        """The perplexity of who knows the source, ends of texts counted; no model's is lower but by chance."""
        visits, entropies, tokens = self._expected()
        return math.exp(float(visits @ entropies / (visits @ tokens)))

    def log_probability(self, example: DocumentExample) -> float:
        """Natural logarithm of the probability that the source gives a text, its end included; -inf for others."""
        glue, rest = WORDS[self.language].glue, example.text
        total, state = 0.0, START
        while state != STOP:
            word, chance, state = next(
                (one for one in self.states[state] if _begins(rest, one[0], glue)), ("", 0.0, STOP)
            )
            total += math.log(chance) if chance else -math.inf
            rest = rest[len(word) :].removeprefix(glue)
        return total

    def _expected(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of each state: visits in a text, entropy of its words in nats, and how many tokens its word is. (states,)."""
        states = self.states
        place = {name: number for number, name in enumerate(states)}
        moves = np.zeros((len(states), len(states)))
        entropies, tokens = np.zeros(len(states)), np.zeros(len(states))
        for name, choices in states.items():
            for word, chance, after in choices:
                row = place[name]
                entropies[row] -= chance * math.log(chance)
                tokens[row] += chance * (1 if WORDS[self.language].glue else max(len(word), 1))
                if after != STOP:
                    moves[row, place[after]] += chance
        visits = np.linalg.inv(np.eye(len(states)) - moves)[place[START]]
        return visits, entropies, tokens

    def write(self, examples: Sequence[DocumentExample], path: Path) -> None:
        """Plain text, one document a line."""
        write_text(path, "".join(f"{example.text}\n" for example in examples))


@cache
def _states(language: str, sentences: float) -> dict[str, list[Choice]]:
    """The automaton. States are named by where they are, the subject's kind, and the kind of the noun that comes."""
    words, states = WORDS[language], dict[str, list[Choice]]()
    states[START] = _determiners(words, "subject", "")
    for kind in KINDS:
        after = f"after subject {kind}"
        states |= _noun(words, "subject", "", kind, after)
        states[after] = [*_drawn(words.prepositions, PHRASE, f"phrase {kind}"), *_verbs(words, kind)]
        states[f"phrase {kind}"] = _determiners(words, "other", f" {kind}")
        states |= _any_noun(words, "other", f" {kind}", (after, after))
        for other in KINDS:
            states |= _noun(words, "other", f" {kind}", other, after)
    states |= _any_noun(words, "subject", "", ("after subject 0", "after subject 1"))
    states["object"] = _determiners(words, "object", "")
    states |= _any_noun(words, "object", "", ("full stop", "full stop"))
    for kind in KINDS:
        states |= _noun(words, "object", "", kind, "full stop")
    states["full stop"] = [(words.full_stop, 1.0, "end")]
    ended = 1 / sentences
    states["end"] = [("", ended, STOP), *((word, (1 - ended) * chance, to) for word, chance, to in states[START])]
    return states


def _determiners(words: Words, place: str, memory: str) -> list[Choice]:
    told = (1 - ANY) / len(KINDS)
    choices = [one for kind in KINDS for one in _drawn(words.determiners[kind], told, f"{place}{memory} of {kind}")]
    return [*choices, *_drawn(words.determiners[2], ANY, f"{place}{memory} of any")]


def _noun(words: Words, place: str, memory: str, kind: int, after: str) -> dict[str, list[Choice]]:
    """An adjective or a noun of a known kind, and the noun behind an adjective."""
    name = f"{place}{memory} of {kind}"
    adjectives = _drawn(words.adjectives, ADJECTIVE, f"{name} old")
    return {
        name: [*adjectives, *_drawn(words.nouns[kind], 1 - ADJECTIVE, after)],
        f"{name} old": _drawn(words.nouns[kind], 1.0, after),
    }


def _any_noun(words: Words, place: str, memory: str, after: tuple[str, str]) -> dict[str, list[Choice]]:
    """The same where the determiner did not tell the kind."""
    name = f"{place}{memory} of any"
    nouns = [(word, chance, after[kind]) for kind in KINDS for word, chance, _ in _drawn(words.nouns[kind], 0.5, "")]
    first = [(word, (1 - ADJECTIVE) * chance, to) for word, chance, to in nouns]
    return {name: [*_drawn(words.adjectives, ADJECTIVE, f"{name} old"), *first], f"{name} old": nouns}


def _verbs(words: Words, kind: int) -> list[Choice]:
    """Verbs with an object behind them, the first half, and verbs without one."""
    verbs = words.verbs[kind].split("|")
    half = len(verbs) // 2
    with_object, without = "|".join(verbs[:half]), "|".join(verbs[half:])
    told = 1 - PHRASE
    return [
        *_drawn(with_object, told * OBJECT, "object"),
        *_drawn(without, told * (1 - OBJECT), "full stop"),
    ]


def _drawn(alternatives: str, share: float, after: str) -> list[Choice]:
    """Words of which the k-th is k times as rare as the first; their probabilities add up to the share."""
    words = alternatives.split("|")
    whole = sum(1 / rank for rank in range(1, len(words) + 1))
    return [(word, share / rank / whole, after) for rank, word in enumerate(words, start=1)]


def _begins(text: str, word: str, glue: str) -> bool:
    """Whether the next word of a text is this one; the empty word is its end."""
    if not (word and glue):
        return text.startswith(word) if word else not text
    return text.partition(glue)[0] == word
