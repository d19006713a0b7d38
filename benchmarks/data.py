"""Share of a training step that is spent on data: batches gathered from the corpus over whole steps of a tagger.

Small batches of short sentences, where data work weighs most; the words are drawn like those of ordinary English.
"""

from __future__ import annotations

import numpy as np
import torch
from measuring import Question, arguments, report, times_ratio

from seqweave.data.corpus import Corpus
from seqweave.data.examples import TaggedExample
from seqweave.data.order import batches
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.models.tagger import TaggerConfig
from seqweave.tasks.tagging import TaggingData
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contract import Draw, Portion
from seqweave.training.devices import Devices
from seqweave.training.step import GradientStep

SENTENCES, FORMS, TAGS, BATCH_TOKENS, STEPS = 6000, 15_000, 17, 400, 20
MODEL = {
    "embed": [{"kind": "words", "dim": 100}, {"kind": "affixes", "dim": 96}],
    "encoder": {"kind": "lstm", "hidden": 200, "layers": 1, "bidirectional": True},
    "head": {"kind": "tags"},
}
QUESTION = Question(
    "bench-data", f"data share of a tagger's step, {BATCH_TOKENS} tokens a batch, 200 hidden", "lower", 0.05
)


def sentences() -> list[TaggedExample]:
    """Random words with random tags, as long and as often repeated as in English text."""
    generator = np.random.default_rng(0)
    lengths = np.minimum(generator.lognormal(2.5, 0.7, SENTENCES).astype(int) + 1, 150)
    made = []
    for length in lengths.tolist():
        ids = np.minimum(generator.zipf(1.3, length), FORMS).tolist()
        words = tuple(f"w{word:x}ing" for word in ids)
        tags = tuple(f"T{word % TAGS}" for word in ids)
        made.append(TaggedExample(" ".join(words), words, (0,) * length, (1,) * length, tags))
    return made


def main() -> None:
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    corpus = Corpus.of(TaggedExample, sentences())
    data, config = TaggingData(train="none", scheme="none"), TaggerConfig.model_validate(MODEL)
    codec = data.build().fit(corpus, config.features(), SpacesConfig().fit(()))
    dataset = codec.encode(corpus)
    step = GradientStep(config.build(codec.sizes), TrainingConfig(), Devices(cpu=True))
    chosen = batches(dataset.lengths, BATCH_TOKENS, seed=1, epoch=0)[:STEPS]

    def gathered() -> None:
        for rows in chosen:
            dataset.batch(rows)

    def trained() -> None:
        for rows in chosen:
            step([Portion(Draw("data", rows), dataset.batch(rows))], 1e-3)

    report(QUESTION, times_ratio(gathered, trained, options.rounds), options)


if __name__ == "__main__":
    main()
