"""The explanation of a run's answer to one text, with the training examples that are alike where they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from seqweave.core.errors import CommandError, DataError, Place
from seqweave.data.examples import blank
from seqweave.data.limits import cut
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.explaining.explain import Explanation, explain
from seqweave.insight.explaining.neighbours import nearest
from seqweave.insight.explaining.subject import AnyExample
from seqweave.layers.contracts import EncodingModel
from seqweave.recipes.material import Reader
from seqweave.recipes.predictor import model_folder
from seqweave.recipes.saving import Trained, load


@dataclass(frozen=True)
class Question:
    """What is to be explained.

    Args:
        text: the text.
        spaces: take what stands between spaces as its tokens, in place of the run's own tokenizer.
        positions: tokens whose tags are explained, from 0; the least certain one where none is named.
        neighbours: how many examples of `data` that are alike to show.
        data: a file of the format that the run was trained on.
    """

    text: str
    spaces: bool = False
    positions: Sequence[int] = ()
    neighbours: int = 0
    data: Path | None = None


def explain_run(run: Path, question: Question) -> Explanation:
    """Why a run answers a text as it does.

    Args:
        run: a run folder, a model folder or an exported zip.
        question: the text, and what is asked of it.

    Raises:
        SeqweaveError: if the run is missing or damaged, the text is empty or too long for one reading, or the question
            does not fit the run.
    """
    if bool(question.neighbours) != (question.data is not None):
        mend = "seqweave explain RUN TEXT --neighbours 5 --data TRAINING_FILE"
        raise CommandError("E-EXPLAIN-04", "--neighbours and --data belong together", mend=mend)
    with ExitStack() as stack:
        trained = load(model_folder(run, stack))
    example = _example(trained, question)
    found = explain(trained.network, trained.codec, example, question.positions)
    if question.data is None:
        return found
    if not isinstance(trained.network, EncodingModel):
        mend = "leave --neighbours out; the n-grams say all that this model knows"
        raise CommandError("E-EXPLAIN-05", "this model makes no summary of a text to compare", mend=mend)
    corpus = Reader(trained.recipe.data, trained.tokenizer).read([question.data])
    alike = nearest(trained.network, trained.codec, corpus, example, question.neighbours)
    return replace(found, neighbours=alike)


def _example(trained: Trained, question: Question) -> AnyExample:
    """The text as the network reads it, in one piece."""
    tokenizer = SpacesConfig().fit(()) if question.spaces else trained.tokenizer
    example = replace(trained.task.example(question.text, tokenizer), source="text")
    if not example.tokens or blank(question.text):
        mend = "give a text with at least one word"
        raise DataError("E-TEXT-20", "the text has no word", mend=mend, place=Place("text"))
    data = trained.recipe.data
    pieces = cut(example, data.limit, data.over_limit)
    if len(pieces) > 1:
        what = f"the text has {len(example.tokens)} tokens, which the model reads in {len(pieces)} windows"
        mend = f"explain a part of at most {data.limit} tokens"
        raise DataError("E-EXPLAIN-06", what, mend=mend, place=Place("text"))
    (piece,) = pieces
    return piece
