"""Every malformed file of labels, tags or texts gets the message beside it, through reading, settling and fitting.

A file NAME.dev.EXT beside NAME.EXT is its dev part.
"""

from pathlib import Path

import pytest

from seqweave.core.errors import DataError, SeqweaveError
from seqweave.data.corpus import Corpus
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.words import WordsConfig
from seqweave.tasks.contract import TASKS

FOLDER = Path(__file__).parent
KINDS = {"labels": "classification", "tags": "tagging", "translations": "translation"}
SETTINGS = {"23-many-labels.csv": {"multi_label": True}, "21-no-features.conllu": {"column": "feats"}}
FILES = [
    path
    for folder in KINDS
    for path in sorted((FOLDER / folder).iterdir())
    if ".dev." not in path.name and path.suffix != ".txt"
]


def told(path):
    """What a user sees of a file: its errors, and its warnings."""
    data = TASKS[KINDS[path.parent.name]](train=path.name, **SETTINGS.get(path.name, {}))
    task, receipts, parts = data.build(), [], {}
    try:
        for part, file in (("train", path), ("dev", path.with_suffix(f".dev{path.suffix}"))):
            if file.exists():
                receipts.append(Receipt(file.name))
                examples = task.read(file, receipts[-1], WordsConfig().fit(()))
                parts[part] = Corpus.of(task.examples, examples)
                receipts[-1].close()
        task = task.settled(parts["train"]).build()
        found = task.inspect(parts)
        task.fit(parts["train"], {}, WordsConfig().fit(()))
        said = [str(notice) for notice in found]
    except SeqweaveError as error:
        said = [str(error)]
    warned = [str(notice) for receipt in receipts for notice in receipt.notices.values()]
    return "\n".join([*said, *warned, ""])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_message_is_the_expected_one(path):
    assert told(path) == path.with_suffix(".expected.txt").read_text("utf-8")


def test_a_column_of_numbers_is_not_taken_for_labels(tmp_path):
    rows = "".join(f"some text,{number}\n" for number in range(1001))
    (tmp_path / "a.csv").write_text(f"text,label\n{rows}")
    task = TASKS["classification"](train="a.csv").build()
    corpus = Corpus.of(task.examples, task.read(tmp_path / "a.csv", Receipt("a.csv"), WordsConfig().fit(())))
    with pytest.raises(DataError, match=r"a\.csv: 1,001 training texts have 1,001 different labels.*E-LABEL-05"):
        task.fit(corpus, {}, WordsConfig().fit(()))
