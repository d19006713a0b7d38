"""The explanation of one answer: `explain(model, text)`, the side arrow that only observes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqweave.core.errors import CommandError
from seqweave.insight.explaining.attention import AttentionMap, attention_maps
from seqweave.insight.explaining.attribution import FIRST_STEPS, Attribution, Target
from seqweave.insight.explaining.neighbours import Neighbour
from seqweave.insight.explaining.sanity import Sanity, rank_correlation, sanity, shuffled
from seqweave.insight.explaining.subject import AnyCodec, AnyExample, EncodedSubject, LinearSubject, Subject, encoded
from seqweave.layers.contracts import EncodingModel, Model
from seqweave.models.linear import LinearClassifier
from seqweave.tasks.label_codec import LabelCodec
from seqweave.tasks.tag_codec import TagCodec

COMPARED = 5
"""Shuffled copies whose own explanations are compared; their mean moves little with more."""


@dataclass(frozen=True)
class Reason:
    """Why one label is preferred to another.

    Args:
        target: what is explained.
        attributions: the tokens' shares, by each method.
        correlations: mean rank correlation with the shares that shuffled copies give, by method.
    """

    target: Target
    attributions: Sequence[Attribution]
    correlations: Mapping[str, float]


@dataclass(frozen=True)
class Explanation:
    """Everything that is told of one answer.

    Args:
        example: the text and its tokens.
        labels: all labels, or all tags as the network knows them.
        tagged: whether each token has a label, or the text.
        exclusive: whether exactly one label holds at a time.
        probabilities: of every label. Shape (positions, labels); one position where the text has the label.
        answers: labels that were answered, for each position.
        reasons: what was explained.
        sanity: whether all this means anything.
        maps: where the network's attention looks.
        neighbours: training examples that are alike, where they were asked for.
    """

    example: AnyExample
    labels: tuple[str, ...]
    tagged: bool
    exclusive: bool
    probabilities: np.ndarray
    answers: Sequence[Sequence[int]]
    reasons: Sequence[Reason]
    sanity: Sanity
    maps: Sequence[AttentionMap]
    neighbours: Sequence[Neighbour] = ()


def explain(
    network: Model[Any, Any], codec: AnyCodec, example: AnyExample, positions: Sequence[int] = ()
) -> Explanation:
    """Why a trained model answers one text as it does; the model is left as it was.

    Args:
        network: in `eval()` mode, on the CPU.
        codec: fitted with it.
        example: one text of at least one token, as short as the model reads at once.
        positions: of taggers, the tokens whose tags are explained, from 0; the least certain one where none is named.

    Raises:
        CommandError: if there is no such token, the model is of a kind without explanations, or captum is missing.
    """
    subject, labels = _subject(network, codec, example), _labels(codec)
    logs, exclusive = subject.logs(), codec.sizes.labels.exclusive
    tagged = logs.dim() == 3
    rows = logs[0] if tagged else logs  # (positions, labels)
    answers = _answers(network, codec, example, tagged)
    _require(positions, len(rows) if tagged else 0)
    targets = [_target(rows, answers, at, tagged, exclusive) for at in positions or [_doubtful(rows, answers)]]
    maps = (
        attention_maps(subject.network, subject.vectors, subject.tokens.mask)
        if isinstance(subject, EncodedSubject)
        else ()
    )
    reasons = [_reason(subject, network, target) for target in targets]
    probabilities = rows.double().exp().numpy()
    return Explanation(example, labels, tagged, exclusive, probabilities, answers, reasons, sanity(network), maps)


def _subject(network: Model[Any, Any], codec: AnyCodec, example: AnyExample) -> Subject:
    match network:
        case EncodingModel():
            return EncodedSubject.of(network, codec, example)
        case LinearClassifier():
            return LinearSubject.of(network, codec, example)
    raise CommandError(
        "E-EXPLAIN-01", f"a {type(network).__name__} cannot be explained yet", mend="explain another run"
    )


def _labels(codec: AnyCodec) -> tuple[str, ...]:
    """All labels in the network's order."""
    match codec:
        case LabelCodec():
            return codec.labels
        case TagCodec():
            return codec.tags
    raise CommandError(
        "E-EXPLAIN-07", f"answers of a {type(codec).__name__} cannot be explained yet", mend="explain another run"
    )


@torch.inference_mode()
def _answers(network: Model[Any, Any], codec: AnyCodec, example: AnyExample, tagged: bool) -> list[list[int]]:
    """What is answered, as ids."""
    batch = encoded(codec, [example])
    raw = network.predict(batch)
    if tagged:
        return [[tag] for tag in raw.tags[0].tolist()]
    (answer,) = codec.answers(raw, batch)
    return [[_labels(codec).index(label) for label in answer.labels]]


def _require(positions: Sequence[int], tokens: int) -> None:
    """Refuse tokens that are not there."""
    if positions and not tokens:
        mend = "leave --token out"
        raise CommandError("E-EXPLAIN-02", "--token is for taggers; this model labels whole texts", mend=mend)
    for position in positions:
        if not 0 <= position < tokens:
            what = f"there is no token {position + 1} in a text of {tokens}"
            raise CommandError("E-EXPLAIN-03", what, mend=f"use --token 1 to {tokens}")


def _doubtful(rows: Tensor, answers: Sequence[Sequence[int]]) -> int:
    """The position whose answer is the least probable; the only one of a text with labels."""
    if len(rows) == 1:
        return 0
    return min(range(len(rows)), key=lambda at: float(rows[at, answers[at][0]]))


def _target(rows: Tensor, answers: Sequence[Sequence[int]], at: int, tagged: bool, exclusive: bool) -> Target:
    """The answered label (of several, or of none, the likeliest) against the runner-up, or against its absence."""
    likely = rows[at].argsort(descending=True, stable=True).tolist()
    label = next((one for one in likely if one in answers[at]), likely[0])
    rival = next(one for one in likely if one != label) if exclusive else -1
    return Target(at if tagged else -1, label, rival)


def _reason(subject: Subject, network: Model[Any, Any], target: Target) -> Reason:
    found = subject.attributions(target)
    others = [subject.before(copy).attributions(target, FIRST_STEPS) for copy in islice(shuffled(network), COMPARED)]
    correlations = {
        one.method: float(np.mean([rank_correlation(one.shares, other[i].shares) for other in others]))
        for i, one in enumerate(found)
    }
    return Reason(target, found, correlations)
