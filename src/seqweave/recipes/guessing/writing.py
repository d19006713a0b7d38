"""A recipe written for its reader: every value under a comment that says why it is there and what else it could be."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from seqweave.core.emitter import to_yaml
from seqweave.core.nodes import Plain

WIDTH = 110
INDENT = "  "


@dataclass(frozen=True, slots=True)
class Chosen:
    """One value and its reason.

    Args:
        key: the recipe's key.
        value: what is written.
        why: one or two sentences; empty where the key says it all.
    """

    key: str
    value: Plain
    why: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a recipe.

    Args:
        key: the recipe's key.
        values: what stands in it.
        why: what it is for.
    """

    key: str
    values: Sequence[Chosen]
    why: str = ""


def first_recipe(
    task: str, read: str, parts: str, data: Sequence[Chosen], model: Sequence[Chosen], training: Sequence[Chosen]
) -> str:
    """The recipe that `init` writes.

    Args:
        task: what is asked.
        read: what stands in the files.
        parts: how they were told apart.
        data: how they are read.
        model: the network.
        training: how it is trained.
    """
    return commented(
        f"Trains {task} on {read}.\nCheck it: seqweave check THIS_FILE   Train: seqweave train THIS_FILE",
        [
            Chosen("task", task, "What is asked. Others: seqweave info tasks."),
            Section("data", data, f"What is read; paths are relative to this file. Parts: {parts}."),
            Section("model", model, "The network."),
            Section("training", training, "How it is trained."),
        ],
    )


def commented(head: str, parts: Sequence[Chosen | Section]) -> str:
    """The recipe as YAML with comments.

    Args:
        head: the comment above all.
        parts: values and sections in order.
    """
    blocks = [_comment(head, "")]
    for part in parts:
        if isinstance(part, Section):
            inner = "".join(_written(chosen, INDENT) for chosen in part.values)
            blocks.append(f"{_comment(part.why, '')}{part.key}:\n{inner}")
        else:
            blocks.append(_written(part, ""))
    return "\n".join(blocks)


def _written(chosen: Chosen, indent: str) -> str:
    return _comment(chosen.why, indent) + textwrap.indent(to_yaml({chosen.key: chosen.value}), indent)


def _comment(text: str, indent: str) -> str:
    mark = f"{indent}# "
    lines = [line for paragraph in text.split("\n") for line in textwrap.wrap(paragraph, WIDTH - len(mark))]
    return "".join(f"{mark}{line}\n" for line in lines)
