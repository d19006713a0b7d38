import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqweave.data.tokenizers.spelling import printed
from seqweave.data.tokenizers.words import split

TOKENS = st.lists(
    st.sampled_from(["a", "don't", "3.5", "我", "们", *".,!?;:%)]}([{$#“”‘’…\"'。、，《》-/—", "é"]), max_size=12
)


@pytest.mark.parametrize(
    "text",
    [
        "I don't (really) know: 5% of $3.50 is...",
        'He said "yes", and "no".',
        "“Well-known”, she wrote.",
        "我们都是中国人。",
        "他说：“我爱《红楼梦》！”",
        "我爱New York。",
    ],
)
def test_usual_texts_are_spelled_as_they_were(text: str) -> None:
    assert printed(split(text).words) == text


@given(tokens=TOKENS)
def test_what_is_spelled_is_split_into_the_same_tokens(tokens: list[str]) -> None:
    assert list(split(printed(tokens)).words) == tokens


@given(tokens=TOKENS)
def test_latin_words_stay_apart(tokens: list[str]) -> None:
    words = [token for token in tokens if token.isalpha() and token.isascii()]
    assert list(split(printed(words)).words) == words
