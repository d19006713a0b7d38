"""docs/errors.md: every code that the package can show, read from its source."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from tables import table

HEAD = """# Codes of errors and warnings

A message reads `FILE:LINE: what is wrong (what was seen). How to mend: one edit or command. [CODE]`. A code is the same
in the command line, in Python and in JSON, and keeps its meaning for good. Codes that begin with E are errors; those
that begin with W are counted warnings, which change nothing but are shown in the receipt and the report.
What stands in `{braces}` is filled in; `…` is a message that is put together from parts.
"""
UNTOLD = "…"
PASSING = {"shown", *dir(builtins)}  # names that say nothing of the value they pass on
CODE, NUMBER = re.compile(r"[EW]-[A-Z]+-\d\d"), re.compile(r"\d\d")
FAMILY = re.compile(r"^f['\"]([EW]-[A-Z]+-)\{\w+\}['\"]$")
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


@dataclass(frozen=True, order=True)
class Entry:
    """One place where a code is used: the code, its message and its file."""

    code: str
    message: str
    file: str


def page(source: Path) -> str:
    """The page for a source tree.

    Args:
        source: folder of the package.
    """
    found = told({entry for path in source.rglob("*.py") for entry in entries(path, source)})
    parts = [HEAD]
    for family, group in groupby(found, key=lambda entry: entry.code.rsplit("-", 1)[0]):
        parts += [f"## {family}\n", table(["code", "message", "file"], [row(entry) for entry in group])]
    return "\n".join(parts)


def told(found: set[Entry]) -> list[Entry]:
    """Sorted, without the places that have no message of their own where another has."""
    with_message = {entry.code for entry in found if entry.message != UNTOLD}
    return sorted(entry for entry in found if entry.message != UNTOLD or entry.code not in with_message)


def row(entry: Entry) -> list[str]:
    """The cells of an entry."""
    return [entry.code, entry.message, f"`{entry.file}`"]


def entries(path: Path, source: Path) -> Iterator[Entry]:
    """The codes of one file, each with the message that stands next to it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    family = next(filter(None, map(family_of, ast.walk(tree))), "")
    for scope in ast.walk(tree):
        if isinstance(scope, Scope):
            for node in within(scope):
                for code, text in coded(node, scope, family):
                    yield Entry(code, text, path.relative_to(source).as_posix())


def family_of(node: ast.AST) -> str:
    """`E-CSV-` of f"E-CSV-{number}", by which a module makes its codes of numbers alone; else empty."""
    found = FAMILY.match(ast.unparse(node)) if isinstance(node, ast.JoinedStr) else None
    return found[1] if found else ""


def within(scope: Scope) -> Iterator[ast.AST]:
    """The nodes of a scope that belong to no inner function."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Scope):
            waiting.extend(ast.iter_child_nodes(node))


def coded(node: ast.AST, scope: Scope, family: str) -> Iterator[tuple[str, str]]:
    """Codes among the arguments of a call or the items of a tuple, each with the first text after it."""
    items = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
    for position, item in enumerate(items):
        for code in codes(item, scope, family):
            after = (message(other, scope) for other in items[position + 1 :])
            yield code, next((text for text in after if text), UNTOLD)


def codes(item: ast.expr, scope: Scope, family: str) -> Iterator[str]:
    """The codes that an expression may be: a literal, whole or its number alone, a choice of them, or a name of one."""
    if isinstance(item, ast.IfExp):
        yield from codes(item.body, scope, family)
        yield from codes(item.orelse, scope, family)
    elif isinstance(item, ast.Name):
        for value in given(item.id, scope):
            if value.lineno < item.lineno and not isinstance(value, ast.Name):
                yield from codes(value, scope, family)
    elif isinstance(item, ast.Constant) and isinstance(item.value, str):
        if CODE.fullmatch(item.value):
            yield item.value
        elif family and NUMBER.fullmatch(item.value):
            yield family + item.value


def message(item: ast.expr, scope: Scope) -> str:
    """The text of an expression, or of what its name was given last before; empty if it is no text."""
    if isinstance(item, ast.Constant) and isinstance(item.value, str):
        return item.value
    if isinstance(item, ast.JoinedStr):
        return "".join(part(piece) for piece in item.values)
    if isinstance(item, ast.IfExp):
        return " / ".join(text for text in (message(item.body, scope), message(item.orelse, scope)) if text)
    if isinstance(item, ast.Name):
        texts = [message(value, scope) for value in given(item.id, scope) if value.lineno < item.lineno]
        return next(filter(None, reversed(texts)), "")
    return ""


def part(piece: ast.expr) -> str:
    """Text as it stands; what is filled in, by its last name in braces."""
    if isinstance(piece, ast.Constant):
        return str(piece.value)
    found = [node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in ast.walk(piece)]
    return "{" + next((name.lstrip("_") for name in found if name and name not in PASSING), "value") + "}"


def given(name: str, scope: Scope) -> Iterator[ast.expr]:
    """What is assigned to a name in a scope, alone or as one of several, in the order of the file."""
    for node in assignments(scope):
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                yield node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=False)
                yield from (value for one, value in pairs if isinstance(one, ast.Name) and one.id == name)


@cache
def assignments(scope: Scope) -> tuple[ast.Assign, ...]:
    """The assignments of a scope in the order of the file."""
    found = (node for node in within(scope) if isinstance(node, ast.Assign))
    return tuple(sorted(found, key=lambda node: node.lineno))
