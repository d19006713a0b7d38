"""A small grammar of word classes in which some words cannot be told from their own form.

- Ambiguity: `fish`, `watch`, `light` ... are nouns after a determiner or adjective, and verbs after a subject.
- Long-distance agreement: the invariable verbs (`put`, `hit`, `cut` ...) carry the number of their subject as their
  tag, over up to three phrases whose nouns may have the other number. The governing noun decides, and with
  `agreement: false` it does so alone; otherwise most determiners tell the number of their noun as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from pydantic import Field

from seqweave.core.files import write_text
from seqweave.data.examples import TaggedExample, spelled
from seqweave.laboratory.contract import Laboratory, Specimen, laboratory, pick


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words of one language; alternatives are separated by `|`, tokens by spaces."""

    singular: str
    plural: str
    both: str
    determiners: tuple[str, str]
    neutral_determiners: str
    adjectives: str
    prepositions: str
    invariable: str
    adverbs: str
    stop: str
    glue: str


GRAMMARS = {
    "en": Grammar(
        singular="dog|teacher|boat|farmer|window|child",
        plural="dogs|teachers|boats|farmers|windows|children",
        both="fish|watch|light|man|water|plant",
        determiners=("the|a|this|every", "the|some|these|many"),
        neutral_determiners="the|my|our|her",
        adjectives="old|big|red|quiet|young",
        prepositions="near|behind|with|under",
        invariable="put|hit|cut|set|shut",
        adverbs="slowly|today|again|there",
        stop=".",
        glue=" ",
    ),
    "zh": Grammar(
        singular="狗|老师|船|农民|窗户|孩子",
        plural="狗群|老师们|船队|农民们|窗户群|孩子们",
        both="画|锁|代表|领导|工作|翻译",
        determiners=("这个|那个|一个|每个", "这些|那些|几个|许多"),
        neutral_determiners="我的|你的|他的|她的",
        adjectives="老|大|红|安静|年轻",
        prepositions="挨着|对着|跟着|靠着",
        invariable="放|打|切|关|推",
        adverbs="慢慢地|今天|再次|那里",
        stop="。",
        glue="",
    ),
}

Words = list[tuple[str, str]]


@laboratory("tagging")
class TaggingLaboratory(Laboratory[TaggedExample]):
    """Settings of the grammar."""

    task = "tagging"
    suffix = ".conll"

    phrases: int = Field(default=3, ge=0, le=100)
    """Most phrases between a subject and its verb."""
    agreement: bool = True
    """Whether determiners agree with their noun; if not, the number of a noun is told by the noun alone."""

    def specimens(self, seed: int) -> Iterator[Specimen[TaggedExample]]:
        """Endless specimens; equal seeds give equal ones."""
        grammar, generator = GRAMMARS[self.language], Random(seed)  # noqa: S311  # data, not secrets
        if not self.agreement:
            grammar = replace(grammar, determiners=(grammar.neutral_determiners,) * 2)
        while True:
            yield self._specimen(grammar, generator)

    def _specimen(self, grammar: Grammar, generator: Random) -> Specimen[TaggedExample]:
        plural = generator.random() < 0.5
        words = _noun_phrase(grammar, generator, plural)
        governor = len(words) - 1
        for _ in range(generator.randint(0, self.phrases)):
            words.append((pick(generator, grammar.prepositions)[0], "ADP"))
            words += _noun_phrase(grammar, generator, generator.random() < 0.5)
        evidence: tuple[int, ...] = ()
        if generator.random() < 0.6:
            evidence = (len(words), governor)
            words.append((pick(generator, grammar.invariable)[0], "VERB-PL" if plural else "VERB-SG"))
        else:
            # An ambiguous word that follows a noun is the verb of the sentence: the word before it decides.
            evidence = (len(words), len(words) - 1)
            words.append((pick(generator, grammar.both)[0], "VERB"))
        words += _noun_phrase(grammar, generator, generator.random() < 0.5, ambiguous=0.5)
        if generator.random() < 0.5:
            words.append((pick(generator, grammar.adverbs)[0], "ADV"))
        words.append((grammar.stop, "PUNCT"))
        tokens, tags = tuple(word for word, _ in words), tuple(tag for _, tag in words)
        text, starts, ends = spelled(tokens, grammar.glue)
        return Specimen(TaggedExample(text, tokens, starts, ends, tags), evidence)

    def write(self, examples: Sequence[TaggedExample], path: Path) -> None:
        """A CoNLL file with the columns token and tag."""
        blocks = [
            "".join(f"{token}\t{tag}\n" for token, tag in zip(example.tokens, example.tags, strict=True))
            for example in examples
        ]
        write_text(path, "\n".join(blocks))


def _noun_phrase(grammar: Grammar, generator: Random, plural: bool, ambiguous: float = 0.0) -> Words:
    words: Words = [(pick(generator, grammar.determiners[plural])[0], "DET")]
    if generator.random() < 0.4:
        words.append((pick(generator, grammar.adjectives)[0], "ADJ"))
    if generator.random() < ambiguous:
        return [*words, (pick(generator, grammar.both)[0], "NOUN")]
    noun = pick(generator, grammar.plural if plural else grammar.singular)[0]
    return [*words, (noun, "NOUN")]
