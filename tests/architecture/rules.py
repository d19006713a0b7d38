"""The limits of the code, each a function from one parsed file to its complaints."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

FILE_LINES, FUNCTION_LINES, ARGUMENTS = 300, 50, 6
HOMELESS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "handler", "processor"}
PICKLERS = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}
PICKLING_CALLS = {"torch.load", "torch.save", "accelerator.save_state", "accelerator.load_state"}
REGISTERS = {"embedder", "encoder", "fuser", "decoder", "head", "output", "pointer", "reader", "softmax"}
# How the rank and axes of a tensor are named: "Shape (batch, time)", "Shapes: ...", "(batch, dim)".
SHAPE = re.compile(r"\bshapes?\b|\((batch|time|rows|forms)\b", re.IGNORECASE)
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma)[^#]*(?P<reason>#\s*\S.*)?$")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Rule = Callable[[Path, str], Iterator[str]]


@cache
def parsed(source: str) -> ast.Module:
    return ast.parse(source)


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def parameters(function: Function) -> list[ast.arg]:
    """Its parameters, without the object that a method belongs to."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [argument for argument in given if argument.arg not in ("self", "cls")]


def is_public(name: str) -> bool:
    return not name.startswith("_")


def length(function: Function) -> int:
    """Its lines without its docstring."""
    document = ast.get_docstring(function, clean=False)
    held = function.body[0].end_lineno - function.body[0].lineno + 1 if document is not None else 0
    return function.end_lineno - function.lineno + 1 - held


def file_is_short(path: Path, source: str) -> Iterator[str]:
    lines = len(source.splitlines())
    if lines > FILE_LINES:
        yield f"{lines} lines, at most {FILE_LINES}"


def functions_are_short(path: Path, source: str) -> Iterator[str]:
    for function in functions(parsed(source)):
        if length(function) > FUNCTION_LINES:
            yield f"{function.name} has {length(function)} lines, at most {FUNCTION_LINES}"


def arguments_are_few(path: Path, source: str) -> Iterator[str]:
    """The options of a verb (an Annotated parameter of typer's) are its settings, and are not counted."""
    for function in functions(parsed(source)):
        counted = [p for p in parameters(function) if not ("cli" in path.parts and p.annotation)]
        if len(counted) > ARGUMENTS:
            yield f"{function.name} has {len(counted)} arguments, at most {ARGUMENTS}"


def nothing_is_probed(path: Path, source: str) -> Iterator[str]:
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hasattr":
            yield f"line {node.lineno}: hasattr; declare the attribute in a contract"


def keywords_are_named(path: Path, source: str) -> Iterator[str]:
    for function in functions(parsed(source)):
        if function.args.kwarg is not None:
            yield f"{function.name} takes **{function.args.kwarg.arg}; name its arguments"


def everything_has_a_home(path: Path, source: str) -> Iterator[str]:
    if path.stem in HOMELESS:
        yield f"a file named {path.name} says nothing"
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.ClassDef) and node.name.lower().endswith(("manager", "handler", "processor", "utils")):
            yield f"a class named {node.name} says nothing"


def public_is_documented(path: Path, source: str) -> Iterator[str]:
    tree = parsed(source)
    if ast.get_docstring(tree) is None:
        yield "the module has no docstring"
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and is_public(node.name):
            yield from undocumented(node, node.name)


def undocumented(node: Function | ast.ClassDef, name: str) -> Iterator[str]:
    """What of a public definition, and of what it holds, has no docstring; overloads and dunders need none."""
    if ast.get_docstring(node) is None:
        yield f"{name} has no docstring"
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            if isinstance(inner, Function | ast.ClassDef) and is_public(inner.name):
                yield from undocumented(inner, f"{name}.{inner.name}")


def forward_names_shapes(path: Path, source: str) -> Iterator[str]:
    for node in ast.walk(parsed(source)):
        if not isinstance(node, ast.ClassDef) or not is_public(node.name):
            continue
        for inner in node.body:
            is_forward = isinstance(inner, Function) and inner.name == "forward"
            if is_forward and not SHAPE.search(ast.get_docstring(inner) or ""):
                yield f"{node.name}.forward names no shape"


def nothing_is_unpickled(path: Path, source: str) -> Iterator[str]:
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
            for module in modules:
                if module.split(".")[0] in PICKLERS:
                    yield f"line {node.lineno}: imports {module}"
        if isinstance(node, ast.Attribute) and ast.unparse(node) in PICKLING_CALLS:
            yield f"line {node.lineno}: {ast.unparse(node)}"


def nothing_is_evaluated(path: Path, source: str) -> Iterator[str]:
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec"):
            yield f"line {node.lineno}: {node.func.id}()"


def one_architecture_a_file(path: Path, source: str) -> Iterator[str]:
    if path.parent.parent.name != "parts" or path.name == "__init__.py":
        return
    kinds = [
        decorator.args[0].value
        for node in parsed(source).body
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id in REGISTERS
    ]
    if len(kinds) != 1:
        yield f"registers {len(kinds)} kinds {kinds}, not one"


def nothing_is_left_to_do(path: Path, source: str) -> Iterator[str]:
    for number, line in enumerate(source.splitlines(), 1):
        if re.search(r"#.*\b(TODO|FIXME|XXX|HACK)\b", line):
            yield f"line {number}: {line.strip()}"


def suppressions_have_reasons(path: Path, source: str) -> Iterator[str]:
    for number, line in enumerate(source.splitlines(), 1):
        found = SUPPRESSION.search(line)
        if found and not found["reason"]:
            yield f"line {number}: a suppression without its reason"


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        file_is_short,
        functions_are_short,
        arguments_are_few,
        nothing_is_probed,
        keywords_are_named,
        everything_has_a_home,
        public_is_documented,
        forward_names_shapes,
        nothing_is_unpickled,
        nothing_is_evaluated,
        one_architecture_a_file,
        nothing_is_left_to_do,
        suppressions_have_reasons,
    )
}
