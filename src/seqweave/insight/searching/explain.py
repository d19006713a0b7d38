"""How a text was written: where the model looked, what its search followed, and where a reference went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from seqweave.data.batches import TextBatch
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample
from seqweave.data.features.contract import BEGIN, END, UNKNOWN
from seqweave.decoding.beam import BeamSearch
from seqweave.decoding.contract import Found, Frame
from seqweave.decoding.replay import replayed
from seqweave.insight.searching.grow import watched
from seqweave.insight.searching.tree import Tree
from seqweave.insight.searching.watch import Asked
from seqweave.layers.generation import DecoderState
from seqweave.models.translator import Translator
from seqweave.tasks.text_codec import TextCodec

TIE = 1e-4
"""Scores nearer than this are equal: the rounding of float32 over a text."""
Verdict = Literal["found", "search error", "model error", "cannot be written", "too long", "forbidden"]


@dataclass(frozen=True)
class Reference:
    """What became of a text that should have been written.

    Args:
        text: the text.
        words: its tokens; those that cannot be written as `<unk>`.
        log_probability: under the model, its end included.
        score: as the search compares it.
        fell: the step at which the beam dropped it, from 1; 0 where it never did.
        rank: its place among all candidates of that step; 0 where it never fell, or may not be written there.
        verdict: found; a search error, if the model likes it better than its answer; else a model error; or why no
            search could have found it: unknown words, its length, or what the run forbids.
    """

    text: str
    words: tuple[str, ...]
    log_probability: float
    score: float
    fell: int
    rank: int
    verdict: Verdict


@dataclass(frozen=True)
class Writing:
    """How one text was written.

    Args:
        example: the source.
        text: what the beam wrote.
        words: its tokens.
        finished: whether it ended by itself, so that the end follows its tokens below.
        chances: probability of each token, and of the end. Shape (steps,).
        attention: where each of them looked; None without attention. Shape (steps, source).
        found: the texts that the beam gives.
        tree: the beam.
        normalise: how its scores were normalised.
        own: kind of the run's own search where it is no beam, and what that wrote; None where it is one.
        reference: what became of a reference, where one was given.
    """

    example: TranslationExample
    text: str
    words: tuple[str, ...]
    finished: bool
    chances: np.ndarray
    attention: np.ndarray | None
    found: Found
    tree: Tree
    normalise: str
    own: tuple[str, str] | None
    reference: Reference | None


@torch.inference_mode()
def explain_writing(network: Translator, codec: TextCodec, example: TranslationExample, size: int = 0) -> Writing:
    """How a translator wrote a text; it is left as it was.

    Args:
        network: in `eval()` mode.
        codec: fitted with it.
        example: the source; its target, where it has one, is the reference.
        size: width of the beam; 0 for the run's own, and for 5 where that is no beam.
    """
    batch = codec.encode(Corpus.of(TranslationExample, [example])).batch(np.arange(1))
    (added,), search, frame = batch.added, beam_of(network, size), network.frame(batch)
    state = network.start(batch)
    gold = gold_tokens(network, batch, state)[0] if example.target_tokens else ()

    def spell(token: int) -> str:
        return codec.words([token], added)[0]

    tree, found, asked = watched(search, network.step, state, frame, spell, gold)
    best = found.hypotheses[0]
    words = codec.words(best.tokens, added)
    written = (*best.tokens, *([END] if best.finished else []))
    steps = [_step(asked, tree, at) for at in range(len(written))]
    chances = np.array([float(logs[token].exp()) for (logs, _), token in zip(steps, written, strict=True)])
    attention = torch.stack([looked for _, looked in steps]).double().numpy() if steps else np.zeros((0, 0))
    join = codec.tokenizer.target.join
    reference = None
    if gold:
        chance, allowed = (float(replayed(network.step, state, frame, [gold], rules)[0]) for rules in (None, search))
        run = (search, frame, found, tree)
        reference = _reference(example.target, codec.words(gold, added), gold, (chance, allowed), run)
    return Writing(
        example,
        join(words),
        words,
        best.finished,
        chances,
        attention if attention.any() else None,
        found,
        tree,
        search.normalise,
        _own(network, codec, batch),
        reference,
    )


def beam_of(network: Translator, size: int) -> BeamSearch:
    """The run's own beam, as wide as said; one of 5 where its search is of another kind, by the same rules."""
    search = network.config.search
    if isinstance(search, BeamSearch):
        return search.model_copy(update={"size": size, "best": min(size, search.best)}) if size else search
    return BeamSearch.model_validate({"size": size or 5, "shortest": search.shortest, "no_repeat": search.no_repeat})


def gold_tokens(network: Translator, batch: TextBatch, state: DecoderState) -> list[tuple[int, ...]]:
    """The gold ids of each row, without the end mark; UNKNOWN where a word can neither be written nor copied.

    Args:
        network: what would have to write them.
        batch: with gold.
        state: before the first token.
    """
    stepped, _ = network.step(torch.full((len(batch), 1), BEGIN), state)
    tokens = stepped.log_probabilities.shape[2]
    rows = batch.targets.masked_fill(batch.targets >= tokens, UNKNOWN).tolist()
    return [tuple(row[: row.index(END)]) for row in rows]


def _step(asked: Sequence[Asked[DecoderState]], tree: Tree, at: int) -> tuple[Tensor, Tensor]:
    """What the network told after the first tokens of the answer: log-probabilities (tokens,), attention (source,)."""
    path = [node.token for node in tree.nodes if node.best][1 : at + 1]
    (place,) = (asked[at].tokens[0] == torch.tensor(path, dtype=torch.long)).all(dim=1).nonzero()[:1, 0].tolist()
    return asked[at].stepped.log_probabilities[0, place], asked[at].stepped.attention[0, place]


def _own(network: Translator, codec: TextCodec, batch: TextBatch) -> tuple[str, str] | None:
    """What the run writes by a search that is no beam."""
    search = network.config.search
    if isinstance(search, BeamSearch):
        return None
    return search.kind, codec.answers(network.predict(batch), batch)[0].text


def _reference(
    text: str,
    words: tuple[str, ...],
    gold: tuple[int, ...],
    chances: tuple[float, float],
    run: tuple[BeamSearch, Frame, Found, Tree],
) -> Reference:
    """Where a reference fell out of a beam, and whose error that is: log-probabilities are without and by the rules."""
    (chance, allowed), (search, frame, found, tree) = chances, run
    best = found.hypotheses[0]
    # a coverage penalty is the search's own: whose error it is, the normalised log-probabilities tell
    score, rival = (
        float(search.score(torch.tensor(value), length))
        for value, length in ((chance, len(gold) + 1), (best.log_probability, max(1, len(best.tokens) + best.finished)))
    )
    last = [node for node in tree.nodes if node.reference][-1]
    fell = last.depth + (last.fate == "kept") if last.fate in ("pruned", "kept") else 0
    verdict: Verdict = "search error" if score > rival + TIE else "model error"
    if UNKNOWN in gold and UNKNOWN in frame.never:
        verdict = "cannot be written"
    elif best.tokens == gold:
        verdict = "found"
    elif len(gold) >= frame.limits[0]:
        verdict = "too long"
    elif np.isneginf(allowed):
        verdict = "forbidden"
    return Reference(text, words, chance, score, fell, last.rank if last.fate == "pruned" else 0, verdict)
