"""A folder of texts: one sub-folder a label, one file a document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seqweave.core.errors import DataError, MissingInputError, Place, SeqweaveError
from seqweave.data.formats.contract import Format, Row, format  # noqa: A004  # "@format('folder')"
from seqweave.data.reading import lines
from seqweave.data.receipt import Receipt


@format("folder")
class FolderFormat(Format):
    """One sub-folder a label, one file (`.gz` or plain) a document. Columns: text, label, file.

    Labels and files come in the order of their names. The receipt of a folder counts documents, not lines; those
    whose name, or whose folder's, begins with a dot are counted as hidden, and files in no sub-folder as unlabelled.
    """

    def read(self, path: Path, encoding: str, receipt: Receipt) -> Iterator[Row]:
        """Stream the documents as rows of line 1; a document that cannot be read is refused whole.

        Raises:
            MissingInputError: if there is no such folder.
            DataError: if it holds no documents.
        """
        if not path.is_dir():
            raise MissingInputError(
                "E-FOLDER-01", "there is no such folder", mend="name a folder of folders", place=Place(receipt.file)
            )
        for file in path.iterdir():
            if file.is_file():
                receipt.count("hidden" if file.name.startswith(".") else "unlabelled")
        for file in sorted(path.glob("*/*"), key=lambda file: file.relative_to(path).as_posix()):
            name = file.relative_to(path)
            if any(part.startswith(".") for part in name.parts):
                receipt.count("hidden")
                continue
            whole = f"{receipt.file.rstrip('/')}/{name.as_posix()}"
            try:
                text = _document(file, whole, encoding, receipt)
            except (DataError, MissingInputError) as error:
                receipt.refuse(_as_data_error(error))
                continue
            receipt.count("used")
            yield Row(1, {"text": text, "label": name.parts[0], "file": name.as_posix()}, file=whole)
        if receipt.without_records:
            raise DataError(
                "E-FOLDER-02",
                "the folder holds no sub-folder with files",
                mend="make one sub-folder for each label, and put its documents there",
                place=Place(receipt.file),
            )

    @classmethod
    def suits(cls, name: str, head: str) -> float:  # noqa: ARG003  # part of the contract
        """Never a file."""
        return 0.0


def _document(file: Path, name: str, encoding: str, receipt: Receipt) -> str:
    """The text of one file; its warnings pass to the folder's receipt."""
    own = Receipt(name)
    text = "\n".join(text for _, text in lines(file, encoding, own))
    for notice in own.notices.values():
        receipt.notice(notice.code, f"{name}: {notice.what}")
    if own.problems:
        raise own.problems[0]
    return text


def _as_data_error(error: SeqweaveError) -> DataError:
    return DataError(error.code, error.what, mend=error.mend, place=error.place)
