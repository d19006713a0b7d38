import pytest
from pydantic import ValidationError

from seqweave.core.errors import DataError
from seqweave.data.tokenizers.bpe import BPEConfig
from seqweave.data.tokenizers.characters import CharactersConfig
from seqweave.data.tokenizers.pair import PairConfig
from seqweave.data.tokenizers.words import WordsConfig

PAIRS = [("ab ab cd", "xy xy zw"), ("ab cd", "zw")]
CONFIG = PairConfig(source=BPEConfig(vocab_size=20), target=BPEConfig(vocab_size=30))


def test_each_side_learns_from_its_own_texts() -> None:
    pair = CONFIG.fit(PAIRS)
    for side, config, tokenizer in ((0, CONFIG.source, pair), (1, CONFIG.target, pair.target)):
        alone = config.fit([(example[side],) for example in PAIRS])
        assert tokenizer.split("ab xy").words == alone.split("ab xy").words
        assert tokenizer.join(alone.split("ab xy").words) == "ab xy"


def test_the_sides_differ() -> None:
    pair = PairConfig(source=CharactersConfig(), target=WordsConfig()).fit([])
    assert (pair.split("我爱").words, pair.target.split("I love").words) == (("我", "爱"), ("I", "love"))
    assert (pair.join("我爱"), pair.target.join(("I", "love"))) == ("我爱", "I love")


def test_a_plain_tokenizer_serves_both_sides_and_learns_from_both() -> None:
    both = BPEConfig(vocab_size=30).fit(PAIRS)
    assert both.target is both
    assert both.to_json() == BPEConfig(vocab_size=30).fit([(text,) for example in PAIRS for text in example]).to_json()


def test_a_pair_of_pairs_is_refused() -> None:
    with pytest.raises(ValidationError, match="a side of a pair cannot be a pair"):
        PairConfig(source=PairConfig())


def test_an_iterator_would_leave_nothing_for_the_other_side() -> None:
    with pytest.raises(AssertionError, match="once for each side"):
        CONFIG.fit(iter(PAIRS))


@pytest.mark.parametrize("state", [{}, {"source": {}}, {"source": 1, "target": {}}])
def test_a_malformed_state_is_refused(state) -> None:
    with pytest.raises(DataError, match="E-STATE-01"):
        PairConfig().restore(state)
