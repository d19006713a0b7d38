"""Predictions as `predict` prints them, read back into answers: each is checked to be one to its example.

A prediction may come from any program that writes the same keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqweave.core.errors import DataError, Place, shown
from seqweave.data.examples import DocumentExample, TaggedExample, TextExample, TranslationExample
from seqweave.data.schemes import Scheme, part, spans
from seqweave.tasks.label_codec import LabelAnswer
from seqweave.tasks.language_answer import LanguageAnswer, ScoredText
from seqweave.tasks.tag_codec import TagAnswer
from seqweave.tasks.text_answer import MISSED, ORIGINS, Alternative, TextAnswer

SAME = "predict the file with gold itself: seqweave predict RUN --input FILE --format FORMAT"
KEYS = "write the keys that `seqweave predict` prints"


def label_answer(value: Mapping[str, Any], example: TextExample, place: Place, multi_label: bool) -> LabelAnswer:
    """The answer of `{"text", "answer": [label], "labels": [{"label", "score"}]}`.

    Args:
        value: the prediction.
        example: what it must answer.
        place: where the prediction stands.
        multi_label: whether a text may have any number of labels.

    Raises:
        DataError: if it is malformed, or answers another text.
    """
    text, answer = value.get("text"), value.get("answer")
    if not isinstance(text, str) or not isinstance(answer, list):
        raise _malformed("'text' or 'answer'", place)
    _require_same(text.split(), example.text.split(), example, place)
    scores = _columns(value, "labels", ("label", "score"), place)
    probabilities = dict(zip(scores["label"], map(float, scores["score"]), strict=True))
    if not probabilities or not all(isinstance(label, str) and label in probabilities for label in answer):
        raise _malformed("'labels' with a score for every answered label", place)
    if len(answer) != 1 and not multi_label:
        what = f"there are {len(answer)} labels where one is needed ({shown(', '.join(answer))})"
        raise DataError("E-ANSWER-04", what, mend="answer one, or compare with data of several labels", place=place)
    return LabelAnswer(tuple(answer), probabilities)


def tag_answer(value: Mapping[str, Any], example: TaggedExample, place: Place, scheme: Scheme) -> TagAnswer:
    """The answer of `{"text", "tokens": [{"word", "entity", "score"}], "entities": [...]}`.

    Args:
        value: the prediction; its "entities", where there are some, must be what its tags stand for.
        example: what it must answer.
        place: where the prediction stands.
        scheme: of the tags.

    Raises:
        DataError: if it is malformed, or answers another sentence.
    """
    tokens = _columns(value, "tokens", ("word", "entity", "score"), place)
    _require_same(tokens["word"], list(example.tokens), example, place)
    tags = tuple(tokens["entity"])
    if scheme != "none":
        unknown = next((tag for tag in tags if part(tag) is None), None)
        found = value.get("entities")
        if unknown is not None or (isinstance(found, list) and _stretches(found) != _meant(tags, example, scheme)):
            what = f"the tags are no {scheme} tags of its entities ({shown(' '.join(tags))})"
            raise DataError("E-ANSWER-03", what, mend="predict and compare with gold of one scheme", place=place)
    return TagAnswer(tags, tuple(map(float, tokens["score"])))


def text_answer(value: Mapping[str, Any], example: TranslationExample, place: Place) -> TextAnswer:
    """The answer of `{"text", "translation_text", "score", "tokens": [...], "alternatives": [...]}`.

    Args:
        value: the prediction; all but the two texts may be missing, for other programs do not have it.
        example: what it must answer.
        place: where the prediction stands.

    Raises:
        DataError: if it is malformed, or answers another text.
    """
    text, written = value.get("text"), value.get("translation_text")
    if not isinstance(text, str) or not isinstance(written, str):
        raise _malformed("'text' or 'translation_text'", place)
    _require_same(text.split(), example.text.split(), example, place)
    tokens = _columns({"tokens": [], **value}, "tokens", ("word", "origin", "score"), place)
    known = {origin: origin for origin in ORIGINS}
    if not set(tokens["origin"]) <= set(known):
        raise _malformed(f"'tokens' with an origin that is one of {', '.join(known)}", place)
    proven = value.get("proven")
    if proven is not None and not isinstance(proven, bool):
        raise _malformed("'proven', which is true or false", place)
    return TextAnswer(
        written,
        tuple(tokens["word"]),
        tuple([known[origin] for origin in tokens["origin"]]),
        tuple(map(float, tokens["score"])),
        score=_number(value, "score", place),
        log_probability=_number(value, "log_probability", place),
        alternatives=_alternatives(value, place),
        missed=_missed(value, place),
        proven=proven,
    )


def language_answer(value: Mapping[str, Any], example: DocumentExample, place: Place) -> LanguageAnswer:
    """The answer of `{"text", "tokens": [{"word", "log_probability"}], "end_log_probability"}`.

    Args:
        value: the prediction.
        example: what it must answer.
        place: where the prediction stands.

    Raises:
        DataError: if it is malformed, continues the text in place of scoring it, or answers another text.
    """
    if "generated_text" in value:
        mend = "score the texts: seqweave predict RUN --score --input FILE"
        raise DataError("E-ANSWER-05", "this continues a text in place of scoring it", mend=mend, place=place)
    text, tokens = value.get("text"), value.get("tokens")
    vocabulary, context = value.get("vocabulary", ""), value.get("context", "")
    sound = isinstance(tokens, list) and all(
        isinstance(one, dict) and isinstance(one.get("word"), str) and _is_log(one.get("log_probability"))
        for one in tokens
    )
    if not isinstance(text, str) or not sound or not isinstance(vocabulary, str) or not isinstance(context, str):
        raise _malformed("'text', or 'tokens' with word, log_probability", place)
    assert isinstance(tokens, list), "what is no list is refused above"
    if not _is_log(value.get("end_log_probability")):
        raise _malformed("'end_log_probability'", place)
    _require_same(text.split(), example.text.split(), example, place)
    logs = [*(one["log_probability"] for one in tokens), value["end_log_probability"]]
    apart = value.get("unknown_apart", [])
    if not isinstance(apart, list) or not all(map(_is_log, apart)) or len(apart) not in (0, len(logs)):
        raise _malformed("'unknown_apart' with a log-probability for every token and the end", place)
    words = tuple([one["word"] for one in tokens])
    unknown, whole = value.get("unknown", 0), value.get("bits_per_character") is not None
    if type(unknown) is not int or unknown < 0:
        raise _malformed("'unknown', the number of unknown tokens", place)
    return ScoredText(words, tuple(map(float, logs)), vocabulary, context, tuple(map(float, apart)), unknown, whole)


def _alternatives(value: Mapping[str, Any], place: Place) -> tuple[Alternative, ...]:
    """The other texts of a prediction, each with its score."""
    rows = value.get("alternatives", [])
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and isinstance(row.get("translation_text"), str) for row in rows
    ):
        raise _malformed("'alternatives' with translation_text", place)
    return tuple(Alternative(row["translation_text"], _number(row, "score", place)) for row in rows)


def _missed(value: Mapping[str, Any], place: Place) -> tuple[str, ...]:
    """What the glossary asks for and the text does not have."""
    terms = value.get(MISSED, [])
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise _malformed(f"{MISSED!r} as texts", place)
    return tuple(terms)


def _number(value: Mapping[str, Any], key: str, place: Place) -> float:
    """A number, 0 where there is none."""
    found = value.get(key, 0.0)
    if not isinstance(found, int | float) or isinstance(found, bool):
        raise _malformed(f"{key!r} as a number", place)
    return float(found)


def _columns(value: Mapping[str, Any], key: str, names: tuple[str, ...], place: Place) -> dict[str, list[Any]]:
    """The values of each name in a list of objects; all but scores, which are numbers, are texts."""
    rows = value.get(key)
    for row in rows if isinstance(rows, list) else [None]:
        cells = [row.get(name) for name in names] if isinstance(row, dict) else [None]
        *texts, score = cells
        if not all(isinstance(text, str) for text in texts) or not _is_share(score):
            raise _malformed(f"{key!r} with {', '.join(names)}", place)
    assert isinstance(rows, list), "what is no list is refused above"
    return {name: [row[name] for row in rows] for name in names}


def _is_share(score: object) -> bool:
    return isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1


def _is_log(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value <= 0


def _stretches(found: list[Any]) -> set[tuple[Any, ...]]:
    return {tuple(one.get(key) for key in ("entity_group", "start", "end")) for one in found if isinstance(one, dict)}


def _meant(tags: tuple[str, ...], example: TaggedExample, scheme: Scheme) -> set[tuple[Any, ...]]:
    return {(span.label, example.starts[span.start], example.ends[span.end - 1]) for span in spans(tags, scheme)}


def _require_same(
    found: list[str],
    wanted: list[str],
    example: TextExample | TaggedExample | TranslationExample | DocumentExample,
    place: Place,
) -> None:
    """Refuse a prediction of another text; spaces do not count, tokens do.

    Raises:
        DataError: naming both.
    """
    if found == wanted:
        return
    at = next((i for i, pair in enumerate(zip(found, wanted, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(found), len(wanted)) if at is None else at
    ours, theirs = (shown(" ".join(words[max(at - 2, 0) : at + 4]), 40) for words in (found, wanted))
    what = (
        f"this answers {ours!r}, but the example is {theirs!r} at word {at + 1} ({Place(example.source, example.line)})"
    )
    raise DataError("E-ANSWER-02", what, mend=SAME, place=place)


def _malformed(missing: str, place: Place) -> DataError:
    return DataError("E-ANSWER-01", f"this is no prediction: it lacks {missing}", mend=KEYS, place=place)
