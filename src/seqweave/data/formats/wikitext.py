"""WikiText: articles of tokens parted by spaces, each under a heading ` = Title = `, sections under ` = = Name = = `.

Paper: Merity et al., 2017, arXiv:1609.07843, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import final

from seqweave.core.errors import DataError, Place
from seqweave.data.blocks import BLOCK_LIMIT
from seqweave.data.formats.contract import Format, Row, format  # noqa: A004  # "@format('wikitext')"
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt

_HEADING = re.compile(r"\s*= (?!=)[^\n]*[^=\s] =\s*")
"""The title of an article, not of a section of one."""


@format("wikitext")
@final
class WikiTextFormat(Format):
    """Articles, each from its heading ` = Title = ` to the next. Column: text, all its lines, blank ones among them.

    The end of every line is a token that a language model tells, as the published perplexities count it.
    """

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the articles as rows; memory is one article.

        Raises:
            DataError: if the file holds only blank lines, or no heading begins a new article within 100,000 lines.
        """
        first, held = 1, list[str]()
        before_blank = True
        for number, text in lines(path, encoding, receipt):
            if _HEADING.fullmatch(text) and before_blank and any(line.strip() for line in held):
                yield self._article(first, held, receipt)
                first, held = number, []
            before_blank = not text.strip()
            held.append(text.strip())
            if len(held) > BLOCK_LIMIT:
                raise _endless(Place(receipt.file, first))
        if any(held):
            yield self._article(first, held, receipt)
        else:
            receipt.count("blank", len(held))
        if receipt.without_records:
            what, mend = "the file holds only blank lines", "check that it was written"
            raise DataError("E-WIKITEXT-02", what, mend=mend, place=Place(receipt.file))

    def _article(self, first: int, held: list[str], receipt: Receipt) -> Row:
        receipt.count("used", len(held))
        return Row(first, {"text": "\n".join(held)})

    @classmethod
    def suits(cls, name: str, head: str) -> float:
        """Sure where the name says so, or one of the first lines is a heading after a blank one."""
        first = head.split("\n", 3)[:3]
        headed = any(_HEADING.fullmatch(line) for line in first) and not first[0].strip()
        return 0.95 if headed else 0.4 if name.startswith("wiki.") else 0.0


def _endless(place: Place) -> DataError:
    return DataError(
        "E-WIKITEXT-01",
        f"an article begins here, and no heading ` = Title = ` begins another within {BLOCK_LIMIT:,} lines",
        mend="name the right data.format: lines, or paragraphs",
        place=place,
    )
