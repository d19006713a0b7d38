"""Chinese words by rjieba: jieba's dictionary and cuts, in Rust. Other scripts are cut as jieba cuts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import final

from seqweave.core.errors import RecipeError
from seqweave.data.tokenizers.contract import Tokens, tokenizer
from seqweave.data.tokenizers.rule import RuleConfig
from seqweave.data.tokenizers.spelling import printed


@tokenizer("chinese")
@final
class ChineseConfig(RuleConfig):
    """Words of a dictionary; unknown ones are guessed from their characters.

    Raises:
        RecipeError: when built, if the extra `zh` is not installed.

    Example:
        >>> ChineseConfig().fit(()).split("我们都是中国人。").words
        ('我们', '都', '是', '中国', '人', '。')
    """

    @property
    def whole(self) -> bool:
        """Not where white space stands."""
        return False

    def rule(self) -> Callable[[str], Tokens]:
        """The function that splits a text."""
        try:
            import rjieba
        except ImportError as error:
            raise RecipeError(
                "E-EXTRA-01", "Chinese words need the package rjieba", mend="pip install 'seqweave[zh]'"
            ) from error
        cut: Callable[[str, str], list[tuple[str, int, int]]] = rjieba.tokenize
        return lambda text: _without_blanks(cut(text, "default"))

    def joined(self, tokens: Sequence[str]) -> str:
        """Chinese words end to end, words of other scripts with spaces between them."""
        return printed(tokens)


def _without_blanks(cuts: list[tuple[str, int, int]]) -> Tokens:
    words = [cut for cut in cuts if not cut[0].isspace()]
    return Tokens(
        tuple([word for word, _, _ in words]),
        tuple([start for _, start, _ in words]),
        tuple([end for _, _, end in words]),
    )
