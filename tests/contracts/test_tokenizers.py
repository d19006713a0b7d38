"""The laws of a tokenizer, over everything registered."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.data.tokenizers.characters import CharactersConfig
from seqweave.data.tokenizers.contract import TOKENIZERS, Tokenizer, TokenizerConfig
from seqweave.data.tokenizers.words import WordsConfig

from .faults_tokenizers import FAULTS, JOINING_FAULTS, WHOLE_FAULTS

TRAINING = ["The old man the boats, don't they?", "我们都是中国人。Nous sommes à Paris.", "हिन्दी में 3.14 e\u0301té"] * 3
PAIRS = [(text, text[::-1]) for text in TRAINING]
TEXTS = st.text() | st.text(alphabet="ab'’-.,3 \t\n\x1c\u3000▁_我们é\u0301👍🏽\u200d<unk>")
SPELLED = ["a b", "ab", "A b", "Stop!", "Stop !", "( a )", "(a)", "我 爱", "我爱", "don't", "don ' t", "3 . 14", "3.14"]
MIXED = ["", " \n\u3000", "a\x1cb", "Déjà vu — 我们 3.5!", "▁ ▁a", "<unk>", "cafe\u0301", "\u0301", "a\u200db"]


def fitted(kind: str) -> Tokenizer:
    return TOKENIZERS[kind]().fit(PAIRS)


@pytest.fixture(scope="module", params=TOKENIZERS.kinds())
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return fitted(request.param)


def covers_the_text(tokenizer: Tokenizer, text: str) -> None:
    """Tokens lie inside the text, one after the other, are not blank, and leave out nothing but white space."""
    tokens = tokenizer.split(text)
    assert len(tokens.words) == len(tokens.starts) == len(tokens.ends)
    spans = list(zip(tokens.starts, tokens.ends, strict=True))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert all(tokens.words)
    assert "".join("".join(text[start:end] for start, end in spans).split()) == "".join(text.split())
    assert not any(text[start:end][0].isspace() or text[start:end][-1].isspace() for start, end in spans)


@settings(deadline=None, max_examples=200)
@given(text=TEXTS)
def test_offsets(tokenizer: Tokenizer, text: str) -> None:
    covers_the_text(tokenizer, text)


@pytest.mark.parametrize("text", MIXED)
def test_offsets_of_difficult_texts(tokenizer: Tokenizer, text: str) -> None:
    covers_the_text(tokenizer, text)


def gives_the_text_back(tokenizer: Tokenizer, text: str) -> None:
    """Joined tokens are the text, but for where spaces stand; and what is joined is what was split: nothing else."""
    tokens = tokenizer.split(text).words
    assert "".join(tokenizer.join(tokens).split()) == "".join(text.split())
    assert tokenizer.join(()) == ""


@settings(deadline=None, max_examples=200)
@given(text=TEXTS)
def test_joined_tokens_are_the_text(tokenizer: Tokenizer, text: str) -> None:
    gives_the_text_back(tokenizer, text)
    gives_the_text_back(tokenizer.target, text)


@pytest.mark.parametrize("text", [*MIXED, *TRAINING[:3], "I love New York"])
def test_words_stay_apart_and_are_joined_as_they_were_split(tokenizer: Tokenizer, text: str) -> None:
    gives_the_text_back(tokenizer, text)
    tokens = tokenizer.split(text).words
    assert tokenizer.split(tokenizer.join(tokens)).words == tokens


def says_whether_it_is_whole(config: TokenizerConfig) -> None:
    """Tokens give every text back, to each space, where the settings say that they tell every character; else not."""
    tokenizer = config.fit([(text, text) for text in [*SPELLED, *TRAINING]])
    back = [tokenizer.join(tokenizer.split(text).words) for text in SPELLED]
    assert config.whole == (back == SPELLED)


@pytest.mark.parametrize(
    "config",
    [*(TOKENIZERS[kind]() for kind in TOKENIZERS.kinds()), CharactersConfig(spaces=True), WordsConfig(lowercase=True)],
    ids=repr,
)
def test_whole_tokenizers_lose_nothing(config: TokenizerConfig) -> None:
    says_whether_it_is_whole(config)


@pytest.mark.parametrize("kind", TOKENIZERS.kinds())
def test_state_round_trip(kind: str) -> None:
    saved = fitted(kind)
    restored = TOKENIZERS[kind]().restore(json.loads(json.dumps(saved.to_json())))
    assert [restored.split(text) for text in MIXED + TRAINING] == [saved.split(text) for text in MIXED + TRAINING]
    assert [restored.target.split(text) for text in MIXED] == [saved.target.split(text) for text in MIXED]
    assert restored.to_json() == saved.to_json()


@pytest.mark.parametrize("kind", TOKENIZERS.kinds())
def test_fit_does_not_depend_on_order(kind: str) -> None:
    assert TOKENIZERS[kind]().fit(PAIRS[::-1]).to_json() == fitted(kind).to_json()


@pytest.mark.parametrize("kind", TOKENIZERS.kinds())
def test_fit_on_nothing(kind: str) -> None:
    covers_the_text(TOKENIZERS[kind]().fit([]), TRAINING[0])


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault) -> None:
    tokenizer = fault()
    with pytest.raises(AssertionError):
        covers_the_text(tokenizer, "Déjà vu — 我们 3.5!")


@pytest.mark.parametrize("fault", JOINING_FAULTS)
def test_fault_of_joining_is_caught(fault) -> None:
    tokenizer = fault()
    with pytest.raises(AssertionError):
        gives_the_text_back(tokenizer, "Déjà vu — 我们 3.5!")


@pytest.mark.parametrize("fault", WHOLE_FAULTS)
def test_fault_of_what_is_told_is_caught(fault) -> None:
    with pytest.raises(AssertionError):
        says_whether_it_is_whole(fault())
