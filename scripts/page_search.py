"""docs/search.md: greedy, beam, exhaustive and exact search, from runs of our own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pictures import alone
from seqweave.insight.searching.picture import alignment, tree_picture
from seqweave.insight.searching.tree import Tree
from tables import table

STYLE = """<style>
svg { background: #fff; font: 12px system-ui, "Noto Sans CJK SC", sans-serif; }
text { fill: #59636e; } .name, .ink, .inside { fill: #1c2127; } .count, .inside { font-size: 10px; }
.frame { fill: none; stroke: #8c98a4; } .beam .frame { fill: #fff; }
.way { fill: none; stroke: #8c98a4; stroke-width: 1.25; }
.node.pruned .frame, .way.pruned { stroke: #c6ced6; stroke-dasharray: 3 3; } .pruned .name { fill: #59636e; }
.finished .frame { stroke: #0b7a5b; stroke-width: 1.5; } .left .frame, .way.left { stroke-dasharray: 1 3; }
.best .frame { fill: #1f5fbf !important; stroke: #1f5fbf; } .best .name, .best .count { fill: #fff; }
.way.best { stroke: #1f5fbf; stroke-width: 3; } .node.reference .frame { stroke: #c2410c; stroke-width: 2.5; }
.way.reference:not(.best) { stroke: #c2410c; stroke-width: 2; }
.look { fill: #1f5fbf; } .most { stroke: #1f5fbf; stroke-width: 2; }
</style>"""

HEAD = """# Search: how a text is found

A translator gives every text a probability: the product of its tokens' probabilities, or, added up, a
log-probability. To write is to look for a text with a high one. Of V tokens there are V^T texts of length T, so a
search looks at few of them.

| search | looks at | finds |
|---|---|---|
| `greedy` | the most probable token, T times | a good text; never takes a step back |
| `beam` | the `size` best beginnings, each with every token: O(size · T) steps | mostly a better one |
| `exhaustive` | all of them: O(V^T) | the best one, in toy worlds |
| `exact` | all that could still be better than the best so far | the best one, and says whether it proved that |

**Greedy** search is a beam of 1. **Beam** search ranks, at every step, each of its beginnings with each next token,
follows the best `size`, and sets those aside that ended. **Exact** search (branch and bound, Stahlberg and Byrne,
2019, [arXiv:1908.10090](https://arxiv.org/abs/1908.10090)) walks through the tree of all texts, the likeliest
first, and turns back wherever even the best that may still come cannot beat what a beam of `size` has found: each token
more can only cost. Where its budget runs out it gives the best text so far, and `predict` says
`"proven": false`.

## Long texts and short ones

Each token makes a text less probable, so plain log-probability likes short texts. `normalise: length` divides it by
the number of tokens, the end among them. A text of log-probability -2.3 over 5 tokens has the score -2.3 / 5 =
-0.46. Another of -1.6 over 2 tokens is likelier, but scores -1.6 / 2 = -0.80: by length the longer one wins.
`normalise: gnmt` lies between (Wu et al., 2016), and `none` compares the log-probabilities themselves.
"""
COLUMNS = {
    "search": "name",
    "mean score": "score",
    "search errors": "search_errors",
    "model errors": "model_errors",
    "right": "right",
    "BLEU": "bleu",
    "length ratio": "length_ratio",
    "lower than narrower": "lower_than_narrower",
    "empty": "empty",
    "proven": "proven",
    "proven and empty": "proven_empty",
    "hypotheses read": "hypotheses",
}
TOY = "search-toy-zh-en"
HOW = {"none": "Compared by log-probability", "length": "Compared by log-probability a token"}
READING = """A *search error* is a text that scores lower, under the model itself, than another one that is known: the
reference, or what exact search found. A *model error* is any other wrong text: a better search would not help.
*Lower than narrower* counts sentences for which a beam found a lower score than the next narrower one; *length
ratio* is tokens written over tokens of the references; *hypotheses read* is how often the network was asked,
padding of the beam included.
"""
Result = Mapping[str, Any]


RECIPES = """## On real data

The shipped recipes, one run each, on their test parts: greedy search, the beam of 5 that the recipes use, and what the
beam gains over greedy search on the same sentences. Ranges hold 95 % of the scores over test data drawn again (1,000
bootstrap samples).
"""
RECIPE_ERRORS = """Every search with the same model on the shortest test sentences, compared as the recipe does it.
Where the budget of exact search runs out, its text is the best that it met, unproven:
"""
TIES = """In float32 other batches, orders, paddings and threads round otherwise. Of the dev sentences that
`evaluate --certify` tried, so many were then written in another way because two texts scored alike to within 0.0001,
and so many without such a tie:
"""


def page(found: Result, recipes: Sequence[Result] = ()) -> str:
    """The page for one result of scripts/search_runs.py, and those of scripts/search_recipes.py."""
    study, explained, commands = found["study"], found["explain"], found["commands"]
    train = "\n".join([commands["init"], commands["train"]])
    parts = [
        HEAD,
        "## A beam, drawn\n",
        f"All that follows was measured at commit `{found['commit']}` by `python scripts/search_runs.py`.\n",
        "A small recurrent translator with attention, trained for 750 steps on generated Chinese and English "
        f"(BLEU {found['bleu']:.1f} on test by greedy search: it has much to learn, so its search has much to show):\n",
        f"```\n{train}\n```\n",
        f"`{explained['text']}` should become `{explained['reference']['text']}`. A beam of "
        f"{explained['search']['size']} "
        f"writes `{explained['translation_text']}`:\n",
        f"```\n{commands['explain'].replace('--json', '--output why.html')}\n```\n",
        "![The beam as a tree](search-tree.svg)\n",
        "Blue is the answer, dashed what was dropped (the two likeliest of each hypothesis are drawn), green "
        "what ended, "
        f"orange the way to the reference. {explained['reference']['line']}\n",
    ]
    if explained["attention"]:
        parts += [
            "Where each written token looked, in percent; what it looked at most is framed:\n",
            "![Where each written token looked](search-alignment.svg)\n",
        ]
    parts += [
        "## Whose error is it?\n",
        f"The same model on the {study['sentences']} shortest of {study['sentences_in_all']} test sentences (up to "
        f"{study['longest']} target tokens), exact search with a budget of {study['budget']:,} hypotheses a "
        f"sentence:\n",
        f"```\n{commands['study'].replace(' --json', '')}\n```\n",
        READING,
    ]
    parts += [part for one in study["studies"] for part in _study(one, study["sentences"])]
    return "\n".join([*parts, *_recipes(recipes)] if recipes else parts)


def pictures(found: Result) -> dict[str, str]:
    """The drawings, by file name."""
    explained = found["explain"]
    drawn = {"search-tree.svg": str(tree_picture(Tree.restore(explained["tree"]), "A beam as a tree"))}
    if explained["attention"]:
        import numpy as np

        words = [token["word"] or "end" for token in explained["tokens"]]
        shares = np.array(explained["attention"])
        drawn["search-alignment.svg"] = str(alignment(words, explained["source"], shares, "Where each token looked"))
    return {name: alone(text, STYLE) for name, text in drawn.items()}


def read(folder: Path) -> Result:
    """The small translator."""
    result: Result = json.loads((folder / f"{TOY}.json").read_text(encoding="utf-8"))
    return result


def read_recipes(folder: Path) -> Sequence[Result]:
    """The shipped recipes that were measured."""
    paths = sorted(path for path in folder.glob("search-*.json") if path.stem != TOY)
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def _recipes(found: Sequence[Result]) -> Sequence[str]:
    """Scores, search errors and near ties of each recipe, and how they are measured again."""
    scores, errors, ties = [], [], []
    for one in found:
        name, study = f"`{one['name'].removeprefix('search-')}`", one["study"]
        bleu = [_ranged(one["scores"][search]["bleu"]) for search in one["scores"]]
        chrf = [f"{one['scores'][search]['chrf']['value']:.2f}" for search in one["scores"]]
        scores.append([name, *bleu, _ranged(one["gained"], "+"), *chrf])
        size = f"{study['sentences']} of {study['sentences_in_all']:,}, budget {study['budget']:,}"
        errors += [[name, size, *(_cell(row[key]) for key in COLUMNS.values())] for row in _by_token(study)["searches"]]
        trials = one["certificate"]["trials"]["float32"].values()
        most = [max(trial[key] for trial in trials) for key in ("near_ties", "changed")]
        ties.append([name, f"{one['certificate']['examples']:,}", *(f"{count:,}" for count in most)])
    commands = "\n".join(command for one in found for command in one["commands"])
    kinds = ["greedy", "beam 5"]
    columns = ["recipe", *(f"{kind}, BLEU" for kind in kinds), "gained", *(f"{kind}, chrF" for kind in kinds)]
    return [
        RECIPES,
        table(columns, scores),
        RECIPE_ERRORS,
        table(["recipe", "sentences", *COLUMNS], errors),
        TIES,
        table(["recipe", "sentences", "by a near tie", "without one"], ties),
        f"```\n{commands}\n```\n",
    ]


def _by_token(study: Result) -> Result:
    """Of a study's ways of comparing texts, the last: the one that the run itself uses."""
    last: Result = study["studies"][-1]
    return last


def _ranged(one: Mapping[str, float], sign: str = "") -> str:
    return f"{one['value']:{sign}.2f} ({one['low']:{sign}.2f} to {one['high']:{sign}.2f})"


def _study(study: Result, sentences: int) -> Sequence[str]:
    """One table, and what it says."""
    rows = [[_cell(one[key]) for key in COLUMNS.values()] for one in study["searches"]]
    exact, reference = study["searches"][-1], study["references"]["score"]
    mean = "" if reference is None else f" The references' mean score is {reference:.3f}."
    told = (
        f"Exact search proved its answer for {exact['proven']} of {sentences} sentences; "
        f"{exact['proven_empty']} of these "
        f"proven optima are the empty text.{mean}\n"
    )
    if exact["proven_empty"]:
        told += (
            "\nThat is the model's error, not the search's: it likes the empty text better than any other. "
            "The narrower beams' search errors hide it.\n"
        )
    return [f"### {HOW.get(study['normalise'], study['normalise'])}\n", table(list(COLUMNS), rows), told]


def _cell(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:.2f}"
