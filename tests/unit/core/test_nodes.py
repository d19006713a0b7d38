from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqweave.core.errors import Place, RecipeError
from seqweave.core.nodes import DEPTH_LIMIT, SIZE_LIMIT, parse, parse_value, resolve

RECIPE = """\
task: tagging
model:
  embed: [{kind: words, dim: 100}, {kind: characters}]
  encoder:
    kind: lstm
"""


def test_values_and_their_places():
    document = parse(RECIPE, "r.yaml")
    embed = [{"kind": "words", "dim": 100}, {"kind": "characters"}]
    assert document.values == {"task": "tagging", "model": {"embed": embed, "encoder": {"kind": "lstm"}}}
    assert str(document.place(("model", "encoder", "kind"))) == "r.yaml:5:5"
    assert str(document.place(("model", "embed", 0, "dim"))) == "r.yaml:3:25"
    assert str(document.place(("model", "embed", 1))) == "r.yaml:3:36"
    # What was not written is placed at its closest parent.
    assert str(document.place(("model", "encoder", "hidden"))) == "r.yaml:4:3"
    assert str(document.place(("training", "seed"))) == "r.yaml:1"


def test_every_place_is_where_the_key_stands():
    lines = RECIPE.splitlines()
    for path, place in parse(RECIPE, "r.yaml").places.items():
        found = lines[place.line - 1][place.column - 1 :]
        assert found.startswith("{" if isinstance(path[-1], int) else f"{path[-1]}:")


@pytest.mark.parametrize(
    "word", ["no", "yes", "on", "off", "12:30:45", "1_000", "2020-01-01", "0b1", "1e", ".", "+", "=", "e5"]
)
def test_words_of_older_yaml_stay_text(word):
    assert resolve(word) == word
    assert parse(f"a: {word}", "r").values == {"a": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("1e-3", 0.001), ("2.0e-3", 0.002), (".5", 0.5), ("5.", 5.0), ("-1.5E+2", -150.0), ("12", 12), ("-007", -7),
        ("0x1F", 31), ("0o17", 15), ("true", True), ("False", False), ("~", None), ("", None), ("Null", None),
    ],
)  # fmt: skip
def test_the_core_schema(word, value):
    assert resolve(word) == value
    assert type(resolve(word)) is type(value)


@given(st.integers(-(10**38), 10**38) | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_as_python_writes_them(number):
    assert resolve(repr(number)) == number


@pytest.mark.parametrize("word", [".inf", "-.Inf", ".nan", ".NaN", "1e999", "9" * 41])
def test_numbers_that_cannot_be_used_are_refused(word):
    with pytest.raises(RecipeError, match="E-RECIPE-09"):
        parse(f"a: {word}", "r")
    assert parse(f"a: '{word}'", "r").values == {"a": word}


def test_keys_are_text():
    assert parse("{1: a, no: b, null: c, 'x y': d, \"<<\": e}", "r").values == {
        "1": "a",
        "no": "b",
        "null": "c",
        "x y": "d",
        "<<": "e",
    }


def test_limits_hold_at_their_edge():
    def nested(depth: int) -> str:
        return "a: " + "[" * depth + "]" * depth

    parse(nested(DEPTH_LIMIT), "r")
    with pytest.raises(RecipeError, match="E-RECIPE-08"):
        parse(nested(DEPTH_LIMIT + 1), "r")
    comment = "#" * (SIZE_LIMIT - 5)
    assert parse(f"a: 1\n{comment}", "r").values == {"a": 1}
    with pytest.raises(RecipeError, match="E-RECIPE-08"):
        parse(f"a: 1\n{comment}#", "r")


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "a: " + "{a: " * 15_000, "- " * 20_000, "? " * 20_000, "a: &a [" * 15_000]
)
def test_bombs_are_refused_quickly(text):
    began = time.process_time()
    with pytest.raises(RecipeError):
        parse(text, "r")
    assert time.process_time() - began < 20  # they take one or two; without limits, or expanded, they never end


@given(st.text(st.sampled_from(list("ab:-?[]{}&*!|>'\"%@`#,\n\t <~.0 1\x85\ufeff\u2028é")), max_size=30))
def test_no_text_gives_another_error(text):
    refusal = None
    try:
        parse(text, "r.yaml")
    except RecipeError as error:
        refusal = error
    if refusal is not None:
        assert refusal.mend
        assert refusal.place is not None
        assert refusal.place.file == "r.yaml"


@given(st.binary(max_size=20))
def test_no_bytes_give_another_error(data):
    with pytest.raises(RecipeError):
        parse(b"a: [" + data + b"\xff", "r.yaml")


def test_one_value():
    place = Place("-o a")
    assert parse_value("{kind: lstm, sizes: [1, 2e-1]}", place) == {"kind": "lstm", "sizes": [1, 0.2]}
    assert parse_value("", place) is None
    with pytest.raises(RecipeError, match=r"^-o a: .*E-RECIPE-05"):
        parse_value("!!python/object:os.system x", place)
    assert math.isclose(float(str(parse_value("1e-3", place))), 1e-3)


@pytest.mark.parametrize(
    ("mend", "place", "wanted"),
    [
        ("set training.window.length to 4", None, "r.yaml:3:12"),
        ("set training.seed to 4", None, "r.yaml:2:1"),
        ("write `model.tie: false`", None, "r.yaml:1:1"),
        ("give more text", None, "r.yaml"),
        ("set training.window.length to 4", Place("a.txt", 7), "a.txt:7"),
    ],
)
def test_an_error_without_a_place_gets_that_of_the_setting_it_names(mend, place, wanted):
    document = parse("model: {kind: tagger}\ntraining:\n  window: {length: 9}\n", "r.yaml")
    with pytest.raises(RecipeError, match="too short") as caught, document.blamed():
        raise RecipeError("E-WINDOW-02", "too short", mend=mend, place=place)
    assert (str(caught.value.place), caught.value.code, caught.value.mend) == (wanted, "E-WINDOW-02", mend)
