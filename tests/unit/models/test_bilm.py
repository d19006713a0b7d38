"""What a bidirectional language model may see, against a network that reads the same text token by token."""

import numpy as np
import pytest
import torch

from seqweave.core.errors import DataError, RecipeError
from seqweave.data.corpus import Corpus
from seqweave.data.examples import DocumentExample
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.models.contract import MODELS
from seqweave.tasks.contract import TASKS
from seqweave.tasks.language_rows import document

SPACES = SpacesConfig().fit(())
TEXTS = ("the old man the boats .", "we see", "old boats see the man", "we man the old old boats")
READER = {
    "kind": "bidirectional",
    "embed": ({"kind": "words", "dim": 5, "min_count": 1},),
    "dim": 6,
    "encoder": {"kind": "lstm", "hidden": 4, "bidirectional": False},
}
MASKED = {
    "kind": "masked",
    "embed": READER["embed"],
    "dim": 6,
    "encoder": {"kind": "self-attention", "hidden": 6, "heads": 2, "feed_forward": 7},
}


def built(kind="bilm", reader=READER, texts=TEXTS, **settings):
    config = MODELS[kind](reader=reader, **settings)
    corpus = Corpus.of(DocumentExample, [document(text, SPACES) for text in texts])
    codec = TASKS["language-modelling"](train="t").build().fit(corpus, config.features(), SPACES)
    torch.manual_seed(0)
    model = config.build(codec.sizes).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) / 2)
    return model, codec, codec.encode(corpus)


def batch_of(codec, text):
    return codec.encode(Corpus.of(DocumentExample, [document(text, SPACES)])).batch(np.arange(1))


@pytest.mark.parametrize("encoder", ["lstm", "qrnn", "gru", "sru", "mingru"])
def test_no_direction_sees_what_it_has_to_tell(encoder):
    """One token is another: states before it stay as they are ahead, those behind it in the other direction."""
    model, codec, _ = built(reader={**READER, "encoder": {**READER["encoder"], "kind": encoder}})
    words, at = TEXTS[0].split(), 2
    one, other = (batch_of(codec, " ".join([*words[:at], word, *words[at + 1 :]])) for word in ("man", "we"))
    (ahead, behind), (ahead_2, behind_2) = (
        model.reader.directions(b.tokens.features, b.tokens.mask) for b in (one, other)
    )
    same, same_back = ((x - y).abs().amax(dim=2)[0] < 1e-12 for x, y in ((ahead, ahead_2), (behind, behind_2)))
    assert same.tolist() == [
        place <= at for place in range(len(words) + 1)
    ]  # state k tells token k, from k - 1 on back
    assert same_back.tolist() == [place < len(words) - at for place in range(len(words) + 1)]


@torch.no_grad()
def test_both_directions_tell_every_token_and_the_border_as_a_slow_loop_does():
    model, codec, dataset = built()
    batch = dataset.batch(np.arange(len(TEXTS)))
    found, total = model.predict(batch).log_probabilities, model.loss(batch).total
    ahead, behind = model.reader.directions(batch.tokens.features, batch.tokens.mask)
    slow = 0.0
    for row, text in enumerate(TEXTS):
        ids = codec.known.ids(np.array(text.split())).tolist()
        length, end = len(ids), 3
        forwards = [model.words.log_probabilities(ahead[row, k])[id_] for k, id_ in enumerate([*ids, end])]
        backwards = [model.words.log_probabilities(behind[row, k])[id_] for k, id_ in enumerate([*ids[::-1], end])]
        slow -= float(sum(forwards) + sum(backwards))
        wanted = [
            (one + other) / 2 for one, other in zip(forwards, [*backwards[:-1][::-1], backwards[-1]], strict=True)
        ]
        torch.testing.assert_close(found[row, : length + 1], torch.stack(wanted), rtol=0, atol=1e-9)
        assert bool((found[row, length + 1 :] == 0).all())
    assert float(total) == pytest.approx(slow, abs=1e-9)


def test_layers_are_what_the_directions_end_in():
    model, _, dataset = built()
    batch = dataset.batch(np.arange(1))  # one text: no padding, so that a flip turns it
    layers = model.reader(batch.tokens.features, batch.tokens.mask)
    ahead, behind = model.reader.directions(batch.tokens.features, batch.tokens.mask)
    wanted = torch.cat([ahead[:, 1:], behind[:, 1:].flip(1)], dim=2)
    torch.testing.assert_close(layers[-1], wanted, rtol=0, atol=1e-12)
    first = layers[0].chunk(2, dim=2)
    assert torch.equal(*first)


def test_what_would_see_what_it_tells_is_refused():
    two_ways = {**READER, "encoder": {"kind": "lstm", "hidden": 4}}
    for reader, code in (
        (two_ways, "E-CARRY-01"),
        ({**READER, "encoder": {"kind": "self-attention", "hidden": 4, "heads": 2}}, "E-BILM-01"),
        (MASKED, "E-BILM-02"),
    ):
        with pytest.raises(RecipeError, match=code):
            built(reader=reader)
    with pytest.raises(RecipeError, match="E-MLM-02"):
        built("masked-language-model")
    with pytest.raises(RecipeError, match=r"model.reader.dim to 6.*E-MLM-01"):
        built("masked-language-model", {**MASKED, "dim": 5})
    for kind in ({"kind": "lstm", "hidden": 6, "bidirectional": False}, {"kind": "bag"}):
        with pytest.raises(RecipeError, match="E-MLM-03"):
            built("masked-language-model", {**MASKED, "encoder": kind})
    built("masked-language-model", {**MASKED, "encoder": {"kind": "qrnn", "hidden": 3}})


def test_a_hidden_token_is_told_without_being_seen():
    """Its own form changes nothing of what is told there, and something elsewhere."""
    model, codec, _ = built("masked-language-model", MASKED)
    words = TEXTS[0].split()
    one, other = (batch_of(codec, " ".join([*words[:2], word, *words[3:]])) for word in ("man", "we"))
    logs = []
    for batch, id_ in ((one, one.targets[0, 2]), (other, one.targets[0, 2])):
        targets = batch.targets.clone()
        targets[0, 2] = id_
        logs.append(model.predict(type(batch)(batch.tokens, targets, batch.rows)).log_probabilities[0])
    same = (logs[0] - logs[1]).abs() < 1e-12
    assert same.tolist() == [place == 2 for place in range(len(words) + 1)]


@torch.no_grad()
def test_what_is_told_from_either_side_is_not_compared_with_what_is_told_from_both():
    task, golds, answers = TASKS["language-modelling"](train="t").build(), [], []
    for kind, reader in (("bilm", READER), ("masked-language-model", MASKED)):
        model, codec, _ = built(kind, reader)
        batch = batch_of(codec, TEXTS[0])
        answers += codec.answers(model.predict(batch).cpu(), batch)
        golds.append(document(TEXTS[0], SPACES))
    assert [answer.context for answer in answers] == ["either side", "both sides"]
    assert task.score(golds[:1], answers[:1])["perplexity"].value > 1
    with pytest.raises(DataError, match=r"as both sides and as either side.*E-LM-06"):
        task.score(golds, answers)


def test_tokens_are_hidden_replaced_and_kept_at_the_rates_of_the_paper():
    model, _, dataset = built("masked-language-model", MASKED, texts=["a b c d e f g h i j " * 30] * 20)
    batch = dataset.batch(np.arange(20))
    vectors, real = model.reader.vectors(batch.tokens.features, batch.tokens.mask)
    chosen = real & (torch.arange(real.shape[1]) % 2 == 0)
    torch.manual_seed(3)
    spoilt = model._spoilt(vectors, real, chosen)
    hidden = (spoilt == model.reader.hidden).all(dim=2)
    changed = (spoilt != vectors).any(dim=2)
    assert not bool(changed[~chosen].any())
    count = int(chosen.sum())
    for found, share in ((int(hidden.sum()), 0.8), (int((changed & ~hidden).sum()), 0.1 * 0.9)):  # a tenth is alike
        assert abs(found / count - share) < 4 * (share * (1 - share) / count) ** 0.5
    model.train()
    told = [int(model.loss(batch).count) for _ in range(5)]
    assert sum(told) / (5 * int(real.sum())) == pytest.approx(0.15, abs=0.02)
