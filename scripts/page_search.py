"""docs/search.md: greedy, beam, exhaustive and exact search, from runs of our own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
first, and turns back wherever even the best that may still come cannot beat what a beam of 10 has found: each token
more can only cost. Where its budget runs out it gives the best text so far, unproven.

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
HOW = {"none": "Compared by log-probability", "length": "Compared by log-probability a token"}
READING = """A *search error* is a text that scores lower, under the model itself, than another one that is known: the
reference, or what exact search found. A *model error* is any other wrong text: a better search would not help.
*Lower than narrower* counts sentences for which a beam found a lower score than the next narrower one; *length
ratio* is tokens written over tokens of the references; *hypotheses read* is how often the network was asked,
padding of the beam included.
"""
Result = Mapping[str, Any]


def page(found: Result) -> str:
    """The page for one result of scripts/search_runs.py."""
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
    return "\n".join(parts)


def pictures(found: Result) -> dict[str, str]:
    """The drawings, by file name."""
    explained = found["explain"]
    drawn = {"search-tree.svg": str(tree_picture(Tree.restore(explained["tree"]), "A beam as a tree"))}
    if explained["attention"]:
        import numpy as np

        words = [token["word"] or "end" for token in explained["tokens"]]
        shares = np.array(explained["attention"])
        drawn["search-alignment.svg"] = str(alignment(words, explained["source"], shares, "Where each token looked"))
    return {name: _alone(text) for name, text in drawn.items()}


def read(folder: Path) -> Result:
    """The measured runs."""
    result: Result = json.loads((folder / "search-toy-zh-en.json").read_text(encoding="utf-8"))
    return result


def _alone(picture: str) -> str:
    """A picture that is a file of its own, with its style in it."""
    opened = picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    first = opened.index(">") + 1
    return f"{opened[:first]}{STYLE}{opened[first:]}\n"


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
