"""The numbers of a first recipe, all in this one place, with the reason for each.

Measured on English and Chinese tagging and on sentiment; the shipped recipes begin from the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqweave.core.nodes import Plain
from seqweave.recipes.guessing.writing import Chosen

LIMIT = 2000
CLASSIFICATION_LIMIT = 400
"""Begin and end of long reviews tell their label as well as the whole does, at a fraction of the time."""
SPLIT = 0.1
STEPS_LEAST = 600
"""Fewer steps leave a network untrained, so small files are passed over more often."""
EPOCHS_MOST = 60

EMBEDDERS: Mapping[tuple[str, bool], list[dict[str, Plain]]] = {
    ("tagging", False): [{"kind": "words", "dim": 100}, {"kind": "affixes", "dim": 96}],
    ("tagging", True): [{"kind": "words", "dim": 64, "lowercase": False}, {"kind": "ngrams", "dim": 50}],
    ("classification", False): [{"kind": "words", "dim": 100}],
    ("classification", True): [{"kind": "words", "dim": 64, "lowercase": False}, {"kind": "ngrams", "dim": 64}],
}
"""By task, and whether texts are read by characters."""

ENCODERS: Mapping[str, dict[str, Plain]] = {
    "tagging": {"kind": "lstm", "hidden": 200, "layers": 1, "bidirectional": True, "dropout": 0.5},
    "classification": {"kind": "lstm", "hidden": 100, "layers": 1, "bidirectional": True, "dropout": 0.0},
}
EMBED_DROPOUT = {"tagging": 0.5, "classification": 0.4}
HEAD_DROPOUT = 0.5

EPOCHS = {"tagging": 12, "classification": 8}
EPOCHS_LARGE = {"tagging": 8, "classification": 4}
LARGE_TOKENS = {"tagging": 2_000_000, "classification": 1_000_000}
"""From so many training tokens on, fewer passes are enough."""
BATCH_TOKENS = {"tagging": 400, "classification": 1000}
BATCH_TOKENS_LARGE = {"tagging": 800, "classification": 8000}
TRAINING: Mapping[str, dict[str, Plain]] = {
    "tagging": {"learning_rate": 2e-3, "warmup_steps": 100, "average": 0.998, "patience": 5},
    "classification": {"learning_rate": 2e-3, "warmup_steps": 100, "average": 0.99, "patience": 3},
}

LABORATORY_SIZES = {"train": 2000, "dev": 500, "test": 500}
LABORATORY_MODEL = {"dim": 64, "hidden": 64}
LABORATORY_TRAINING: dict[str, Plain] = {"learning_rate": 8e-3, "warmup_steps": 20, "average": 0.98}
LABORATORY_EPOCHS = 10
LABORATORY_BATCH_TOKENS = 400
LABORATORY_EVALUATE_STEPS = 250
"""All is right after a pass or two; the first model of which that holds is still unsure of itself."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the numbers depend on.

    Args:
        task: name of the task.
        tokenizer: kind of the tokenizer; empty for the usual one.
        spans: whether tags stand for spans.
        several: whether a text may have several labels.
        tokens: of all training examples together.
        laboratory: whether the data is generated, small and without noise.
    """

    task: str
    tokenizer: str = ""
    spans: bool = False
    several: bool = False
    tokens: int = 0
    laboratory: bool = False


def model_of(facts: Facts) -> list[Chosen]:
    """The network."""
    return [
        Chosen("embed", _embedders(facts), _why_embedders(facts)),
        Chosen("embed_dropout", 0.0 if facts.laboratory else EMBED_DROPOUT[facts.task], _WHY["embed_dropout"]),
        Chosen("encoder", _encoder(facts), _WHY["encoder"]),
        *([Chosen("pool", "max", _WHY["pool"])] if facts.task == "classification" else []),
        Chosen("head", _head(facts), _why_head(facts)),
    ]


def training_of(facts: Facts) -> list[Chosen]:
    """How it is trained."""
    numbers = LABORATORY_TRAINING if facts.laboratory else TRAINING[facts.task]
    batch_tokens, epochs = _sizes(facts)
    chosen = [
        Chosen("optimizer", "adam", _WHY["optimizer"]),
        Chosen("learning_rate", numbers["learning_rate"], _WHY["learning_rate"]),
        Chosen("schedule", "linear", _WHY["schedule"]),
        Chosen("warmup_steps", numbers["warmup_steps"], _WHY["warmup_steps"]),
        Chosen("batch_tokens", batch_tokens, _WHY["batch_tokens"]),
        Chosen("average", numbers["average"], _WHY["average"]),
        Chosen("epochs", epochs, _WHY["epochs"]),
        Chosen("seed", 1, _WHY["seed"]),
    ]
    if facts.laboratory:
        chosen.insert(-1, Chosen("evaluate_every", LABORATORY_EVALUATE_STEPS, _WHY["evaluate_every"]))
    else:
        chosen.insert(-1, Chosen("stop", {"patience": numbers["patience"]}, _WHY["stop"]))
    return chosen


def _embedders(facts: Facts) -> list[Plain]:
    if facts.laboratory:
        return [{"kind": "words", "dim": LABORATORY_MODEL["dim"]}]
    return list(EMBEDDERS[facts.task, facts.tokenizer == "characters"])


def _encoder(facts: Facts) -> dict[str, Plain]:
    encoder = ENCODERS[facts.task]
    return {**encoder, "hidden": LABORATORY_MODEL["hidden"], "dropout": 0.0} if facts.laboratory else dict(encoder)


def _head(facts: Facts) -> dict[str, Plain]:
    if facts.task == "tagging":
        return {"kind": "crf" if facts.spans else "tags"}
    kind = "labels" if facts.several else "label"
    return {"kind": kind} if facts.laboratory else {"kind": kind, "dropout": HEAD_DROPOUT}


def _sizes(facts: Facts) -> tuple[int, int]:
    """Tokens of a batch, and passes over the data: as many as make enough steps of small files."""
    if facts.laboratory:
        return LABORATORY_BATCH_TOKENS, LABORATORY_EPOCHS
    large = facts.tokens >= LARGE_TOKENS[facts.task]
    batch_tokens = (BATCH_TOKENS_LARGE if large else BATCH_TOKENS)[facts.task]
    usual = (EPOCHS_LARGE if large else EPOCHS)[facts.task]
    needed = math.ceil(STEPS_LEAST * batch_tokens / max(facts.tokens, 1))
    return batch_tokens, min(max(usual, needed), EPOCHS_MOST)


def _why_embedders(facts: Facts) -> str:
    others = "Others: seqweave info embedders."
    if facts.laboratory:
        return f"A vector for each word; the laboratory has few words and no unknown ones. {others}"
    if facts.tokenizer == "characters":
        return f"A vector for each character and for each two neighbours, which tell much of Chinese words. {others}"
    if facts.task == "tagging":
        return (
            "A vector for each word, and one made of its beginning, end and shape, which tells most about words that "
            f"training never saw. Characters (kind: characters) are slower and seldom better. {others}"
        )
    return f"A vector for each word; pretrained ones can be named with `vectors: {{path: FILE, dim: N}}`. {others}"


def _why_head(facts: Facts) -> str:
    others = "Others: seqweave info heads."
    if facts.task == "tagging" and facts.spans:
        return f"crf weighs whole sequences of tags, as spans need; tags (a softmax) is faster. {others}"
    if facts.task == "tagging":
        return f"A softmax for each token; crf is for tags that depend on their neighbours. {others}"
    kind = "labels: any number of labels for a text." if facts.several else "label: exactly one label for each text."
    return f"{kind} {others}"


_WHY: Mapping[str, Any] = {
    "embed_dropout": "Share of the embedded numbers that is forgotten in training, against learning by heart.",
    "encoder": "Reads each text in both directions. Larger hidden and more layers cost time. "
    "Others: seqweave info encoders.",
    "pool": "The largest value over all words becomes the text's vector; or mean, summary.",
    "optimizer": "Others: seqweave info optimizers.",
    "learning_rate": "The one number worth trying again: half and double of it.",
    "schedule": "The rate falls to 0 at the end; or constant, cosine, inverse-sqrt, plateau.",
    "warmup_steps": "The rate rises from 0 over so many steps.",
    "batch_tokens": "Tokens of a batch; small batches learn more from each pass, large ones are faster.",
    "average": "An average of the latest weights is scored and saved; 0 is off.",
    "epochs": "Passes over the training data; files that are small are passed over more often.",
    "stop": "Training ends after so many passes without a better score on dev; `metric:` watches another score.",
    "evaluate_every": "Steps from one scoring of dev to the next; or epoch, after each pass.",
    "seed": "Of initial weights, order and dropout: the same seed gives the same model.",
}
