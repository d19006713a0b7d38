"""The page and the object of an explanation: every text escaped and visible, nothing from outside, each gap told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from seqweave.data.examples import TaggedExample, TextExample
from seqweave.insight.explaining.attention import AttentionMap
from seqweave.insight.explaining.attribution import Attribution, Target
from seqweave.insight.explaining.explain import Explanation, Reason
from seqweave.insight.explaining.neighbours import Neighbour
from seqweave.insight.explaining.page import MOST_ROWS, MOST_TAGGED, render
from seqweave.insight.explaining.plain import completeness, to_json
from seqweave.insight.explaining.sanity import Sanity

HOSTILE = '<script>alert(1)</script> <i>"q"</i> \x1b[31mred\x07 \u202ertl\u2066 \u200b'
TOKENS = ("<script>alert(1)</script>", "\x1b[31mred\x07", "\u202ertl\u2066")
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
VOID = {"meta", "br"}


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.text = [], [], ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def example(cls, tokens=TOKENS, text=HOSTILE):
    starts = tuple(text.index(token) for token in tokens)
    ends = tuple(start + len(token) for start, token in zip(starts, tokens, strict=True))
    return cls(text, tokens, starts, ends, source="<b>.tsv", line=3)


def reason(position, tokens=3):
    shares = tuple(np.linspace(2, -1, tokens).tolist())
    gradients = Attribution("integrated gradients", shares, sum(shares) + 0.25, 0.0, "32 steps, against zero vectors")
    hiding = Attribution("occlusion", shares, 4.0, 0.5, "3 texts with one token hidden")
    return Reason(Target(position, 0, 1), [gradients, hiding], {"integrated gradients": 0.1, "occlusion": 0.7})


def explanation(tagged, tokens=3, copies=(1.0, 1.5), one=None):
    one = one or example(TaggedExample if tagged else TextExample)
    labels = ("<script>label</script>", "\u202eother")
    probabilities = np.tile([0.9, 0.1], (tokens if tagged else 1, 1))
    maps = (AttentionMap(1, np.full((2, tokens, tokens), 1 / tokens)),)
    alike = (Neighbour(example(TextExample), 0.5),)
    answers = [[0]] * len(probabilities)
    reasons = [reason(0 if tagged else -1, tokens)]
    return Explanation(one, labels, tagged, True, probabilities, answers, reasons, Sanity(2.0, copies), maps, alike)


@pytest.mark.parametrize("tagged", [False, True])
def test_no_text_becomes_markup_and_nothing_stays_invisible(tagged):
    html = render(explanation(tagged))
    page = Page(html)
    assert not [tag for tag, _ in page.elements if tag in ("script", "b", "i", "link", "img", "iframe")]
    policies = [attributes["content"] for tag, attributes in page.elements if "http-equiv" in attributes]
    assert policies == [CSP]
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", html)
    assert "http://" not in html
    assert "https://" not in html
    for character in "\x1b\x07\u202e\u2066\u200b":
        assert character not in html
        assert character.encode("unicode_escape").decode() in page.text
    assert "<script>alert(1)</script>" in page.text
    assert "<script>label</script>" in page.text


def test_each_method_has_its_completeness_line():
    text = Page(render(explanation(True))).text
    assert text.count("completeness gap: ") == 2
    assert "completeness gap: 0.2500 nats, 14.29 % of 1.75; the steps were too few" in text
    assert "completeness gap: 2.0000 nats, 57.14 % of 3.50; tokens are hidden one at a time" in text


def test_a_small_gap_is_told_without_a_warning():
    assert completeness(Attribution("integrated gradients", (1.0,), 1.001, 0, "")).endswith("0.10 % of 1.00")


def test_the_flag_stands_on_the_page_of_a_meaningless_explanation_alone():
    assert "This explanation is meaningless." in Page(render(explanation(False, copies=(1.0, 2.0)))).text
    sound = Page(render(explanation(False))).text
    assert "meaningless." not in sound.split("How to read this")[0]
    assert "Sanity check passed." in sound


def test_a_high_correlation_with_shuffled_copies_is_told():
    text = Page(render(explanation(False))).text
    assert text.count("that is high") == 1


def test_what_is_too_long_is_cut_and_says_so():
    words = tuple(f"w{i:03}" for i in range(300))
    one = example(TaggedExample, words, " ".join(words))
    html = render(explanation(True, 300, one=one))
    text = Page(html).text
    assert f"The first {MOST_TAGGED} of 300 tokens are shown." in text
    assert f"the {MOST_ROWS} largest of 300" in text
    assert "of 300 tokens are drawn" in text
    assert len(html) < 2_000_000


def test_the_object_is_json_and_holds_everything():
    found = json.loads(json.dumps(to_json(explanation(True)), allow_nan=False))
    assert [token["word"] for token in found["tokens"]] == list(TOKENS)
    assert found["tokens"][0]["others"] == [{"label": "\u202eother", "score": 0.1}]
    (told,) = found["reasons"]
    assert (told["token"], told["against"]) == (1, "\u202eother")
    assert [one["completeness_gap"]["absolute"] for one in told["methods"]] == [0.25, 2.0]
    assert all(one["line"].startswith("completeness gap: ") for one in told["methods"])
    assert found["sanity"]["meaningless"] is False
    assert np.array(found["attention"][0]["heads"]).shape == (2, 3, 3)
    assert found["neighbours"][0]["place"] == "<b>.tsv:3"
    of_text = to_json(explanation(False))
    assert of_text["answer"] == ["<script>label</script>"]
    assert of_text["reasons"][0]["token"] is None


def test_ngrams_and_a_missing_rival_are_told():
    exact = Attribution("exact contributions", (0.5, 0.5, 0.0), 1.0, 0.0, "1 n-gram", (("a b", 1.0),))
    of_absence = Reason(Target(-1, 0, -1), [exact], {"exact contributions": 0.0})
    text = Page(render(replace(explanation(False), reasons=[of_absence]))).text
    assert "or not?" in text
    assert "What each n-gram adds" in text
    assert "A linear model adds one weight" in text
