"""Decoders and their layers against torch's own networks, the written-out equations, and finite differences."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from seqweave.layers.cells import CellStack
from seqweave.layers.generation import DECODERS, EncodedMemory, MemorySizes

IN_DIM, HIDDEN, TIME = 5, 4, 6
MEMORY = MemorySizes(HIDDEN, 3)
MASK = torch.arange(5) < torch.tensor([5, 2, 4]).unsqueeze(1)


def random(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64)


def memory(dim: int = HIDDEN) -> EncodedMemory:
    states, vectors = random(*MASK.shape, dim) * MASK.unsqueeze(2), random(*MASK.shape, 3)
    return EncodedMemory(states, vectors, random(len(MASK), dim), MASK)


def like_torch(stack: CellStack, reference: type[nn.RNNBase], in_dim: int) -> nn.RNNBase:
    """torch's network with the weights of a stack."""
    theirs = reference(in_dim, HIDDEN, num_layers=len(stack.cells), batch_first=True).double()
    with torch.no_grad():
        for depth, cell in enumerate(stack.cells):
            for ours, name in ((cell.inputs, "ih"), (cell.recurrent, "hh")):
                theirs.get_parameter(f"weight_{name}_l{depth}").copy_(ours.weight)
                theirs.get_parameter(f"bias_{name}_l{depth}").copy_(ours.bias)
    return theirs


@pytest.mark.parametrize(("cell", "reference"), [("lstm", nn.LSTM), ("gru", nn.GRU)])
def test_recurrent_layers_equal_torch(cell, reference):
    """Whole sequences, and the same step by step with its gradients."""
    torch.manual_seed(0)
    config = DECODERS["vector"](cell=cell, hidden=HIDDEN, layers=3)
    decoder = config.build(IN_DIM, MEMORY).double()
    theirs = like_torch(decoder.stack, reference, IN_DIM)
    read, x = memory(), random(len(MASK), TIME, IN_DIM)
    starts = [tuple(part.detach() for part in layer) for layer in decoder.bridge(read.summary)]
    start = tuple(
        torch.cat([layer[part] for layer in starts], dim=1).transpose(0, 1).contiguous()
        for part in range(len(starts[0]))
    )
    wanted, _ = theirs(x, start if cell == "lstm" else start[0])
    torch.testing.assert_close(decoder(x, read).states, wanted, rtol=1e-9, atol=1e-9)

    states, found, shared = starts, [], decoder.stack.begin(x)
    for gates in decoder.stack.gates(x).split(1, dim=1):
        top, states = decoder.stack.taught(gates, states, shared)
        found.append(top)
    stepped = torch.cat(found, dim=1)
    torch.testing.assert_close(stepped, wanted, rtol=1e-9, atol=1e-9)
    stepped.sin().sum().backward()
    wanted.sin().sum().backward()
    for depth, layer in enumerate(decoder.stack.cells):
        for ours, name in ((layer.inputs, "ih"), (layer.recurrent, "hh")):
            torch.testing.assert_close(ours.weight.grad, theirs.get_parameter(f"weight_{name}_l{depth}").grad)
            torch.testing.assert_close(ours.bias.grad, theirs.get_parameter(f"bias_{name}_l{depth}").grad)


@pytest.mark.parametrize("sentences", [1, 9])
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("vector", {"layers": 2, "feed_summary": "every"}),
        ("attention", {"layers": 2}),
        ("attention", {"cell": "gru", "layers": 2, "input_feeding": True}),
        ("attention", {"layers": 3, "input_feeding": True, "place": "between"}),
        ("attention", {"score": "scaled", "reads": "vectors"}),
    ],
)
def test_search_steps_over_laid_weights_as_teacher_forcing(kind, settings, sentences):
    """A search goes in float32, without gradients, over weights that are laid once; taught in float64, of no such."""
    torch.manual_seed(0)
    decoder = DECODERS[kind](hidden=HIDDEN, **settings).build(IN_DIM, MEMORY).eval()
    read, vectors = memory(), random(len(MASK), TIME, IN_DIM).float()
    rows = torch.arange(sentences) % len(MASK)
    wide, vectors = read.select(rows), vectors[rows]
    wanted = copy.deepcopy(decoder).double()(vectors.double(), wide)
    narrow = EncodedMemory(wide.states.float(), wide.vectors.float(), wide.summary.float(), wide.mask)
    with torch.inference_mode():
        state = decoder.start(narrow)
        for position in range(TIME):
            decoded, state = decoder.step(vectors[:, position : position + 1], state)
            for found, told in ((decoded.states, wanted.states), (decoded.attention, wanted.attention)):
                expected = told[:, position : position + 1].float()
                torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_self_attention_equals_torch():
    """A layer is torch's own pre-norm decoder layer; torch keeps query, key and value weights in one."""
    torch.manual_seed(0)
    dim, heads = 8, 2
    decoder = DECODERS["self-attention"](hidden=dim, layers=2, heads=heads, feed_forward=12, dropout=0)
    ours = decoder.build(IN_DIM, MemorySizes(dim, 3)).double().eval()
    read, vectors = memory(dim), random(len(MASK), TIME, IN_DIM)
    x = ours.positions(ours.project_norm(ours.project(vectors)))
    future = torch.ones(TIME, TIME, dtype=torch.bool).triu(1)
    for layer in ours.layers:
        theirs = nn.TransformerDecoderLayer(dim, heads, 12, 0.0, "gelu", batch_first=True, norm_first=True).double()
        with torch.no_grad():
            for mine, other in ((layer.own, theirs.self_attn), (layer.source, theirs.multihead_attn)):
                other.in_proj_weight.copy_(torch.cat([mine.query.weight, mine.key_value.weight]))
                other.in_proj_bias.copy_(torch.cat([mine.query.bias, mine.key_value.bias]))
                other.out_proj.load_state_dict(mine.output.state_dict())
        theirs.linear1.load_state_dict(layer.widen.state_dict())
        theirs.linear2.load_state_dict(layer.narrow.state_dict())
        for mine, other in zip(
            (layer.own_norm, layer.source_norm, layer.widen_norm),
            (theirs.norm1, theirs.norm2, theirs.norm3),
            strict=True,
        ):
            other.load_state_dict(mine.state_dict())
        x = theirs(x, read.states, tgt_mask=future, memory_key_padding_mask=~MASK)
    decoded = ours(vectors, read)
    torch.testing.assert_close(decoded.states, ours.norm(x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("score", ["dot", "bilinear", "scaled", "additive"])
@pytest.mark.parametrize(("normalise", "reads"), [("softmax", "states"), ("sum", "states"), ("softmax", "vectors")])
def test_attention_equals_its_equations(score, normalise, reads):
    """The equations of layers/scores.py and parts/decoders/attention.py, number by number, with all that can be fed."""
    torch.manual_seed(0)
    additive = score == "additive"
    config = DECODERS["attention"](
        hidden=HIDDEN, score=score, normalise=normalise, reads=reads, input_feeding=True, coverage=additive
    )
    decoder = config.build(IN_DIM, MEMORY).double().eval()
    if additive:
        nn.init.normal_(decoder.alignment.cover)
    read, vectors = memory(), random(len(MASK), TIME, IN_DIM)
    decoded, align, cell = decoder(vectors, read), decoder.alignment, decoder.below.cells[0]
    for row, length in enumerate(MASK.sum(dim=1).tolist()):
        h, c = (part[row, 0] for part in decoder.bridge(read.summary)[0])
        fed, covered = torch.zeros(HIDDEN).double(), [0.0] * length
        for t in range(TIME):
            gates = cell.inputs(vectors[row, t]) + decoder.feed.weight @ fed + cell.recurrent(h)
            i, f, g, o = gates.view(4, HIDDEN)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            scores = []
            for place, state in enumerate(read.states[row, :length]):
                if additive:
                    inside = align.key.weight @ state + align.query(h) + align.cover * covered[place]
                    scores.append(align.weigh.weight[0] @ inside.tanh())
                else:
                    product = h @ (state if score == "dot" else align.key.weight @ state)
                    scores.append(product / HIDDEN**0.5 if score == "scaled" else product)
            shares = [s.exp() if normalise == "softmax" else (1 + s.exp()).log() + 1e-6 for s in scores]
            weights = [share / sum(shares) for share in shares]
            covered = [before + weight for before, weight in zip(covered, weights, strict=True)]
            found = read.vectors if reads == "vectors" else read.states
            context = sum(weight * vector for weight, vector in zip(weights, found[row], strict=False))
            fed = torch.tanh(decoder.combine(torch.cat([h, context])))
            torch.testing.assert_close(decoded.states[row, t], fed, rtol=1e-9, atol=1e-9)
            torch.testing.assert_close(decoded.attention[row, t, :length], torch.stack(weights), rtol=1e-9, atol=1e-9)


def test_attention_between_layers_equals_torch():
    torch.manual_seed(0)
    config = DECODERS["attention"](hidden=HIDDEN, layers=3, place="between", attentional=False)
    decoder = config.build(IN_DIM, MEMORY).double().eval()
    read, vectors = memory(), random(len(MASK), TIME, IN_DIM)
    starts = [tuple(part.transpose(0, 1).contiguous() for part in layer) for layer in decoder.bridge(read.summary)]
    lower, _ = like_torch(decoder.below, nn.LSTM, IN_DIM)(vectors, starts[0])
    scores = torch.einsum("bth,bsh->bts", lower, decoder.alignment.key(read.states))
    context = scores.masked_fill(~MASK.unsqueeze(1), -torch.inf).softmax(dim=2) @ read.states
    above = like_torch(decoder.above, nn.LSTM, 2 * HIDDEN)
    upper, _ = above(
        torch.cat([lower, context], dim=2), tuple(torch.cat(pair) for pair in zip(*starts[1:], strict=True))
    )
    torch.testing.assert_close(decoder(vectors, read).states, torch.cat([upper, context], dim=2), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "settings",
    [
        {"input_feeding": True},
        {"input_feeding": True, "cell": "gru", "layers": 3, "place": "between", "weight_drop": 0.3},
        {"score": "additive", "coverage": True, "layers": 2},
        {"input_feeding": True, "normalise": "sum", "reads": "vectors", "attentional": False},
    ],
)
def test_sentences_that_are_over_teach_nothing(settings):
    """In training, where they leave the pass: the gradients of what is asked for are those of a pass of all."""
    decoder = DECODERS["attention"](hidden=HIDDEN, **settings).build(IN_DIM, MEMORY).double()
    rows = torch.arange(31) % len(MASK)
    wide, vectors = memory().select(rows), random(len(rows), TIME, IN_DIM)
    lengths = torch.randint(1, TIME + 1, (len(rows),))
    asked = torch.arange(TIME) < lengths.unsqueeze(1)
    gradients, looking = [], []
    decoder.alignment.register_forward_pre_hook(lambda _, read: looking.append(len(read[0])))
    for given in (None, lengths):
        torch.manual_seed(3)
        decoder.zero_grad()
        read = replace(wide, states=wide.states.clone().requires_grad_())
        decoder(vectors, read, given).states[asked].sin().sum().backward()
        gradients.append([read.states.grad, *(p.grad for p in decoder.parameters())])
    assert looking[:TIME] == [31] * TIME
    assert looking[TIME:] == sorted(looking[TIME:], reverse=True)
    assert looking[-1] < 31
    for found, wanted in zip(*reversed(gradients), strict=True):
        assert wanted.abs().max() > 0
        torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)
