"""The parts of a first translator fit each other, whatever the texts are."""

from itertools import product

import pytest

from seqweave.recipes.guessing.translators import PairFacts, cutting_of, translator_of, translator_training_of

SCRIPTS = ("letters", "chinese")
EVERY = [PairFacts(*sides, tokens) for *sides, tokens in product(SCRIPTS, SCRIPTS, (1000, 10**7))]


def values(chosen):
    return {one.key: one.value for one in chosen}


@pytest.mark.parametrize("facts", EVERY)
def test_sides_of_one_script_share_their_tokens_and_vectors(facts):
    cutting, model = values(cutting_of(facts)), values(translator_of(facts))
    alike = facts.source == facts.target
    assert (cutting["tokenizer"]["kind"] == "pair") is not alike
    assert (cutting["vocabulary"], model["tie"]) == (("joint", "all") if alike else ("separate", "output"))
    assert model["embed"][0]["dim"] == model["target_embed"]["dim"], "or else they could not be shared"
    sides = [cutting["tokenizer"].get(side, cutting["tokenizer"]) for side in ("source", "target")]
    kinds = {"letters": "bpe", "chinese": "characters"}
    assert [side["kind"] for side in sides] == [kinds[facts.source], kinds[facts.target]]


def test_small_files_have_fewer_pieces_and_more_passes():
    small, large = (PairFacts("letters", "letters", tokens) for tokens in (10_000, 10**7))
    pieces = [values(cutting_of(facts))["tokenizer"]["vocab_size"] for facts in (small, large)]
    epochs = [values(translator_training_of(facts))["epochs"] for facts in (small, large)]
    assert pieces[0] < pieces[1]
    assert epochs[0] > epochs[1]


def test_names_are_copied():
    facts = PairFacts("given", "given", laboratory=True, names=True)
    model, cutting = values(translator_of(facts)), values(cutting_of(facts))
    assert model["output"] == {"kind": "pointer-generator"}
    assert model["embed"][0]["min_count"] == cutting["min_count"] > 1, "a name that is learned teaches no copying"
    assert values(cutting_of(PairFacts("given", "given")))["tokenizer"] == {"kind": "spaces"}


@pytest.mark.parametrize("facts", [*EVERY, PairFacts("given", "given", laboratory=True)])
def test_every_value_says_why(facts):
    for chosen in (*cutting_of(facts), *translator_of(facts), *translator_training_of(facts)):
        assert chosen.why.endswith((".", ")")), chosen.key
