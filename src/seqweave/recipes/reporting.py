"""The report of a finished run."""

from __future__ import annotations

from collections.abc import Mapping

from seqweave.core.emitter import to_yaml
from seqweave.core.errors import InternalError, Place, shown
from seqweave.core.files import write_text
from seqweave.insight.evaluate import Evaluation
from seqweave.insight.history import History
from seqweave.insight.report import Account, render
from seqweave.recipes.cost import COST
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.inside import parameters
from seqweave.recipes.recipe import watched
from seqweave.recipes.saving import Trained


def write_report(run: RunFolder, trained: Trained, evaluations: Mapping[str, Evaluation]) -> None:
    """Write report.html from the files of the run and its evaluations.

    Args:
        run: holds scores, receipt, environment and metrics already.
        trained: the model.
        evaluations: by part, "dev" and "test".

    Raises:
        InternalError: E-REPORT-01 if the report cannot be drawn, whatever the reason.
        DiskError: if the disk refuses.
    """
    try:
        page = render(_account(run, trained, evaluations))
    except Exception as error:
        what = f"the report could not be drawn ({type(error).__name__}: {shown(error, 200)})"
        again = f"seqweave train --resume {run.path}"
        mend = f"the model and its scores are whole; tell us of this; `{again}` draws the report again"
        raise InternalError("E-REPORT-01", what, mend=mend, place=Place(str(run.report))) from error
    write_text(run.report, page)


def _account(run: RunFolder, trained: Trained, evaluations: Mapping[str, Evaluation]) -> Account:
    return Account(
        task=trained.recipe.task,
        metric=watched(trained.recipe, trained.task),
        main=trained.task.main_metric,
        evaluations=evaluations,
        scores=run.read("scores.json"),
        history=History.read(run.path),
        receipt=run.read("receipt.json"),
        parameters=parameters(trained.network),
        recipe=to_yaml(trained.recipe.dump()),
        environment=run.read("environment.json"),
        cost=run.read(COST) if (run.path / COST).is_file() else {},
    )
