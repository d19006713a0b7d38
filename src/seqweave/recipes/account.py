"""What a run was begun with: its receipt, and the recipe and data that a resume must find again.

A run that went on with another recipe or other data would be the result of neither. Paths may change, as folders do
move, but not the files' names and bytes; the place of the cache changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from seqweave.core.errors import DataError, Place, ProblemsError, RecipeError, SeqweaveError, shown
from seqweave.core.files import to_json
from seqweave.core.nodes import Document, Path, Plain
from seqweave.core.overrides import apply
from seqweave.core.validation import dotted
from seqweave.recipes.folder import PATH_KEYS, RunFolder

RECEIPT = "receipt.json"
UNSET = "not set"
ANEW = "or train into a new run folder"


def keep(run: RunFolder, receipt: Mapping[str, Any]) -> None:
    """Write down what a run is begun with, or see that it goes on with the same data.

    Args:
        run: its recipe is kept beside the receipt.
        receipt: what became of every line, and the digest of every file.

    Raises:
        ProblemsError: every file that has changed since the run began.
    """
    before = _receipt(run)
    if before:
        _require_same_data(before["digests"], receipt["digests"])
    run.write(RECEIPT, {**receipt, "recipe": before.get("recipe", run.document().values)})


def require_same_recipe(run: RunFolder, overrides: Sequence[str] = ()) -> None:
    """See that a run would go on with the recipe it was begun with.

    Args:
        run: one that may have been begun.
        overrides: values to be laid over its recipe.

    Raises:
        ProblemsError: every value that differs.
    """
    written = run.document()
    now = apply(written, overrides)
    before = dict(_leaves(_receipt(run).get("recipe", written.values)))
    after = dict(_leaves(now.values))
    differing = [path for path in {**before, **after} if before.get(path, UNSET) != after.get(path, UNSET)]
    if differing:
        raise ProblemsError([_changed(path, before, after, now) for path in differing])


def _receipt(run: RunFolder) -> dict[str, Any]:
    return run.read(RECEIPT) if (run.path / RECEIPT).is_file() else {}


def _leaves(value: Plain, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every value that is no list or mapping by its path, as JSON; of a file, its name alone."""
    if path == ("data", "cache"):
        return
    if value and isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, str) and any(key in PATH_KEYS for key in path):
        yield path, PurePath(value).name
    else:
        yield path, to_json(value)


def _changed(path: Path, before: Mapping[Path, str], after: Mapping[Path, str], now: Document) -> SeqweaveError:
    seen = f"{shown(before.get(path, UNSET))} -> {shown(after.get(path, UNSET))}"
    what = f"{dotted(path)} has changed since the run began ({seen})"
    return RecipeError("E-RUN-06", what, mend=f"put the old value back, {ANEW}", place=now.place(path))


def _require_same_data(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if changed:
        raise ProblemsError([_other(name, before.get(name, ""), after.get(name, "")) for name in changed])


def _other(name: str, before: str, after: str) -> DataError:
    seen = f"sha256 {before[:8] or 'none'}.. -> {after[:8] or 'none'}.."
    what = f"this file or folder has changed since the run began ({seen})"
    return DataError("E-RUN-05", what, mend=f"put the old one back, {ANEW}", place=Place(name))
