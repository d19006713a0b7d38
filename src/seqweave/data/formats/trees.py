r"""Penn-style trees with a label at every node, one a line, as in the Stanford Sentiment Treebank (SST).

    (3 (2 It) (4 (2 's) (4 lovely)))

The escapes of the Penn Treebank are read as what they stand for: `-LRB-` as `(`, `-RRB-` as `)`, `\/` as `/`, and `\*`
as `*`. Paper: Socher et al., 2013, "Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.formats.contract import Format, Row, format  # noqa: A004  # "@format('trees')"
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt

_SYMBOL = re.compile(r"[()]|[^ \t()]+")  # a no-break space stands inside some tokens of SST
_ESCAPED = re.compile(r"-LRB-|-RRB-|\\[/*]")
_ESCAPES = {"-LRB-": "(", "-RRB-": ")", r"\/": "/", r"\*": "*"}


class Node(NamedTuple):
    """A labelled phrase: tokens `start` to `end`, exclusive, of its sentence."""

    label: str
    start: int
    end: int


@format("trees")
class TreesFormat(Format):
    """One tree a line. Columns: text (the tokens joined by spaces), tokens, label, root (is it a whole sentence?)."""

    phrases: Literal["root", "all", "distinct"] = "root"
    """root: a row for each sentence; all: a row for each node of its tree, root first; distinct: each sentence, and the
    phrases below it whose text no row of the file had before (their texts are held in memory)."""

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the sentences or phrases as rows.

        Raises:
            DataError: if the file holds only blank lines.
        """
        seen: set[str] = set()
        for number, text in lines(path, encoding, receipt):
            if not text.strip():
                receipt.count("blank")
                continue
            try:
                nodes, tokens = parsed(text)
            except _TreeError as error:
                place = Place(receipt.file, number, error.column)
                mend = "write each tree on one line, as (LABEL (LABEL word) (LABEL word))"
                receipt.refuse(DataError(error.code, error.what, mend=mend, place=place))
                continue
            receipt.count("used")
            for row in self._rows(number, nodes, tokens):
                if self.phrases != "distinct":
                    yield row
                elif row.fields["root"] or row.fields["text"] not in seen:
                    seen.add(str(row.fields["text"]))
                    yield row
        if receipt.without_records:
            what, mend = "the file holds only blank lines", "check that it was written"
            raise DataError("E-TREE-07", what, mend=mend, place=Place(receipt.file))

    def _rows(self, number: int, nodes: list[Node], tokens: list[str]) -> Iterator[Row]:
        for index, (label, start, end) in enumerate(nodes[:1] if self.phrases == "root" else nodes):
            words = tuple(tokens[start:end])
            yield Row(number, {"text": " ".join(words), "tokens": words, "label": label, "root": index == 0})

    @classmethod
    def suits(cls, name: str, head: str) -> float:  # noqa: ARG003  # part of the contract
        """Sure where the first line is a tree."""
        try:
            nodes, _ = parsed(head.lstrip().partition("\n")[0])
        except _TreeError:
            return 0.0
        return 0.97 if nodes else 0.0


class _TreeError(Exception):
    """What is wrong with a tree, and the column in its line."""

    def __init__(self, code: str, what: str, column: int) -> None:
        self.code, self.what, self.column = code, what, column
        super().__init__(what)


def parsed(text: str) -> tuple[list[Node], list[str]]:
    """The nodes of a tree, parents before children and left before right, and the tokens of its sentence."""
    tokens: list[str] = []
    nodes: list[Node] = []
    around: list[tuple[int, int]] = []  # node and symbol of each bracket that is still open, outermost first
    unlabelled = False
    for at, symbol in enumerate(_SYMBOL.findall(text)):
        if unlabelled and symbol in "()":
            raise _TreeError("E-TREE-01", f"a label must follow '(' (found {symbol!r})", _column(text, at))
        if not around and (nodes or symbol != "("):
            raise _TreeError("E-TREE-02", f"{shown(symbol, 20)!r} stands outside of the tree", _column(text, at))
        if symbol == "(":
            around.append((len(nodes), at))
            unlabelled = True
        elif symbol == ")":
            index, _ = around.pop()
            label, start, _ = nodes[index]
            if start == len(tokens):
                raise _TreeError("E-TREE-03", f"the phrase labelled {shown(label)!r} has no words", _column(text, at))
            nodes[index] = Node(label, start, len(tokens))
        elif unlabelled:
            nodes.append(Node(symbol, len(tokens), 0))
            unlabelled = False
        else:
            tokens.append(symbol)
    if around:
        raise _TreeError("E-TREE-04", "the bracket that opens here is never closed", _column(text, around[-1][1]))
    if _ESCAPED.search(text):
        tokens = [_ESCAPED.sub(lambda found: _ESCAPES[found[0]], token) for token in tokens]
    return nodes, tokens


def _column(text: str, at: int) -> int:
    """The column of symbol `at`; only errors need it, and a match object for each symbol is slow."""
    return next(match.start() + 1 for index, match in enumerate(_SYMBOL.finditer(text)) if index == at)
