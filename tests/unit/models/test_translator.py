"""A translator over batches made by hand: what it learns from, what it searches, what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqweave.core.errors import DataError, RecipeError
from seqweave.data.batches import TextBatch, TokenBatch
from seqweave.data.sizes import FeatureSize, Sizes
from seqweave.layers.embedding import EmbedderStack
from seqweave.layers.recurrent import reversal, reverse
from seqweave.models import translator as module
from seqweave.models.target import SHARED, shared_table
from seqweave.models.translator import Translator, TranslatorConfig

VOCABULARY, EXTENSION = 9, 2
SOURCE = torch.tensor([[4, 9, 5, 10], [6, 9, 0, 0]])
TARGETS = torch.tensor([[5, 9, 4, 3], [7, 3, 0, 0]])
SIZES = Sizes({"words": FeatureSize(8, np.ones(8, np.int64))}, target=FeatureSize(VOCABULARY))
SETTINGS = {
    "embed": ({"kind": "words", "dim": 6, "rare_word_dropout": 0.0},),
    "encoder": {"kind": "lstm", "hidden": 4},
    "target_embed": {"dim": 5},
    "decoder": {"kind": "attention", "hidden": 8},
    "output": {"kind": "pointer-generator"},
}


def batch(rows: slice = slice(None)) -> TextBatch:
    mask = SOURCE[rows] != 0
    words = torch.tensor([[0], [2], [3], [4], [5], [6]]).flatten()
    forms = torch.tensor([[1, 2, 3, 4], [5, 2, 0, 0]])[rows]
    tokens = TokenBatch({"forms": forms, "words": words}, mask)
    none = ((),) * len(mask)
    return TextBatch(tokens, SOURCE[rows], EXTENSION, TARGETS[rows], none, none, torch.arange(len(mask)))


def built(**settings: object) -> Translator:
    torch.manual_seed(0)
    model = TranslatorConfig(**{**SETTINGS, **settings}).build(SIZES).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) / 2)
    return model.eval()


def forced(model: Translator, tokens: Tensor, rows: slice) -> Tensor:
    """Log-probability of each token, teacher-forced in one go. Shape (sentences, time)."""
    memory = model.read(batch(rows))
    return model.output(model.decode(tokens, memory), memory).gather(2, tokens.unsqueeze(2)).squeeze(2)


@pytest.mark.parametrize("decoder", ["vector", "attention", "self-attention"])
def test_a_step_tells_what_teacher_forcing_tells(decoder):
    output = {"kind": "softmax" if decoder == "vector" else "pointer-generator"}
    model = built(decoder={"kind": decoder, "hidden": 8}, output=output)
    memory, tokens = model.read(batch()), TARGETS.clamp(max=8 if decoder == "vector" else 10)
    wanted = model.output(model.decode(tokens, memory), memory)
    state, last = model.decoder.start(memory), torch.full((2, 1), 2)
    for position in range(TARGETS.shape[1]):
        stepped, state = model.step(last, state)
        torch.testing.assert_close(stepped.log_probabilities[:, 0], wanted[:, position], rtol=1e-9, atol=1e-9)
        last = tokens[:, position : position + 1]


def test_an_answer_is_its_search_replayed(monkeypatch):
    """Scores, chances and attention belong to the tokens, whatever chunk they were told in."""
    model = built(search={"kind": "beam", "size": 3, "best": 3})
    raw = model.predict(batch())
    assert [len(row) for row in raw.tokens] == [3, 3]
    for row in range(2):
        rows = slice(row, row + 1)
        for tokens, total in zip(raw.tokens[row], raw.log_probabilities[row], strict=True):
            ended = len(tokens) < model.frame(batch()).limits[row]
            logs = forced(model, torch.tensor([[*tokens, 3]]), rows)[0]
            assert logs[: len(logs) if ended else -1].sum().item() == pytest.approx(total, abs=1e-9)
        best = torch.tensor([[*raw.tokens[row][0], 3]])
        assert raw.chances[row] == pytest.approx(forced(model, best, rows).exp()[0].tolist(), abs=1e-9)
        sums = raw.attention[row].sum(dim=1).round(decimals=9)
        assert sums.tolist() == [1.0] * best.shape[1] + [0.0] * (len(sums) - best.shape[1])
    monkeypatch.setattr(module, "CHUNK_BYTES", 1)
    again = model.predict(batch()).chances
    assert [sum(row) for row in again] == pytest.approx([sum(row) for row in raw.chances], abs=1e-9)


def test_neither_the_batch_nor_the_kernel_of_searching_changes_an_answer():
    model = built(reversed_source=True)
    together = model.predict(batch())
    alone = [model.predict(batch(slice(row, row + 1))) for row in range(2)]
    assert together.tokens == tuple(raw.tokens[0] for raw in alone)


def test_the_frame_follows_the_batch_and_the_settings():
    model = built(longest={"ratio": 1.5, "extra": 1})
    asked = replace(batch(), prefixes=((5,), ()), required=((), ((4,) * 9, (5,))))
    frame = model.frame(asked)
    assert frame.limits == (7, 10), "what is asked for has room"
    assert (frame.begin, frame.end, frame.never) == (2, 3, (0, 1, 2))
    assert frame.prefixes == asked.prefixes
    assert frame.required == asked.required
    assert built(write_unknown=True).frame(asked).never == (0, 2)
    greedy = built(search={"kind": "greedy"})
    assert greedy.predict(asked).tokens[0][0][0] == 5


def test_no_text_becomes_longer_than_the_decoder_can_read():
    learned = {"kind": "self-attention", "hidden": 8, "heads": 2, "positions": "learned", "limit": 4}
    model = built(decoder=learned)
    assert model.frame(batch()).limits == (3, 3)
    assert all(len(texts[0]) <= 3 for texts in model.predict(batch()).tokens)
    assert built().frame(batch(), [model]).limits == (3, 3)


def test_a_reversed_source_is_read_from_its_end_and_found_in_its_place():
    model = built(reversed_source=True)
    plain = replace_reading(model, reversed_source=False)
    order = reversal(SOURCE != 0)
    vectors = model.source.embed(batch().tokens.features)
    wanted = model.source.encoder(reverse(vectors, order), SOURCE != 0)
    memory = model.read(batch())
    assert torch.equal(memory.states, reverse(wanted.states, order))
    assert torch.equal(memory.summary, wanted.summary)
    assert not torch.allclose(plain.read(batch()).summary, memory.summary)


def replace_reading(model: Translator, *, reversed_source: bool) -> Translator:
    other = built(reversed_source=reversed_source)
    other.load_state_dict(model.state_dict())
    return other


def test_a_copied_token_is_read_as_the_unknown_one():
    target = built().target
    assert torch.equal(target(torch.tensor([[9, 10]])), target(torch.tensor([[1, 1]])))


def test_words_that_can_only_be_copied_are_unknown_to_an_output_that_does_not_copy():
    model = built(output={"kind": "softmax", "smoothing": 0.1})
    plain = replace(batch(), targets=TARGETS.masked_fill(TARGETS >= VOCABULARY, 1))
    torch.testing.assert_close(model.loss(batch()).total, model.loss(plain).total, rtol=0, atol=0)
    model.loss(batch()).total.backward()
    assert all(parameter.grad is None or parameter.grad.isfinite().all() for parameter in model.parameters())
    added = ((), ("Maier", "Huber"))
    with pytest.raises(DataError, match=r"'Huber'.*but `softmax` copies nothing.*PREFIX-02"):
        model.predict(replace(batch(), prefixes=((4,), (5, VOCABULARY + 1)), added=added))


def test_a_word_that_can_only_be_copied_asks_for_an_output_that_copies():
    sizes = replace(SIZES, copied="Maier")
    TranslatorConfig(**SETTINGS).build(sizes)
    with pytest.raises(RecipeError, match=r"'Maier'.*`softmax` does not copy.*pointer-generator.*E-GLOSSARY-04"):
        TranslatorConfig(**{**SETTINGS, "output": {"kind": "softmax"}}).build(sizes)


def test_word_dropout_spares_the_marks_and_searching():
    model = built(target_embed={"dim": 5, "word_dropout": 0.99})
    assert torch.equal(model.target(TARGETS), model.target.table(TARGETS.clamp(max=8).masked_fill(TARGETS > 8, 1)))
    read = model.target.train()(torch.tensor([[2, 3, 0] + [6] * 60]))
    unknown = model.target.table.weight[1]
    assert torch.equal(read[0, :3], model.target.table.weight[[2, 3, 0]])
    assert (read[0, 3:] == unknown).all(dim=1).sum() > 50


def test_scheduled_sampling_reads_what_would_be_written(monkeypatch):
    model = built(scheduled_sampling=0.5)
    memory = model.read(batch())
    wanted = model.output(model.decode(TARGETS, memory), memory)[..., 3:].argmax(dim=2) + 3
    drawn = torch.tensor([[0.1, 0.9, 0.2, 0.9], [0.3, 0.9, 0.1, 0.1]])
    monkeypatch.setattr(torch, "rand", lambda *size, device=None: drawn)
    expected = torch.where((drawn < 0.5) & (TARGETS != 0), wanted, TARGETS)
    loss = model.output.loss(model.decode(expected, memory), memory, TARGETS)
    model.train()  # nothing else is random here
    torch.testing.assert_close(model.loss(batch()).total, loss.total)
    assert not torch.allclose(model.eval().loss(batch()).total, loss.total), "evaluation reads gold"


def test_what_is_sampled_could_be_written():
    """Even where the network likes padding best: a row of padding would end before its gold does."""
    model = built(scheduled_sampling=0.9, output={"kind": "softmax"}).train()
    (bias,) = (parameter for parameter in model.output.parameters() if parameter.shape == (VOCABULARY,))
    with torch.no_grad():
        bias[:3] = 1e3
    sampled = model._sampled(batch().targets, model.read(batch()))
    assert not ((sampled < 3) & (batch().targets != 0)).any()


@pytest.mark.parametrize("tie", ["none", "output"])
def test_tied_tables_are_one(tie):
    model = built(tie=tie)
    rows = model.target.table.weight
    assert any(parameter is rows for parameter in model.output.parameters()) == (tie == "output")


class Tokens(nn.Module):
    """An embedder of tokens, as far as sharing its table asks."""

    reads, out_dim = (SHARED,), 5

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(VOCABULARY, 5)


def test_all_tables_are_one_only_where_they_can_be():
    embed, joint = EmbedderStack([Tokens()], nn.Identity()), replace(SIZES, joint=True)
    assert shared_table(embed, joint, 5) is embed.embedders[0].table
    with pytest.raises(RecipeError, match=r"vocabulary: joint.*E-TIE-01"):
        shared_table(embed, SIZES, 5)
    with pytest.raises(RecipeError, match=r"kind: tokens.*E-TIE-02"):
        TranslatorConfig(**{**SETTINGS, "tie": "all"}).build(joint)
    with pytest.raises(RecipeError, match=r"dim: 5.*E-TIE-03"):
        shared_table(embed, joint, 6)


def test_the_default_search_is_beam_five():
    config = TranslatorConfig(**SETTINGS)
    assert (config.search.kind, config.dump()["search"]["size"]) == ("beam", 5)
    assert TranslatorConfig(**config.dump()) == config
