"""Which examples a model sees as most alike: by the cosine of the summaries that its encoder makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from seqweave.data.corpus import Corpus
from seqweave.data.order import by_length, restored
from seqweave.insight.answering import ANSWER_TOKENS
from seqweave.insight.explaining.subject import AnyCodec, AnyExample
from seqweave.layers.contracts import EncodingModel


@dataclass(frozen=True)
class Neighbour:
    """One example that is alike.

    Args:
        example: it, with its gold.
        cosine: of the two summaries, -1 to 1.
    """

    example: AnyExample
    cosine: float


def nearest(
    network: EncodingModel[Any, Any],
    codec: AnyCodec,
    corpus: Corpus[Any],
    text: AnyExample,
    count: int,
) -> list[Neighbour]:
    """The examples whose summaries are most alike that of a text, the nearest first; of equals the earlier one.

    Args:
        network: in `eval()` mode.
        codec: fitted with it.
        corpus: where to look.
        text: an example.
        count: how many to find, at least 1.
    """
    own = summaries(network, codec, Corpus.of(type(text), [text]))
    cosines = functional.cosine_similarity(summaries(network, codec, corpus), own)
    order = cosines.sort(descending=True, stable=True).indices[:count].tolist()
    return [Neighbour(corpus[row], float(cosines[row])) for row in order]


@torch.inference_mode()
def summaries(network: EncodingModel[Any, Any], codec: AnyCodec, corpus: Corpus[Any]) -> Tensor:
    """The summary of each example, in order. Shape (examples, dim)."""
    dataset = codec.encode(corpus)
    cut = by_length(dataset.lengths, ANSWER_TOKENS)
    found: list[Tensor] = []
    for rows in cut:
        tokens = dataset.batch(rows).tokens
        found += network.encode(network.vectors(tokens), tokens.mask).summary.unbind()
    return torch.stack(restored(found, cut))
