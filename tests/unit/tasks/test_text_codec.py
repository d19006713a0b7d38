"""What a text codec says in ids, it says again in words: known ones, copied ones and lost ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from seqweave.core.errors import DataError, RecipeError
from seqweave.data.batches import TextRaw
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample, spelled
from seqweave.data.features.contract import END, UNKNOWN
from seqweave.data.features.tokens import TokensConfig
from seqweave.data.features.words import WordsConfig
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.tasks.glossary import Glossary, GlossaryConfig, read_glossary
from seqweave.tasks.text_answer import LOST
from seqweave.tasks.text_codec import TextCodec, together

SPACES = SpacesConfig().fit(())
PAIRS = [("ein Hund", "a dog"), ("ein Hund und ein Kind", "a dog and a child"), ("das Kind", "the child"), ("x", "the")]


def pair(source, target, prefix=""):
    tokens = tuple(source.split())
    text, starts, ends = spelled(tokens)
    return TranslationExample(text, tokens, starts, ends, target, tuple(target.split()), tuple(prefix.split()))


def corpus(*pairs):
    return Corpus.of(TranslationExample, [pair(*one) for one in pairs])


def fitted(joint=False, features=None, **settings):
    features = {"tokens": TokensConfig()} if features is None else features
    return TextCodec.fit(corpus(*PAIRS), features, SPACES, TokensConfig(**settings), joint)


def raw(*hypotheses, width=1):
    longest = max(len(tokens) for tokens in hypotheses)
    attention = torch.zeros(1, longest + 1, width)
    chances = (tuple(0.5 + 0.1 * place for place in range(len(hypotheses[0]) + 1)),)
    scores = tuple(-1.0 - rank for rank in range(len(hypotheses)))
    return TextRaw((tuple(hypotheses),), (scores,), (scores,), chances, attention)


def test_words_that_no_vocabulary_has_get_ids_of_their_own_in_each_row():
    codec = fitted(min_count=2)
    count = codec.sizes.target.count
    assert set(codec.known) == {"a", "dog", "the", "child"}
    pairs = [("Anna dog Bob Anna", "Bob a Anna Carl"), ("Carl", "dog")]
    batch = codec.encode(corpus(*pairs)).batch(np.array([0, 1]))
    assert batch.source.tolist() == [[count, codec.known["dog"], count + 1, count], [count, 0, 0, 0]]
    assert batch.targets.tolist() == [
        [count + 1, codec.known["a"], count, UNKNOWN, END],
        [codec.known["dog"], END, 0, 0, 0],
    ]
    assert batch.added == (("Anna", "Bob"), ("Carl",))
    assert batch.extension == 2


def test_an_answer_says_how_each_token_came_about():
    codec = fitted()
    batch = codec.encode(corpus(("Anna schläft", ""))).batch(np.array([0]))
    known, count = codec.known, codec.sizes.target.count
    (answer,) = codec.answers(raw((count + 1, known["dog"], UNKNOWN), (known["dog"],), width=2), batch)
    assert answer.text == f"schläft dog {LOST}"
    assert answer.tokens == ("schläft", "dog", LOST)
    assert answer.origins == ("copied", "written", "unknown")
    assert answer.probabilities == pytest.approx((0.5, 0.6, 0.7)), "that of the end mark is no token's"
    assert answer.links == ()
    assert [(one.text, one.score) for one in answer.alternatives] == [("dog", -2.0)]


def test_links_are_where_attention_looked_most():
    codec = fitted()
    batch = codec.encode(corpus(("ein Hund", ""))).batch(np.array([0]))
    found = raw((4, 5), width=2)
    found.attention[0, :, :] = torch.tensor([[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]])
    assert codec.answers(found, batch)[0].links == (1, 0)


def test_a_joint_vocabulary_is_that_of_both_sides():
    codec = fitted(joint=True)
    assert codec.sizes.joint
    assert codec.sizes.features["tokens"].count == codec.sizes.target.count
    batch = codec.encode(corpus(("ein dog", "Hund"))).batch(np.array([0]))
    assert batch.extension == 0, "all words of one side can be written on the other"
    forms = batch.tokens.features["forms"][0]
    assert batch.tokens.features["tokens"][forms].tolist() == batch.source[0].tolist()
    texts = [text for one in PAIRS for text in one]
    counts = {word: sum(text.split().count(word) for text in texts) for text in texts for word in text.split()}
    assert {word: int(codec.sizes.target.counts[number]) for word, number in codec.known.items()} == counts


def test_columns_are_joined_with_their_rows():
    one, other = (corpus(*PAIRS).strings(name) for name in ("tokens", "target_tokens"))
    both = together(one, other)
    rows = [[both.table[entry] for entry in both.ids[row]] for row in range(len(both.ids))]
    assert rows == [text.split() for side in (0, 1) for text in [pair[side] for pair in PAIRS]]
    assert both.table[0] == ""


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(DataError, match=r"no token stands 9 times.*data.min_count.*E-WRITE-01"):
        fitted(min_count=9)
    with pytest.raises(RecipeError, match=r"joint, but the model reads no tokens.*kind: tokens.*E-RECIPE-30"):
        fitted(joint=True, features={"words": WordsConfig()})


@pytest.mark.parametrize("joint", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        {"joint": 1},
        {"target": None},
        {"target": {"vocabulary": {"words": [], "counts": [0, 0, 0, 0]}}},
        {"glossary": [{"source": "", "target": ["a"]}]},
        {"glossary": [{"source": "x", "target": []}]},
        {"glossary": [{"source": "x", "target": [1]}]},
        {"glossary": {}},
        {"features": []},
    ],
    ids=str,
)
def test_a_malformed_state_is_refused(joint, change):
    state = {**fitted(joint).to_json(), **change}
    with pytest.raises(DataError, match=r"E-STATE-01"):
        TextCodec.restore(state, {"tokens": TokensConfig()}, SPACES)


def test_two_sides_of_a_joint_vocabulary_that_differ_are_refused():
    state = {**fitted().to_json(), "joint": True}
    with pytest.raises(DataError, match=r"its two sides differ.*E-STATE-01"):
        TextCodec.restore(state, {"tokens": TokensConfig()}, SPACES)


def test_a_prefix_and_forced_terms_are_ids_of_the_row():
    codec = fitted()
    glossary = Glossary({"Hund": ("dog",), "Herr Maier": ("Maier",), "Katze": ("a", "child")})
    codec = TextCodec(codec.features, codec.target, SPACES, glossary=glossary)
    texts = [("Herr Maier und der Hund", "", "the Maier"), ("Hunde", "", "")]
    batch = codec.encode(corpus(*texts)).batch(np.array([0, 1]))
    maier = codec.sizes.target.count + batch.added[0].index("Maier")
    assert batch.prefixes == ((codec.known["the"], maier), ())
    assert batch.required == (((maier,), (codec.known["dog"],)), ())
    assert codec.sizes.copied == "Maier", "no training target has it"
    restored = TextCodec.restore(codec.to_json(), {"tokens": TokensConfig()}, SPACES)
    assert restored.glossary == glossary


def test_what_a_text_lacks_of_the_glossary_is_told():
    codec = fitted()
    glossary = Glossary({"Hund": ("the", "dog"), "Maier": ("Maier",)})
    codec = TextCodec(codec.features, codec.target, SPACES, glossary=glossary)
    (batch,) = [codec.encode(corpus(("Maier- Hund", ""))).batch(np.array([0]))]
    the, dog = codec.known["the"], codec.known["dog"]
    assert (batch.required, batch.lost) == ((((the, dog),),), ((("Maier",),),)), "the text has `Maier-`, no `Maier`"
    for tokens, missed in (((the, dog), ("Maier",)), ((dog, the), ("Maier", "the dog"))):
        assert codec.answers(raw(tokens, width=2), batch)[0].missed == missed


def test_a_prefix_that_cannot_be_written_is_refused_with_its_words():
    one, other = pair("Maier", "", "a Maier"), pair("Maier", "", "a Huber dog Schmidt")
    encoded = fitted().encode(Corpus.of(TranslationExample, [one, other]))
    assert encoded.batch(np.array([0])).prefixes
    with pytest.raises(DataError, match=r"to begin with 'Huber Schmidt', which the network cannot write.*E-PREFIX-01"):
        encoded.batch(np.array([0, 1]))


def test_a_glossary_is_read_and_its_terms_are_found_as_whole_words(tmp_path):
    path = tmp_path / "terms.tsv"
    path.write_text("Hund\ta dog\n\nKind\tchild\n北京\tthe\nAnna\tAnna\n", "utf-8")
    glossary = read_glossary(GlossaryConfig(path=str(path)), SPACES, tuple(fitted().known))
    assert glossary.required("Kind, Hund; kein Hundehalter, noch ein Kind") == [("child",), ("a", "dog")]
    assert glossary.required("我爱北京天安门") == [("the",)]
    assert glossary.required("Kinder") == []
    assert Glossary({"New": ("new",), "New York": ("York",)}).required("New York") == [("York",)], "the longest holds"


def test_a_glossary_is_read_as_all_text_is(tmp_path):
    path, known = tmp_path / "terms.tsv", tuple(fitted().known)
    path.write_text("Hu\u2028nd\tdog\n", "utf-16")
    assert read_glossary(GlossaryConfig(path=str(path)), SPACES, known).terms == {"Hu\u2028nd": ("dog",)}
    path.write_bytes("Hund\tdog\nGröße\tchild\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"terms.tsv:2.*E-TEXT-09"):
        read_glossary(GlossaryConfig(path=str(path)), SPACES, known)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Hund", r"a source term, a tab and its translation are needed \('Hund' was found\).*E-GLOSSARY-01"),
        ("Hund\t", r"E-GLOSSARY-01"),
        ("Hund\ta\tb", r"E-GLOSSARY-01"),
        ("Hund\ta hound", r"the network cannot write 'hound': training never holds it.*kind: bpe.*E-GLOSSARY-02"),
        ("Kind\ta child", r"the term 'Kind' has two translations.*E-GLOSSARY-03"),
    ],
)
def test_a_term_that_cannot_be_kept_is_refused(tmp_path, line, told):
    path = tmp_path / "terms.tsv"
    path.write_text(f"Kind\tchild\n{line}\n", "utf-8")
    with pytest.raises(DataError, match=rf"terms.tsv:2: .*{told}"):
        read_glossary(GlossaryConfig(path=str(path)), SPACES, tuple(fitted().known))
