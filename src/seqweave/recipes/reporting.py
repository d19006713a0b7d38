"""The report of a finished run."""

from __future__ import annotations

from collections.abc import Mapping

from seqweave.insight.evaluate import Evaluation
from seqweave.recipes.folder import RunFolder


def write_report(run: RunFolder, evaluations: Mapping[str, Evaluation]) -> None:
    """Write report.html from the files of the run and its evaluations."""
    del run, evaluations
