"""Vectors of a file's tokens or lines by a trained model, as NumPy, safetensors or plain text; never as a pickle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain, islice
from json import dumps
from pathlib import Path
from struct import pack
from tempfile import TemporaryFile
from typing import Any, Literal

import numpy as np

from seqweave.core.errors import CommandError, Notice, Place
from seqweave.core.files import atomic_file
from seqweave.data.corpus import Corpus
from seqweave.data.features.contract import PADDING, UNKNOWN, FormColumn
from seqweave.data.limits import OverLimit, cut
from seqweave.insight.embedding import AnyCodec, token_vectors
from seqweave.recipes.predictor import GROUP
from seqweave.recipes.saving import Trained
from seqweave.tasks.label_codec import LabelCodec
from seqweave.tasks.reading_codec import ReadingCodec
from seqweave.tasks.tag_codec import TagCodec

Of = Literal["tokens", "lines"]
SUFFIXES = (".npy", ".safetensors", ".txt")
COPIED_BYTES = 1 << 20


@dataclass(frozen=True)
class Embedded:
    """One text and its vectors.

    Args:
        text: as it was given.
        words: its tokens.
        vectors: one for each token, or a single one, their mean. Shape (tokens, dim) or (1, dim), float32.
    """

    text: str
    words: tuple[str, ...]
    vectors: np.ndarray


def embedded(trained: Trained, examples: Iterable[Any], of: Of, tell: Callable[[Notice], object]) -> Iterator[Embedded]:
    """The vectors of texts, in order; texts are read as they are needed.

    Args:
        trained: a bidirectional or masked language model, or any model with an encoder of tokens.
        examples: the texts.
        of: tokens, a vector for each; lines, one for a text, the mean of its tokens'.
        tell: is called at the end, if there were texts of which the model knows nothing.

    Raises:
        SeqweaveError: if the model has no such vectors, or a text is longer than its recipe allows.
    """
    data, stream = trained.recipe.data, iter(examples)
    over: OverLimit = (
        "error" if data.over_limit == "error" else "windows"
    )  # every token has a vector, so none is left out
    strange = list[Place]()
    while group := list(islice(stream, GROUP)):
        pieces = [cut(example, data.limit, over) for example in group]
        corpus = Corpus.of(trained.task.examples, chain.from_iterable(pieces))
        found = iter(token_vectors(trained.network, trained.codec, corpus))
        known = iter(_known(trained.codec, corpus))
        for example, parts in zip(group, pieces, strict=True):
            if not any(list(islice(known, len(parts)))):
                strange.append(Place(example.source, example.line))
            vectors = np.concatenate(list(islice(found, len(parts))))
            whole = vectors if of == "tokens" else vectors.mean(axis=0, keepdims=True)
            yield Embedded(example.text, example.tokens, whole)
    if strange:
        what = "texts of which the model knows no token or part of one: their vectors tell nothing of their words"
        tell(Notice("W-EMBED-01", what, strange[0], len(strange)))


def _known(codec: AnyCodec, corpus: Corpus[Any]) -> list[bool]:
    """Whether anything is known of what is read of each text's tokens; of a model that reads no ids, it is."""
    tokens, seen = corpus.strings("tokens"), list[np.ndarray]()
    features = codec.features.features.values() if isinstance(codec, ReadingCodec | TagCodec | LabelCodec) else ()
    for feature in features:
        column = None if feature.passing else feature.column(tokens)
        if isinstance(column, FormColumn):
            ids = column.table.reshape(len(column.table), -1)
            seen.append(((ids != PADDING) & (ids != UNKNOWN)).any(axis=1))
    known = np.any(seen, axis=0) if seen else np.ones(len(tokens.table), bool)
    return [bool(known[tokens.ids[row]].any()) for row in range(len(corpus))]


def shown(one: Embedded, of: Of) -> dict[str, Any]:
    """A text and its vectors as JSON values."""
    vectors = [[round(float(number), 6) for number in vector] for vector in one.vectors]
    if of == "lines":
        return {"text": one.text, "vector": vectors[0]}
    tokens = [{"word": word, "vector": vector} for word, vector in zip(one.words, vectors, strict=True)]
    return {"text": one.text, "tokens": tokens}


def write(found: Iterable[Embedded], path: Path, of: Of) -> dict[str, Any]:
    """Write vectors to a file, of the format that its name ends in: .npy, .safetensors or .txt.

    Args:
        found: the texts; memory does not grow with the size of their vectors.
        path: the file; what is there is replaced.
        of: as they were made.

    Returns:
        The output, how many texts and vectors there were, and the size of a vector.

    Raises:
        CommandError: if the name ends in anything else.
    """
    if path.suffix not in SUFFIXES:
        mend = f"let it end in {', '.join(SUFFIXES)}"
        raise CommandError("E-EMBED-02", "the output's name tells no format", mend=mend, place=Place(str(path)))
    lengths, dim = [0], 0
    with TemporaryFile() as body, atomic_file(path) as file:  # how many there are is known last, and written first
        for one in found:
            body.write(_lines(one, of) if path.suffix == ".txt" else np.ascontiguousarray(one.vectors, "<f4").data)
            lengths.append(len(one.vectors))
            dim = one.vectors.shape[1]
        offsets = np.cumsum(lengths, dtype="<i8")
        body.seek(0)
        file.write(_header(path.suffix, (int(offsets[-1]), dim), offsets))
        while some := body.read(COPIED_BYTES):
            file.write(some)
        file.write(offsets.tobytes() if path.suffix == ".safetensors" else b"")
    return {"output": str(path), "texts": len(lengths) - 1, "vectors": int(offsets[-1]), "dim": dim}


def _lines(one: Embedded, of: Of) -> bytes:
    """A line for each vector: the token, then its numbers, a blank line behind each text; of lines, numbers alone.

    White space of a token is escaped as in JSON, so that one token is one line, and what stands first in it.
    """
    rows = [" ".join(f"{number:.6g}" for number in row) for row in one.vectors]
    if of == "tokens":
        rows = [f"{_one_field(word)} {row}" for word, row in zip(one.words, rows, strict=True)] + [""]
    return "".join(f"{row}\n" for row in rows).encode()


def _one_field(word: str) -> str:
    r"""A token without white space: each such character as its escape.

    Example:
        >>> _one_field("cat"), _one_field("\n"), _one_field("New York")
        ('cat', '\\u000a', 'New\\u0020York')
    """
    return "".join(f"\\u{ord(one):04x}" if one.isspace() else one for one in word)


def _header(suffix: str, shape: tuple[int, int], offsets: np.ndarray) -> bytes:
    """What stands before the numbers: safetensors has, beside `vectors`, where the vectors of each text begin."""
    if suffix == ".npy":
        header = BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
        return header.getvalue()
    if suffix != ".safetensors":
        return b""
    size = 4 * shape[0] * shape[1]
    tensors = {
        "vectors": {"dtype": "F32", "shape": shape, "data_offsets": [0, size]},
        "offsets": {"dtype": "I64", "shape": offsets.shape, "data_offsets": [size, size + offsets.nbytes]},
    }
    text = dumps(tensors).encode()
    text += b" " * (-len(text) % 8)  # numbers are aligned in the file
    return pack("<Q", len(text)) + text
