"""The part of docs/results.md on obstacles: each measured without its remedy and with it, all else equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tables import table

HEAD = """## Obstacles, with and without the remedy

The first row of a table is the network without a remedy; what another row has beside it or in its place stands in its
second column, and all else is equal but for what the line above a table says. A difference is to the first row: of
perplexity, lower is better. The two numbers behind a score are the lowest and the highest end of the runs' 95 %
intervals over resampled test data. Time is that of the processor for all of training, as a multiple of the first row's;
of a row from another machine, seconds, which do not compare.
"""

WORDS = """The same by how often training has the word that is told, by whether it stands among the last ones, and for
words outside of the vocabulary; in brackets, how many words of the test text these are. A word that training has seldom
is best found where it has just been read. A window of another size has other words in it, hence the dashes.
"""

UNKNOWN = "not in the vocabulary"
TOLD_APART = f"{UNKNOWN}, told apart"
"""The slice that only models which point have."""

CONTEXTUAL = (
    "A bidirectional language model reads the sentence first. Its own training is not in the time."
    " [Contextual embeddings](contextual-embeddings.md)"
)


@dataclass(frozen=True)
class Obstacle:
    """What stands in the way, and what was tried.

    Args:
        title: what stands in the way.
        told: a sentence or two on the remedy.
        rows: names of results to what they have that the first has not.
        words: a second table tells scores by how often training has a word.
    """

    title: str
    told: str
    rows: Mapping[str, str]
    words: bool = False


OBSTACLES = (
    Obstacle(
        "Words that training has not",
        "A pointer copies words from the text that was read, whether or not training had them: into a translation, from"
        " its source; into a text that is continued, from its last words. [Language modelling](language-modelling.md)",
        {
            "copy-names-softmax": "no pointer",
            "copy-names": "pointer-generator",
        },
    ),
    Obstacle(
        "Words that training has not, in a text that goes on",
        "News. Every seventh word of the test text is one that training holds once or never, mostly names and numbers."
        " Without a pointer all of these are one token. With one, those of the last 100 words are tokens of their own,"
        " told by pointing alone, and the others that one token: the last column, which the first row cannot have.",
        {"conll2003-lstm-small": "no pointer", "conll2003-pointer-sentinel-small": "pointer sentinel"},
        words=True,
    ),
    Obstacle(
        "Recent words that come again",
        "The same pointer in a language model of the Penn Treebank, two layers of 256; the cache learns nothing.",
        {
            "ptb-lstm-small": "no pointer",
            "ptb-cache-small": "neural cache",
            "ptb-pointer-sentinel-small": "pointer sentinel",
        },
        words=True,
    ),
    Obstacle(
        "Recent words that come again: WikiText-2",
        "A cache over a model that has read the text once. Rare words are many there, and articles repeat theirs.",
        {"wikitext2-lstm-small": "no pointer", "wikitext2-cache-small": "neural cache"},
        words=True,
    ),
    Obstacle(
        "Each word represented twice",
        "One vector for a word where it is read and where it is told; and a loss that knows which words are alike.",
        {
            "ptb-lstm-small": "vectors of their own",
            "ptb-tied-small": "tied",
            "ptb-augmented-small": "augmented loss",
            "ptb-tied-augmented-small": "tied, augmented loss",
        },
    ),
    Obstacle(
        "Slow recurrences",
        "What is multiplied for all words at once, and what is left for one word after another. The minGRU, whose"
        " states have no bounds, learns by Adam, as in its paper; the others by plain descent, so that its difference"
        " is also that of the optimizer.",
        {
            "ptb-lstm-small": "lstm",
            "ptb-qrnn-small": "qrnn",
            "ptb-sru-small": "sru",
            "ptb-mingru-small": "mingru",
            "ptb-gru-small": "gru",
        },
    ),
    Obstacle(
        "Learning by heart",
        "The remedies of AWD at once: weights dropped from one state to the next, one mask for all words of a window,"
        " words dropped wherever they stand, costs of states, averaged weights (exponentially: six passes are too few"
        " for the triggered average). Vectors are tied in both rows; inputs"
        " and states are dropped half as often in the second.",
        {"ptb-tied-small": "plain dropout", "ptb-awd-small": "AWD"},
    ),
    Obstacle(
        "A vector that does not know its sentence: names",
        CONTEXTUAL,
        {"conll2003-ner": "vectors of words", "conll2003-ner-contextual": "and of words where they stand"},
    ),
    Obstacle(
        "A vector that does not know its sentence: sentiment",
        CONTEXTUAL,
        {
            "sst5": "vectors of words",
            "sst5-contextual": "and of words where they stand, by a model of an encyclopaedia",
            "sst5-films": "a model of film reviews alone, which learns on",
        },
    ),
)


def section(results: Sequence[Mapping[str, Any]]) -> str:
    """The tables of those obstacles that are measured without and with a remedy; nothing where there is none.

    Args:
        results: records of systems.
    """
    known = {result["name"]: result for result in results}
    parts = []
    for obstacle in OBSTACLES:
        first, *others = obstacle.rows
        if first in known and any(name in known for name in others):
            measured = [known[name] for name in obstacle.rows if name in known]
            rows = [
                [*_row(known[first], known[name], told), _time(known[first], known[name])]
                for name, told in obstacle.rows.items()
                if name in known
            ]
            head = ["name", "with", "metric", "measured", "resampled", "runs", "difference", "time"]
            parts += [f"### {obstacle.title}\n", f"{obstacle.told}\n", table(head, rows)]
            if obstacle.words and all("slices" in result for result in measured):
                parts += [WORDS, _words(measured)]
    return "\n".join([HEAD, *parts]) if parts else ""


def _row(first: Mapping[str, Any], result: Mapping[str, Any], told: str) -> list[str]:
    value, other = result["measured"]["mean"], first["measured"]["mean"]
    return [
        f"`{result['name']}`",
        told,
        result["metric"],
        f"**{value:.1f}**",
        _resampled(result["measured"]),
        str(len(result["measured"]["runs"])),
        "–" if result is first else f"{value - other:+.1f}",
    ]


def _resampled(measured: Mapping[str, Any]) -> str:
    """From the lowest to the highest end of the runs' intervals; a dash for results that have none."""
    intervals = measured.get("intervals")
    return f"{min(low for low, _ in intervals):.1f} to {max(high for _, high in intervals):.1f}" if intervals else "–"


def _words(results: Sequence[Mapping[str, Any]]) -> str:
    """Perplexity of each slice of the first result's words; a dash where another has no slice of just these."""
    slices = [{(part["name"], part["tokens"]): part["perplexity"] for part in result["slices"]} for result in results]
    apart = [
        (name, tokens)
        for found in slices
        for (name, tokens), value in found.items()
        if name == TOLD_APART and value != found.get((UNKNOWN, tokens))  # equal where texts themselves say <unk>
    ]
    columns = list(dict.fromkeys([*slices[0], *apart]))
    head = ["name", *(f"{name} ({tokens:,})" for name, tokens in columns)]
    rows = [
        [f"`{result['name']}`", *(f"{found[key]:,.1f}" if key in found else "–" for key in columns)]
        for result, found in zip(results, slices, strict=True)
    ]
    return table(head, rows)


def _time(first: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    if not result["training"][0]["at"]:
        return "nothing is learned"
    if result is first or result["device"] != first["device"]:
        return f"{_seconds(result):,.0f} s ({result['device']})"
    return f"{_seconds(result) / _seconds(first):.2f}"


def _seconds(result: Mapping[str, Any]) -> float:
    """Of training to its end: a mean over the runs."""
    return sum(run["at"][-1] for run in result["training"]) / len(result["training"])
