"""What a language model answers: how probable a text is, or how it goes on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScoredText:
    """How probable the tokens of a text are.

    Args:
        tokens: as the model knows them: one that it does not know is the unknown one.
        log_probabilities: of each, natural logarithms; that of the text's end last.
        vocabulary: digest of the model's vocabulary; only scores of equal ones can be compared.
        apart: the log-probabilities where each unknown form is a token of its own, of a model that points at them;
            else none.
    """

    tokens: tuple[str, ...]
    log_probabilities: tuple[float, ...]
    vocabulary: str = ""
    apart: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ContinuedText:
    """How a text goes on, the best of what was found first.

    Args:
        tokens: of each continuation.
        log_probabilities: of each.
        chances: probability of each token of the first one, 0 to 1.
        texts: each continuation as a text.
    """

    tokens: tuple[tuple[str, ...], ...]
    log_probabilities: tuple[float, ...]
    chances: tuple[float, ...]
    texts: tuple[str, ...]


LanguageAnswer = ScoredText | ContinuedText
