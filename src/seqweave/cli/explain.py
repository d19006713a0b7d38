"""`seqweave explain`: why a run answers a text as it does, or how it wrote one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from seqweave.cli.inputs import STANDARD
from seqweave.cli.options import Json, Run
from seqweave.core.numbers import decimal

if TYPE_CHECKING:
    from seqweave.insight.explaining.explain import Explanation
    from seqweave.insight.explaining.senses import Senses
    from seqweave.insight.reading.explain import Reading
    from seqweave.insight.searching.explain import Writing

F = TypeVar("F")
Forms = tuple[Callable[[F], str], Callable[[F], dict[str, Any]], Callable[[F], None]]
"""How an explanation is told: as a page, as JSON values, and by printing lines."""

SHOWN = 12
"""Tokens in the terminal's table; the page has all."""
BESIDE = 40
"""Characters of a sentence beside a word that is alike."""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="explain")(explain)


def explain(
    run: Run,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A text.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", help="Write a page for a browser, such as why.html; - prints it.")
    ] = None,
    token: Annotated[
        list[int] | None,
        typer.Option(
            min=1, help="Of taggers and language models, explain this token, from 1; may be given several times."
        ),
    ] = None,
    tokens: Annotated[bool, typer.Option("--tokens", help="Spaces part ready tokens.")] = False,
    neighbours: Annotated[
        int | None, typer.Option(min=1, help="Show so many examples of --data that are alike.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Where to look for them: a file as the run was trained on.")
    ] = None,
    reference: Annotated[
        str, typer.Option(help="Of translators, what should have been written.", show_default=False)
    ] = "",
    beam: Annotated[
        int | None, typer.Option(min=1, max=100, help="Of translators, the hypotheses that are followed at once.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what an answer hangs on, or how a text was written.

    Says, too, whether an explanation means anything.
    """
    from seqweave.insight.explaining.senses import Senses
    from seqweave.insight.reading.explain import Reading
    from seqweave.insight.searching.explain import Writing
    from seqweave.recipes.explaining import Question, explain_run

    positions = [number - 1 for number in token or ()]
    found = explain_run(run, Question(text, tokens, positions, neighbours or 0, data, reference, beam or 0))
    if isinstance(found, Writing):
        _show_writing(found, output, json)
    elif isinstance(found, Reading):
        _show_reading(found, output, json)
    elif isinstance(found, Senses):
        _show_senses(found, output, json)
    else:
        _show(found, output, json)


def _show(found: Explanation, output: Path | None, json: bool) -> None:
    """Why there is this answer, in whatever form was asked for."""
    from seqweave.insight.explaining.page import render
    from seqweave.insight.explaining.plain import to_json

    _tell(found, output, json, (render, to_json, _print))


def _show_writing(found: Writing, output: Path | None, json: bool) -> None:
    """How a text was written, in whatever form was asked for."""
    from seqweave.insight.searching.page import render
    from seqweave.insight.searching.plain import to_json

    _tell(found, output, json, (render, to_json, _print_writing))


def _show_reading(found: Reading, output: Path | None, json: bool) -> None:
    """How a text was read, in whatever form was asked for."""
    from seqweave.insight.reading.page import render
    from seqweave.insight.reading.plain import to_json

    _tell(found, output, json, (render, to_json, _print_reading))


def _show_senses(found: Senses, output: Path | None, json: bool) -> None:
    """Which words are alike, in whatever form was asked for."""
    from seqweave.insight.explaining.senses import to_json
    from seqweave.insight.explaining.senses_page import render

    _tell(found, output, json, (render, to_json, _print_senses))


def _tell(found: F, output: Path | None, json: bool, forms: Forms[F]) -> None:
    """An explanation as a page, as JSON, or as lines where neither was asked for."""
    from seqweave.cli.tables import print_json
    from seqweave.core.files import write_text

    render, to_json, print_lines = forms
    if output == STANDARD:
        print(render(found))
    elif output:
        write_text(output, render(found))
        print(f"written: {output}", file=sys.stderr)
    if json:
        print_json(to_json(found))
    elif not output:
        print_lines(found)


def _print_senses(found: Senses) -> None:
    """The words alike, each in its sentence."""
    from seqweave.cli.tables import print_table
    from seqweave.core.errors import shown
    from seqweave.insight.explaining.senses import plain

    for position, alike in found.words.items():
        rows = []
        for told in map(plain, alike):
            before, after = told["before"][-BESIDE:], told["after"][:BESIDE]
            sentence = shown(f"{before}[{told['word']}]{after}".strip(), 200)
            rows.append([f"{told['cosine']:.3f}", sentence, told["place"]])
        title = f"{position + 1}: {shown(found.example.tokens[position])}"
        print_table(title, ["cosine", "alike", "place"], rows, text=3)
    print(f"looked for in {found.looked_at:,} words", file=sys.stderr)


def _print_writing(found: Writing) -> None:
    """The texts that ended in the beam, and what became of the reference."""
    from seqweave.cli.tables import print_table
    from seqweave.core.errors import shown
    from seqweave.insight.searching.plain import reference_line, texts

    rows = [
        [shown(" ".join(one["words"]), 200), f"{one['log_probability']:.2f}", f"{one['score']:.3f}"]
        for one in texts(found, SHOWN)
    ]
    print_table(f"A beam of {found.tree.size}: the texts that ended", ["text", "log-probability", "score"], rows)
    if found.reference:
        print(reference_line(found.reference, found.tree.size))
    print("the page draws the beam: --output why.html", file=sys.stderr)


def _print_reading(found: Reading) -> None:
    """The tokens that surprised most, and what would come next."""
    from seqweave.cli.tables import print_table
    from seqweave.core.errors import shown
    from seqweave.insight.reading.plain import named, place

    largest = sorted(range(len(found.told)), key=lambda at: -found.told[at].bits)[:SHOWN]
    rows = []
    for at in sorted(largest):
        one = found.told[at]
        pointed = [] if one.gate is None else [f"{one.gate:.2f}"]
        looked = [] if one.gate is None else [", ".join(shown(place(found, position)) for position, _ in one.looked)]
        rows.append([shown(named(one.word)), *looked, f"{one.bits:.1f}", *pointed])
    columns = ["token", *(["looked at"] if found.pointer else []), "bits", *(["gate"] if found.pointer else [])]
    apart = ", unknown words told apart" if found.pointer else ""
    title = f"Perplexity {decimal(found.perplexity)}{apart}; the most surprising"
    print_table(title, columns, rows, text=2 if found.pointer else 1)
    following = ", ".join(f"{shown(named(word))} {100 * chance:.1f} %" for word, chance in found.following[:5])
    print(f"next: {following}")
    print("the page tells more: --output why.html", file=sys.stderr)


def _print(found: Explanation) -> None:
    """The shares of each reason, the largest first, and what they leave open."""
    from seqweave.cli.tables import print_table
    from seqweave.core.errors import shown
    from seqweave.insight.explaining.plain import completeness, meaning, neighbour, preference

    words = found.example.tokens
    for reason in found.reasons:
        methods = reason.attributions
        largest = sorted(range(len(words)), key=lambda at: -abs(methods[0].shares[at]))[:SHOWN]
        rows = [[shown(words[at]), *(f"{method.shares[at]:+.2f}" for method in methods)] for at in sorted(largest)]
        print_table(shown(preference(found, reason), 200), ["token", *(method.method for method in methods)], rows)
        for method in methods:
            print(f"{method.method}, {method.how}: {completeness(method)}")
    if found.neighbours:
        alike = [neighbour(one) for one in found.neighbours]
        rows = [
            [f"{one['cosine']:.3f}", shown(one["text"], 200), shown(" ".join(one["gold"]), 200), one["place"]]
            for one in alike
        ]
        print_table("Examples that are alike", ["cosine", "alike", "gold", "place"], rows, text=4)
    verdict = "this explanation is meaningless" if found.sanity.meaningless else "sanity check passed"
    print(f"{verdict}: {meaning(found.sanity)}")
    print("the page tells more: --output why.html", file=sys.stderr)
