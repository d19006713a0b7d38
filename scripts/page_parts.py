"""docs/parts/: a page for every part, from its docstring and settings; made while the documentation is built.

The registry says what there is, so that a new encoder file has its page without another line being written.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import page_recipe
from seqweave.core.registry import Registry
from seqweave.data.configuration import DataConfig
from seqweave.data.tokenizers.contract import TOKENIZERS
from seqweave.decoding.contract import SEARCHES
from seqweave.layers.contracts import EMBEDDERS, ENCODERS, HEADS
from seqweave.layers.generation import DECODERS, OUTPUTS
from seqweave.layers.pointing import POINTERS
from seqweave.layers.reading import READERS
from seqweave.layers.words import SOFTMAXES
from seqweave.models.contract import MODELS
from seqweave.recipes import shipped
from seqweave.tasks.contract import TASKS
from seqweave.training.averages.contract import AVERAGES
from seqweave.training.optimizers.contract import OPTIMIZERS
from seqweave.training.schedules.contract import SCHEDULES
from tables import table

SOURCE = Path(inspect.getfile(page_recipe)).parents[1] / "src" / "seqweave"
SCORES = {"Measure", "Tally"}
LINKS = {r"arXiv:(\d{4}\.\d{4,5})": r"https://arxiv.org/abs/\1", r"doi:(10\.\d+/\S+\w)": r"https://doi.org/\1"}


FRONT = """# The parts

Each page is made from the file it speaks of: what it computes, the paper, what differs from it, and every setting.
A file that is added to a family has its page here by itself; `seqweave info encoders` shows a family on the terminal.
"""


@dataclass(frozen=True)
class Family:
    """What stands in a recipe as a kind.

    Args:
        registry: its kinds.
        about: what all of them do, and where their laws are.
        written: how one stands in a recipe, with `KIND` in place of the kind.
        together: whether one page holds all kinds.
    """

    registry: Registry
    about: str
    written: str
    together: bool = False


FAMILIES = (
    Family(TASKS, "What is asked, and how good an answer is. A task never sees a network.", "task: KIND"),
    Family(
        MODELS,
        "Whole networks, put together from embedders, an encoder and a head. A network never sees a vocabulary.",
        "model: {kind: KIND}",
    ),
    Family(
        EMBEDDERS,
        "What a network is told of each token: ids of features to vectors. Several stand side by side.",
        "model: {embed: [{kind: KIND}]}",
    ),
    Family(
        ENCODERS,
        "Vectors to states that know their neighbours. Padding never changes a real position; "
        "`tests/contracts/test_encoders.py` holds every encoder to this and nine other laws.",
        "model: {encoder: {kind: KIND}}",
    ),
    Family(
        HEADS,
        "States to scores, a loss and answers. A loss is a sum and a count, never a mean.",
        "model: {head: {kind: KIND}}",
    ),
    Family(
        DECODERS,
        "Tokens written so far to a state for the next one. Stepping equals teacher forcing; "
        "`tests/contracts/test_decoders.py` holds every decoder to this and ten other laws.",
        "model: {kind: translator, decoder: {kind: KIND}}",
    ),
    Family(
        OUTPUTS,
        "A decoder's states to words. The loss never holds the scores of all tokens at all positions.",
        "model: {kind: translator, output: {kind: KIND}}",
    ),
    Family(
        SOFTMAXES,
        "States to the probability of every token of a vocabulary. The loss is that of the probabilities told, and "
        "never holds the scores of all tokens at all positions.",
        "model: {kind: language-model, output: {kind: KIND}}",
    ),
    Family(
        POINTERS,
        "Words of the text itself that may come next. A text in windows gives what the whole text gives.",
        "model: {kind: language-model, pointer: {kind: KIND}}",
    ),
    Family(
        READERS,
        "Tokens to their meaning where they stand, a vector for each layer: what plain text has taught, for use as the "
        "embedder `contextual` of any other recipe.",
        "model: {kind: bilm, reader: {kind: KIND}}",
    ),
    Family(
        SEARCHES,
        "What is written, of all that could be. A search knows no network, only a step and the states after it.",
        "model: {kind: translator, search: {kind: KIND}}",
    ),
    Family(OPTIMIZERS, "Gradients to steps.", "training: {optimizer: {kind: KIND}}", together=True),
    Family(
        SCHEDULES,
        "How the learning rate changes: a factor on `training.learning_rate`, a pure function of the moment. "
        "Each is multiplied by the warm-up, which rises from 0 to 1 over `training.warmup_steps`.",
        "training: {schedule: {kind: KIND}}",
        together=True,
    ),
    Family(
        AVERAGES,
        "Which weights are evaluated and saved in place of those of the last step.",
        "training: {average: {kind: KIND}}",
        together=True,
    ),
    Family(TOKENIZERS, "Raw text to tokens with their offsets.", "data: {tokenizer: {kind: KIND}}", together=True),
)
LAYERS = ("attention", "recurrent", "cells", "scores", "chunked", "pooling", "tables", "linear")
GROUPS = {
    "dropout": ("Dropout", ("layers/dropout.py",)),
    "layers": ("Layers", tuple(f"layers/{n}.py" for n in LAYERS)),
    "search": ("Exact search over tags", tuple(f"decoding/{n}.py" for n in ("viterbi", "chain", "transitions"))),
    "penalties": ("Penalties", ("training/penalties.py",)),
    "metrics": (
        "Metrics",
        tuple(f"metrics/{n}.py" for n in ("labels", "tokens", "spans", "tally", "calibration", "measure")),
    ),
    "laboratory": ("The laboratory", tuple(f"laboratory/{n}.py" for n in ("classification", "tagging"))),
}


def write(folder: Path) -> None:
    """Write all pages; what is there and is none of them any more is deleted, what has not changed is left alone."""
    made = pages()
    for old in folder.rglob("*.md"):
        if old.relative_to(folder).as_posix() not in made:
            old.unlink()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """The text of every page, by its name in the folder."""
    made = {"index.md": front()}
    for family in FAMILIES:
        made |= {name: "\n".join(lines) for name, lines in family_pages(family)}
    for name, (title, files) in GROUPS.items():
        parts = [part for file in files for part in module(SOURCE / file)]
        made[f"{name}.md"] = "\n".join([f"# {title}\n", *parts])
    return made


def front() -> str:
    """The page of all pages."""
    rows = [
        [f"[{family.registry.family}]({home(family)})", ", ".join(f"`{kind}`" for kind in family.registry.kinds())]
        for family in FAMILIES
    ]
    rows += [
        [f"[{title.lower()}]({name}.md)", ", ".join(Path(f).stem for f in files)]
        for name, (title, files) in GROUPS.items()
    ]
    places = [home(family).removesuffix(".md") for family in FAMILIES] + list(GROUPS)
    return f"{FRONT}\n{table(['family', 'kinds'], rows)}\n{toctree(places)}"


def home(family: Family) -> str:
    """The page of a family."""
    name = family.registry.family
    return f"{name}.md" if family.together else f"{name}/index.md"


def toctree(places: list[str]) -> str:
    """The table of contents of a page, for the side bar."""
    return "\n".join(["```{toctree}", ":hidden:", "", *places, "```", ""])


def family_pages(family: Family) -> Iterator[tuple[str, list[str]]]:
    """The pages of a family: one for all, or a list and one for each kind."""
    name, title = family.registry.family, family.registry.family.capitalize()
    if family.together:
        told: set[str] = set()
        lines = [f"# {title}\n\n{family.about}\n"]
        for kind, config in family.registry:
            lines += entry(family, kind, config, level=2, told=told)
        yield f"{name}.md", lines
        return
    rows = [[f"[`{kind}`]({kind}.md)", page_recipe.about(config)] for kind, config in family.registry]
    yield (
        f"{name}/index.md",
        [
            f"# {title}\n\n{family.about}\n",
            table(["kind", "what it is"], rows),
            toctree(list(family.registry.kinds())),
        ],
    )
    for kind, config in family.registry:
        yield f"{name}/{kind}.md", list(entry(family, kind, config, level=1, told=set()))


def entry(family: Family, kind: str, config: type, level: int, told: set[str]) -> Iterator[str]:
    """All there is to say of one kind.

    Args:
        family: what it is one of.
        kind: its name in a recipe.
        config: its settings.
        level: of its heading.
        told: the files whose docstring was shown before; this one's is added.
    """
    file = inspect.getfile(config)
    yield f"{'#' * level} {kind}\n"
    if file not in told:
        yield prose(docstring(file))
    told.add(file)
    yield prose(inspect.getdoc(config) or "")
    yield f"In a recipe:\n\n```yaml\n{family.written.replace('KIND', kind)}\n```\n"
    keys = [key for key in config.model_fields if family.registry is not TASKS or key not in DataConfig.model_fields]
    rows = [page_recipe.row(config, key) for key in keys]
    if rows:
        path = "" if level > 1 else "../"
        yield table(["setting", "values", "default", "meaning"], rows).replace("](#", f"]({path}../recipe.md#")
    used = users(family, kind)
    if used:
        yield f"Shipped recipes that use it: {', '.join(f'`{name}`' for name in used)}.\n"


def users(family: Family, kind: str) -> list[str]:
    """The shipped recipes that name a kind of a family."""
    keys = {"embedders": "embed", "encoders": "encoder", "heads": "head", "decoders": "decoder", "outputs": "output"}
    key = keys.get(family.registry.family)
    if key is None:
        return []
    return [name for name in shipped.names() if kind in kinds(shipped.shipped(name).values["model"], key)]


def kinds(settings: Any, key: str) -> Iterator[str]:  # noqa: ANN401  # whatever a recipe holds
    """Every kind that stands at a key, at any depth: a reader has embedders and an encoder of its own."""
    for name, value in settings.items() if isinstance(settings, dict) else ():
        for one in value if isinstance(value, list) else [value]:
            if name == key and isinstance(one, dict) and "kind" in one:
                yield one["kind"]
            yield from kinds(one, key)


def module(path: Path) -> Iterator[str]:
    """A module's docstring, and those of its public members that score, or that say more than what they are."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield f"## {path.stem.capitalize()}\n\n{prose(docstring(str(path)))}"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            text = re.split(r"^(?:Args|Returns|Raises|Example):$", ast.get_docstring(node) or "", flags=re.MULTILINE)[0]
            if "\n\n" in text.strip() or (isinstance(node, ast.FunctionDef) and names(node.returns) & SCORES):
                yield f"### `{node.name}`\n\n{prose(text)}"


def names(annotation: ast.expr | None) -> set[str]:
    """The names in an annotation."""
    return {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)} if annotation else set()


def docstring(file: str) -> str:
    """A module's docstring as it stands in the file, equations indented."""
    return ast.get_docstring(ast.parse(Path(file).read_text(encoding="utf-8")), clean=False) or ""


def prose(text: str) -> str:
    """A docstring as Markdown: equations as blocks, papers as links."""
    made = []
    for block in re.split(r"((?:^(?: {4}.*)?\n)+)", text.strip("\n") + "\n", flags=re.MULTILINE):
        if block.startswith("    ") or "\n    " in block:
            made.append(f"\n```text\n{inspect.cleandoc(block)}\n```\n\n")
        else:
            for pattern, target in LINKS.items():
                block = re.sub(pattern, rf"[\g<0>]({target})", block)
            made.append(block)
    return "".join(made)
