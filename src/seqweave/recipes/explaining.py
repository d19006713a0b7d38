"""The explanation of a run's answer to one text, with the training examples that are alike where they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from seqweave.core.errors import CommandError, DataError, Place
from seqweave.data.examples import DocumentExample, blank, require_characters
from seqweave.data.limits import cut
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.explaining.explain import Explanation, explain
from seqweave.insight.explaining.neighbours import nearest
from seqweave.insight.explaining.senses import Senses, senses
from seqweave.insight.explaining.subject import AnyExample
from seqweave.insight.reading.explain import Reading, explain_reading
from seqweave.insight.searching.explain import Writing, explain_writing
from seqweave.layers.contracts import EncodingModel
from seqweave.layers.reading import ReadingModel
from seqweave.models.language_model import LanguageModel
from seqweave.models.translator import Translator
from seqweave.recipes.material import Reader
from seqweave.recipes.predictor import model_folder
from seqweave.recipes.saving import Trained, load
from seqweave.tasks.language_codec import LanguageCodec
from seqweave.tasks.text_codec import TextCodec

MOST_WORDS = 12
"""Words of a text whose neighbours are told where none is named."""


@dataclass(frozen=True)
class Question:
    """What is to be explained.

    Args:
        text: the text.
        spaces: take what stands between spaces as its tokens, in place of the run's own tokenizer.
        positions: tokens whose tags are explained, from 0; the least certain one where none is named.
        neighbours: how many examples of `data` that are alike to show.
        data: a file of the format that the run was trained on.
        reference: of a run that writes texts, what should have been written; empty for none.
        beam: of such a run, how many hypotheses its beam follows; 0 for its own number.
    """

    text: str
    spaces: bool = False
    positions: Sequence[int] = ()
    neighbours: int = 0
    data: Path | None = None
    reference: str = ""
    beam: int = 0

    @property
    def about_labels(self) -> bool:
        """Whether it asks what only answers of labels have."""
        return bool(self.positions or self.neighbours or self.data)


def explain_run(run: Path, question: Question) -> Explanation | Writing | Reading | Senses:
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
    if isinstance(trained.network, Translator):
        return _writing(trained, trained.network, example, question)
    if isinstance(trained.network, ReadingModel):
        return _senses(trained, example, question)
    if question.reference or question.beam:
        mend = "leave --reference and --beam out"
        raise CommandError("E-EXPLAIN-08", "--reference and --beam are for translators", mend=mend)
    if isinstance(trained.network, LanguageModel):
        return _reading(trained, trained.network, example, question)
    found = explain(trained.network, trained.codec, example, question.positions)
    if question.data is None:
        return found
    if not isinstance(trained.network, EncodingModel):
        mend = "leave --neighbours out; the n-grams say all that this model knows"
        raise CommandError("E-EXPLAIN-05", "this model makes no summary of a text to compare", mend=mend)
    corpus = Reader(trained.recipe.data, trained.tokenizer).read([question.data])
    alike = nearest(trained.network, trained.codec, corpus, example, question.neighbours)
    return replace(found, neighbours=alike)


def _senses(trained: Trained, example: AnyExample, question: Question) -> Senses:
    """The neighbours of words where they stand: what a language model that reads from both sides knows of them."""
    if question.data is None or question.reference or question.beam:
        what = "a language model that reads from both sides has no answer to explain, but tells which words are alike"
        mend = "seqweave explain RUN TEXT --neighbours 5 --data FILE, with --token 3 for the third word alone"
        raise CommandError("E-EXPLAIN-13", what, mend=mend)
    positions = question.positions or range(min(len(example.tokens), MOST_WORDS))
    outside = [position for position in positions if position >= len(example.tokens)]
    if outside:
        what = f"there is no token {outside[0] + 1}: the text has {len(example.tokens)}"
        raise CommandError("E-EXPLAIN-14", what, mend=f"choose one from 1 to {len(example.tokens)}")
    corpus = Reader(trained.recipe.data, trained.tokenizer).read([question.data])
    return senses((trained.network, trained.codec), corpus, example, list(positions), question.neighbours)


def _writing(trained: Trained, network: Translator, example: AnyExample, question: Question) -> Writing:
    """How a text was written; shares of tokens, tags and neighbours belong to labels alone."""
    if question.about_labels:
        what = "--token, --neighbours and --data are not for models that write texts"
        raise CommandError("E-EXPLAIN-09", what, mend="leave them out; --reference TEXT shows where a translation went")
    tokenizer = SpacesConfig().fit(()) if question.spaces else trained.tokenizer.target
    target = tokenizer.split(question.reference).words
    assert isinstance(trained.codec, TextCodec)
    return explain_writing(
        network, trained.codec, replace(example, target=question.reference, target_tokens=target), question.beam
    )


def _reading(trained: Trained, network: LanguageModel, example: AnyExample, question: Question) -> Reading:
    """How a text was read; neighbours belong to labels alone."""
    if question.data:
        what = "--neighbours and --data are for models that answer with labels or read from both sides"
        raise CommandError("E-EXPLAIN-11", what, mend="leave them out")
    assert isinstance(trained.codec, LanguageCodec)
    assert isinstance(example, DocumentExample)
    return explain_reading(network, trained.codec, example, question.positions)


def _example(trained: Trained, question: Question) -> AnyExample:
    """The text as the network reads it, in one piece."""
    require_characters(question.text)
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
