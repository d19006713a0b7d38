import pytest

from seqweave.core.errors import DataError
from seqweave.data.formats.contract import Row
from seqweave.recipes.guessing.columns import separator_of, source_and_target, text_and_label, tokens_and_tags


def rows(*records):
    return [Row(line, record) for line, record in enumerate(records, 2)]


def table(**columns):
    return rows(*(dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)))


LONG = [f"this is the text of the row number {number}" for number in range(40)]


def test_the_longest_column_is_the_text_and_the_one_of_few_values_the_label():
    found = table(id=[str(i) for i in range(40)], said=LONG, feeling=["good", "bad"] * 20)
    assert text_and_label(found, "f") == ("said", "feeling")


def test_names_go_before_contents():
    found = table(text=["short"] * 40, notes=LONG, few=["a", "b"] * 20, label=[str(i) for i in range(40)])
    assert text_and_label(found, "f") == ("text", "label")


def test_labels_may_be_numbers_or_lists():
    assert text_and_label(table(text=LONG, stars=[1, 2] * 20), "f") == ("text", "stars")
    assert text_and_label(table(text=LONG, labels=[["a"], ["a", "b"]] * 20), "f") == ("text", "labels")


def test_a_constant_column_is_no_label():
    assert text_and_label(table(text=LONG, source=["web"] * 40, kind=["a", "b"] * 20), "f") == ("text", "kind")


def test_a_table_without_labels_is_refused_with_what_was_seen():
    with pytest.raises(DataError, match=r"f:2: no column looks like labels .*id \(40 different\).*E-INIT-04"):
        text_and_label(table(id=[str(i) for i in range(40)], text=LONG), "f")


def test_cells_of_several_labels_are_seen_by_their_separator():
    found = table(text=LONG, label=["a;b", "b; c", "a", "c;a"] * 10)
    assert separator_of(found, "label") == ";"
    assert separator_of(table(text=LONG, label=["a", "b"] * 20), "label") is None


def test_a_separator_inside_whole_labels_parts_nothing():
    labels = ["oil, gas", "wheat"] * 20
    assert separator_of(table(text=LONG, label=labels), "label") is None


def test_tags_are_the_list_of_fewer_values():
    found = table(id=["1", "2"], words=[["the", "dog"], ["runs"]], pos=[["D", "N"], ["D"]])
    assert tokens_and_tags(found, "f") == ("words", "pos")
    spaced = table(words=["the dog", "runs"], pos=["D N", "D"])
    assert tokens_and_tags(spaced, "f") == ("words", "pos")


def test_lists_of_other_lengths_are_no_tags():
    with pytest.raises(DataError, match="E-INIT-05"):
        tokens_and_tags(table(words=[["the", "dog"]], pos=[["D"]]), "f")


PAIRS = {
    "one object inside": ([{"id": "1", "translation": {"zh": "你好", "en": "hello"}}], ("zh", "en")),
    "languages": ([{"de": "ja", "id": "a long name of a line", "en": "yes"}], ("de", "en")),
    "Indonesian": ([{"id": "ya", "en": "yes"}], ("id", "en")),
    "regions": ([{"en-GB": "yes", "de_AT": "ja"}], ("en-GB", "de_AT")),
    "two sides, in any order": ([{"target": "yes", "source": "ja"}], ("source", "target")),
    "without names, and a note": ([{"0": "Hi there.", "1": "你好，你好。", "2": "CC"}], ("0", "1")),
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_sides_are_told_by_names_else_by_length(name):
    fields, expected = PAIRS[name]
    assert source_and_target([Row(1, one) for one in fields], "file") == expected


def test_one_column_of_texts_is_no_translation():
    with pytest.raises(DataError, match="no two columns hold a text and its translation") as caught:
        source_and_target([Row(3, {"text": "yes", "id": 1})], "file")
    assert (caught.value.place.file, caught.value.place.line) == ("file", 3)
