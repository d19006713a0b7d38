"""An explanation in plain words and as JSON values; the page and the command line tell the same."""

from __future__ import annotations

import math
from typing import Any

from seqweave.data.examples import TextExample
from seqweave.insight.explaining.attribution import Attribution
from seqweave.insight.explaining.explain import Explanation, Reason
from seqweave.insight.explaining.neighbours import Neighbour
from seqweave.insight.explaining.sanity import Sanity

OTHERS = 4
"""Labels beside the answered one that are told of each token."""
DIGITS = 6


def completeness(found: Attribution) -> str:
    """The line that says how much of the margin the shares leave open.

    Example:
        >>> completeness(Attribution("integrated gradients", (1.0, 2.0), 3.5, 0.25, "32 steps"))
        'completeness gap: 0.2500 nats, 7.69 % of 3.25; the steps were too few, take the shares as rough'
    """
    share = f"{100 * found.relative_gap:.2f} %" if math.isfinite(found.relative_gap) else "all"
    line = f"completeness gap: {found.gap:.4f} nats, {share} of {found.value - found.baseline:.2f}"
    if found.method == "occlusion":
        return f"{line}; tokens are hidden one at a time, and where several act together their losses need not add up"
    return line if found.complete else f"{line}; the steps were too few, take the shares as rough"


def preference(found: Explanation, reason: Reason) -> str:
    """What is explained, as a question."""
    target = reason.target
    label = found.labels[target.label]
    against = f"and not {found.labels[target.rival]}" if target.rival >= 0 else "or not"
    if target.position < 0:
        return f"Why {label} {against}?"
    return f"Token {target.position + 1}, {found.example.tokens[target.position]}: why {label} {against}?"


def meaning(sanity: Sanity) -> str:
    """What the sanity check found, in one sentence."""
    copies, most = len(sanity.copies), max(sanity.copies)
    stands = f"the order of the model's weights stands out by {sanity.order:.1f} standard deviations"
    if sanity.meaningless:
        return (
            f"{stands}, that of {copies} shuffled copies by up to {most:.1f}; nothing learned can be told from chance"
        )
    return f"{stands}, that of no shuffled copy of {copies} by more than {most:.1f}"


def to_json(found: Explanation) -> dict[str, Any]:
    """The object that `explain --json` prints; probabilities and shares rounded to six digits."""
    example = found.example
    spans = zip(example.tokens, example.starts, example.ends, strict=True)
    tokens = [{"word": word, "start": start, "end": end} for word, start, end in spans]
    if found.tagged:
        tokens = [{**token, **_tag(found, at)} for at, token in enumerate(tokens)]
    answer = {} if found.tagged else {"answer": [found.labels[i] for i in found.answers[0]], "labels": ranked(found, 0)}
    return {
        "text": example.text,
        **answer,
        "tokens": tokens,
        "reasons": [_reason(found, reason) for reason in found.reasons],
        "sanity": {
            "meaningless": found.sanity.meaningless,
            "order": _rounded(found.sanity.order),
            "copies": [_rounded(one) for one in found.sanity.copies],
        },
        "attention": [{"layer": one.layer, "heads": one.weights.round(DIGITS).tolist()} for one in found.maps],
        "neighbours": [neighbour(one) for one in found.neighbours],
    }


def ranked(found: Explanation, at: int) -> list[dict[str, Any]]:
    """All labels of a position with their probabilities, the likeliest first."""
    row = found.probabilities[at]
    return [{"label": found.labels[i], "score": _rounded(row[i])} for i in (-row).argsort(kind="stable")]


def neighbour(found: Neighbour) -> dict[str, Any]:
    """One example that is alike, with its gold and its place."""
    example = found.example
    gold = example.labels if isinstance(example, TextExample) else example.tags
    place = f"{example.source}:{example.line}"
    return {"text": example.text, "gold": list(gold), "cosine": _rounded(found.cosine), "place": place}


def _tag(found: Explanation, at: int) -> dict[str, Any]:
    (answer,) = found.answers[at]
    own, others = found.labels[answer], ranked(found, at)
    score = _rounded(found.probabilities[at, answer])
    return {"entity": own, "score": score, "others": [o for o in others if o["label"] != own][:OTHERS]}


def _reason(found: Explanation, reason: Reason) -> dict[str, Any]:
    target = reason.target
    return {
        "token": target.position + 1 if target.position >= 0 else None,
        "label": found.labels[target.label],
        "against": found.labels[target.rival] if target.rival >= 0 else None,
        "methods": [_method(one, reason.correlations[one.method]) for one in reason.attributions],
    }


def _method(found: Attribution, correlation: float) -> dict[str, Any]:
    relative = found.relative_gap
    return {
        "method": found.method,
        "how": found.how,
        "margin": _rounded(found.value),
        "baseline": _rounded(found.baseline),
        "shares": [_rounded(share) for share in found.shares],
        "pieces": [{"piece": piece, "share": _rounded(share)} for piece, share in found.pieces],
        "completeness_gap": {
            "absolute": _rounded(found.gap),
            "relative": _rounded(relative) if math.isfinite(relative) else None,
            "small": found.complete,
        },
        "line": completeness(found),
        "rank_correlation_with_shuffled": _rounded(correlation),
    }


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
