"""Beams and exact search on the shortest sentences of a file: whose errors a run's errors are."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqweave.core.errors import CommandError
from seqweave.decoding.normalisation import Normalise, NormalisedSearch
from seqweave.insight.searching.study import Subject, study
from seqweave.models.translator import Translator
from seqweave.recipes.evaluation import gold
from seqweave.recipes.material import AnyCorpus
from seqweave.recipes.predictor import model_folder
from seqweave.recipes.saving import Trained, load
from seqweave.tasks.text_codec import TextCodec


@dataclass(frozen=True)
class Sample:
    """What is searched, and how long.

    Args:
        sentences: how many, those with the shortest source and target; of equally short ones the first.
        budget: hypotheses that exact search opens of each sentence at most.
    """

    sentences: int = 100
    budget: int = 10_000


def search_errors(run: Path, path: Path, format_name: str | None, sample: Sample) -> dict[str, Any]:
    """Every search on the same sentences, by plain log-probability and by the score that the run itself compares.

    Args:
        run: a run folder, a model folder or an exported zip.
        path: a file with gold.
        format_name: its format, where it differs from that of the training files.
        sample: what is searched.

    Returns:
        The object that `evaluate --search-errors --json` prints.

    Raises:
        SeqweaveError: if the run or the file is missing or malformed, or the run writes no texts.
    """
    with ExitStack() as stack:
        trained = load(model_folder(run, stack))
    return searched(trained, gold(trained, path, format_name), path.name, sample)


def searched(trained: Trained, corpus: AnyCorpus, name: str, sample: Sample) -> dict[str, Any]:
    """The same on sentences that are read already.

    Args:
        trained: the model.
        corpus: sentences with gold.
        name: how they are called.
        sample: what is searched of them.

    Raises:
        CommandError: if the model writes no texts.
    """
    if not isinstance(trained.network, Translator):
        mend = "leave --search-errors out"
        raise CommandError("E-CLI-11", "--search-errors is for translators", mend=mend)
    assert isinstance(trained.codec, TextCodec)
    lengths = np.array([len(one.tokens) + len(one.target_tokens) for one in corpus])
    shortest = np.sort(lengths.argsort(kind="stable")[: sample.sentences])
    own = trained.network.config.search
    used: Normalise = own.normalise if isinstance(own, NormalisedSearch) else "length"
    subject = Subject(trained.network, trained.codec, trained.task, corpus.take(shortest))
    studies = [study(subject, normalise, sample.budget).to_json() for normalise in dict.fromkeys(("none", used))]
    return {
        "data": name,
        "sentences": len(shortest),
        "sentences_in_all": len(corpus),
        "longest": int(max((len(corpus[row].target_tokens) for row in shortest.tolist()), default=0)),
        "budget": sample.budget,
        "studies": studies,
    }
