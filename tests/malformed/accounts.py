"""What a user is told of a reading."""

from collections.abc import Callable, Iterable

from seqweave.core.errors import SeqweaveError
from seqweave.data.receipt import Receipt


def told(name: str, read: Callable[[Receipt], Iterable[object]]) -> str:
    """Errors, warnings, and the account of all lines."""
    receipt = Receipt(name)
    try:
        list(read(receipt))
        receipt.close()
        said = []
    except SeqweaveError as error:
        said = [str(error)]
    said += [str(notice) for notice in receipt.notices.values()]
    return "\n".join([*said, f"lines: {dict(sorted(receipt.counts.items()))}", ""])
