"""CoNLL-U: ten tab-separated columns a word, comments, multiword ranges and empty nodes.

Words alone become tokens. Ranges (2-3) give the surface of the text and are left out with the empty nodes (5.1). We
split the columns ourselves: the `conllu` package tells no line numbers and takes lines of nine columns; it is the
second answer in our tests. What makes a tree lawful is in `data/arcs.py`.

Specification: https://universaldependencies.org/format.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.arcs import arc_problems, graph_problem
from seqweave.data.blocks import Block, blocks
from seqweave.data.formats.contract import Format, Row, format  # noqa: A004  # reads as the sentence "@format('conllu')"
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
ID, FORM, FEATS, HEAD, DEPREL, DEPS, MISC = (
    COLUMNS.index(name) for name in ("id", "form", "feats", "head", "deprel", "deps", "misc")
)
NOTHING = "_"
NO_SPACE = "SpaceAfter=No"
WORD = re.compile(r"[1-9][0-9]*")
RANGE = re.compile(r"([1-9][0-9]*)-([1-9][0-9]*)")
EMPTY_NODE = re.compile(r"(0|[1-9][0-9]*)\.([1-9][0-9]*)")
FEATURE = re.compile(r"[^=|]+=[^=|]+")

Line = tuple[int, list[str]]


@format("conllu")
class ConlluFormat(Format):
    """The ten columns by name, and `text`: the sentence as written."""

    trees: bool = True
    """Check heads and relations, where a sentence has any (enhanced ones are warned of, as no task reads them); off for
    files whose trees are not asked for."""

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the sentences of one file; see `Format.read`."""
        for block in blocks(lines(path, encoding, receipt), receipt):
            if not block.closed:
                what = "no blank line ends the last sentence; the file may be cut short"
                receipt.notice("W-CONLLU-12", what, block.numbers[-1])
            row = _Sentence(block, receipt).row(self.trees)
            if row is not None:
                yield row

    @classmethod
    def suits(cls, name: str, head: str) -> float:
        """High where lines have ten columns and begin with an id, in between comments."""
        rows = [line for line in head.split("\n")[:-1] if line.strip() and not line.startswith("#")]
        fitting = sum(line.count("\t") == len(COLUMNS) - 1 and line[0].isdigit() for line in rows)
        if rows and fitting >= 0.9 * len(rows):
            return 0.99
        return 0.9 * name.lower().endswith(".conllu")


class _Sentence:
    """One block of lines, taken apart; problems are collected, and any of them refuses the sentence."""

    def __init__(self, block: Block, receipt: Receipt) -> None:
        self.block, self.receipt = block, receipt
        self.problems: list[DataError] = []
        numbered = zip(block.numbers, block.texts, strict=True)
        self.comments: list[str] = []
        self.rows: list[Line] = []
        for number, text in numbered:
            if text.startswith("#"):
                self.comments.append(text)
            else:
                self.rows.append((number, text.split("\t")))
        self.words: list[Line] = []
        self.empty_nodes: list[Line] = []
        self.ranges: dict[int, tuple[int, Line]] = {}
        """By first word: the last word, and the line."""

    def row(self, trees: bool) -> Row | None:
        """The sentence, or None where it is refused or has no words."""
        if not self.block.whole:
            self.receipt.count("refused", len(self.block.texts))
            return None
        for line in self.rows:
            self._check_columns(line)
        if not self.problems:
            self._number_words()
        if trees and not self.problems:
            self._check_tree()
            self._check_graph()
        for i, problem in enumerate(self.problems):
            self.receipt.refuse(problem, 0 if i else len(self.block.texts))
        return None if self.problems else self._accepted()

    def _accepted(self) -> Row | None:
        size = len(self.words)
        others = {"comment": len(self.comments), "range": len(self.ranges), "empty node": len(self.empty_nodes)}
        for what, count in {**others, "used": size}.items():
            if count:
                self.receipt.count(what, count)
        if not size:
            return None
        numbers = tuple(number for number, _ in self.words)
        columns = list(zip(*(cells for _, cells in self.words), strict=True))
        columns[FEATS] = tuple(
            self._feats(number, feats) for number, feats in zip(numbers, columns[FEATS], strict=True)
        )
        fields = dict(zip(COLUMNS, columns, strict=True))
        return Row(self.block.numbers[0], {**fields, "text": self._text()}, numbers)

    def _refuse(self, code: str, number: int, what: str, mend: str) -> None:
        self.problems.append(DataError(code, what, mend=mend, place=Place(self.receipt.file, number)))

    def _check_columns(self, line: Line) -> None:
        number, cells = line
        if len(cells) == len(COLUMNS) and "" not in cells:
            return
        if len(cells) == len(COLUMNS):
            what, mend = f"column {COLUMNS[cells.index('')]} is empty", "write _ where there is nothing"
        else:
            seen = shown("\t".join(cells).replace("\t", "→"))
            parts = "parted by spaces, not tabs" if len(cells) == 1 and " " in cells[0] else f"{len(cells)} and not 10"
            what, mend = f"the columns are {parts} ({seen!r})", "write ten columns with single tabs between them"
        self._refuse("E-CONLLU-01", number, what, mend)

    def _number_words(self) -> None:
        """Tell words, ranges and empty nodes apart, and check that their ids go up one by one."""
        covered, empty = 0, 0
        for line in self.rows:
            number, cells = line
            found = cells[ID]
            if WORD.fullmatch(found):
                if int(found) != len(self.words) + 1:
                    what = f"the id is {shown(found)}, where {len(self.words) + 1} must follow"
                    self._refuse("E-CONLLU-02", number, what, "number the words of a sentence from 1 on, without gaps")
                    return
                self.words.append(line)
                empty = 0
            elif span := RANGE.fullmatch(found):
                covered = self._range(line, int(span[1]), int(span[2]), covered)
            elif node := EMPTY_NODE.fullmatch(found):
                empty += 1
                self.empty_nodes.append(line)
                if (int(node[1]), int(node[2])) != (len(self.words), empty):
                    what = f"the empty node {shown(found)} stands where {len(self.words)}.{empty} is due"
                    self._refuse(
                        "E-CONLLU-04", number, what, "put it after its word; number the empty nodes there from .1 on"
                    )
            else:
                what = f"the id '{shown(found)}' is no word (1), range (1-2) or empty node (1.1)"
                self._refuse("E-CONLLU-02", number, what, "number the words of a sentence from 1 on, without gaps")
                return
        if covered > len(self.words):
            start, (last, (number, _)) = next((s, r) for s, r in self.ranges.items() if r[0] == covered)
            what = f"the range {start}-{last} reaches beyond the last word, {len(self.words)}"
            self._refuse("E-CONLLU-03", number, what, "end the range at its last word")

    def _range(self, line: Line, start: int, last: int, covered: int) -> int:
        """Note a multiword range; the last word that any range covers so far."""
        due = len(self.words) + 1
        reason = ""
        if last < start:
            reason = "is reversed"
        elif start <= covered:
            reason = f"overlaps the range before it, which ends at {covered}"
        elif start != due:
            reason = f"does not stand before its first word (here word {due} is due)"
        if reason:
            mend = "write first-last before the first word; ranges share no word"
            self._refuse("E-CONLLU-03", line[0], f"the range {start}-{last} {reason}", mend)
            return covered
        self.ranges[start] = (last, line)
        return last

    def _check_tree(self) -> None:
        heads = [cells[HEAD] for _, cells in self.words]
        relations = [cells[DEPREL] for _, cells in self.words]
        if all(head == NOTHING for head in heads):
            return
        forms = [cells[FORM] for _, cells in self.words]
        for position, code, what, mend in arc_problems(heads, relations, forms):
            self._refuse(code, self.words[position][0], what, mend)

    def _check_graph(self) -> None:
        lines = [*self.words, *self.empty_nodes]
        nodes = {"0", *(cells[ID] for _, cells in lines)}
        for number, cells in lines:
            reason = graph_problem(cells[DEPS], nodes)
            if reason:
                what = f"the enhanced dependencies {reason} ('{shown(cells[DEPS])}')"
                self.receipt.notice("W-CONLLU-14", what, number)

    def _feats(self, number: int, feats: str) -> str:
        canonical = _canonical(feats)
        if canonical is None:
            what = f"features are not Name=Value pairs, each name once ('{shown(feats)}')"
            self.receipt.notice("W-CONLLU-11", what, number)
            return feats
        if canonical != feats:
            self.receipt.notice("W-CONLLU-11", f"features are not sorted by name ('{shown(feats)}')", number)
        return canonical

    def _text(self) -> str:
        """The text of the comment if the forms spell it, spaces aside; else the forms joined as SpaceAfter says."""
        joined = self._joined()
        written = next(
            (found[1] for text in self.comments if (found := re.match(r"#\s*text\s*=\s*(.*\S)", text))), None
        )
        if written is None:
            return joined
        if "".join(written.split()) == "".join(joined.split()):
            return written
        what = f"the words do not spell the text of the comment ('{shown(joined, 30)}', '{shown(written, 30)}')"
        self.receipt.notice("W-CONLLU-13", what, self.block.numbers[0])
        return joined

    def _joined(self) -> str:
        pieces, covered = [], 0
        for position, (_, cells) in enumerate(self.words, 1):
            if position in self.ranges:
                covered, (_, cells) = self.ranges[position]
            elif position <= covered:
                continue
            pieces.append(cells[FORM] + " " * (NO_SPACE not in cells[MISC].split("|")))
        return "".join(pieces).rstrip(" ")


@lru_cache(maxsize=65536)
def _canonical(feats: str) -> str | None:
    """Features sorted by name, letter case aside; None where they are not Name=Value pairs of different names."""
    pairs = feats.split("|")
    if feats == NOTHING:
        return feats
    if not all(FEATURE.fullmatch(pair) for pair in pairs) or len({pair.split("=")[0] for pair in pairs}) < len(pairs):
        return None
    return "|".join(sorted(pairs, key=lambda pair: pair.split("=")[0].lower()))
