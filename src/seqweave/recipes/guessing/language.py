"""The first recipe for language modelling: how the text lies in its files, and how it is cut into tokens."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqweave.core.nodes import Plain
from seqweave.data.formats.detection import sniff_plain
from seqweave.data.reading import head
from seqweave.recipes.guessing.columns import text_column
from seqweave.recipes.guessing.defaults import EPOCHS_MOST
from seqweave.recipes.guessing.look import Look, config_of, is_chinese, look, sample
from seqweave.recipes.guessing.parts import Parts, parts_of
from seqweave.recipes.guessing.sources import TABLES, Settings, chosen_files, dialect_of, format_of_parts, told
from seqweave.recipes.guessing.writing import Chosen, first_recipe
from seqweave.tasks.language_codec import UNKNOWN_FORM, is_strange

TASK = "language-modelling"
PLAIN = ("lines", "paragraphs", "wikitext")
BLANK_SHARE = 0.05
"""With so many blank lines among the first ones, blank lines part the documents."""
SPACED_SHARE = 0.5
"""Where so many full stops stand alone, the text is cut into tokens already."""
MARGIN = 2
"""A held-out part has up to so many times the unknown tokens that all of them, or the words seen once, tell of."""
PIECES = 4000
LARGE_WORDS = 20_000
"""More different words than this are better cut into pieces."""

DIM, HIDDEN, LAYERS = 256, 256, 2
STREAMS, LENGTH = 20, 35
STEPS_LEAST = 600
EPOCHS = 12
LABORATORY_DIM = 64
LABORATORY_STREAMS = 10
LABORATORY_EPOCHS = 5


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What the numbers depend on.

    Args:
        tokens: of all training texts.
        characters: whether texts are read by characters.
        laboratory: whether the data is generated.
    """

    tokens: int
    characters: bool
    laboratory: bool


def draft_language(paths: Sequence[Path], base: Path, *, laboratory: bool = False) -> str:
    """A commented recipe for plain text.

    Args:
        paths: text files, or tables with a column of texts.
        base: the folder that the recipe will lie in, to which its paths are relative.
        laboratory: whether the files are generated.

    Raises:
        SeqweaveError: if the files cannot be told or read.
    """
    parts = parts_of(paths)
    settings, rows = sample(TASK, _format(parts), parts.train[0])
    if settings["format"] in TABLES:
        settings["text"] = text_column(rows, str(parts.train[0]))
    texts = [value for row in rows if isinstance(value := row.fields.get(str(settings.get("text", "text"))), str)]
    chinese = is_chinese(texts)
    settings["tokenizer"] = {"kind": "characters"} if chinese else {"kind": "spaces" if _cut(texts) else "words"}
    seen = {part: look(config_of(TASK, settings, files[0]), files) for part, files in parts.by_part()}
    many = len(seen["train"].words) > LARGE_WORDS
    if many and settings["tokenizer"] == {"kind": "words"}:
        settings["tokenizer"] = {"kind": "bpe", "vocab_size": PIECES}
    elif _strange(seen) and not laboratory:
        settings["min_count"] = 2
    facts = TextFacts(sum(seen["train"].lengths), chinese, laboratory)
    data = [*_files(parts, base), *(Chosen(key, value, _WHY_DATA.get(key, "")) for key, value in settings.items())]
    return first_recipe(TASK, told(seen), parts.why, data, _model(facts), _training(facts))


def _format(parts: Parts) -> Settings:
    """How the text lies in its files."""
    first = parts.train[0]
    if first.is_dir() or sniff_plain(first) in TABLES:
        return dialect_of(format_of_parts(TASK, parts), first)
    if (kind := sniff_plain(first)) != "lines":
        return {"format": kind}
    found = [line.strip() for line in head(first).split("\n")[:-1]]
    blank = sum(not line for line in found)
    return {"format": "paragraphs" if blank > BLANK_SHARE * max(len(found), 1) else "lines"}


def _cut(texts: Sequence[str]) -> bool:
    """Whether a text has spaces between all its tokens already: marks stand alone, or it names unknown words."""
    words = [word for text in texts for word in text.split()]
    ended = [word for word in words if word[-1] in ".,"]
    alone = sum(word in (".", ",") for word in ended)
    return UNKNOWN_FORM in words or (bool(ended) and alone > SPACED_SHARE * len(ended))


def _strange(seen: Mapping[str, Look]) -> bool:
    """Whether held-out texts are likely to hold more unknown tokens than training teaches a model to expect."""
    known = seen["train"].words
    taught = known[UNKNOWN_FORM]
    if len(seen) == 1:
        read, unknown = known, sum(count for count in known.values() if count == 1)
    else:
        read = sum((one.words for part, one in seen.items() if part != "train"), Counter[str]())
        unknown = sum(count for word, count in read.items() if word not in known)
    if not taught or not unknown:
        return bool(unknown)
    share = (unknown + read[UNKNOWN_FORM]) / read.total()
    return is_strange(MARGIN * share, taught / known.total())


def _files(parts: Parts, base: Path) -> list[Chosen]:
    """The files; parts that are cut from train are its end, so that neighbouring texts stay in one part."""
    chosen = []
    for one in chosen_files(parts, base):
        if one.key == "split" and isinstance(one.value, Mapping):
            why = "The last texts are held out, so that texts that belong together stay together; or by: line."
            chosen.append(Chosen("split", {**one.value, "by": "tail"}, why))
        else:
            chosen.append(one)
    return chosen


def _model(facts: TextFacts) -> list[Chosen]:
    dim = LABORATORY_DIM if facts.laboratory else DIM
    encoder: dict[str, Plain] = {
        "kind": "lstm",
        "hidden": dim if facts.laboratory else HIDDEN,
        "layers": 1 if facts.laboratory else LAYERS,
        "bidirectional": False,
        "dropout": 0.0 if facts.laboratory else 0.4,
    }
    read: dict[str, Plain] = {"dim": dim} if facts.laboratory else {"dim": dim, "dropout": 0.4}
    return [
        Chosen("embed", read, "A vector for each token, and how much of it is forgotten in training."),
        Chosen("encoder", encoder, "Reads the text and remembers what it has read. It must read in one direction."),
        Chosen("tie", True, "The table of tokens that are read also tells the next one: fewer weights, better scores."),
        Chosen("longest", 30, "predict: tokens that a text is continued by at most."),
    ]


def _training(facts: TextFacts) -> list[Chosen]:
    streams = LABORATORY_STREAMS if facts.laboratory else STREAMS
    streams = max(min(streams, facts.tokens // (2 * LENGTH)), 1)
    steps = max(facts.tokens // (streams * LENGTH), 1)
    epochs = LABORATORY_EPOCHS if facts.laboratory else min(max(EPOCHS, math.ceil(STEPS_LEAST / steps)), EPOCHS_MOST)
    rate = 8e-3 if facts.laboratory else 3e-3
    return [
        Chosen("optimizer", "adam", "Others: seqweave info optimizers."),
        Chosen("learning_rate", rate, "The one number worth trying again: half and double of it."),
        Chosen("schedule", "linear", "The rate falls to 0 at the end; or constant, cosine, inverse-sqrt, plateau."),
        Chosen("warmup_steps", 20 if facts.laboratory else 100, "The rate rises from 0 over so many steps."),
        Chosen("clip", 1.0 if facts.laboratory else 0.5, "Longest gradient; longer ones are shortened."),
        Chosen("batch_rows", streams, "The text is cut into so many streams, which are read side by side."),
        Chosen("window", {"length": LENGTH}, "Tokens of each stream in a batch; lengths vary around it."),
        Chosen("epochs", epochs, "Passes over the training text."),
        *([] if facts.laboratory else [Chosen("stop", {"patience": 3}, "Ends after so many passes without a gain.")]),
        Chosen("seed", 1, "Of initial weights, windows and dropout: the same seed gives the same model."),
    ]


_WHY_DATA = {
    "format": "Told from the file. lines: one document a line; paragraphs: blank lines part them; or wikitext.",
    "encoding": "UTF-8 would not read it; this does.",
    "text": "The column of the texts.",
    "tokenizer": "What a token is: words, spaces (text that has spaces between its tokens), bpe (pieces of words), "
    "characters.",
    "min_count": "Tokens seen less often are unknown, so that the model learns what unknown tokens are like.",
}
