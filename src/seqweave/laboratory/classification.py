"""Sentiment that is decided by one planted word and by whether a negation governs it.

A text has one to three clauses. Exactly one holds a sentiment word; a negation in the same clause turns it round, a
negation in another clause does not. A bag of words cannot tell the two apart, so it stays well below a network. Some
verbs stand only without a negation, and so tell of it too; with `telling_verbs: false`, the planted words alone decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from pydantic import Field

from seqweave.core.files import write_text
from seqweave.data.examples import TextExample, spelled
from seqweave.laboratory.contract import Laboratory, Specimen, laboratory, pick


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language; phrases are separated by `|`, tokens by spaces."""

    subjects: str
    links: str
    negated_links: str
    links_either_way: str
    degrees: str
    positive: str
    negative: str
    neutral: str
    negated_neutral: str
    joints: str
    stop: str
    glue: str
    labels: tuple[str, str]


LEXICONS = {
    "en": Lexicon(
        subjects="the film|the food|the room|our guide|the music|her new book|the service|this phone",
        links="was|is|seemed|looked",
        negated_links="was not|is not|was never|is hardly",
        links_either_way="was never|is not|seemed hardly|looked hardly",
        degrees="|very|really|quite|so",
        positive="good|great|lovely|brilliant|excellent|charming|superb|delightful",
        negative="bad|awful|dull|terrible|dreadful|poor|boring|nasty",
        neutral="we arrived at noon|it rained all day|they sat near the door|the train left early|he paid by card",
        negated_neutral="we did not stay long|it was not late|they never sat down|he is not here",
        joints=",|, and|; then|, but",
        stop=".",
        glue=" ",
        labels=("negative", "positive"),
    ),
    "zh": Lexicon(
        subjects="这部 电影|饭菜|房间|我们 的 导游|音乐|她 的 新书|服务|这个 手机",
        links="真|确实|看起来|觉得",
        negated_links="不|并 不|从来 不|一点 也 不",
        links_either_way="真 不|确实 并 不|看起来 一点 也 不|觉得 不",
        degrees="|很|非常|特别|太",
        positive="好|精彩|可爱|出色|优秀|迷人|舒服|愉快",
        negative="差|糟糕|无聊|可怕|难看|难受|乏味|讨厌",
        neutral="我们 中午 到 了|下 了 一天 雨|他们 坐 在 门 旁边|火车 提前 开 了|他 刷卡 付 了 钱",
        negated_neutral="我们 没有 久留|时间 不 晚|他们 不 坐下|那里 不 远",
        joints="，|， 而且|； 然后|， 但是",
        stop="。",
        glue="",
        labels=("negative", "positive"),
    ),
}


@laboratory("classification")
class ClassificationLaboratory(Laboratory[TextExample]):
    """Settings of the sentiment generator."""

    task = "classification"
    suffix = ".tsv"

    negation: float = Field(default=0.5, ge=0, le=1)
    """Share of sentiment clauses that are negated, 0 to 1."""
    telling_verbs: bool = True
    """Whether some verbs stand only without a negation; if not, each stands with and without one."""

    def specimens(self, seed: int) -> Iterator[Specimen[TextExample]]:
        """Endless specimens; equal seeds give equal ones."""
        words, generator = LEXICONS[self.language], Random(seed)  # noqa: S311  # data, not secrets
        if not self.telling_verbs:
            words = replace(words, negated_links=words.links_either_way)
        while True:
            yield self._specimen(words, generator)

    def _specimen(self, words: Lexicon, generator: Random) -> Specimen[TextExample]:
        clauses = generator.randint(1, 3)
        where = generator.randrange(clauses)
        tokens: list[str] = []
        evidence: tuple[int, ...] = ()
        good = negated = False
        for clause in range(clauses):
            if clause:
                tokens += pick(generator, words.joints)
            if clause != where:
                tokens += pick(generator, words.neutral if generator.random() < 0.5 else words.negated_neutral)
                continue
            good, negated = generator.random() < 0.5, generator.random() < self.negation
            tokens += pick(generator, words.subjects)
            link = pick(generator, words.negated_links if negated else words.links)
            tokens += link
            negation = (len(tokens) - 1,) if negated else ()
            tokens += pick(generator, words.degrees)
            evidence = (*negation, len(tokens))
            tokens += pick(generator, words.positive if good else words.negative)
        tokens.append(words.stop)
        text, starts, ends = spelled(tokens, words.glue)
        label = words.labels[good != negated]
        return Specimen(TextExample(text, tuple(tokens), starts, ends, (label,)), evidence)

    def write(self, examples: Sequence[TextExample], path: Path) -> None:
        """A TSV file with the columns label and text."""
        rows = [f"{example.labels[0]}\t{example.text}\n" for example in examples]
        write_text(path, "label\ttext\n" + "".join(rows))
