"""Options that several verbs share, so that they read alike everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seqweave.core.errors import CommandError


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
Steering = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--override",
        metavar="a.b=c",
        help="Lay a value over model.search or model.longest where texts are written, or over a pointer.",
        show_default=False,
    ),
]
Others = Annotated[
    list[Path] | None,
    typer.Option("--with", metavar="RUN", help="Another run that writes texts together with RUN.", show_default=False),
]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads.", show_default=False)]
Seeds = Annotated[str, typer.Option(help="Training seeds, such as 1,2,3.", show_default=False)]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]
Language = Annotated[
    Tongue | None, typer.Option(help="Language of generated data; the usual one where not given.", show_default=False)
]


def seeds_of(text: str) -> tuple[int, ...]:
    """The seeds that `--seeds 1,2,3` names; none where it is empty.

    Raises:
        CommandError: if it is no list of whole numbers.
    """
    try:
        return tuple(int(seed) for seed in text.split(",") if seed.strip())
    except ValueError:
        raise CommandError("E-CLI-04", f"{text!r} are not seeds", mend="write --seeds 1,2,3") from None
