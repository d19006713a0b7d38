import pytest

from seqweave.core.errors import DataError
from seqweave.data.formats.contract import Row
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.characters import CharactersConfig
from seqweave.data.tokenizers.pair import PairConfig
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.tasks.translation_rows import RATIO_LIMIT, TranslationReader

TOKENIZER = PairConfig(source=CharactersConfig(), target=WordsConfig()).fit([])


def example(fields, receipt=None, gold=True, names=("zh", "en")):
    return TranslationReader(*names, receipt or Receipt("a"), TOKENIZER, gold).example(Row(3, fields))


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"zh": "你好", "en": "Good day"}, ("zh", "en")),
        ({"id": 1, "translation": {"zh": "你好", "en": "Good day"}}, ("zh", "en")),
        ({"0": "Good day", "1": "你好", "2": "CC-BY"}, ("1", "0")),
    ],
)
def test_each_side_is_split_by_its_tokenizer(fields, names):
    found = example(fields, names=names)
    assert (found.text, found.tokens, found.starts, found.ends) == ("你好", ("你", "好"), (0, 1), (1, 2))
    assert (found.target, found.target_tokens, found.source, found.line) == ("Good day", ("Good", "day"), "a", 3)


def test_without_gold_a_target_is_taken_but_not_needed():
    for fields, target in (({"zh": "好"}, ""), ({"zh": "好", "en": ""}, ""), ({"zh": "好", "en": "good"}, "good")):
        found = example(fields, gold=False)
        assert (found.target, found.target_tokens) == (target, ())


@pytest.mark.parametrize(
    ("fields", "code", "key"),
    [
        ({"zh": "好", "en": " "}, "E-DATA-03", ""),
        ({"zh": "", "en": "good"}, "E-DATA-03", ""),
        ({"zh": "好", "en": None}, "E-DATA-02", ""),
        ({"translation": {"zh": "好"}}, "E-DATA-01", "data.target"),
        ({"translation": "好"}, "E-DATA-01", "data.source"),
    ],
)
def test_what_is_missing_is_an_error(fields, code, key):
    with pytest.raises(DataError) as caught:
        example(fields)
    assert caught.value.code == code
    assert key in caught.value.mend
    assert str(caught.value.place) == "a:3"


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"zh": "NBA", "en": " NBA"}, ["W-PAIR-01"]),
        ({"zh": "We are", "en": "我们是我们"}, ["W-PAIR-02"]),
        ({"zh": "好" * (RATIO_LIMIT + 1), "en": "good"}, ["W-PAIR-03"]),
        ({"zh": "好", "en": "a " * (RATIO_LIMIT + 1)}, ["W-PAIR-03"]),
        ({"zh": "好", "en": "a " * RATIO_LIMIT}, []),
        ({"zh": "我们", "en": "we"}, []),
    ],
)
def test_what_looks_wrong_is_counted(fields, codes):
    receipt = Receipt("a")
    example(fields, receipt)
    example(fields, receipt)
    assert [(notice.code, notice.count, notice.place.line) for notice in receipt.notices.values()] == [
        (code, 2, 3) for code in codes
    ]
