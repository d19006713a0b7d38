"""A vector for each token of a text: what a trained network tells of the token where it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqweave.core.errors import CommandError
from seqweave.data.batches import TokenBatch
from seqweave.data.corpus import Corpus
from seqweave.data.order import by_length, restored
from seqweave.insight.answering import ALIKE, ANSWER_TOKENS
from seqweave.layers.contracts import EncodingModel, Model
from seqweave.layers.reading import ReadingModel
from seqweave.tasks.contract import Codec
from seqweave.tasks.reading_codec import ReadingCodec

AnyCodec = Codec[Any, Any, Any, Any]


@torch.inference_mode()
def token_vectors(network: Model[Any, Any], codec: AnyCodec, corpus: Corpus[Any]) -> list[np.ndarray]:
    """The vectors of each example's tokens: the mean of a language model's layers, or what an encoder hands its head.

    Args:
        network: in `eval()` mode.
        codec: fitted with it.
        corpus: the texts, with or without gold.

    Returns:
        For each example, shape (tokens, dim), float32.

    Raises:
        CommandError: if the network has no vectors of tokens.
    """
    lengths, found = corpus.strings("tokens").ids.lengths, list[np.ndarray]()
    tokens_of = _tokens_of(network, codec, corpus)
    cut = by_length(lengths, ANSWER_TOKENS, alike=ALIKE)
    for rows in cut:
        states = _states(network, tokens_of(rows)).float().numpy()
        found += [states[at, : lengths[row]] for at, row in enumerate(rows.tolist())]
    return restored(found, cut)


def _tokens_of(network: Model[Any, Any], codec: AnyCodec, corpus: Corpus[Any]) -> Callable[[np.ndarray], TokenBatch]:
    """What gives the tokens of the rows asked for.

    Raises:
        CommandError: if the network has no vectors of tokens.
    """
    if isinstance(codec, ReadingCodec):
        return codec.gathered(corpus)
    if isinstance(network, EncodingModel):
        dataset = codec.encode(corpus)
        return lambda rows: dataset.batch(rows).tokens
    what = "this model has no vectors of tokens where they stand"
    raise CommandError("E-EMBED-01", what, mend="name the run of a bilm, a tagger or a classifier")


def _states(network: Model[Any, Any], tokens: TokenBatch) -> Tensor:
    """Vectors. Shape (batch, time, dim)."""
    if isinstance(network, ReadingModel):
        layers: Tensor = network.reader(tokens.features, tokens.mask)
        return layers.mean(dim=0)
    assert isinstance(network, EncodingModel), "of which alone the tokens were asked for"
    return network.encode(network.vectors(tokens), tokens.mask).states
