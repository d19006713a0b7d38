"""A comparison as one self-contained page in the look of reports: every difference with its interval as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from seqweave.core.numbers import decimal
from seqweave.insight.comparison.compare import Comparison
from seqweave.insight.comparison.contest import Contest
from seqweave.insight.comparison.plain import to_json
from seqweave.insight.comparison.strips import Strip, strips
from seqweave.insight.pages import template
from seqweave.insight.report import score_name


def render(comparison: Comparison) -> str:
    """The page as HTML."""
    told, main = to_json(comparison), comparison.main
    names = [system.name for system in comparison.systems]
    over = f"{'points over' if main.percent else 'difference from'} {names[0]}"
    return template(
        "comparison.html.jinja", {"score_name": score_name, "signed": _signed, "first_upper": _first_upper}
    ).render(
        told=told,
        names=names,
        over=over,
        chart=_chart([("", main)], names, f"{score_name(main.ground.name)}: {over}"),
        kinds=list(dict.fromkeys(contest.ground.kind for contest in comparison.slices)),
        charts=_slice_charts(comparison, names, over),
    )


def _slice_charts(comparison: Comparison, names: Sequence[str], over: str) -> Mapping[str, Markup]:
    """One picture for each way of parting the examples."""
    kinds: dict[str, list[tuple[str, Contest]]] = {}
    for contest in comparison.slices:
        kinds.setdefault(contest.ground.kind, []).append((contest.ground.name, contest))
    return {kind: _chart(parts, names, f"By {kind}: {over}") for kind, parts in kinds.items()}


def _chart(parts: Sequence[tuple[str, Contest]], names: Sequence[str], label: str) -> Markup:
    rows = [
        Strip(
            " · ".join(filter(None, [part, name if len(names) > 2 or not part else ""])),
            contrast.difference.interval,
            contest.verdict(contrast),
            contest.digits,
        )
        for part, contest in parts
        for name, contrast in zip(names[1:], contest.contrasts, strict=True)
    ]
    return strips(rows, label)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _signed(found: Mapping[str, Any], name: str, digits: int) -> str:
    return decimal(found[name], digits, "+")
