"""What a comparison comes to, in sentences: "better" is said only where it is decided, else what would decide."""

from __future__ import annotations

from collections.abc import Iterator

from seqweave.core.errors import shown
from seqweave.core.numbers import decimal
from seqweave.insight.comparison.compare import Comparison
from seqweave.insight.comparison.contest import Contest, Contrast
from seqweave.insight.report import score_name
from seqweave.metrics.spread import MOST_SEEDS

MOST_EXAMPLES = 10_000_000
"""Larger test sets nobody has."""


def sentences(comparison: Comparison, contest: Contest) -> list[str]:
    """One for each system but the first, on a contest over all examples."""
    names = [shown(system.name) for system in comparison.systems]
    return [
        _sentence(contest, contrast, (name, names[0]))
        for contrast, name in zip(contest.contrasts, names[1:], strict=True)
    ]


def notes(comparison: Comparison) -> list[str]:
    """What to keep in mind."""
    found = []
    if any(len(system.answers) == 1 for system in comparison.systems):
        found.append(
            "A system that was trained once is judged by that run: another seed would move its score as well "
            "(seqweave train RECIPE --seeds 1,2,3)."
        )
    if len(comparison.systems) > 2:
        found.append("p-values are corrected for several systems (Holm).")
    if comparison.slices:
        found.append(f"Slices show {score_name(comparison.main.ground.name)}; their p-values are corrected together.")
    if comparison.gold.counts is None:
        found.append("There are no slices by unknown and rare words: no run's training files can be read.")
    return found


def told(number: int) -> str:
    """About a number, to two digits.

    Example:
        >>> told(13_721), told(9)
        ('14,000', '9')
    """
    return f"{float(f'{number:.2g}'):,.0f}"


def p_value(p: float) -> str:
    """A p-value as people write it.

    Example:
        >>> p_value(0.0004), p_value(0.0312)
        ('< 0.001', '0.031')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _sentence(contest: Contest, contrast: Contrast, names: tuple[str, str]) -> str:
    (ours, first), verdict = names, contest.verdict(contrast)
    value, low, high = (
        decimal(round(one, 4), contest.digits, "+") for one in contrast.difference.interval.to_json().values()
    )
    points = f"{value} {'points of ' if contest.percent else ''}{score_name(contest.ground.name)}"
    numbers = f"{points} (95 % interval {low} to {high}, p {p_value(contrast.adjusted)})"
    if verdict == "undecided":
        examples = f"these {contest.ground.count:,} examples"
        head = f"{ours} and {first} cannot be told apart on {examples}: {numbers}."
        if contrast.stands_over_examples:
            head = f"{ours} and {first} differ on {examples}, but not beyond what seeds do: {numbers}."
        return " ".join([head, *_deciding(contrast), *_seeds(contest, contrast, names)])
    return " ".join([f"{ours} is {verdict} than {first}: {numbers}.", *_seeds(contest, contrast, names)])


def _deciding(contrast: Contrast) -> Iterator[str]:
    """How many examples or seeds would decide."""
    if abs(contrast.difference.interval.value) == 0:
        yield "There is no difference to decide upon."
        return
    needed = []
    if not contrast.stands_over_examples and contrast.examples_needed:
        many = contrast.examples_needed > MOST_EXAMPLES
        needed.append(f"{'more than ' if many else ''}{told(min(contrast.examples_needed, MOST_EXAMPLES))} examples")
    if not contrast.stands_over_seeds:
        many = contrast.seeds_needed is None
        needed.append(f"{'more than ' if many else ''}{contrast.seeds_needed or MOST_SEEDS} seeds of each")
    if needed:
        yield f"Were the difference as large as it looks, about {' and '.join(needed)} would decide."


def _seeds(contest: Contest, contrast: Contrast, names: tuple[str, str]) -> Iterator[str]:
    """How far seeds move the two."""
    if contrast.seeds is None:
        return
    place = contest.contrasts.index(contrast) + 1
    runs = [contest.standings[i].runs for i in (place, 0)]
    both = list(zip(names, runs, strict=True))
    moved = [
        f"{name} by {decimal(one.deviation, contest.digits)} ({len(one.runs)} seeds)"
        for name, one in both
        if len(one.runs) > 1
    ]
    once = "".join(f", {name} was trained once" for name, one in both if len(one.runs) == 1)
    ends = " to ".join(decimal(one, contest.digits, "+") for one in (contrast.seeds.low, contrast.seeds.high))
    yield f"Seeds move {' and '.join(moved)}{once}; over seeds the interval of the difference is {ends}."
