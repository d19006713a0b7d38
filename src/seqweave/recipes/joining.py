"""Several trained translators as one, which writes what all of them think best together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from seqweave.core.errors import CommandError, Place
from seqweave.models.ensemble import Ensemble
from seqweave.models.translator import Translator
from seqweave.recipes.saving import Trained

ALONE = "glossary"
"""What the codecs of translators may differ in; that of the first one holds."""


def joined(members: Sequence[Trained], runs: Sequence[Path]) -> Trained:
    """An ensemble. Search and glossary are those of the first one.

    Args:
        members: the models, two or more.
        runs: where each was found.

    Raises:
        CommandError: if one writes no texts, or reads or writes other tokens than the first.
    """
    first, *others = members
    networks = [_network(member, run) for member, run in zip(members, runs, strict=True)]
    parts = _parts(first)
    for other, run in zip(others, runs[1:], strict=True):
        differing = [name for name, part in _parts(other).items() if part != parts.get(name)]
        if differing:
            what = f"this run reads or writes other tokens than {runs[0]} ({', '.join(differing)})"
            mend = "train all of them on the same files with the same data settings, such as by --seeds 1,2,3"
            raise CommandError("E-ENSEMBLE-02", what, mend=mend, place=Place(str(run)))
    return replace(first, network=Ensemble(networks).eval())


def _network(trained: Trained, run: Path) -> Translator:
    if not isinstance(trained.network, Translator):
        what = f"only models that write texts are joined; this one is for {trained.recipe.task}"
        raise CommandError("E-ENSEMBLE-01", what, mend="name one run alone", place=Place(str(run)))
    return trained.network


def _parts(trained: Trained) -> dict[str, Any]:
    """All that decides which ids a network reads and writes, by name."""
    tokenizer = {"kind": trained.tokenizer_config.kind, **trained.tokenizer_config.dump()}
    codec = {name: part for name, part in trained.codec.to_json().items() if name != ALONE}
    return {**codec, "tokenizer": [tokenizer, trained.tokenizer.to_json()]}
