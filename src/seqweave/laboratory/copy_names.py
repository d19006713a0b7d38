"""Sentences told from the other side, in which every name must be written again, also one that was never seen.

Names for training and names for the other parts are two halves of all names, told apart by checksums, so that nothing
in their looks tells them apart. There are one or two givers and receivers, who change places: copying whatever is
unknown is not enough, the right name must be copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Literal
from zlib import crc32

from seqweave.laboratory.contract import laboratory
from seqweave.laboratory.translation import Phrase, TranslationLaboratory, joined, word

HALVES = ("training", "others")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language; alternatives are separated by `|`, the two sides of a verb by a space.

    Args:
        beginnings: first parts of names.
        parts: later parts of names.
        lengths: fewest and most later parts.
        verbs: as the giver's side tells it, and as the receiver's does.
        direction: likewise, the word for the direction.
        things: what is given, with spaces between tokens.
        times: when.
        both: between two names.
        stop: at the end.
        order_read: what stands where in the source.
        order_written: what stands where in the target.
    """

    beginnings: str
    parts: str
    lengths: tuple[int, int]
    verbs: str
    direction: str
    things: str
    times: str
    both: str
    stop: str
    order_read: str
    order_written: str


WORDINGS = {
    "en": Wording(
        beginnings="Ba|Be|Bo|Da|De|Di|Fa|Fe|Ga|Jo|Ka|Ke|Ki|La|Le|Li|Ma|Me|Mi|Na|Ne|Pa|Pe|Ra|Ri|Ro|Sa|Se|Ta|Te|To|Vi",
        parts="ba|be|da|do|fi|ga|ka|ko|la|le|li|lo|ma|mi|mo|na|ne|ni|ra|ri|ro|sa|so|ta|ti|to|va|vi|za|zo",
        lengths=(1, 3),
        verbs="gave got|sold bought|lent borrowed|handed took|sent received|passed caught",
        direction="to from",
        things="a book|the old map|two tickets|a red bicycle|the keys|his camera|a basket of apples|her umbrella",
        times="yesterday|today|at noon|last week|this morning|on Sunday|before lunch|in the evening",
        both="and",
        stop=".",
        order_read="time giver verb thing direction receiver stop",
        order_written="receiver verb thing direction giver time stop",
    ),
    "zh": Wording(
        beginnings="王|李|张|刘|陈|杨|黄|赵|吴|周|徐|孙|马|朱|胡|郭|何|林|罗|高",
        parts="伟|芳|娜|敏|静|丽|强|磊|军|洋|勇|艳|杰|涛|明|超|秀|霞|平|刚|桂|英|华|玉|兰|红|梅|文|辉|鹏|宇|晨|雪|婷|欣|怡|佳"
        "|思|雨|浩|然|轩|子|涵|梓|琪|博|志|建|国|海|波|春|秋|冬|云|飞|龙|凤|燕",
        lengths=(1, 2),
        verbs="卖 买|送 收到|借 借到|寄 收到|交 拿到|递 接过",
        direction="给 从",
        things="一 本 书|那 张 旧 地图|两 张 票|一 辆 红 自行车|钥匙|他 的 相机|一 篮 苹果|她 的 伞",
        times="昨天|今天|中午|上 个 星期|今天 早上|星期日|午饭 前|晚上",
        both="和",
        stop="。",
        order_read="time giver verb direction receiver thing stop",
        order_written="receiver time direction giver verb thing stop",
    ),
}


@laboratory("copy-names")
class CopyNamesLaboratory(TranslationLaboratory):
    """Settings of sentences with names."""

    held_back: ClassVar[Mapping[str, Any]] = {"names": "others"}

    names: Literal["training", "others"] = "training"
    """Which half of all names stands in them; `split` gives dev and test the other half."""

    def phrase(self, generator: Random) -> Phrase:
        """Who gave what to whom, and who got it from whom."""
        wording = WORDINGS[self.language]
        parts = {
            "time": _same(generator.choice(wording.times.split("|"))),
            "giver": self._people(wording, generator),
            "verb": word(*generator.choice(wording.verbs.split("|")).split()),
            "thing": _same(generator.choice(wording.things.split("|"))),
            "direction": word(*wording.direction.split()),
            "receiver": self._people(wording, generator),
            "stop": _same(wording.stop),
        }
        read = wording.order_read.split()
        return joined([parts[name] for name in read], [read.index(name) for name in wording.order_written.split()])

    def _people(self, wording: Wording, generator: Random) -> Phrase:
        """One name or two."""
        names = [self._name(wording, generator) for _ in range(generator.randint(1, 2))]
        return _same(f" {wording.both} ".join(names))

    def _name(self, wording: Wording, generator: Random) -> str:
        """A name of this half."""
        while True:
            later = generator.choices(wording.parts.split("|"), k=generator.randint(*wording.lengths))
            name = generator.choice(wording.beginnings.split("|")) + "".join(later)
            if HALVES[crc32(name.encode()) % 2] == self.names:
                return name


def _same(text: str) -> Phrase:
    """Tokens that are the same on both sides."""
    tokens = text.split()
    return joined([word(token, token) for token in tokens], range(len(tokens)))
