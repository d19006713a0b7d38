"""Write the pages that are made from results/ and from the code, or check that they are up to date.

python scripts/pages.py            write docs/results.md, docs/recipe.md, docs/errors.md, docs/reliability.md ...
python scripts/pages.py --check    say which are out of date, and exit 1 if one is
"""

from __future__ import annotations

import argparse
import sys
from difflib import unified_diff
from pathlib import Path

import page_errors
import page_recipe
import page_reliability
import page_results
import page_roofline
import page_search

ROOT = Path(__file__).parents[1]
MADE = "<!-- Made by `make docs`. Do not edit: change the code or the results, and make it again. -->\n\n"
DIFFERENCES = 12


def pages(root: Path) -> dict[str, str]:
    """The text of every page, by file name."""
    searched = page_search.read(root / "results")
    made = {
        "errors.md": page_errors.page(root / "src" / "seqweave"),
        "recipe.md": page_recipe.page(),
        "reliability.md": page_reliability.page(root / "results", root / "scripts" / "faults"),
        "results.md": page_results.page(root / "results"),
        "roofline.md": page_roofline.page(root / "results"),
        "search.md": page_search.page(searched, page_search.read_recipes(root / "results")),
        **page_search.pictures(searched),
        **page_roofline.pictures(root / "results"),
    }
    return {name: MADE + text for name, text in made.items()}


def stale(made: dict[str, str], folder: Path) -> list[str]:
    """For each page that differs from its file: its name and the first lines that differ."""
    complaints = []
    for name, text in made.items():
        path = folder / name
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if before != text:
            lines = list(
                unified_diff(before.splitlines(), text.splitlines(), "as it is", "as made now", n=0, lineterm="")
            )
            complaints.append("\n".join([f"docs/{name} is out of date; run: make docs", *lines[:DIFFERENCES]]))
    return complaints


def main() -> int:
    """Write or check; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare, and exit 1 where a page is out of date")
    made, folder = pages(ROOT), ROOT / "docs"
    if parser.parse_args().check:
        complaints = stale(made, folder)
        print("\n\n".join(complaints), file=sys.stderr) if complaints else None
        return 1 if complaints else 0
    folder.mkdir(exist_ok=True)
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
