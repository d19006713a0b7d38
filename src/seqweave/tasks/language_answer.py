"""What a language model answers: how probable a text is, or how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScoredText:
    """How probable the tokens of a text are.

    Args:
        tokens: as the model knows them: one that it does not know is the unknown one.
        log_probabilities: of each, natural logarithms; that of the text's end last.
        vocabulary: digest of the model's vocabulary; only scores of equal ones can be compared.
        context: how it was read: `stream`, with all texts before it in mind; `document`, by itself; `either side`,
            each token from each by itself; or `both sides`, each token from all others. Empty where it is not known;
            only scores of equal ones can be compared.
        apart: the log-probabilities where each unknown form is a token of its own, of a model that points at them;
            else none.
        unknown: how many tokens are unknown to the model.
        whole: whether the tokens tell every character of the text, a run of white space being one.
    """

    tokens: tuple[str, ...]
    log_probabilities: tuple[float, ...]
    vocabulary: str = ""
    context: str = ""
    apart: tuple[float, ...] = ()
    unknown: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ContinuedText:
    """How a text goes on, the best of what was found first.

    Args:
        tokens: of each continuation.
        log_probabilities: of each.
        chances: probability of each token of the first one, 0 to 1.
        texts: each continuation as a text.
        proven: whether no better one than the first is possible; None where the search does not ask.
        unknown: how many tokens of the text before them are unknown to the model.
    """

    tokens: tuple[tuple[str, ...], ...]
    log_probabilities: tuple[float, ...]
    chances: tuple[float, ...]
    texts: tuple[str, ...]
    proven: bool | None = None
    unknown: int = 0

    @property
    def first(self) -> Iterator[tuple[str, float]]:
        """Each token of the first one, and its probability."""
        return zip(self.tokens[0], self.chances, strict=True)


LanguageAnswer = ScoredText | ContinuedText
