"""Notebooks as pages: cells as Markdown, with the output that the notebook keeps; the tests run them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from myst_parser.parsers.sphinx_ import MystParser


class NotebookParser(MystParser):
    """Reads `.ipynb` files as if they were Markdown."""

    supported = ("notebook",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Fill the document from the text of a notebook."""
        super().parse("\n\n".join(blocks(json.loads(inputstring)["cells"])), document)


def blocks(cells: list[dict[str, Any]]) -> Iterator[str]:
    """Each cell as Markdown: text as it stands, code in a block, and what it printed in one below."""
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield source
            continue
        command = source.startswith("!")
        yield fenced("console" if command else "python", source.replace("!", "$ ") if command else source)
        printed = "".join(text for output in cell["outputs"] for text in output["text"])
        if printed:
            yield fenced("text", printed, "output")


def fenced(language: str, text: str, kind: str = "cell") -> str:
    """A block of code that the style sheet knows by its kind."""
    return f"```{{code-block}} {language}\n:class: {kind}\n\n{text.rstrip()}\n```"
