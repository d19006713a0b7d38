"""Seeds of one published number that were measured at different times, put together to one result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from re import sub
from typing import Any

from seqweave.core.errors import CommandError, DataError, MissingInputError, Place, SeqweaveError
from seqweave.core.files import write_json
from seqweave.core.json_text import read_json
from seqweave.metrics.spread import Spread

Result = Mapping[str, Any]

SOON = ("command", "versions", "recipe")
"""What results of one recipe have in common, as far as it is known before anything is trained."""
SAME = (*SOON, "system", "dataset", "metric", "signature", "baseline", "parameters", "data", "scores", "slices")
"""All that they have in common, on the same data: of scores and slices their names."""
LISTED = ("seeds", "runs", "intervals", "dev")
ADDED = ("training", "seconds", "device", "commit")
SEEDS = r"--seeds \S+"
APART = "not-added"
"""A folder beside results, of those that could not be put to what is there."""


def require_addable(planned: Sequence[Result], folder: Path) -> None:
    """See before anything is trained that its results can be put to those that are there.

    Args:
        planned: of each result to come `name`, `measured.seeds` and what `SOON` names.
        folder: holds the earlier results.

    Raises:
        CommandError: if a seed stands in both.
        MissingInputError: if nothing is there.
        DataError: if what is there is of another recipe, or no result that seeds can be put to.
    """
    for one in planned:
        _earlier(folder, one, SOON)


def with_earlier(results: Sequence[Result], folder: Path) -> list[dict[str, Any]]:
    """Each result with the seeds that FOLDER/NAME.json holds already.

    Raises:
        CommandError: if a seed stands in both.
        MissingInputError: if nothing is there.
        DataError: if what is there is of another recipe or other data, or no result that seeds can be put to; what was
            measured is then in FOLDER/not-added.
    """
    try:
        return [_joined(_earlier(folder, result, SAME), result) for result in results]
    except SeqweaveError as error:
        apart = folder / APART
        apart.mkdir(parents=True, exist_ok=True)
        for result in results:
            write_json(apart / f"{result['name']}.json", result)
        mend = f"{error.mend}; what was measured now is in {apart}"
        raise type(error)(error.code, error.what, mend=mend, place=error.place) from None


def _earlier(folder: Path, result: Result, same: Sequence[str]) -> Result:
    """The result that is there, which has the same facts and other seeds."""
    path = folder / f"{result['name']}.json"
    if not path.is_file():
        mend = "leave --add out, and measure all seeds"
        raise MissingInputError("E-REPRO-04", "there is no result to put seeds to", mend=mend, place=Place(str(path)))
    found: Any = read_json(path)
    measured = found.get("measured") if isinstance(found, dict) else None
    if not isinstance(measured, dict) or {*LISTED} - {*measured} or {*SAME, *ADDED} - {*found, "slices"}:
        what, mend = "this result lacks what newer ones have", "leave --add out, and measure all seeds"
        raise DataError("E-REPRO-07", what, mend=mend, place=Place(str(path)))
    if other := [name for name in same if _fact(found, name) != _fact(result, name)]:
        what = f"the result that is there differs in {', '.join(other)}"
        mend = "leave --add out, and measure all seeds"
        raise DataError("E-REPRO-05", what, mend=mend, place=Place(str(path)))
    if twice := {*measured["seeds"]} & {*result["measured"]["seeds"]}:
        what = f"seed {min(twice)} is measured there already"
        raise CommandError("E-REPRO-06", what, mend="give other seeds with --seeds", place=Place(str(path)))
    earlier: Result = found
    return earlier


def _fact(result: Result, name: str) -> Any:  # noqa: ANN401  # any fact of a result
    """A fact that all seeds have in common: a command without them, the names of scores and slices."""
    fact = result.get(name)
    if name == "scores":
        return sorted(fact or ())
    if name == "slices":
        return [(one["kind"], one["name"], one["tokens"]) for one in fact or ()]
    return sub(SEEDS, "", fact) if isinstance(fact, str) else fact


def _joined(earlier: Result, result: Result) -> dict[str, Any]:
    before, now = earlier["measured"], result["measured"]
    weights = len(before["seeds"]), len(now["seeds"])
    listed = {name: [*before[name], *now[name]] for name in LISTED if name != "runs"}
    seeds = ",".join(map(str, listed["seeds"]))
    return {
        **result,
        "measured": {**Spread((*before["runs"], *now["runs"])).to_json(), **listed},
        **_sliced(earlier, result, weights),
        "scores": {name: _mean(earlier["scores"][name], one, weights) for name, one in result["scores"].items()},
        "training": [*earlier["training"], *result["training"]],
        "command": sub(SEEDS, f"--seeds {seeds}", result["command"]),
        "seconds": earlier["seconds"] + result["seconds"],
        **{name: _places(earlier[name], result[name]) for name in ("device", "commit")},
    }


def _places(*told: str) -> str:
    """Each of them once."""
    return "; ".join(dict.fromkeys("; ".join(told).split("; ")))


def _sliced(earlier: Result, result: Result, weights: tuple[int, int]) -> dict[str, Any]:
    """The perplexity of kinds of tokens over all seeds; nothing of other models."""
    pairs = zip(earlier.get("slices", ()), result.get("slices", ()), strict=True)
    slices = [{**now, "perplexity": _mean(was["perplexity"], now["perplexity"], weights)} for was, now in pairs]
    return {"slices": slices} if slices else {}


def _mean(was: float, now: float, weights: tuple[int, int]) -> float:
    return round((was * weights[0] + now * weights[1]) / sum(weights), 3)
