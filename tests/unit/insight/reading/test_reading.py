"""How a text is read: told as the model tells it, hidden tokens beside a loop, a page that nothing breaks out of."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from seqweave.core.errors import CommandError
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.features.contract import BEGIN, PADDING, UNKNOWN
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.explaining.sanity import Sanity
from seqweave.insight.reading.explain import HIDDEN, MOST_READ, explain_reading
from seqweave.insight.reading.page import MOST_ROWS, render
from seqweave.insight.reading.plain import to_json
from seqweave.metrics.perplexity import LARGEST
from seqweave.models.contract import MODELS
from seqweave.tasks.contract import TASKS

SPACES = SpacesConfig().fit(())
TRAIN = "a b c a b c a b d a b once"
HOSTILE = "a <script>alert(1)</script> b \x1b[31m \u202ertl\u2066 a <script>alert(1)</script> b\nc"
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
TASK = TASKS["language-modelling"](train="lab", min_count=2, context="document").build()


def example(text):
    return TASK.example(text, SPACES)


def built(pointer=None):
    codec = TASK.fit(Corpus.of(DocumentExample, [example(TRAIN)]), {}, SPACES)
    torch.manual_seed(0)
    lstm = {"kind": "lstm", "hidden": 5, "bidirectional": False}
    model = MODELS["language-model"](embed={"dim": 5}, encoder=lstm, pointer=pointer).build(codec.sizes)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return model.double().eval(), codec


SENTINEL = {"kind": "sentinel", "window": 4}
CACHE = {"kind": "cache", "window": 4, "theta": 0.5, "share": 0.25}


def test_the_perplexity_of_a_model_that_diverged_is_a_number():
    model, codec = built(None)
    found = explain_reading(model, codec, example("a b"))
    surprised = replace(found, told=[replace(one, log_probability=-1e6) for one in found.told])
    assert surprised.perplexity == math.exp(LARGEST)


@pytest.mark.parametrize("pointer", [None, SENTINEL, CACHE], ids=["none", "sentinel", "cache"])
def test_what_is_told_is_what_the_model_tells(pointer):
    model, codec = built(pointer)
    text = example("a zyx b zyx\nc")
    found = explain_reading(model, codec, text)
    assert [one.word for one in found.told] == ["a", "zyx", "b", "zyx", "\n", "c", ""]
    assert [one.known for one in found.told] == [True, False, True, False, True, True, True]
    batch = codec.encode(Corpus.of(DocumentExample, [text])).batch(np.arange(1))
    with torch.no_grad():
        raw = model.predict(batch)
        states, pointed, _ = model.look(batch.read, batch.mask, None)
        logs = model.log_probabilities(states)[0]
        if pointed is not None:
            logs = pointed.mixed(logs.unsqueeze(0), batch.most_added)[0]
    wanted = (raw.log_probabilities if raw.apart is None else raw.apart)[0]
    assert [one.log_probability for one in found.told] == pytest.approx(wanted.tolist())
    assert found.perplexity == pytest.approx(math.exp(-float(wanted.mean())))
    for at, one in enumerate(found.told):
        chances = logs[at].exp()
        chances[[PADDING, BEGIN]] = 0
        listed = sum(chance for _, chance in one.others)
        own = math.exp(one.log_probability)
        assert listed <= float(chances.sum()) - own + 1e-9, "the word itself is none of the others"
        assert one.others[0][1] == pytest.approx(
            sorted([*chances.tolist()])[-1 if own < float(chances.max()) - 1e-9 else -2]
        )
        if pointed is not None:
            assert one.gate == pytest.approx(float(pointed.left[0, at].exp()))
    assert found.pointer == (pointer["kind"] if pointer else "")


def test_where_the_pointer_looked_is_where_the_word_stands():
    model, codec = built(SENTINEL)
    text = example("a b zyx c a")
    found = explain_reading(model, codec, text)
    batch = codec.encode(Corpus.of(DocumentExample, [text])).batch(np.arange(1))
    with torch.no_grad():
        _, pointed, _ = model.look(batch.read, batch.mask, None)
    for at, one in enumerate(found.told):
        for position, share in one.looked:
            assert at - SENTINEL["window"] <= position < at
            slot = SENTINEL["window"] - (at - position)
            assert int(pointed.words[0, at, slot]) == int(batch.read[0, position + 1])
            assert share == pytest.approx(float(pointed.shares[0, at, slot].exp()))


@pytest.mark.parametrize("pointer", [None, SENTINEL], ids=["none", "sentinel"])
def test_hidden_tokens_are_those_of_a_loop(pointer):
    model, codec = built(pointer)
    found = explain_reading(model, codec, example("a b c a b"), [3])
    (one,) = found.hangs
    assert (one.word, one.first, len(one.shares)) == ("a", 0, 3)
    ids = codec.encode(Corpus.of(DocumentExample, [example("a b c a b")])).batch(np.arange(1))

    def told(read):
        states, pointed, _ = model.look(read, torch.ones_like(read, dtype=torch.bool), None)
        logs = model.log_probabilities(states)
        logs = logs if pointed is None else pointed.mixed(logs, 0)
        return float(logs[0, -1, ids.targets[0, 3]])

    with torch.no_grad():
        assert one.log_probability == pytest.approx(told(ids.inputs[:, :4]))
        for place in range(3):
            hidden = ids.inputs[:, :4].clone()
            hidden[0, place + 1] = UNKNOWN
            assert one.shares[place] == pytest.approx(one.log_probability - told(hidden))


def test_the_word_after_the_text_is_explained_where_none_is_named_and_few_tokens_are_hidden():
    model, codec = built()
    found = explain_reading(model, codec, example(" ".join(["a", "b"] * 40)))
    (one,) = found.hangs
    assert (one.position, len(one.shares), one.first) == (80, HIDDEN, 80 - HIDDEN)
    assert one.word == next(word for word, _ in found.following if word != "<unk>")


@pytest.mark.parametrize(("text", "positions", "code"), [("a", [1], "12"), ("a " * (MOST_READ + 1), [], "10")])
def test_what_cannot_be_explained_is_said(text, positions, code):
    with pytest.raises(CommandError, match=f"E-EXPLAIN-{code}"):
        explain_reading(*built(), example(text), positions)


@pytest.mark.parametrize("pointer", [None, SENTINEL], ids=["none", "sentinel"])
def test_no_text_becomes_markup_and_nothing_stays_invisible(pointer):
    html = render(explain_reading(*built(pointer), example(HOSTILE), [2]))
    assert "<script" not in html
    assert CSP.replace("'", "&#39;") in html or CSP in html
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", html)
    assert not set("\x1b\u202e\u2066") & set(html)
    for shown in ("&lt;script&gt;", "\\x1b", "\\u202e", "\\u2066"):
        assert shown in html
    assert ("The pointer</h2>" in html) == (pointer is not None)


def test_a_long_text_is_cut_and_says_so_and_a_meaningless_one_is_flagged():
    found = explain_reading(*built(), example(" ".join(["a"] * (MOST_ROWS + 50))))
    html = render(found)
    assert f"the first {MOST_ROWS} of {MOST_ROWS + 51}" in html
    assert "This explanation is meaningless." in render(replace(found, sanity=Sanity(1.0, (2.0,))))
    assert "Sanity check passed." in render(replace(found, sanity=Sanity(2.0, (1.0,))))


def test_the_object_is_json_and_holds_everything():
    found = json.loads(json.dumps(to_json(explain_reading(*built(SENTINEL), example(HOSTILE))), allow_nan=False))
    assert [one["word"] for one in found["tokens"]] == list(example(HOSTILE).tokens)
    assert found["pointer"] == SENTINEL
    assert all(one["looked"][0]["token"] >= 0 for one in found["tokens"] if one["looked"])
    assert len(found["hangs_on"][0]["shares"]) == len(found["tokens"])
