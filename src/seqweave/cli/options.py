"""Options that several verbs share, so that they read alike everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Tongue(StrEnum):
    """Languages of the laboratory."""

    EN = "en"
    ZH = "zh"


Run = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run folder, a model folder or an exported zip.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output; messages on standard error.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("-o", "--override", metavar="a.b=c", help="Lay a value over the recipe.", show_default=False),
]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads.", show_default=False)]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]
Language = Annotated[Tongue, typer.Option(help="Language of generated data.")]
