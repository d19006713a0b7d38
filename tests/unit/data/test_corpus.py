import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError
from seqweave.data.corpus import GATHERED_ROWS, Corpus, Ragged
from seqweave.data.examples import TaggedExample


@dataclass(frozen=True, slots=True)
class Everything:
    text: str
    words: tuple[str, ...]
    places: tuple[int, ...]
    weights: tuple[float, ...]
    score: float
    line: int
    source: str


quick = settings(max_examples=50, deadline=None)
strings = st.text(max_size=8)
everything = st.builds(
    Everything,
    text=strings,
    words=st.lists(strings, max_size=5).map(tuple),
    places=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5).map(tuple),
    weights=st.lists(st.floats(allow_nan=False), max_size=5).map(tuple),
    score=st.floats(allow_nan=False),
    line=st.integers(-(2**63), 2**63 - 1),
    source=st.sampled_from(["", "a.csv", "数据.tsv"]),
)
corpora = st.lists(everything, max_size=12)


@quick
@given(corpora)
def test_a_corpus_in_memory_gives_back_its_examples(examples):
    corpus = Corpus.of(Everything, iter(examples))
    assert len(corpus) == len(examples)
    assert list(corpus) == examples
    assert [corpus[row] for row in range(len(examples))] == examples
    assert list(corpus.field("words")) == [example.words for example in examples]


@quick
@given(corpora)
def test_a_corpus_in_files_gives_back_its_examples(tmp_path_factory, examples):
    folder = tmp_path_factory.mktemp("corpus")
    Corpus.write(Everything, iter(examples), folder)
    corpus = Corpus.open(Everything, folder)
    assert list(corpus) == examples
    assert not any(column.flags.writeable for column in (corpus.columns["line"], corpus.strings("words").ids.values))


@quick
@given(corpora, st.data())
def test_a_view_is_the_corpus_of_the_chosen_examples(examples, data):
    rows = data.draw(st.lists(st.integers(0, len(examples) - 1), max_size=12) if examples else st.just([]))
    view = Corpus.of(Everything, examples).take(np.array(rows, np.int64))
    assert list(view) == [examples[row] for row in rows]
    again = data.draw(st.permutations(range(len(rows))))
    assert list(view.take(np.array(again, np.int64))) == [examples[rows[row]] for row in again]
    words = view.strings("words")
    assert [tuple(words.table[i] for i in words.ids[row]) for row in range(len(view))] == [e.words for e in view]


def test_saved_views_open_as_corpora_of_their_own(tmp_path):
    examples = [Everything(f"text {i}", (f"w{i}", ""), (i,), (), i / 3, i, "f") for i in range(5)]
    Corpus.of(Everything, examples).take(np.array([4, 0])).save(tmp_path)
    assert list(Corpus.open(Everything, tmp_path)) == [examples[4], examples[0]]


def test_the_table_of_a_view_holds_only_its_own_strings():
    corpus = Corpus.of(TaggedExample, [TaggedExample("", (w, "the"), (), ()) for w in ("dev", "train", "test")])
    table = corpus.take(np.array([1])).strings("tokens").table
    assert sorted(table) == ["", "the", "train"]
    assert table[0] == ""


def test_an_empty_token_is_not_padding():
    corpus = Corpus.of(TaggedExample, [TaggedExample("", ("", "a", ""), (), ())])
    ids = corpus.strings("tokens").ids[0].tolist()
    assert 0 not in ids
    assert corpus[0].tokens == ("", "a", "")


def test_equal_neighbours_share_one_stored_text():
    corpus = Corpus.of(TaggedExample, [TaggedExample(str(i), (), (), (), source="one.tsv") for i in range(50)])
    source = corpus.columns["source"]
    assert source.entries.values.tobytes() == b"one.tsv"


def test_rows_beyond_the_end_are_an_index_error():
    corpus = Corpus.of(TaggedExample, [TaggedExample("a", (), (), ())])
    assert corpus[-1] == corpus[0]
    with pytest.raises(IndexError):
        corpus[1]


def test_a_folder_of_another_class_is_refused(tmp_path):
    Corpus.of(Everything, []).save(tmp_path)
    with pytest.raises(DataError, match=r"does not hold TaggedExample.*\[E-CORPUS-01\]"):
        Corpus.open(TaggedExample, tmp_path)


def test_a_folder_of_another_format_is_refused(tmp_path):
    Corpus.of(Everything, []).save(tmp_path)
    description = json.loads((tmp_path / "corpus.json").read_text())
    (tmp_path / "corpus.json").write_text(json.dumps(description | {"format": 0}))
    with pytest.raises(DataError, match="E-CORPUS-01"):
        Corpus.open(Everything, tmp_path)


def ragged_of(lists):
    offsets = np.cumsum([0, *map(len, lists)])
    return Ragged(np.array([value for row in lists for value in row], np.int32), offsets)


lists_of_numbers = st.lists(st.lists(st.integers(0, 99), max_size=6), min_size=1, max_size=8)


@quick
@given(lists_of_numbers, st.data())
def test_ragged_rows_agree_with_lists(lists, data):
    ragged = ragged_of(lists)
    rows = np.array(data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=8)), np.int64)
    chosen = [lists[row] for row in rows]
    time = max([1, *map(len, chosen)])
    assert ragged.lengths.tolist() == [len(row) for row in lists]
    assert ragged.padded(rows, fill=-1).tolist() == [row + [-1] * (time - len(row)) for row in chosen]
    gathered = ragged.gathered(rows)
    assert [gathered[row].tolist() for row in range(len(gathered))] == chosen


def test_gathering_goes_through_blocks_of_rows_unseen():
    ragged = ragged_of([[1], [2, 3], []])
    rows = np.arange(GATHERED_ROWS + 5) % 3
    gathered = ragged.gathered(rows)
    assert gathered.lengths.tolist() == ragged.lengths[rows].tolist()
    assert gathered.values.tolist() == [value for row in rows.tolist() for value in ragged[row].tolist()]
