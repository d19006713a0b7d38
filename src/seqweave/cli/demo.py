"""`seqweave demo`: what Seqweave does, shown in a minute, without any file."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqweave.cli.options import Json, Language, Tongue

if TYPE_CHECKING:
    from seqweave.recipes.demonstration import Demonstration

EXPLAINED = {
    "tagging": "Word classes in sentences of a small grammar: `watch` is a noun or a verb, and the tag of `put` "
    "hangs on a subject far away.",
    "classification": "Sentiment of sentences: one word decides it, and a negation in the same clause turns it round.",
    "language-modelling": "Text of a source whose entropy is known: how near does a network come to the best "
    "perplexity that there is?",
    "translation": "Strings of symbols, written backwards: each next symbol must be looked up in the source.",
}


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="demo")(demo)


def demo(
    task: Annotated[
        str | None, typer.Argument(metavar="TASK", help="What to show; tagging and classification where not given.")
    ] = None,
    run: Annotated[Path, typer.Option("--run", help="A new folder for data, recipe and run.")] = Path("runs/demo"),
    language: Language = None,
    json: Json = False,
) -> None:
    """Train on generated data and show what was learned."""
    # So small a network gains nothing from more threads, and loses much by them where other programs are at work.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from seqweave.cli.tables import print_json
    from seqweave.core.console import open_console
    from seqweave.recipes.demonstration import TASKS, demonstrate
    from seqweave.recipes.folder import RunFolder
    from seqweave.recipes.guessing.draft import require_task

    tasks = (task,) if task else TASKS
    require_task(tasks[0])
    done = []
    for name in tasks:
        folder = RunFolder.free(run.parent, f"{run.name}-{name}" if len(tasks) > 1 else run.name)
        print(f"{name}: {EXPLAINED[name]}", file=sys.stderr)
        with open_console() as show:
            done.append(demonstrate(name, (language or Tongue.EN).value, folder, show))
        if not json:
            _print(done[-1])
    if json:
        print_json({one.task: {"run": str(one.run.path), **one.run.read("scores.json")} for one in done})


def _print(done: Demonstration) -> None:
    """Scores, two answers, and what to do next."""
    from seqweave.cli.tables import print_scores

    print_scores(done.run.read("scores.json")["test"])
    for answer in done.answers:
        print(f"  {answer['text']}\n  -> {_answer(answer)}")
    option = "--tokens " if done.spaces else ""
    text = done.answers[0]["text"]
    print(f"\nreport    {done.run.report}   (open it in a browser)")
    print(f"recipe    {done.recipe}   (every value says why it is there)")
    print(f'ask it    seqweave predict {done.run.path} {option}"{text}"')
    print(f"your data seqweave init {done.task} FILE... --output my.yaml\n")


def _answer(answer: Mapping[str, Any]) -> str:
    for key in ("translation_text", "generated_text"):
        if key in answer:
            return str(answer[key])
    if "tokens" in answer:
        return " ".join(f"{token['word']}/{token['entity']}" for token in answer["tokens"])
    best = answer["labels"][0]
    return f"{best['label']} ({100 * best['score']:.1f} %)"
