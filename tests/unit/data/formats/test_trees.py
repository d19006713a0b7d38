"""Trees against the recursive tree they were printed from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError
from seqweave.data.formats.trees import TreesFormat
from seqweave.data.receipt import Receipt

ESCAPES = {"(": "-LRB-", ")": "-RRB-", "1/2": r"1\/2", "*": r"\*"}


@dataclass
class Tree:
    label: str
    parts: list[Tree] | str

    def printed(self) -> str:
        inner = (
            ESCAPES.get(self.parts, self.parts)
            if isinstance(self.parts, str)
            else " ".join(map(Tree.printed, self.parts))
        )
        return f"({self.label} {inner})"

    def words(self) -> tuple[str, ...]:
        return (self.parts,) if isinstance(self.parts, str) else sum((part.words() for part in self.parts), ())

    def nodes(self) -> list[Tree]:
        below = [] if isinstance(self.parts, str) else [node for part in self.parts for node in part.nodes()]
        return [self, *below]


LABEL = st.sampled_from("01234")
TREE = st.recursive(
    st.builds(Tree, LABEL, st.sampled_from(["good", "好", "no\u00a0break", *ESCAPES])),
    lambda inner: st.builds(Tree, LABEL, st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)


def read(path: Path, content: str, phrases: str) -> list[tuple[tuple[str, ...], str, bool]]:
    path.write_text(content, "utf-8", newline="")
    receipt = Receipt(path.name)
    rows = list(TreesFormat(phrases=phrases).read(path, "auto", receipt))
    receipt.close()
    assert all(row.fields["text"] == " ".join(row.fields["tokens"]) for row in rows)
    return [(row.fields["tokens"], row.fields["label"], row.fields["root"]) for row in rows]


@settings(max_examples=60, deadline=None)
@given(trees=st.lists(TREE, min_size=1, max_size=4))
def test_rows_are_the_nodes_of_the_trees(trees: list[Tree], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "a.txt"
    content = "\n".join(tree.printed() for tree in trees)
    every = [(node.words(), node.label, node is tree) for tree in trees for node in tree.nodes()]
    assert read(path, content, "all") == every
    assert read(path, content, "root") == [row for row in every if row[2]]
    texts = [" ".join(words) for words, _, _ in every]
    distinct = [row for at, row in enumerate(every) if row[2] or texts[at] not in texts[:at]]
    assert read(path, content, "distinct") == distinct


@pytest.mark.parametrize(
    ("line", "place", "code"),
    [
        ("(3 (2 It) (2 works)", "a.txt:1:1", "E-TREE-04"),
        ("(3 (2 It) ((2 works)))", "a.txt:1:12", "E-TREE-01"),
        ("(3 (2 It)) (2 works)", "a.txt:1:12", "E-TREE-02"),
        ("It works", "a.txt:1:1", "E-TREE-02"),
        ("(3 (2 It) (2 ))", "a.txt:1:14", "E-TREE-03"),
        ("()", "a.txt:1:2", "E-TREE-01"),
        (")", "a.txt:1:1", "E-TREE-02"),
    ],
)
def test_a_malformed_tree_is_refused_at_its_column(tmp_path: Path, line: str, place: str, code: str) -> None:
    (tmp_path / "a.txt").write_text(line + "\n\n(2 fine)\n")
    receipt = Receipt("a.txt")
    assert len(list(TreesFormat().read(tmp_path / "a.txt", "auto", receipt))) == 1
    assert [(str(p.place), p.code) for p in receipt.problems] == [(place, code)]
    assert receipt.counts == {"refused": 1, "blank": 1, "used": 1}


def test_depth_has_no_limit_but_the_line(tmp_path: Path) -> None:
    deep = "(2 " * 50_000 + "(2 word)" + ")" * 50_000
    assert read(tmp_path / "a.txt", deep, "root") == [(("word",), "2", True)]


def test_a_file_without_trees_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="E-TREE-07"):
        read(tmp_path / "a.txt", "\n \n", "root")
