"""A trained model that is called with texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from seqweave.core.errors import DataError, MissingInputError, Place
from seqweave.data.corpus import Corpus
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.answering import answer
from seqweave.layers.contracts import Model
from seqweave.recipes.archive import unpacked
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.saving import Trained, load, save

GROUP = 256
"""Texts answered together: enough for full batches, few enough that a stream flows."""


class Predictor:
    """Texts to answers.

    Example:
        `predict = seqweave.load("runs/ewt"); predict("The old man the boats.")`
    """

    def __init__(self, trained: Trained) -> None:
        self.trained = trained

    @classmethod
    def load(cls, run: Path) -> Predictor:
        """The model of a run folder, a model folder or an exported zip.

        Raises:
            MissingInputError: if there is nothing there.
            DataError: if it is damaged or malformed.
        """
        with ExitStack() as stack:
            return cls(load(model_folder(run, stack)))

    from_pretrained = load

    @property
    def network(self) -> Model[Any, Any]:
        """The network, a plain nn.Module in `eval()` mode."""
        return self.trained.network

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the model folder."""
        save(self.trained, Path(folder), "# A Seqweave model\n")

    def __call__(self, texts: str | Sequence[str]) -> Any:  # noqa: ANN401  # one object for a text, a list for several
        """The answer to one text, or to several: the objects that `seqweave predict` prints."""
        if isinstance(texts, str):
            return next(iter(self.stream([texts])))
        return list(self.stream(texts))

    def stream(self, texts: Iterable[str], *, tokens: bool = False) -> Iterator[dict[str, Any]]:
        """Answers as they come, in order; texts are read as they are needed.

        Args:
            texts: raw texts.
            tokens: take what stands between spaces as the tokens, in place of the run's own tokenizer.
        """
        tokenizer = SpacesConfig().fit(()) if tokens else self.trained.tokenizer
        return self.answers(self.trained.task.example(text, tokenizer) for text in texts)

    def examples(self, path: Path, format_name: str) -> Iterator[Any]:
        """The examples of a file of a named format, without gold.

        Raises:
            ProblemsError: every refused line, once the file is read to its end.
        """
        task = self.trained.recipe.data.model_copy(update={"format": format_name}).build()
        receipt = Receipt(path.name)
        yield from task.read(path, receipt, self.trained.tokenizer, gold=False)
        receipt.close()

    def answers(self, examples: Iterable[Any]) -> Iterator[dict[str, Any]]:
        """Answers to examples, in order."""
        task, stream = self.trained.task, iter(examples)
        while group := list(islice(stream, GROUP)):
            empty = [row for row, example in enumerate(group) if not example.tokens]
            if empty:
                what = f"text {empty[0] + 1} has no word"
                raise DataError("E-TEXT-20", what, mend="give a text with at least one word", place=Place("input"))
            found = answer(self.trained.network, self.trained.codec, Corpus.of(type(group[0]), group))
            yield from (task.render(example, one) for example, one in zip(group, found, strict=True))


def model_folder(run: Path, stack: ExitStack) -> Path:
    """The model folder of a run folder, a model folder or an exported zip (unpacked for the stack's lifetime).

    Raises:
        MissingInputError: if there is none.
    """
    if run.is_file():
        return stack.enter_context(unpacked(run))
    for folder in (RunFolder(run).model, run):
        if (folder / "config.json").is_file():
            return folder
    if RunFolder(run).recipe.is_file():
        mend = f"seqweave train --resume {run}"
        raise MissingInputError("E-RUN-04", "this run has no model yet", mend=mend, place=Place(str(run)))
    mend = "name a run folder, a model folder or an exported zip"
    raise MissingInputError("E-RUN-03", "there is no run here", mend=mend, place=Place(str(run)))
