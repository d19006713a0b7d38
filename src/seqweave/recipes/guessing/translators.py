"""The numbers of a first recipe of translation, with the reason for each.

Sizes are those of English to German and Chinese to English with some ten thousand pairs, on one processor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from seqweave.core.nodes import Plain
from seqweave.recipes.guessing.defaults import EPOCHS_MOST, STEPS_LEAST
from seqweave.recipes.guessing.writing import Chosen

Script = Literal["letters", "chinese", "given"]
"""How texts of a side are cut: into pieces of words, into characters, or at the spaces that they were given."""

PIECES = 8000
PIECES_SMALL = 2000
SMALL_TOKENS = 200_000
"""So few source words are too few for thousands of pieces that are each seen often."""
DIM = 256
DROPOUT = 0.4
SMOOTHING = 0.1
BEAM = 5
SHARED_SCALE = 0.1
"""Vectors that also score the words begin small, or the first losses are large."""
BATCH_TOKENS = 2000
EPOCHS = 10

COPIED_COUNT = 10
"""Words that were seen less often are not learned, so that training teaches to copy them."""

LABORATORY_DIM = 64
LABORATORY_EPOCHS = 20
LABORATORY_EVALUATE_STEPS = 250


@dataclass(frozen=True, slots=True)
class PairFacts:
    """What the numbers depend on.

    Args:
        source: how source texts are cut.
        target: how target texts are cut.
        tokens: words of all training sources together.
        laboratory: whether the data is generated, small and without noise.
        names: whether words must be written that training does not know.
    """

    source: Script
    target: Script
    tokens: int = 0
    laboratory: bool = False
    names: bool = False

    @property
    def joint(self) -> bool:
        """Whether both sides have the same tokens."""
        return self.source == self.target != "given"


def cutting_of(facts: PairFacts) -> list[Chosen]:
    """How texts are cut, and whether the two sides share their tokens."""
    sides = [_tokenizer(script, facts) for script in (facts.source, facts.target)]
    alike = facts.source == facts.target
    tokenizer: Plain = sides[0] if alike else {"kind": "pair", "source": sides[0], "target": sides[1]}
    shared = "Both sides have the same tokens, counted together." if facts.joint else "Each side has tokens of its own."
    return [
        Chosen("tokenizer", tokenizer, _why_tokenizer(facts)),
        Chosen("vocabulary", "joint" if facts.joint else "separate", f"{shared} Either separate or joint."),
        *([Chosen("min_count", COPIED_COUNT, _WHY["min_count"])] if facts.names else []),
    ]


def translator_of(facts: PairFacts) -> list[Chosen]:
    """The network."""
    dim, rate = (LABORATORY_DIM, 0.0) if facts.laboratory else (DIM, DROPOUT)
    lstm: dict[str, Plain] = {"kind": "lstm", "hidden": dim, "layers": 1, "bidirectional": True, "dropout": rate}
    decoder: dict[str, Plain] = {"kind": "attention", "hidden": dim, "layers": 2, "dropout": rate}
    embed: dict[str, Plain] = {"kind": "tokens", "dim": dim, "min_count": COPIED_COUNT if facts.names else 1}
    tie = "none" if facts.laboratory else "all" if facts.joint else "output"
    if tie == "all":
        embed["scale"] = SHARED_SCALE
    output: dict[str, Plain] = {"kind": "pointer-generator"} if facts.names else {"kind": "softmax"}
    if not (facts.laboratory or facts.names):
        output["smoothing"] = SMOOTHING
    search: dict[str, Plain] = {"kind": "greedy"} if facts.laboratory else {"kind": "beam", "size": BEAM}
    return [
        Chosen("embed", [embed], "A vector for each token. Others: seqweave info embedders."),
        Chosen("embed_dropout", rate, _WHY["embed_dropout"]),
        Chosen("encoder", lstm, _WHY["encoder"]),
        Chosen("target_embed", {"dim": dim, "dropout": rate}, "The vectors of the tokens that were written last."),
        Chosen("decoder", decoder, _WHY["decoder"]),
        Chosen("output", output, _why_output(facts)),
        Chosen("tie", tie, _WHY["tie"]),
        Chosen("search", search, _WHY["search"]),
    ]


def translator_training_of(facts: PairFacts) -> list[Chosen]:
    """How it is trained."""
    needed = math.ceil(STEPS_LEAST * BATCH_TOKENS / max(facts.tokens, 1))
    epochs = LABORATORY_EPOCHS if facts.laboratory else min(max(EPOCHS, needed), EPOCHS_MOST)
    chosen = [
        Chosen("optimizer", "adam", "Others: seqweave info optimizers."),
        Chosen("learning_rate", 4e-3 if facts.laboratory else 2e-3, _WHY["learning_rate"]),
        Chosen("schedule", "linear", _WHY["schedule"]),
        Chosen("warmup_steps", 100, "The rate rises from 0 over so many steps."),
        Chosen("batch_tokens", BATCH_TOKENS, "Tokens of a batch, the longer side counted; larger ones are faster."),
        Chosen("batch_rows", 64, "Pairs of a batch at most, so that short ones weigh no less than long ones."),
        Chosen("average", 0.99 if facts.laboratory else 0.998, _WHY["average"]),
        Chosen("epochs", epochs, "Passes over the training data; files that are small are passed over more often."),
        Chosen("seed", 1, "Of initial weights, order and dropout: the same seed gives the same model."),
    ]
    if facts.laboratory:
        watched = Chosen("evaluate_every", LABORATORY_EVALUATE_STEPS, "Steps from one scoring of dev to the next.")
        stop = Chosen(
            "stop", {"metric": "exact", "patience": 8}, "There is one right answer: exact matches are counted."
        )
        return [*chosen[:-1], watched, stop, chosen[-1]]
    stop = Chosen("stop", {"patience": 3}, "Training ends after so many passes without a better score on dev.")
    return [*chosen[:-1], stop, chosen[-1]]


def _tokenizer(script: Script, facts: PairFacts) -> dict[str, Plain]:
    if script == "given":
        return {"kind": "spaces"}
    if script == "chinese":
        return {"kind": "characters"}
    return {"kind": "bpe", "vocab_size": PIECES_SMALL if facts.tokens < SMALL_TOKENS else PIECES}


def _why_tokenizer(facts: PairFacts) -> str:
    others = "Others: seqweave info tokenizers."
    if facts.source == facts.target == "given":
        return f"Tokens stand between spaces already. {others}"
    letters = "words are cut into frequent pieces, learned from the training part, so that rare words can be written"
    chinese = "Chinese is read by characters: no dictionary can be wrong"
    told = [letters] * ("letters" in (facts.source, facts.target))
    told += [chinese] * ("chinese" in (facts.source, facts.target))
    why = "; ".join(told)
    return f"{why[0].upper()}{why[1:]}. {others}"


def _why_output(facts: PairFacts) -> str:
    others = "Others: seqweave info outputs."
    if facts.names:
        return f"Words that training does not know are copied from the source. {others}"
    return f"A softmax over all tokens; pointer-generator copies unknown words, such as names. {others}"


_WHY = {
    "min_count": "Words that training has less often are not learned: they can only be copied, as unknown ones are.",
    "embed_dropout": "Share of the embedded numbers that is forgotten in training, against learning by heart.",
    "encoder": "Reads the source in both directions. Larger hidden and more layers cost time. "
    "Others: seqweave info encoders.",
    "decoder": "Writes token by token, and looks at the source for each. Others: seqweave info decoders.",
    "tie": "Whether tokens are recognised by their own vectors: none, output, or all, where both sides share them.",
    "search": "How the best text is looked for: beam keeps so many beginnings; greedy is faster. "
    "Others: seqweave info searches.",
    "learning_rate": "The one number worth trying again: half and double of it.",
    "schedule": "The rate falls to 0 at the end; or constant, cosine, inverse-sqrt, plateau.",
    "average": "An average of the latest weights is scored and saved; 0 is off.",
}
