"""CoNLL-U: values against the `conllu` package, and every malformed file against its message."""

from __future__ import annotations

from pathlib import Path

import conllu
import pytest

from seqweave.data.formats.conll import ConllFormat
from seqweave.data.formats.conllu import COLUMNS, ConlluFormat
from seqweave.data.formats.contract import Row
from seqweave.data.receipt import Receipt

MALFORMED = Path(__file__).parents[3] / "malformed" / "conllu"
SENTENCES = """\
# sent_id = 1
# text = Du vin, du  pain !
1-2\tDu\t_\t_\t_\t_\t_\t_\t_\t_
1\tDe\tde\tADP\t_\t_\t3\tcase\t3:case\t_
2\tle\tle\tDET\tart\tGender=Masc|Number=Sing\t3\tdet\t3:det\t_
3\tvin\tvin\tNOUN\tn\tGender=Masc\t0\troot\t0:root\tSpaceAfter=No
4\t,\t,\tPUNCT\t_\t_\t6\tpunct\t6:punct\t_
4.1\tbu\tboire\tVERB\t_\t_\t_\t_\t3:conj\tCopyOf=3
5-6\tdu  pain\t_\t_\t_\t_\t_\t_\t_\t_
5\tdu\tdu\tDET\t_\t_\t6\tdet\t6:det\t_
6\tpain\tpain\tNOUN\t_\t_\t3\tconj\t3:conj\t_
7\t!\t!\tPUNCT\t_\t_\t3\tpunct\t3:punct\t_
7.1\tbu\tboire\tVERB\t_\t_\t_\t_\t3:conj\t_
7.2\tbu\tboire\tVERB\t_\t_\t_\t_\t3:conj\t_

# newpar
1\t我\t我\tPRON\t_\t_\t_\t_\t_\tSpaceAfter=No
2\t10 000\t_\tNUM\t_\t_\t_\t_\t_\tTranslit=x|SpaceAfter=No

"""


def read(path: Path, **settings: bool) -> tuple[list[Row], Receipt]:
    receipt = Receipt(path.name)
    return list(ConlluFormat(**settings).read(path, "auto", receipt)), receipt


def rows_of(tmp_path: Path, text: str) -> tuple[list[Row], Receipt]:
    path = tmp_path / "some.conllu"
    path.write_text(text, encoding="utf-8", newline="")
    return read(path)


def judged(path: Path) -> str:
    """All messages about a file, and the totals of its receipt."""
    _, receipt = read(path)
    messages = [*map(str, receipt.problems), *map(str, receipt.notices.values())]
    totals = ", ".join(f"{what} {count}" for what, count in sorted(receipt.counts.items()))
    return "\n".join([*messages, f"receipt: {totals}", ""])


@pytest.mark.parametrize("path", sorted(MALFORMED.glob("*.conllu")), ids=lambda path: path.stem)
def test_a_malformed_file_gets_its_message(path: Path) -> None:
    assert judged(path) == path.with_suffix(".txt").read_text(encoding="utf-8")
    assert sum(read(path)[1].counts.values()) == len(path.read_text(encoding="utf-8").splitlines())


def test_words_are_those_of_the_package(tmp_path: Path) -> None:
    rows, receipt = rows_of(tmp_path, SENTENCES)
    raw = {name: lambda cells, i: cells[i] for name in COLUMNS if name not in ("id", "form")}
    theirs = conllu.parse(SENTENCES, field_parsers=raw)
    assert len(rows) == len(theirs)
    for row, sentence in zip(rows, theirs, strict=True):
        words = [word for word in sentence if isinstance(word["id"], int)]
        for name in COLUMNS:
            assert row.fields[name] == tuple(str(word[name]) for word in words)
    assert not receipt.notices
    assert receipt.counts == {"comment": 3, "range": 2, "empty node": 3, "used": 9, "blank": 2}


def test_lines_are_those_of_the_words(tmp_path: Path) -> None:
    lines = SENTENCES.split("\n")
    for row in rows_of(tmp_path, SENTENCES)[0]:
        ids = [lines[number - 1].split("\t")[0] for number in row.lines]
        assert ids == list(row.fields["id"])
        assert lines[row.line - 1].startswith("#")


def test_the_text_is_the_comment_or_the_forms(tmp_path: Path) -> None:
    written, joined = (row.fields["text"] for row in rows_of(tmp_path, SENTENCES)[0])
    assert written == "Du vin, du  pain !"
    assert joined == "我10 000"
    without = SENTENCES.replace("# text", "# other")
    assert rows_of(tmp_path, without)[0][0].fields["text"] == "Du vin, du  pain !"


def test_heads_are_not_needed_unless_trees_are(tmp_path: Path) -> None:
    path = MALFORMED / "58-two-roots.conllu"
    assert read(path)[1].problems
    rows, receipt = read(path, trees=False)
    assert len(rows) == 1
    assert not receipt.problems


def test_features_are_sorted_without_regard_to_case(tmp_path: Path) -> None:
    word = "1\ta\ta\tX\t_\t{}\t0\troot\t_\t_\n\n"
    rows, receipt = rows_of(tmp_path, word.format("Number[psor]=Sing|abbr=Yes|Case=Nom"))
    assert rows[0].fields["feats"] == ("abbr=Yes|Case=Nom|Number[psor]=Sing",)
    assert receipt.notices["W-CONLLU-11"].count == 1


def test_all_bad_lines_of_a_sentence_are_told(tmp_path: Path) -> None:
    _, receipt = rows_of(tmp_path, "1\ta\n2\tb\n\n")
    assert [problem.place.line for problem in receipt.problems if problem.place] == [1, 2]
    assert receipt.counts == {"refused": 2, "blank": 1}


def test_it_knows_its_files() -> None:
    assert ConlluFormat.suits("x.txt", SENTENCES) > ConllFormat.suits("x.txt", SENTENCES)
    assert ConlluFormat.suits("x.conllu", "") > 0.5
    assert ConlluFormat.suits("x.txt", "a\tb\nc\td\n\n") == 0
