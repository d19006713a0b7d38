"""A small classifier of each language that has learned, in a second, which words are good and which are bad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TextExample
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.laboratory.classification import ClassificationLaboratory
from seqweave.models.contract import MODELS
from seqweave.tasks.classification import ClassificationData

BAG = {"embed": ({"kind": "words", "dim": 8},), "encoder": {"kind": "bag"}, "pool": "mean", "head": {"kind": "label"}}


@dataclass(frozen=True)
class Learned:
    """A fitted model, and specimens that it never saw."""

    config: Any
    network: Any
    codec: Any
    specimens: list[Any]


def fitted(kind: str, settings: dict[str, Any], language: str = "en") -> Learned:
    train, test = ClassificationLaboratory(language=language, negation=0).split([300, 40], seed=1)
    corpus = Corpus.of(TextExample, [specimen.example for specimen in train])
    config = MODELS[kind](**settings)
    codec = ClassificationData(train="lab").build().fit(corpus, config.features(), SpacesConfig().fit(()))
    torch.manual_seed(1)
    network = config.build(codec.sizes)
    batch = codec.encode(corpus).batch(np.arange(len(corpus)))
    if kind == "linear":
        network.fit(batch)
    else:
        optimizer = torch.optim.Adam(network.parameters(), 0.05)
        for _ in range(60):
            optimizer.zero_grad()
            network.loss(batch).mean.backward()
            optimizer.step()
    return Learned(config, network.eval(), codec, test)


@pytest.fixture(scope="session")
def learned() -> dict[str, Learned]:
    return {language: fitted("classifier", BAG, language) for language in ("en", "zh")}


@pytest.fixture(scope="session")
def linear() -> Learned:
    return fitted("linear", {"ngrams": 2})
