"""Tokenizers with one fault each, that the contract must catch."""

from __future__ import annotations

from seqweave.data.tokenizers.contract import Tokenizer, Tokens
from seqweave.data.tokenizers.rule import RuleTokenizer
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.data.tokenizers.words import WordsConfig, split


def bytes_offsets() -> Tokenizer:
    """Offsets count bytes, not characters."""

    def cut(text: str) -> Tokens:
        tokens = split(text)
        return Tokens(
            tokens.words,
            tuple(len(text[:start].encode()) for start in tokens.starts),
            tuple(len(text[:end].encode()) for end in tokens.ends),
        )

    return RuleTokenizer(cut, " ".join)


def overlapping() -> Tokenizer:
    """Tokens reach one character into the next."""

    def cut(text: str) -> Tokens:
        tokens = split(text)
        return Tokens(tokens.words, tokens.starts, tuple(min(end + 1, len(text)) for end in tokens.ends))

    return RuleTokenizer(cut, " ".join)


def blank_tokens() -> Tokenizer:
    """White space is a token too."""

    def cut(text: str) -> Tokens:
        return Tokens(tuple(text), tuple(range(len(text))), tuple(range(1, len(text) + 1)))

    return RuleTokenizer(cut, " ".join)


def losing() -> Tokenizer:
    """What is neither letter nor digit is dropped."""

    def cut(text: str) -> Tokens:
        tokens = split(text)
        kept = [index for index, word in enumerate(tokens.words) if word[0].isalnum()]
        return Tokens(
            tuple(tokens.words[index] for index in kept),
            tuple(tokens.starts[index] for index in kept),
            tuple(tokens.ends[index] for index in kept),
        )

    return RuleTokenizer(cut, " ".join)


FAULTS = (bytes_offsets, overlapping, blank_tokens, losing)


def forgetting() -> Tokenizer:
    """The last token is not joined."""
    return RuleTokenizer(split, lambda tokens: " ".join(tokens[:-1]))


def marking() -> Tokenizer:
    """The mark between tokens is no space."""
    return RuleTokenizer(split, "_".join)


JOINING_FAULTS = (forgetting, marking)


class ClaimingWords(WordsConfig):
    """Words apart from their punctuation, said to tell every character."""

    whole = property(lambda self: True)


class ModestSpaces(SpacesConfig):
    """Words between spaces, said to lose some of the text."""

    whole = property(lambda self: False)


WHOLE_FAULTS = (ClaimingWords, ModestSpaces)
