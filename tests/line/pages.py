"""Pages that are done as they say: the marked blocks of a Markdown page or a notebook, in order, in one folder.

A mark is a comment in the line before the block:

    <!-- after: PAGE -->   nothing; at the top of a page: it goes on in a copy of the folder where PAGE was followed
    <!-- file: NAME -->    the block is written to NAME
    <!-- run -->           every `seqweave ...` of it ends well
    <!-- console -->       `$ ` stands before a command, what it prints stands below; `...` is anything, and lines may
                           be broken elsewhere; it ends well where no code of an error is shown
    <!-- parse -->         its commands are well formed; files named in them need not exist
    <!-- python -->        it runs, and prints what its comments `# prints: ` say, where it has any
    <!-- shown -->         nothing: what was printed once, where times and scores differ from machine to machine

Trainings pass over the data once, whatever the page says; published systems are not trained at all.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import typer.main

from seqweave.cli.app import app, run
from seqweave.data.source import files_of
from seqweave.recipes.recipe import read
from seqweave.recipes.shipped import shipped

MARK = re.compile(r"<!-- (\w+)(?:: (\S+))? -->\n```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"\[E-[A-Z]+-\d\d\]")
QUICK = {"train": ["-o", "training.epochs=1"], "reproduce": ["--dry-run"]}


def blocks(page: str, mark: str = r"\w+") -> list[str]:
    """The marked blocks of a page."""
    return [body for found, _, body in MARK.findall(page) if re.fullmatch(mark, found)]


def commands(block: str) -> list[list[str]]:
    """The arguments of every `seqweave ...` of a block, also of those behind a pipe."""
    lines = [line.rpartition("| ")[2] for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("seqweave ")]


def base(page: str) -> str | None:
    """The page whose folder this one goes on in."""
    found = re.match(r"<!-- after: (\S+) -->\n", page)
    return found[1] if found else None


def follow(page: str, folder: Path) -> None:
    """Do what a page says, in a folder.

    Raises:
        AssertionError: if a command ends otherwise than the page says, or prints something else.
    """
    doing = {"run": do_run, "console": do_console, "parse": do_parse, "python": do_python}
    with contextlib.chdir(folder):
        for mark, name, body in MARK.findall(page):
            if mark == "file":
                Path(name).parent.mkdir(parents=True, exist_ok=True)
                Path(name).write_text(body, encoding="utf-8")
            elif mark not in ("error", "shown"):
                doing[mark](body)


def do_run(block: str) -> None:
    for arguments in commands(block):
        code, said = call(arguments)
        assert code == 0, said


def do_console(block: str) -> None:
    for command, shown in sessions(block):
        code, said = call(command)
        assert bool(code) == bool(CODE.search(shown)), said
        assert agrees(shown, said), f"seqweave {shlex.join(command)} prints:\n{said}"


def do_parse(block: str) -> None:
    for arguments in commands(block):
        if arguments[0] == "reproduce":
            do_run(f"seqweave {shlex.join(arguments)}")
            continue
        group = typer.main.get_command(app)
        with group.make_context("seqweave", [arguments[0]], resilient_parsing=True) as context:
            verb = group.get_command(context, arguments[0])
        assert verb is not None, arguments[0]
        verb.make_context(arguments[0], arguments[1:])


def do_python(block: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(block, {"__name__": "__main__"})
    shown = "\n".join(re.findall(r"# prints: (.*)", block))
    assert agrees(shown or "...", printed.getvalue()), printed.getvalue()


def sessions(block: str) -> Iterator[tuple[list[str], str]]:
    """The commands of a console block, each with what is shown below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield shlex.split(command)[1:], shown


def agrees(shown: str, said: str) -> bool:
    """Whether a text says what is shown, where `...` stands for anything and white space is all alike."""
    parts = (re.escape(" ".join(part.split())) for part in shown.split("..."))
    return re.fullmatch(r"\s*" + r".*?".join(parts) + r"\s*", " ".join(said.split()), re.DOTALL) is not None


def call(arguments: list[str]) -> tuple[int, str]:
    """The exit code of a command, and all that it prints."""
    quick = QUICK.get(arguments[0], []) if "--resume" not in arguments else []
    printed = io.StringIO()
    if arguments[0] == "reproduce":
        lay_out(arguments)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = run([*arguments, *quick])
    return code, printed.getvalue()


def lay_out(arguments: list[str]) -> None:
    """Stand-ins for the files of a published data set: a dry run looks whether they are there, and reads none."""
    folder = Path(arguments[arguments.index("--data") + 1])
    recipe = shipped(arguments[1])
    config = read(recipe).data
    for part in ("train", "dev", "test"):
        names = recipe.values["data"].get(part, [])
        for name in [names] if isinstance(names, str) else names:
            for file in files_of(config, folder / name):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()


def perform(notebook: Path, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Run the cells of a notebook in a folder, in order: their source, the output they keep, and the one of now."""
    names: dict[str, object] = {"__name__": "__main__"}
    with contextlib.chdir(folder):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                source = "".join(cell["source"])
                kept = "".join(text for output in cell["outputs"] for text in output["text"])
                yield source, kept, do_cell(source, names)


def do_cell(source: str, names: dict[str, object]) -> str:
    """What a cell prints; lines that begin with `!seqweave` are commands."""
    if source.startswith("!"):
        return "".join(call(shlex.split(line)[1:])[1] for line in source.splitlines())
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(source, names)
    return printed.getvalue()
