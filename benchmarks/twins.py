"""Shipped language models in plain PyTorch: what one writes in an afternoon, slow and without remedies.

nn.Embedding, an nn.LSTM for each layer or a quasi-recurrent layer as a loop over positions, nn.Linear, and cross
entropy over all scores; a pointer sentinel as a loop over positions; the augmented loss from whole distributions.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # the name that all of PyTorch's documents use
from torch import Tensor, nn

from seqweave.data.batches import StreamBatch
from seqweave.models.language_model import LanguageModel

Carry = list[tuple[Tensor, ...]]


class PlainQRNN(nn.Module):
    """A quasi-recurrent layer with fo-pooling, position by position.

    Args of the constructor: sizes, and of how many positions the gates see a window.
    """

    def __init__(self, in_dim: int, hidden: int, window: int) -> None:
        super().__init__()
        self.hidden, self.window = hidden, window
        self.gates = nn.Linear(window * in_dim, 3 * hidden)

    def forward(self, x: Tensor, carry: tuple[Tensor, ...] | None) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Shapes (batch, time, in_dim), carry (batch, hidden) and (batch, window - 1, in_dim) -> (..., hidden)."""
        if carry is None:
            carry = x.new_zeros(len(x), self.hidden), x.new_zeros(len(x), self.window - 1, x.shape[2])
        state, before = carry
        seen, found = torch.cat([before, x], dim=1), []
        for t in range(x.shape[1]):
            z, f, o = self.gates(seen[:, t : t + self.window].flatten(1)).chunk(3, dim=1)
            state = torch.sigmoid(f) * state + (1 - torch.sigmoid(f)) * torch.tanh(z)
            found.append(torch.sigmoid(o) * state)
        return torch.stack(found, dim=1), (state, seen[:, x.shape[1] :])


class PlainSentinel(nn.Module):
    """A pointer sentinel over the last words, position by position."""

    def __init__(self, dim: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.query, self.sentinel = nn.Linear(dim, dim), nn.Parameter(torch.zeros(dim))

    def forward(
        self, states: Tensor, words: Tensor, targets: Tensor, carry: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """The gate and what the window gives to each target. Shapes (batch, time, dim), then (batch, time)."""
        if carry is None:
            carry = states[:, :0], words[:, :0]
        keys, read = torch.cat([carry[0], states], dim=1), torch.cat([carry[1], words], dim=1)
        behind, gates, given = carry[1].shape[1], [], []
        for t in range(states.shape[1]):
            window = slice(max(behind + t + 1 - self.size, 0), behind + t + 1)
            query = torch.tanh(self.query(states[:, t]))
            scores = (keys[:, window] @ query.unsqueeze(2)).squeeze(2)
            shares = torch.cat([scores, (query @ self.sentinel).unsqueeze(1)], dim=1).softmax(dim=1)
            gates.append(shares[:, -1])
            given.append((shares[:, :-1] * (read[:, window] == targets[:, t, None])).sum(dim=1))
        return torch.stack(gates, dim=1), torch.stack(given, dim=1), (keys[:, -self.size :], read[:, -self.size :])


class Twin(nn.Module):
    """The same network as a shipped one, its weights copied.

    Args of the constructor: `model`, a language model of LSTM or quasi-recurrent layers.
    """

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        state, self.config = model.state_dict(), model.config
        self.embed = nn.Embedding(*model.table.weight.shape, padding_idx=0)
        self.embed.load_state_dict({"weight": state["table.weight"]})
        self.layers = nn.ModuleList(_layer(model, depth) for depth in range(len(model.encoder.layers)))
        words = "scores.full.words." if self.config.output.kind == "augmented" else "scores.words."
        self.words = nn.Linear(model.encoder.out_dim, self.embed.num_embeddings)
        self.words.load_state_dict({name: state[words + name] for name in ("weight", "bias")})
        if self.config.tie:
            self.words.weight = self.embed.weight
        self.pointer = None
        if self.config.pointer is not None:
            self.pointer = PlainSentinel(model.encoder.out_dim, self.config.pointer.window)
            self.pointer.load_state_dict({name: state[f"pointer.{name}"] for name in self.pointer.state_dict()})
        self.read, self.above = nn.Dropout(self.config.embed.dropout.rate), nn.Dropout(self.config.encoder.dropout.rate)

    def loss(self, batch: StreamBatch, carry: Carry) -> tuple[Tensor, Carry]:
        """Mean over the window; 0 is padding. Shapes: targets (batch, time), carry of each layer and the pointer."""
        x, after = self.read(self.embed(batch.inputs)), []
        for depth, layer in enumerate(self.layers):
            found, state = layer(x, carry[depth] if carry else None)
            x = self.above(found)
            after.append(state)
        scores, real = self.words(x), batch.targets != 0
        losses = F.cross_entropy(scores.flatten(0, 1), batch.targets.flatten(), reduction="none").view_as(real)
        if self.pointer is not None:
            gate, given, state = self.pointer(x, batch.inputs, batch.targets, carry[-1] if carry else None)
            losses = -(gate * (-losses).exp() + given).log()
            after.append(state)
        if self.training and self.config.output.kind == "augmented":
            losses = losses + self._augmented(scores, batch.targets)
        return losses[real].mean(), [tuple(part.detach() for part in state) for state in after]

    def _augmented(self, scores: Tensor, targets: Tensor) -> Tensor:
        """gamma T KL(softmax(E e / T) || softmax(scores / T)). Shapes (batch, time, tokens) -> (batch, time)."""
        heat, vectors = self.config.output.temperature, self.embed.weight.detach()
        wanted = (vectors[targets] @ vectors.T / heat).log_softmax(dim=2)
        found = (scores / heat).log_softmax(dim=2)
        return self.config.output.weight * heat * (wanted.exp() * (wanted - found)).sum(dim=2)


def _layer(model: LanguageModel, depth: int) -> nn.Module:
    """A layer of the encoder, its weights copied."""
    ours, kind = model.encoder.layers[depth].forwards, model.config.encoder.kind
    if kind == "lstm":
        cell = ours.cell
        layer: nn.Module = nn.LSTM(cell.input_size, cell.hidden_size, batch_first=True)
        layer.load_state_dict(cell.state_dict())
        return layer
    assert (kind, model.config.encoder.pooling) == ("qrnn", "fo"), "no other layer has a plain twin"
    layer = PlainQRNN(ours.in_dim, ours.hidden, ours.settings.window)
    layer.gates.load_state_dict(ours.products.state_dict())
    return layer
