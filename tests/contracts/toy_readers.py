"""A small reader of every kind, and the embedder that borrows it: what stands in for the run of a language model."""

from seqweave.layers.reading import READERS

EMBED = ({"kind": "words", "dim": 5}, {"kind": "characters", "dim": 4})
SETTINGS = {
    "bidirectional": {
        "embed": EMBED,
        "dim": 6,
        "encoder": {"kind": "lstm", "hidden": 4, "bidirectional": False, "dropout": 0.2},
        "dropout": 0.1,
    },
    "masked": {
        "embed": EMBED,
        "embed_dropout": 0.1,
        "dim": 6,
        "encoder": {"kind": "self-attention", "hidden": 6, "heads": 2, "feed_forward": 7, "layers": 2},
    },
}
ONE_LAYER = {"embed": EMBED, "dim": 6, "encoder": {"kind": "gru", "hidden": 3}}
"""Settings of the kind `masked` whose encoder tells of its top layer alone."""


def reader_of(kind):
    return READERS[kind].model_validate(SETTINGS[kind])


def borrowed(kind="bidirectional", **changes):
    """The settings of a contextual embedder whose run is opened."""
    return {"kind": "contextual", "reader": {"kind": kind, **SETTINGS[kind]}, **changes}
