"""The page: every section, every text escaped, nothing from outside, and equal bytes for equal runs."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from seqweave.data.examples import TaggedExample, TextExample, TranslationExample
from seqweave.insight.evaluate import Evaluation, evaluate
from seqweave.insight.history import Evaluated, History
from seqweave.insight.report import WORST, Account, clock, render, score_name, verdict
from seqweave.metrics.measure import Measure, share
from seqweave.metrics.perplexity import perplexity
from seqweave.metrics.significance import paired_difference
from seqweave.tasks.classification import ClassificationData
from seqweave.tasks.label_codec import LabelAnswer
from seqweave.tasks.tag_codec import TagAnswer
from seqweave.tasks.tagging import TaggingData
from seqweave.tasks.text_answer import TextAnswer
from seqweave.tasks.translation import TranslationData

SECTIONS = (
    "scores curves classes confusion errors calibration data model recipe environment".split()  # noqa: SIM905  # a list of words
)
VOID = {"meta", "br"}
HOSTILE = "<script>alert(1)</script> \"quoted\" 'too' & \x07bell \u202ertl " + "长" * 400
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Page(HTMLParser):
    """The elements of a page, in order; fails where they are not properly nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute of {tag} stands twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def account(evaluation: Evaluation, metric: str, recipe: str = "task: toy\n") -> Account:
    file = {"file": "a.tsv", "lines": 5, "counts": {"used": 4, "blank": 1, "refused": 0}, "refused": [], "notices": []}
    receipt = {
        "files": [file],
        "digests": {"a.tsv": "00ff"},
        "parts": {"train": 2, "dev": 2},
        "tokens": {"train": 9, "dev": 9},
        "in_training_too": {"dev": 0},
        "notices": [{"code": "W-TOY-01", "what": "look here", "count": 2}],
    }
    losses, evaluations = ((10, 2.0), (20, 1.0)), (Evaluated(20, 1, 50.0, True), Evaluated(40, 2, 40.0, False))
    return Account(
        task=evaluation.task,
        metric=metric,
        main=metric,
        evaluations={"dev": evaluation},
        scores={"dev": evaluation.to_json(resamples=100)},
        history=History(losses, evaluations, metric, 61.0, 1234.0),
        receipt=receipt,
        parameters={"embed.words": 75, "head": 25, "all": 100},
        recipe=recipe,
        environment={"versions": {"torch": "2"}, "seed": 1},
    )


def labelled(pairs: list[tuple[str, str]], text: str = "some text", multi_label: bool = False) -> Account:
    data = ClassificationData(train="train.tsv", multi_label=multi_label)
    golds = [TextExample(text, ("x",), (0,), (1,), (gold,), "dev.tsv", i) for i, (gold, _) in enumerate(pairs, 1)]
    answers = [LabelAnswer((label,), {label: 0.9}) for _, label in pairs]
    found = evaluate(data.build(), "classification", "dev", golds, answers)
    majority = [LabelAnswer((pairs[0][0],), {pairs[0][0]: 1.0})] * len(pairs)
    found = replace(found, baselines={"most frequent label": data.build().score(golds, majority)})
    return account(found, data.build().main_metric)


def tagged(text: str, starts: tuple[int, ...], ends: tuple[int, ...], tags: tuple[str, ...]) -> Account:
    task = TaggingData(train="train.conll", scheme="none").build()
    tokens = tuple(text[start:end] for start, end in zip(starts, ends, strict=True))
    gold = TaggedExample(text, tokens, starts, ends, tags, "dev.conll", 7)
    guess = TagAnswer(("WRONG", *tags[1:]), (0.625,) + (0.5,) * (len(tags) - 1))
    return account(evaluate(task, "tagging", "dev", [gold], [guess]), "accuracy")


def written(source: str, gold: str, answer: str) -> Account:
    task = TranslationData(train="train.tsv").build()
    example = TranslationExample(source, ("x",), (0,), (1,), gold, ("y",), (), "dev.tsv", 3)
    return account(evaluate(task, "translation", "dev", [example], [TextAnswer(answer)]), "bleu")


PLAIN = labelled([("a", "a"), ("b", "a"), ("b", "b"), ("c", "b")])


@pytest.mark.parametrize(
    "told",
    [
        PLAIN,
        labelled([("a", "a"), ("b", "b")]),
        labelled([(HOSTILE, "b"), ("b", HOSTILE)], HOSTILE),
        labelled([("a", "a"), ("b", "a")], multi_label=True),
        tagged("他来了 了", (0, 1, 2, 4), (1, 2, 3, 5), ("PRON", "VERB", "X", "X")),
        tagged(HOSTILE, (0, 26), (25, len(HOSTILE)), (HOSTILE, "X")),
        replace(PLAIN, history=History((), (), "", 0.0, 0.0)),
        replace(
            PLAIN, task="<script>", recipe=HOSTILE, environment={HOSTILE: HOSTILE}, parameters={HOSTILE: 1, "all": 1}
        ),
    ],
    ids=["plain", "perfect", "hostile", "multi-label", "tagged", "hostile-token", "fitted", "hostile-files"],
)
def test_every_page_is_whole_safe_and_its_own(told: Account) -> None:
    html = render(told)
    page = Page(html)
    assert [a["id"] for a in page.of("h2")] == SECTIONS
    assert [a["href"] for a in page.of("a")] == [f"#{section}" for section in SECTIONS]
    assert page.of("html")[0]["lang"] == "en"
    assert [a["content"] for a in page.of("meta") if a.get("http-equiv") == "Content-Security-Policy"] == [CSP]
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "xlink:href")], (
            tag
        )
    assert not re.search(r"https?://|@import|url\(", html)
    assert "<script" not in html
    assert all(character.isprintable() or character == "\n" for character in html)


@pytest.mark.parametrize("answer", ["the good dog", HOSTILE], ids=["good", "hostile"])
def test_texts_are_shown_in_place_of_classes(answer: str) -> None:
    page = Page(render(written(HOSTILE, "a good dog", answer)))
    assert [a["id"] for a in page.of("h2")] == [name for name in SECTIONS if name not in ("classes", "confusion")]
    assert [a["href"] for a in page.of("a")] == [f"#{a['id']}" for a in page.of("h2")]
    assert "1 of the 1 texts written for dev" in page.text
    assert "a good dog right" in page.text
    assert "BLEU on dev" in page.text
    assert not page.of("script")


@pytest.mark.parametrize(
    ("watched", "headline", "best"),
    [("exact", "0.0exact match on dev, percent", "copy"), ("ter", "33.3TER on dev, percent", "near")],
)
def test_the_headline_is_what_the_recipe_watches(watched: str, headline: str, best: str) -> None:
    """The main metric stands beside it; of baselines the best one is shown, which has the least TER."""
    told, task = written("ein Hund", "a good dog", "a bad dog"), TranslationData(train="train.tsv").build()
    dev = told.evaluations["dev"]
    trivial = {name: task.score(dev.golds, [TextAnswer(text)]) for name, text in (("copy", "x"), ("near", "good dog"))}
    text = Page(render(replace(told, metric=watched, evaluations={"dev": replace(dev, baselines=trivial)}))).text
    joined = " ".join(text.split())
    assert headline in joined.replace(" exact match on", "exact match on").replace(" TER on", "TER on")
    assert re.search(rf"95 % interval \S+ to \S+ BLEU {dev.scores['bleu'].value:.1f}, ", joined)
    assert f" the {best}" in joined
    assert "BLEU on dev, percent" not in joined


def test_words_that_training_never_wrote_are_told_of() -> None:
    told = written("der Hund", "Anna", "Anna")
    fates = {"copied": ["Anna", HOSTILE], "spelled": [], "lost": ["Bob"]}
    unknown = {"count": 1234, "copied": 1233, "spelled": 0, "lost": 1, "words": fates}
    dev = replace(told.evaluations["dev"], unknown=unknown)
    html = render(replace(told, evaluations={"dev": dev}))
    assert "1,234 words of dev stand in no training target" in Page(html).text
    assert "copied: 1,233: Anna, " in Page(html).text
    assert "<script" not in html
    assert dev.to_json(resamples=10)["unknown_words"] == unknown
    assert "words of dev stand" not in Page(render(told)).text
    none = {"count": 0, **dict.fromkeys(fates, 0), "words": {fate: [] for fate in fates}}
    text = Page(render(replace(told, evaluations={"dev": replace(dev, unknown=none)}))).text
    assert "Every word of dev stands in some training target." in text
    assert "copied: " not in text


def test_people_who_do_not_see_it_are_told() -> None:
    page = Page(render(PLAIN))
    assert all(a.get("aria-label") or a.get("aria-hidden") == "true" for a in page.of("svg"))
    assert all(a.get("scope") in ("row", "col") for a in page.of("th"))
    assert len(page.of("caption")) == len(page.of("table"))
    assert all(a.get("aria-label") for tag, a in page.elements if a.get("role") == "region")


def test_equal_runs_give_equal_bytes_but_for_the_times() -> None:
    again = replace(PLAIN, history=replace(PLAIN.history, seconds=3600.0, tokens_per_second=9.0))
    lines = [render(told).splitlines() for told in (PLAIN, again)]
    differing = [pair for pair in zip(*lines, strict=True) if pair[0] != pair[1]]
    assert [pair[0] for pair in differing] == [
        '<p class="note">1 min 1 s of training and evaluation, 1,234 tokens a second.</p>'
    ]


def test_the_numbers_are_those_of_the_run() -> None:
    text = Page(render(PLAIN)).text
    # two of four are right, one of four is the baseline's "a"
    assert "Classification: 50.0 accuracy on dev" in text
    assert "50.00" in text
    assert "25.00" in text
    assert "4 used, 1 blank" in text
    assert "refused" not in text
    assert "100 parameters, by block" in text
    assert "look here W-TOY-01, 2×" in text
    assert "b → a 1×, 50.0 % of b" in text
    # "a" is answered twice and right once; every answer is 90 % sure
    assert re.search(r"a1\s*66\.7", text)
    assert "90.0 % sure of its answers on average, and 50.0 % of them are right" in text
    assert "by 40.0 points" in text


def test_costs_stand_beside_what_was_foreseen() -> None:
    told = labelled([("a", "a"), ("b", "a")])
    assert "cost" not in Page(render(told)).text
    measured = {"epoch_seconds": 2.5, "bytes": 1_500_000_000}
    both = Page(render(replace(told, cost={"foreseen": {"bytes": 1_250_000_000}, "measured": measured}))).text
    assert re.search(r"foreseen\s*measured\s*an epoch, evaluation included\s*2.5 s", both)
    assert re.search(r"memory at most\s*1.25 GB\s*1.50 GB", both)
    alone = Page(render(replace(told, cost={"foreseen": {}, "measured": measured}))).text
    assert "foreseen" not in alone
    assert "1.50 GB" in alone


def test_the_worst_errors_come_first_and_say_where_they_stand() -> None:
    html = render(labelled([("a", "b")] * (WORST + 5), "x" * 1000))
    assert html.count('class="verdict"') == WORST
    assert f"There are {WORST + 5} in all." in html
    assert "dev.tsv:1</bdi>; first 300 of 1,000 characters are shown" in html


def test_the_wrong_token_is_marked_in_its_sentence() -> None:
    html = render(tagged("他来了", (0, 1, 2), (1, 2, 3), ("PRON", "VERB", "X")))
    assert "<mark>他</mark>来了</p>" in html
    assert "62.5 % sure" in html
    assert "dev.conll:7" in html


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        ([1] * 9 + [0], [0] * 9 + [0], "is 90.0 points better than the old one"),
        ([0] * 10, [1] * 9 + [0], "is 90.0 points worse than the old one"),
        ([1, 0] * 5, [0, 1] * 5, "cannot be told apart from the old one on these examples: +0.0 points"),
        ([1] * 4, [1, 0], "scores 100.0, the old one 50.0"),
    ],
)
def test_the_verdict_keeps_quiet_inside_the_noise(ours: list[int], theirs: list[int], words: str) -> None:
    a, b = (Measure(np.column_stack([right, np.ones(len(right))]), share) for right in (ours, theirs))
    sentence = verdict(a, b, "old one")
    assert words in sentence
    if len(ours) == len(theirs):
        interval = paired_difference(a, b).interval
        for end in (interval.low, interval.high):
            assert f"{abs(end):.1f}" in sentence


def test_the_verdict_on_a_score_that_is_no_percent_speaks_of_no_points() -> None:
    tokens = np.full(20, 5)
    ours, theirs = (perplexity(nats * tokens, tokens, "") for nats in (np.linspace(-105, -95, 20), np.full(20, -2.0)))
    sentence = verdict(ours, theirs, "unigram")
    assert "points" not in sentence
    assert re.match(r"The model is \d\.\de\+\d\d worse than the unigram \(95 % interval \d\.\de", sentence)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (3600, "1 h 0 min")]
)
def test_times_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert clock(seconds) == said


def test_scores_are_called_as_the_field_calls_them() -> None:
    assert [score_name(metric) for metric in ("f1", "macro_f1", "log_loss")] == ["F1", "macro F1", "log loss"]
