r"""English as the Penn Treebank cuts it: `do n't`, `it 's`, `the film .`, as files of that tradition hold their words.

For raw text beside such files: the Stanford Sentiment Treebank, the Wall Street Journal, and models made of them. A
token is the first that fits of:

1. two or more full stops or hyphens, and quotation marks of two characters (two grave accents, two apostrophes);
2. a contraction: `n't`, and `'s 'm 'd 're 've 'll`; `can` of `cannot`, and the first half of `gonna`, `gotta`, `wanna`,
   `gimme` and `lemme`; an elision: `'em 'til 'tis 'twas 'cause`, `'80s`;
3. initials with their full stops (`U.S.`, `J.`), and titles and others that are commonly shortened (`Mr.`, `vs.`);
4. a word: letters, digits and marks; inside it hyphens, slashes, other apostrophes, a full stop between small letters,
   and a full stop, comma or colon between digits;
5. one other character that is not white space, with the marks that follow it; Han characters are among these.

Robert MacIntyre's script (1995) parts a full stop from its word at the end of a sentence alone. Texts here need not be
cut into sentences, so one behind a word is apart wherever it stands, unless rule 3 keeps it. Quotation marks stay as
they are written, where that script makes the Treebank's of them. No repetition goes back: the pattern takes time in
proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import final

from seqweave.data.tokenizers.contract import Tokens, tokenizer
from seqweave.data.tokenizers.rule import RuleConfig, matches
from seqweave.data.tokenizers.scripts import HAN, marks
from seqweave.data.tokenizers.spelling import printed

_SHORTENED = (
    "Mr|Mrs|Ms|Dr|Prof|Rev|Hon|St|Jr|Sr|Gen|Col|Lt|Maj|Capt|Sgt|Sen|Rep|Gov|"
    "Inc|Corp|Co|Ltd|Bros|Jan|Feb|Aug|Sept|Oct|Nov|Dec|[Vv]s|etc|al"
)
_CLITIC = r"['’](?i:[smd]|re|ve|ll)"
_CONTRACTED = re.compile(rf"n['’]t|{_CLITIC}", re.IGNORECASE)


def _pattern(letter: str, other: str) -> re.Pattern[str]:
    end = rf"(?!{letter})"
    clitic, negation = rf"{_CLITIC}{end}", rf"[nN]['’][tT]{end}"
    run = rf"(?:(?!{negation}){letter})++"
    inside = rf"(?:[-‐/]|(?!{clitic})['’]|(?<=[a-z])\.(?=[a-z])|(?<=\d)[.,:](?=\d))"
    rules = (
        r"\.{2,}+|-{2,}+|``|''",
        rf"{negation}|{clitic}",
        rf"(?i:can(?=not{end})|(?:gon|wan)(?=na{end})|got(?=ta{end})|(?:gim|lem)(?=me{end}))",
        rf"['’](?:(?i:em|til|tis|twas|cause)|\d0s){end}",
        rf"(?:[A-Za-z]\.){{2,}}+{end}|(?:[A-HJ-Z]|{_SHORTENED})\.(?=\s++\S)|[Nn]o\.(?=\s++\d)",
        rf"{run}(?:{inside}{run})*+",
        other,
    )
    return re.compile(f"({'|'.join(rules)})")


_ASCII = _pattern("[0-9A-Za-z]", r"\S")


@cache
def _any() -> re.Pattern[str]:
    """For every text; on plain ones it finds the same as `_ASCII`."""
    return _pattern(rf"[^\W_{HAN}][{marks()}]*+", rf"\S[{marks()}]*+")


def split(text: str) -> Tokens:
    """The words of a text as they stand in it."""
    return matches(_ASCII if text.isascii() else _any(), text)


@tokenizer("treebank")
@final
class TreebankConfig(RuleConfig):
    """English as the Penn Treebank cuts it, for raw text beside files of that tradition.

    Example:
        >>> TreebankConfig().fit(()).split("It isn't Mr. Smith's film.").words
        ('It', 'is', "n't", 'Mr.', 'Smith', "'s", 'film', '.')
    """

    @property
    def whole(self) -> bool:
        """Not where white space stands beside punctuation."""
        return False

    def rule(self) -> Callable[[str], Tokens]:
        """The function that splits a text."""
        return split

    def joined(self, tokens: Sequence[str]) -> str:
        """Words with spaces where print has them (`tokenizers.spelling`), contractions behind their words."""
        words: list[str] = []
        for token in tokens:
            if words and _CONTRACTED.fullmatch(token):
                words[-1] += token
            else:
                words.append(token)
        return printed(words)
