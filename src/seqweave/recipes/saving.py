"""The model folder: everything that answers need, in the layout of the Hugging Face hub, and nothing of the run.

| file | holds |
|---|---|
| config.json | format, task and settings (without paths), the model's settings, labels |
| model.safetensors | the weights, in name order, without metadata |
| vocabulary.json | what the codec fitted: features and labels |
| tokenizer.json | the tokenizer's settings and what it fitted |
| README.md | the model card |
| manifest.json | size and sha256 of each file |

A folder is verified by its manifest before anything in it is believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from seqweave import __version__
from seqweave.core.errors import DataError, Place, ProblemsError, RecipeError, shown
from seqweave.core.files import write_bytes, write_json, write_text
from seqweave.core.json_text import parse_json
from seqweave.core.manifest import atomic_dir, read_manifest, read_verified, verify
from seqweave.data.tokenizers.contract import TOKENIZERS, Tokenizer, TokenizerConfig
from seqweave.layers.contracts import Model
from seqweave.models.contract import ModelConfig
from seqweave.recipes.allowance import Allowance, AllowanceError
from seqweave.recipes.archive import LARGEST, WEIGHTS
from seqweave.recipes.recipe import Recipe, recipe_of
from seqweave.tasks.contract import Codec, Task
from seqweave.training.weights import fill, ties, to_bytes, weights

FORMAT = 1
"""Version of the layout; older ones load for ever, newer ones are refused."""

AGAIN = "take the model from its run again"

WEIGHTS_LIMIT = 64 << 30
"""The largest file of weights that is read, bytes; a zip file takes less."""

SLACK_BYTES = 1 << 20
"""What building a network may take beside twice the bytes of its weights: tables that are not saved."""

_MISFITS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What Python, pydantic and torch raise where a value is of another type or size than the code was written for."""

KEYS = {"format", "seqweave", "task", "data", "model", "tied"}
"""What config.json holds; a key of anybody else's would be an order that nobody follows."""

PATHS = ("train", "dev", "test", "cache")
"""Keys of `data` that say where files are; a model names no path."""


@dataclass(frozen=True)
class Trained:
    """A network with everything around it that turns texts into answers.

    Args:
        recipe: its settings, with what was left to auto settled.
        task: what is asked.
        tokenizer: splits raw text.
        codec: examples to batches, raw answers to plain ones.
        network: the network; a plain nn.Module.
    """

    recipe: Recipe
    task: Task[Any, Any, Any, Any]
    tokenizer: Tokenizer
    tokenizer_config: TokenizerConfig
    codec: Codec[Any, Any, Any, Any]
    network: Model[Any, Any]


def save(trained: Trained, folder: Path, card: str) -> None:
    """Write the model folder in one piece; an existing one is replaced.

    Args:
        trained: what to save.
        folder: where.
        card: the model card, Markdown.
    """
    dumped = trained.recipe.dump()
    data = {key: value for key, value in _without_paths(dumped["data"]).items() if key not in PATHS}
    config = {
        "format": FORMAT,
        "seqweave": __version__,
        "task": trained.recipe.task,
        "data": data,
        "model": _without_paths(dumped["model"]),
        "tied": ties(trained.network),
    }
    tokenizer = {"kind": trained.tokenizer_config.kind, "settings": trained.tokenizer_config.dump()}
    with atomic_dir(folder) as fresh:
        write_json(fresh / "config.json", config)
        write_bytes(fresh / "model.safetensors", to_bytes(weights(trained.network)))
        write_json(fresh / "vocabulary.json", trained.codec.to_json())
        write_json(fresh / "tokenizer.json", {**tokenizer, "state": trained.tokenizer.to_json()})
        write_text(fresh / "README.md", card)


def _without_paths(settings: Any) -> Any:  # noqa: ANN401  # plain values
    """Settings without those that name a file: what vectors held is in the weights, and a glossary in the codec."""
    if isinstance(settings, dict):
        return None if "path" in settings else {key: _without_paths(value) for key, value in settings.items()}
    return [_without_paths(value) for value in settings] if isinstance(settings, list) else settings


def load(folder: Path) -> Trained:
    """The model that a folder holds, in `eval()` mode on the CPU.

    Raises:
        DataError: if a file is missing, damaged, malformed, of a newer format, or the weights do not fit the settings.
    """
    _require_known_files(folder)
    verify(folder)
    config = _json(folder, "config.json")
    _check_format(config, folder / "config.json")
    with _believed(folder / "config.json"):
        recipe = _recipe(config)
        task = recipe.data.build()
    with _believed(folder / "tokenizer.json"):
        tokenizer, tokenizer_config = _tokenizer(_json(folder, "tokenizer.json"))
    with _believed(folder / "vocabulary.json"):
        codec = task.restore(_json(folder, "vocabulary.json"), recipe.model.features(), tokenizer)
    network = _network(recipe.model, codec, folder)
    return Trained(recipe, task, tokenizer, tokenizer_config, codec, network)


def _require_known_files(folder: Path) -> None:
    """Refuse files that no model has, and sizes that none has, before they are read.

    Raises:
        DataError: if there is one.
    """
    for name, entry in read_manifest(folder).items():
        if name not in LARGEST:
            mend = "move it out of the folder, and its line out of manifest.json; or fetch the model again"
            raise DataError("E-MODEL-07", "this is no file of a model", mend=mend, place=Place(str(folder / name)))
        if entry.size > (WEIGHTS_LIMIT if name == WEIGHTS else LARGEST[name]):
            what = f"the file is too large ({entry.size:,} bytes)"
            raise DataError("E-MODEL-08", what, mend=AGAIN, place=Place(str(folder / name)))


def _network(config: ModelConfig, codec: Codec[Any, Any, Any, Any], folder: Path) -> Model[Any, Any]:
    data, path = read_verified(folder, "model.safetensors"), folder / "model.safetensors"
    generator = torch.get_rng_state()
    network = _built(config, codec, len(data), path)
    # Building draws initial weights; loading a model must not change what a running program draws next.
    torch.set_rng_state(generator)
    fill(network, data, Place(str(path)))
    return network.eval()


def _built(config: ModelConfig, codec: Codec[Any, Any, Any, Any], size_bytes: int, path: Path) -> Model[Any, Any]:
    """A fresh network, whose weights are about to be filled from a file.

    Raises:
        DataError: if the settings ask for more memory than the file accounts for, before it is taken.
    """
    try:
        with _believed(path), Allowance(2 * size_bytes + SLACK_BYTES):
            return config.build(codec.sizes)
    except AllowanceError as error:
        what = f"the settings describe a network of {error}, the file has {size_bytes:,}"
        raise DataError("E-MODEL-06", what, mend=AGAIN, place=Place(str(path))) from error


@contextmanager
def _believed(path: Path) -> Iterator[None]:
    """Whatever a stranger's values lead to within the block becomes an error about the file that holds them."""
    place = Place(str(path))
    try:
        yield
    except DataError as error:
        raise DataError(error.code, error.what, mend=error.mend, place=error.place or place) from error
    except (RecipeError, ProblemsError, *_MISFITS) as error:
        what = f"the model's settings are malformed ({shown(error, 200)})"
        raise DataError("E-MODEL-02", what, mend=AGAIN, place=place) from error


def _recipe(config: Mapping[str, Any]) -> Recipe:
    unknown = sorted(set(config) - KEYS)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}")
    data = {"train": "unknown", **config["data"]}
    return recipe_of({"task": config["task"], "data": data, "model": config["model"]}, "config.json")


def _tokenizer(state: Mapping[str, Any]) -> tuple[Tokenizer, TokenizerConfig]:
    kind = TOKENIZERS[state["kind"]]
    assert issubclass(kind, TokenizerConfig)
    config = kind.model_validate(state["settings"])
    return config.restore(state["state"]), config


def _json(folder: Path, name: str) -> dict[str, Any]:
    value = parse_json(read_verified(folder, name), Place(str(folder / name)))
    if not isinstance(value, dict):
        raise DataError("E-MODEL-03", "not a JSON object", mend=AGAIN, place=Place(str(folder / name)))
    return value


def _check_format(config: Mapping[str, Any], path: Path) -> None:
    version = config.get("format")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DataError(
            "E-MODEL-01",
            "the format's version is missing",
            mend=AGAIN,
            place=Place(str(path)),
        )
    if version > FORMAT:
        what = f"made by format {version}; this program reads up to {FORMAT}"
        raise DataError("E-MODEL-04", what, mend="upgrade: pip install -U seqweave", place=Place(str(path)))
