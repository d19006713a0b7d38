"""Trained translators told how to write: another search, more texts, a beginning; and several of them together."""

import itertools
from dataclasses import replace

import pytest
import torch

from seqweave.core.errors import CommandError, DataError, ProblemsError
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample
from seqweave.data.formats.contract import Row
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.recipes.joining import joined
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.recipe import recipe_of
from seqweave.recipes.saving import Trained
from seqweave.tasks.translation_rows import TranslationReader

WORDS = ("ein Hund", "ein Kind", "der Hund sieht ein Kind", "das Kind schläft"), ("a dog", "a child", "b c a", "c d")
TEXT = "der Hund sieht Maier"


def trained(seed=1, words=WORDS, output="pointer-generator", **data):
    """An untrained translator whose weights are drawn."""
    values = {
        "embed": [{"kind": "tokens", "dim": 4}],
        "encoder": {"kind": "gru", "hidden": 3},
        "decoder": {"kind": "attention", "hidden": 4},
        "target_embed": {"dim": 4},
        "output": {"kind": output},
        "longest": {"ratio": 1.0, "extra": 2},
    }
    recipe = recipe_of({"task": "translation", "data": {"train": "x", **data}, "model": values})
    config, task = SpacesConfig(), recipe.data.build()
    tokenizer = config.fit(())
    reader = TranslationReader("source", "target", Receipt("x"), tokenizer)
    rows = [Row(i, {"source": one, "target": other}) for i, (one, other) in enumerate(zip(*words, strict=True), 1)]
    codec = task.fit(Corpus.of(TranslationExample, map(reader.example, rows)), recipe.model.features(), tokenizer)
    torch.manual_seed(seed)
    network = recipe.model.build(codec.sizes).double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return Trained(recipe, task, tokenizer, config, codec, network)


def batch_of(one, *texts):
    return one.codec.encode(Corpus.of(TranslationExample, [Predictor(one).example(text) for text in texts])).batch(
        torch.arange(len(texts)).numpy()
    )


def test_settings_of_the_search_are_laid_over_those_of_the_run():
    plain = Predictor(trained())
    assert not plain(TEXT)["alternatives"]
    found = plain.steered("model.search.size=4", "model.search.best=3", "model.longest.extra=1")(TEXT)
    assert len(found["alternatives"]) == 2
    greedy = plain.steered("model.search.kind=greedy", "model.search.shortest=2")
    assert greedy.trained.recipe.model.search.dump() == {"shortest": 2, "no_repeat": 0}
    assert greedy(TEXT)["translation_text"] == plain.steered("model.search.size=1")(TEXT)["translation_text"]
    assert plain.trained.network.config.search.kind == "beam", "the model itself is as it was"
    assert greedy.network.decoder is plain.network.decoder


@pytest.mark.parametrize("override", ["model.search={kind: beam, size: 2}", "model.search.kind=exhaustive"])
def test_as_many_texts_as_asked_for_best_first(override):
    found = Predictor(trained()).steered(override, "model.longest={ratio: 0.0, extra: 2}", best=4)(TEXT)
    scores = [found["score"], *(one["score"] for one in found["alternatives"])]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("model.search.size=0", r"-o model.search.size: .* is 0; allowed: a number of at least 1.*E-RECIPE-13"),
        ("model.longest.extra=0", r"-o model.longest.extra: .* at least 1.*E-RECIPE-13"),
        ("model.search.kind=bean", r"there is no kind 'bean'.*beam.*E-RECIPE-06"),
        ("model.search.width=3", r"unknown key 'width' in model.search.*E-RECIPE-10"),
        ("training.epochs=3", r"-o training.epochs: of a trained model only model.search.*E-STEER-03"),
        ("model.encoder.hidden=9", r"E-STEER-03"),
    ],
)
def test_what_is_no_setting_of_a_search_is_refused(override, told):
    with pytest.raises((CommandError, ProblemsError), match=told):
        Predictor(trained()).steered(override)


def test_what_models_cannot_do_is_told(make_trained):
    with pytest.raises(CommandError, match=r"greedy gives one text, 2 are asked for.*E-STEER-04"):
        Predictor(trained()).steered("model.search.kind=greedy", best=2)
    tagger = Predictor(make_trained("tagging"))
    with pytest.raises(CommandError, match=r"a tagger \(task tagging\) writes no text.*E-STEER-01"):
        tagger.steered(best=2)
    with pytest.raises(CommandError, match=r"E-STEER-02"):
        list(tagger.begun([tagger.example("a b")], "a"))


def test_texts_begin_as_they_are_told_to():
    predict = Predictor(trained())
    examples = [predict.example(text) for text in (TEXT, "ein Hund")]
    for answer in predict.answers(predict.begun(examples, "c a")):
        assert answer["translation_text"].split()[:2] == ["c", "a"]
    (copied,) = predict.answers(predict.begun(examples[:1], "Maier"))
    assert copied["tokens"][0] == {"word": "Maier", "origin": "copied", "score": copied["tokens"][0]["score"]}
    with pytest.raises(DataError, match=r"^input:2: .*'Maier'.*E-PREFIX-01"):
        list(predict.answers(predict.begun(examples, "Maier")))
    silent = Predictor(trained(output="softmax"))
    with pytest.raises(DataError, match=r"'Maier'.*E-PREFIX-02"):
        list(silent.answers(silent.begun(examples[:1], "Maier")))


def test_a_source_over_the_limit_is_named():
    with pytest.raises(DataError, match=r"^input:2: the text has 4 tokens, the limit is 3.*shorter.*E-LIMIT-02"):
        Predictor(trained(limit=3))(["ein Hund", TEXT])


def test_an_ensemble_gives_each_token_the_mean_of_the_probabilities():
    """Every text of up to three tokens: its probability, step by step, and read again."""
    members = [trained(1), trained(2, output="softmax"), trained(3)]
    together = joined(members, ["a", "b", "c"]).network
    batch = batch_of(members[0], TEXT, "das Kind")
    count, width = members[0].codec.sizes.target.count, members[0].codec.sizes.target.count + batch.extension
    for text in itertools.product((4, 5, width - 1), repeat=2):
        tokens, state, last = torch.tensor([[*text, 3]] * 2), together.start(batch), torch.full((2, 1), 2)
        logs, attention = together.replay(tokens, state)
        for place in range(3):
            stepped, state = together.step(last, state)
            told = stepped.log_probabilities[:, 0]
            torch.testing.assert_close(told.exp().sum(dim=1), torch.ones(2).double())
            alone = [torch.zeros(2, width).double() for _ in members]
            for into, member in zip(alone, members, strict=True):
                memory = member.network.read(batch)
                found = member.network.output(member.network.decode(tokens, memory), memory)[:, place]
                into[:, : found.shape[1]] = found.exp()
            torch.testing.assert_close(told.exp(), sum(alone) / 3)
            torch.testing.assert_close(logs[:, place], told.gather(1, tokens[:, place, None]).squeeze(1))
            last = tokens[:, place : place + 1]
        assert attention.shape == (2, 3, 4)
    assert width > count, "what can only be copied was among them"
    tokens = torch.tensor([[4, 5, 3], [5, 3, 0]])
    logs, _ = together.replay(tokens, together.start(batch))
    torch.testing.assert_close(together.loss(replace(batch, targets=tokens)).total, -logs[tokens != 0].sum())


def test_an_ensemble_of_equals_writes_what_each_of_them_writes():
    one = Predictor(trained())
    together = Predictor(joined([one.trained, trained()], ["a", "b"]))
    for alone, both in zip(one([TEXT, "ein Kind"]), together([TEXT, "ein Kind"]), strict=True):
        assert alone["translation_text"] == both["translation_text"]
        assert alone["score"] == pytest.approx(both["score"], abs=2e-6)
    assert together.steered(best=2)(TEXT)["alternatives"]
    with pytest.raises(CommandError, match=r"E-ENSEMBLE-03"):
        together.save_pretrained("nowhere")


def test_an_ensemble_begins_with_what_any_of_them_can_copy():
    silent, copying = trained(output="softmax"), trained(2)
    together = Predictor(joined([silent, copying], ["a", "b"]))
    begun = list(together.answers(together.begun([together.example(TEXT)], "Maier")))
    assert begun[0]["translation_text"].startswith("Maier")
    none = Predictor(joined([silent, trained(2, output="softmax")], ["a", "b"]))
    with pytest.raises(DataError, match=r"'Maier'.*E-PREFIX-02"):
        list(none.answers(none.begun([none.example(TEXT)], "Maier")))


def test_what_does_not_fit_together_is_told(make_trained):
    other = trained(words=(WORDS[0], ("a dog", "a cat", "b c a", "c d")))
    with pytest.raises(CommandError, match=r"^b: .*other tokens than a \(target\).*E-ENSEMBLE-02"):
        joined([trained(), other], ["a", "b"])
    with pytest.raises(CommandError, match=r"^b: .*this one is for tagging.*E-ENSEMBLE-01"):
        joined([trained(), make_trained("tagging")], ["a", "b"])
