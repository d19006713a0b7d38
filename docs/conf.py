"""How the documentation is built: `make docs`. Warnings are errors, and nothing is fetched from the network."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "scripts"), str(HERE)]

import notebook_pages  # noqa: E402  # found in the folders named above

import page_parts  # noqa: E402
import seqweave  # noqa: E402

project = "Seqweave"
author = "The Seqweave maintainers"
copyright = "The Seqweave maintainers, Apache-2.0"  # noqa: A001  # the name that Sphinx reads
release = version = seqweave.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown", ".ipynb": "notebook"}
exclude_patterns = ["_static"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
default_role = "code"
highlight_language = "text"

nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?:torch|pathlib|collections|typing|seqweave\.layers|Model|Path|Trained).*")]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = "Seqweave"
html_static_path = ["_static"]
html_css_files = ["seqweave.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}


def name_files(_app: Sphinx, _name: str, source: list[str]) -> None:
    """Set the name that a mark gives to a block, `<!-- file: NAME -->`, above the block."""
    block = r"```{code-block} \2\n:caption: \1\n\n"
    source[0] = re.sub(r"<!-- file: (\S+) -->\n```(\w+)\n", block, source[0])


def setup(app: Sphinx) -> None:
    """Make the pages of the parts before anything is read; show the names of files, and read notebooks."""
    app.connect("builder-inited", lambda app: page_parts.write(Path(app.srcdir) / "parts"))
    app.connect("source-read", name_files)
    app.add_source_parser(notebook_pages.NotebookParser)
