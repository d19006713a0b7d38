from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqweave.core.errors import DataError
from seqweave.data.tokenizers.bpe import BPEConfig
from seqweave.data.tokenizers.pieces import Pieces
from seqweave.data.tokenizers.subword import word_counts
from seqweave.data.tokenizers.unigram import UnigramConfig

TEXTS = ["low low low low low lower lower newest newest newest newest newest newest widest widest widest"]
FITTED = [BPEConfig(vocab_size=60).fit([tuple(TEXTS)]), UnigramConfig(vocab_size=60).fit([tuple(TEXTS)])]


def slow_merges(words: Counter[str], merges: int) -> list[tuple[str, str]]:
    """Byte-pair encoding as the paper writes it: join the most frequent pair, again and again."""
    vocabulary = Counter({tuple(word): count for word, count in words.items()})
    joined = []
    for _ in range(merges):
        pairs: Counter[tuple[str, str]] = Counter()
        for pieces, count in vocabulary.items():
            for pair in pairwise(pieces):
                pairs[pair] += count
        best = max(pairs, key=pairs.__getitem__)
        assert list(pairs.values()).count(pairs[best]) == 1, "the example must have no ties"
        joined.append(best)
        vocabulary = Counter({_joined(pieces, best): count for pieces, count in vocabulary.items()})
    return joined


def _joined(pieces: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    result: list[str] = []
    for piece in pieces:
        if result and (result[-1], piece) == pair:
            result[-1] += piece
        else:
            result.append(piece)
    return tuple(result)


def test_bpe_joins_the_most_frequent_pairs() -> None:
    texts = ["ab " * 50 + "abc " * 20 + "xbc " * 7 + "xb " * 2 + "x,ab " * 2]
    expected = slow_merges(word_counts(texts), 3)
    found = BPEConfig(vocab_size=1000).fit([tuple(texts)]).to_json()["model"]["merges"]
    assert [tuple(pair) for pair in found[:3]] == expected


@pytest.mark.parametrize("tokenizer", FITTED)
@settings(deadline=None)
@given(text=st.text(alphabet="lowernst 新\t☃▁"))
def test_joined_tokens_give_the_text_back(tokenizer, text: str) -> None:
    assert tokenizer.join(tokenizer.split(text).words) == " ".join(text.split())


@settings(deadline=None)
@given(texts=st.lists(st.text(alphabet="ab1_新é\u0301\t\u3000 .☃"), max_size=4))
def test_words_are_counted_as_characters_one_by_one_tell(texts: list[str]) -> None:
    expected: Counter[str] = Counter()
    for text in texts:
        words: list[str] = []
        for before, this in pairwise(f" {text}"):
            inside = this.isalnum() or this in "_\u0301"
            if inside and words and (before.isalnum() or before in "_\u0301"):
                words[-1] += this
            elif not this.isspace():
                words.append(f"▁{this}" if before.isspace() else this)
        expected.update(words)
    assert word_counts(texts) == expected


def test_frequent_words_are_one_piece() -> None:
    assert FITTED[0].split("newest").words == ("▁newest",)


@pytest.mark.parametrize("word", ["newest", "lowest", "widlower"])
def test_unigram_cut_is_the_most_probable_of_all(word: str) -> None:
    scores = dict(FITTED[1].to_json()["model"]["vocab"])
    cuts = [[piece] if piece in scores else [piece[0], piece[1:]] for piece in FITTED[1].split(word).words]
    assert sum(scores[piece] for cut in cuts for piece in cut) == pytest.approx(max(_scores("▁" + word, scores)))


def _scores(word: str, scores: dict[str, float]) -> list[float]:
    """The score of every cut of a word into known pieces."""
    heads = [end for end in range(1, len(word) + 1) if word[:end] in scores]
    return [scores[word[:end]] + rest for end in heads for rest in _scores(word[end:], scores)] if word else [0.0]


def test_a_marker_never_stands_alone() -> None:
    tokens = FITTED[0].split("low ☃!")
    assert tokens.words == ("▁low", "▁☃", "!")
    assert tokens.starts == (0, 4, 5)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"model": {"type": "BPE", "vocab": [], "merges": []}},
        {"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "b"]]}},
        {"version": "1.0", "model": {"type": "Unigram", "vocab": [["a", -1.0]]}},
        FITTED[0].to_json() | {"normalizer": {"type": "NFC"}},
        FITTED[0].to_json() | {"truncation": {"max_length": 1}},
    ],
)
def test_malformed_state_is_refused(state) -> None:
    with pytest.raises(DataError, match="E-TOKEN-02"):
        Pieces.restore(state)


@pytest.mark.parametrize("config", [BPEConfig, UnigramConfig])
@pytest.mark.parametrize("size", [1, 5, 40])
def test_all_characters_are_pieces_even_if_there_are_more_than_asked_for(config, size):
    text = "那只老狗在河边睡觉，它的朋友们都去了北京。The quick brown fox jumps over the lazy dog"
    tokenizer = config(vocab_size=size).fit([(text,)] * 3)
    assert "".join(tokenizer.split(text).words).replace("▁", "") == text.replace(" ", "")
    assert {character for piece in tokenizer.split(text[::-1]).words for character in piece.strip("▁")} == {*text} - {
        " "
    }
