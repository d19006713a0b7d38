"""Every malformed file of plain text gets the message beside it, through reading, looking at its parts, and fitting.

A file NAME.dev.EXT beside NAME.EXT is its dev part; the end of a name is the format, where it is one.
"""

from pathlib import Path

import numpy as np
import pytest

from seqweave.core.errors import DataError, Place, ProblemsError, RecipeError, SeqweaveError
from seqweave.data.corpus import Corpus
from seqweave.data.formats.contract import FORMATS
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.spaces import SpacesConfig
from seqweave.tasks.contract import TASKS
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contiguous import stream_of

FOLDER = Path(__file__).parent / "text"
FILES = [path for path in sorted(FOLDER.iterdir()) if ".dev." not in path.name and ".expected." not in path.name]
SPACES = SpacesConfig().fit(())
MIN_COUNT = {"20-other-tokens": 2}


def task_of(path, **settings):
    kind = path.suffix.removeprefix(".")
    chosen = {"format": kind} if kind in FORMATS else {}
    return TASKS["language-modelling"](train=path.name, **chosen, **settings).build()


def told(path):
    """What a user sees of a file: its errors, its warnings, and the account of its lines."""
    task = task_of(path, min_count=MIN_COUNT.get(path.stem, 1))
    receipts, parts = [], {}
    try:
        for part, file in (("train", path), ("dev", path.with_suffix(f".dev{path.suffix}"))):
            if file.exists():
                receipts.append(Receipt(file.name))
                parts[part] = Corpus.of(task.examples, task.read(file, receipts[-1], SPACES))
                receipts[-1].close()
        said = [str(notice) for notice in task.inspect(parts)]
        task.fit(parts["train"], {}, SPACES)
    except SeqweaveError as error:
        said = [str(error)]
    accounts = [f"lines: {dict(sorted(receipt.counts.items()))}" for receipt in receipts]
    return "\n".join([*said, *accounts, ""])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_message_is_the_expected_one(path):
    assert told(path) == path.with_name(f"{path.name}.expected.txt").read_text("utf-8")


def test_one_enormous_line_is_refused_without_being_kept(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a b\n" + "word " * 300_000 + "\nc d\n")
    receipt = Receipt("a.txt")
    found = list(task_of(path).read(path, receipt, SPACES))
    assert [example.text for example in found] == ["a b", "c d"]
    with pytest.raises(ProblemsError, match=r"a.txt:2: the line has 1,500,001 bytes, more than 1,048,576.*E-TEXT-11"):
        receipt.close()


def test_an_article_without_end_is_refused(tmp_path):
    path = tmp_path / "a.wikitext"
    path.write_text(" \n = Title = \n" + "a b\n" * 100_001)
    with pytest.raises(DataError, match=r"a.wikitext:1: an article begins here.*E-WIKITEXT-01"):
        list(task_of(path).read(path, Receipt("a.wikitext"), SPACES))


def test_a_document_over_the_limit_is_refused_and_none_is_cut(tmp_path):
    with pytest.raises(ValueError, match="need no cut"):
        TASKS["language-modelling"](train="a", over_limit="windows")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"batch_rows": 20},
            r"^lab.txt:1: .*too few for 20 streams of a window of 70 each.*batch_rows to 2 or less.*E-WINDOW-02",
        ),
        (
            {"batch_rows": 1, "window": {"length": 1000}},
            r"window.length to 150 or less.*E-WINDOW-02",
        ),
        (
            {"batch_rows": 5, "window": {"length": 100}},
            r"window.length to 30 or less.*E-WINDOW-02",
        ),
        (
            {"batch_rows": 20, "window": {"length": 100}},
            r"window.length to 75 and training.batch_rows to 1.*E-WINDOW-02",
        ),
    ],
)
def test_a_window_longer_than_the_text_is_refused(settings, message):
    task = TASKS["language-modelling"](train="lab").build()
    corpus = Corpus.of(task.examples, [task.example("a b c d " * 37 + "a", SPACES)])
    dataset = task.fit(corpus, {}, SPACES).encode(corpus)
    assert dataset.total == 150
    with pytest.raises(RecipeError, match=message):
        stream_of("lab", dataset, TrainingConfig(**settings), lambda row: Place("lab.txt", row + 1))


def test_windows_are_for_text_alone():
    class Rows:
        lengths = np.ones(3, np.int64)

    with pytest.raises(RecipeError, match=r"training.window is for models that read all texts.*E-WINDOW-01"):
        stream_of("tagging", Rows(), TrainingConfig(window={"length": 5}), lambda _: None)
