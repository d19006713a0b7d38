"""A trained model taken out of its run: as a folder of the Hugging Face layout, or as one zip file."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from seqweave.core.errors import CommandError, Place
from seqweave.core.files import sweep, write_bytes, write_json
from seqweave.core.manifest import MANIFEST, atomic_dir, entry_of, read_manifest, read_verified
from seqweave.recipes.archive import CERTIFICATE, WEIGHTS, pack
from seqweave.recipes.certificate import Certificate, certificate_of
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.predictor import model_folder
from seqweave.recipes.saving import load

ZIP = ".zip"


def export(run: Path, target: Path, *, force: bool = False) -> dict[str, Any]:
    """Write the model of a run to a folder, or to a zip file where the target's name ends in `.zip`.

    What is exported says nothing of the run: no paths, no example texts, no receipt. A certificate of these weights
    goes with them.

    Args:
        run: a run folder, a model folder or an exported zip.
        target: the folder or the zip file.
        force: whether something that is there gives way.

    Returns:
        The target, its size in bytes, the sha256 of the weights, and whether the run had come to its end.

    Raises:
        CommandError: if the target is taken.
        SeqweaveError: if there is no such run, or it is damaged.
    """
    sweep(target.parent, target.name)
    _require_free(target, force)
    with ExitStack() as stack:
        model = model_folder(run, stack)
        load(model)  # what is handed on must open elsewhere
        weights = entry_of(model, WEIGHTS)
        certificate = certificate_of(run, model)
        if certificate and certificate.weights != weights.sha256:
            certificate = None
        if target.suffix.lower() == ZIP:
            staged = (
                Path(stack.enter_context(TemporaryDirectory(prefix="seqweave-", ignore_cleanup_errors=True))) / "model"
            )
            _copy(model, staged, certificate)
            pack(staged, target)
            size = target.stat().st_size
        else:
            _copy(model, target, certificate)
            size = sum(file.stat().st_size for file in target.iterdir())
    whole = RunFolder(run).finished or not RunFolder(run).recipe.is_file()
    return {"output": str(target), "bytes": size, "sha256": weights.sha256, "finished": whole}


def _require_free(target: Path, force: bool) -> None:
    """Only what is an export itself may give way: a folder of other things is never emptied."""
    taken = any(target.iterdir()) if target.is_dir() else target.exists()
    earlier = target.is_file() if target.suffix.lower() == ZIP else (target / MANIFEST).is_file()
    if taken and not (force and earlier):
        mend = "choose another --output" + (", or add --force to replace it" if earlier else "")
        what = "an earlier export is there already" if earlier else "something else is there already"
        raise CommandError("E-EXPORT-01", what, mend=mend, place=Place(str(target)))


def _copy(model: Path, target: Path, certificate: Certificate | None) -> None:
    """The folder file by file, each checked while it is copied, with its certificate."""
    with atomic_dir(target) as fresh:
        for name in read_manifest(model).keys() - {CERTIFICATE}:
            assert name != MANIFEST, "a manifest does not list itself"
            write_bytes(fresh / name, read_verified(model, name))
        if certificate:
            write_json(fresh / CERTIFICATE, certificate.dump())
