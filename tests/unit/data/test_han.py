import pytest

from seqweave.data.han import swapped


@pytest.mark.parametrize(
    ("languages", "texts", "expected"),
    [
        (("zh", "en"), ("我们都是中国人", "We are Chinese"), False),
        (("zh", "en"), ("We are Chinese", "我们都是中国人"), True),
        (("en", "zh-CN"), ("我们都是中国人", "We are Chinese"), True),
        (("zh", "en"), ("NBA", "NBA"), False),
        (("zh", "en"), ("他叫Tom。", "His name is Tom, 汤姆."), False),
        (("de", "en"), ("我们", "ours"), False),
        (("zh", "zh_TW"), ("We", "我们"), False),
        (("zh", "en"), ("", "。"), False),
    ],
)
def test_the_side_that_should_be_chinese_is(languages, texts, expected):
    assert swapped(*languages, *texts) is expected
