"""A trained model that is called with texts.

What only models that write texts need is imported where it is asked for: a prediction of the others begins without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from seqweave.core.errors import CommandError, DataError, MissingInputError, Place
from seqweave.core.manifest import MANIFEST
from seqweave.data.corpus import Corpus
from seqweave.data.examples import TranslationExample, blank, require_characters
from seqweave.data.limits import cut
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.insight.answering import answer
from seqweave.layers.contracts import Model
from seqweave.recipes.archive import unpacked
from seqweave.recipes.folder import RunFolder, no_run
from seqweave.recipes.saving import Trained, load, save
from seqweave.recipes.seeds import SeedsFolder

GROUP = 1024
"""Texts answered together: enough for batches of like lengths, few enough that a stream flows."""


class Predictor:
    """Texts to answers.

    Example:
        `predict = seqweave.load("runs/ewt"); predict("The old man the boats.")`
    """

    def __init__(self, trained: Trained, *, score: bool = False) -> None:
        self.trained, self._score = trained, score

    @classmethod
    def load(cls, run: str | Path, *others: str | Path) -> Predictor:
        """The model of a run folder, a model folder or an exported zip.

        Args:
            run: where it is.
            others: more of them, all of which write texts together with it, as an ensemble.

        Raises:
            MissingInputError: if there is nothing there.
            DataError: if it is damaged or malformed.
            CommandError: if several do not fit together.
        """
        runs = [Path(one) for one in (run, *others)]
        with ExitStack() as stack:
            trained = [load(model_folder(one, stack)) for one in runs]
        if not others:
            return cls(trained[0])
        from seqweave.recipes.joining import joined

        return cls(joined(trained, runs))

    from_pretrained = load

    def steered(self, *overrides: str, best: int = 0) -> Predictor:
        """The same model with other settings of its search, such as "model.search.size=10".

        Args:
            overrides: settings of `model.search` and `model.longest`.
            best: how many texts to give for each; 0 for as many as the settings say.

        Raises:
            CommandError: if the model writes no texts or is asked for none, or a setting is none of its search.
            ProblemsError: if the settings are none that a recipe may have.
        """
        if not (overrides or best):
            return self
        from seqweave.recipes.caching import require_chosen
        from seqweave.recipes.steering import require_no_search, steered

        if self._score:
            require_no_search(overrides, best)
        return Predictor(require_chosen(steered(self.trained, overrides, best)), score=self._score)

    def scoring(self) -> Predictor:
        """The same language model, asked how probable texts are, not how they go on.

        Raises:
            CommandError: if it is no language model.
        """
        from seqweave.recipes.continuing import require_language_model

        require_language_model(self.trained)
        return Predictor(self.trained, score=True)

    @property
    def network(self) -> Model[Any, Any]:
        """The network, a plain nn.Module in `eval()` mode."""
        return self.trained.network

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the model folder.

        Raises:
            CommandError: if there are several models.
        """
        from seqweave.models.ensemble import Ensemble

        if isinstance(self.network, Ensemble):
            mend = "save each of them alone"
            raise CommandError("E-ENSEMBLE-03", "several models are not saved as one", mend=mend)
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
        return self.answers(self.example(text, tokens=tokens) for text in texts)

    def example(self, text: str, *, tokens: bool = False) -> Any:  # noqa: ANN401  # an example of any task
        """A raw text as an example of the run's task, without gold.

        Args:
            text: the text.
            tokens: take what stands between spaces as the tokens, in place of the run's own tokenizer.

        Raises:
            DataError: if the text holds what is no character.
        """
        require_characters(text)
        tokenizer = SpacesConfig().fit(()) if tokens else self.trained.tokenizer
        return self.trained.task.example(text, tokenizer)

    def begun(self, examples: Iterable[Any], prefix: str) -> Iterator[Any]:
        """Examples whose answers must begin with a text.

        Raises:
            CommandError: if the model writes no texts.
        """
        from seqweave.recipes.steering import begun

        return (begun(self.trained, example, prefix) for example in examples)

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
        """Answers to examples, in order; those over the limit are treated as the recipe says.

        An answer that hangs on the head and the tail of a text alone says how many `tokens_left_out` there were.

        Raises:
            DataError: if an example has no word, or is too long where that is an error.
        """
        trained, numbered = self._asked(), enumerate(examples, 1)
        while group := list(islice(numbered, GROUP)):
            pieces = [self._pieces(number, example) for number, example in group]
            corpus = Corpus.of(trained.task.examples, chain.from_iterable(pieces))
            found = iter(answer(trained.network, trained.codec, corpus))
            for (_, example), parts in zip(group, pieces, strict=True):
                told = trained.task.render(example, trained.task.joined(list(islice(found, len(parts)))))
                left_out = len(example.tokens) - sum(len(part.tokens) for part in parts)
                yield told | {"tokens_left_out": left_out} if left_out else told

    def _asked(self) -> Trained:
        """The model as it answers: a language model continues texts, or scores them, each by itself."""
        if self.trained.recipe.task != "language-modelling":
            return self.trained
        from seqweave.recipes.continuing import continuing, scoring

        return scoring(self.trained) if self._score else continuing(self.trained)

    def _pieces(self, number: int, example: Any) -> list[Any]:  # noqa: ANN401  # an example of any task
        """What is answered in place of an example: itself, its windows, or its head and tail."""
        data = self.trained.recipe.data
        sound = example.tokens and not blank(example.text)
        placed = example if example.source else replace(example, source="input", line=number)
        if sound and len(example.tokens) <= data.limit:
            return [placed]
        if not sound:
            mend = "give a text with at least one word"
            raise DataError("E-TEXT-20", "the text has no word", mend=mend, place=Place(placed.source, placed.line))
        if isinstance(placed, TranslationExample):
            what = f"the text has {len(placed.tokens)} tokens, the limit is {data.limit}"
            mend = "give a shorter one, such as each of its sentences by itself"
            raise DataError("E-LIMIT-02", what, mend=mend, place=Place(placed.source, placed.line))
        return cut(placed, data.limit, data.over_limit)


def model_folder(
    run: Path, stack: ExitStack, mend: str = "name a run folder, a model folder or an exported zip"
) -> Path:
    """The model folder of a run folder, a model folder or an exported zip (unpacked for the stack's lifetime).

    Raises:
        MissingInputError: if there is none.
    """
    if run.is_file():
        return stack.enter_context(unpacked(run))
    for folder in (RunFolder(run).model, run):
        if any((folder / name).is_file() for name in ("config.json", MANIFEST)):  # loading tells which one is missing
            return folder
    if SeedsFolder.stands_at(run):
        one = next(iter(SeedsFolder.open(run).runs.values())).path
        named, what = f"name one of them, such as {one}", "these are the runs of several seeds"
        raise MissingInputError("E-SEEDS-01", what, mend=named, place=Place(str(run)))
    if RunFolder(run).recipe.is_file():
        resume = f"seqweave train --resume {run}"
        raise MissingInputError("E-RUN-04", "this run has no model yet", mend=resume, place=Place(str(run)))
    raise no_run(run, mend)
