"""The certificate of a model: what was tried on it, on which machine, and what that did to its answers.

It lies in the run folder and goes into exports. It speaks of the weights whose digest it names; of other weights it
says nothing, and is called stale. It names no path and holds no text.
"""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from pydantic import Field, ValidationError

from seqweave import __version__
from seqweave.core.configuration import Config
from seqweave.core.errors import DataError, MissingInputError, Place, shown
from seqweave.core.json_text import parse_json
from seqweave.core.manifest import read_manifest, read_verified, sha256_of
from seqweave.insight.certify import LARGEST, NEAR_TIE, Answerer, Outcome, certify, sample
from seqweave.recipes.archive import CERTIFICATE, WEIGHTS, pack, unpacked
from seqweave.recipes.continuing import scoring
from seqweave.recipes.environment import processor, versions
from seqweave.recipes.evaluation import gold, material_of
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.material import AnyCorpus
from seqweave.recipes.predictor import model_folder
from seqweave.recipes.saving import Trained, load, save

PLACES_SHOWN = 5


class Trial(Config):
    """What other circumstances did to the answers."""

    changed: int = Field(ge=0)
    """Answers that changed."""
    near_ties: int = Field(ge=0)
    """Answers that gave way to one that scores alike."""
    largest_difference: float | None = Field(ge=0)
    """Largest difference of a score; null where a score was no finite number."""
    holds: bool
    """Whether no answer changed, and no score moved by more than rounding can."""


class Certificate(Config):
    """What was tried, on what, where, and what came of it."""

    weights: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The sha256 of the weights it speaks of."""
    data: str = Field(pattern=r"^(dev|[0-9a-f]{64})$")
    """dev, or the sha256 of the file that was answered."""
    examples: int = Field(ge=1)
    """Examples that were answered, evenly spaced over the data, the longest among them."""
    examples_in_all: int = Field(ge=1)
    """Examples of the data."""
    near_tie: float
    """Answers whose probabilities, or log-likelihoods, differ by less score alike."""
    largest_allowed: dict[str, float]
    """How far a score may move, by number format."""
    trials: dict[str, dict[str, Trial]]
    """By number format, then by what was tried."""
    made_on: dict[str, str | int]
    """Processor, cores, threads, and versions."""

    @property
    def holds(self) -> bool:
        """Whether every trial does."""
        return all(trial.holds for trials in self.trials.values() for trial in trials.values())

    def standing(self, weights: str) -> str:
        """What it says of weights with this digest."""
        if weights != self.weights:
            return "stale: it was made of other weights; seqweave evaluate RUN --certify"
        return "holds" if self.holds else "does not hold"

    def facts(self, weights: str) -> dict[str, str | int | float]:
        """It in short, for people."""
        trials = [trial for trials in self.trials.values() for trial in trials.values()]
        machine = self.made_on
        return {
            "standing": self.standing(weights),
            "tried on": f"{self.examples:,} of {self.examples_in_all:,} examples",
            "changed answers": sum(trial.changed for trial in trials),
            "near ties in float32": sum(trial.near_ties for trial in trials),
            **{f"largest difference in {name}": _largest(trials) for name, trials in self.trials.items()},
            "made on": shown(", ".join(f"{key} {value}" for key, value in machine.items()), 200),
        }


def certified(run: Path, data: Path | None = None, format_name: str | None = None) -> tuple[Certificate, list[Place]]:
    """Try a trained model, and write its certificate where it is a run's.

    Args:
        run: a run folder, a model folder or an exported zip.
        data: the file that is answered; the dev part of the run where not given.
        format_name: the file's format, where it differs from that of the training files.

    Returns:
        The certificate, and where the first examples stand whose answers changed.

    Raises:
        MissingInputError: if no file is given, and the run's own can no longer be read.
        SeqweaveError: if the run or the file is missing or malformed.
    """
    with ExitStack() as stack:
        model = model_folder(run, stack)
        trained, weights = load(model), read_manifest(model)[WEIGHTS].sha256
        whole = gold(trained, data, format_name) if data else _dev(run)
        corpus = whole.take(sample(trained.codec.encode(whole).lengths))
        outcomes = certify(_answerer(trained), _copies(trained, stack), corpus)
    certificate = Certificate(
        weights=weights,
        data=sha256_of(data) if data and data.is_file() else "dev",
        examples=len(corpus),
        examples_in_all=len(whole),
        near_tie=NEAR_TIE,
        largest_allowed=LARGEST,
        trials={of: {name: _trial(one, of) for name, one in trials.items()} for of, trials in outcomes.items()},
        made_on=_machine(),
    )
    if RunFolder(run).recipe.is_file():
        RunFolder(run).write(CERTIFICATE, certificate.dump())
    changed = sorted({row for trials in outcomes.values() for one in trials.values() for row in one.changed})
    return certificate, [Place(corpus[row].source, corpus[row].line) for row in changed[:PLACES_SHOWN]]


def certificate_of(run: Path, model: Path) -> Certificate | None:
    """The certificate that lies in a run, or in its model folder; None where there is none.

    Args:
        run: a run folder, a model folder or an exported zip.
        model: its model folder.

    Raises:
        DataError: if it is malformed, or not what the model's manifest lists.
    """
    if (run / CERTIFICATE).is_file():
        return _parsed((run / CERTIFICATE).read_bytes(), run / CERTIFICATE)
    if CERTIFICATE in read_manifest(model):
        return _parsed(read_verified(model, CERTIFICATE), model / CERTIFICATE)
    return None


def _parsed(data: bytes, path: Path) -> Certificate:
    try:
        return Certificate.model_validate(parse_json(data, Place(str(path))))
    except ValidationError as error:
        mend = "make it again: seqweave evaluate RUN --certify"
        raise DataError("E-CERTIFY-02", "the certificate is malformed", mend=mend, place=Place(str(path))) from error


def _dev(run: Path) -> AnyCorpus:
    material = material_of(run)
    if material is None:
        what = "the dev data of this run cannot be read, or has changed"
        raise MissingInputError("E-CERTIFY-01", what, mend="name a file with --data", place=Place(str(run)))
    return material.parts["dev"]


def _answerer(trained: Trained) -> Answerer:
    if trained.recipe.task == "language-modelling":
        trained = scoring(trained)  # in a stream, each text is scored with those before it in mind, whatever the batch
    return Answerer(trained.network, trained.codec)


def _copies(trained: Trained, stack: ExitStack) -> dict[str, Answerer]:
    """The model after it was saved and loaded, and after it went through a zip file."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="seqweave-", ignore_cleanup_errors=True)))
    save(trained, folder / "model", "")
    pack(folder / "model", folder / "model.zip")
    zipped = stack.enter_context(unpacked(folder / "model.zip"))
    return {"saved and loaded": _answerer(load(folder / "model")), "exported": _answerer(load(zipped))}


def _trial(outcome: Outcome, number_format: str) -> Trial:
    return Trial(
        changed=len(outcome.changed),
        near_ties=len(outcome.near_ties),
        largest_difference=outcome.largest if math.isfinite(outcome.largest) else None,
        holds=outcome.holds(number_format),
    )


def _machine() -> dict[str, str | int]:
    return {
        "processor": processor(),
        "system": platform.system(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "seqweave": __version__,
        "python": platform.python_version(),
        **versions(),
    }


def _largest(trials: Mapping[str, Trial]) -> Any:  # noqa: ANN401  # a number, or a word for none
    differences = [trial.largest_difference for trial in trials.values()]
    return "not finite" if None in differences else max(filter(None, differences), default=0.0)
