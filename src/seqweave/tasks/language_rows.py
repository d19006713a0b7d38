"""From the rows of a file to documents: tokens line by line, with a token for the end of each line."""

from __future__ import annotations

from dataclasses import replace

from seqweave.core.errors import Place
from seqweave.data.examples import DocumentExample, spelled
from seqweave.data.formats.contract import Row
from seqweave.data.receipt import Receipt
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.tasks.rows import text, tokenized, words


class DocumentReader:
    """Makes the documents of one file.

    Args:
        columns: that of the texts, and that of ready tokens.
        receipt: the file's account.
        tokenizer: splits texts.
    """

    def __init__(self, columns: tuple[str, str], receipt: Receipt, tokenizer: Tokenizer) -> None:
        self.columns, self.receipt, self.tokenizer = columns, receipt, tokenizer

    def example(self, row: Row) -> DocumentExample:
        """The document in a row.

        Raises:
            DataError: if it lacks the column, or its text is empty or has no token.
        """
        file, (column, ready) = row.file or self.receipt.file, self.columns
        if isinstance(row.fields.get(ready), list | tuple) or _tokens_alone(row):
            tokens = words(row, ready, "data.tokens", file)
            whole, starts, ends = spelled(tokens)
            return DocumentExample(whole, tokens, starts, ends, file, row.line)
        found = document(text(row, column, "data.text", file), self.tokenizer)
        if set(found.tokens) <= {"\n"}:
            tokenized(found.text, self.tokenizer, Place(file, row.line))  # which says that there are none
        return replace(found, source=file, line=row.line)


def _tokens_alone(row: Row) -> bool:
    """Whether no column of it can be a text, as in CoNLL files: what is missing then is the column of the tokens."""
    return all(isinstance(value, list | tuple) for value in row.fields.values())


def document(whole: str, tokenizer: Tokenizer) -> DocumentExample:
    r"""A raw text as a document.

    Example:
        >>> from seqweave.data.tokenizers.spaces import SpacesConfig
        >>> document("a b\n\nc", SpacesConfig().fit(())).tokens
        ('a', 'b', '\n', '\n', 'c')
    """
    tokens, starts, ends = list[str](), list[int](), list[int]()
    at = 0
    for number, line in enumerate(whole.split("\n")):
        if number:
            tokens.append("\n")
            starts.append(at - 1)
            ends.append(at)
        found = tokenizer.split(line)
        tokens += found.words
        starts += [at + start for start in found.starts]
        ends += [at + end for end in found.ends]
        at += len(line) + 1
    return DocumentExample(whole, tuple(tokens), tuple(starts), tuple(ends))
