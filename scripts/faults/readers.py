"""Readers fed with millions of broken inputs: each is read, or refused with one of Seqweave's own errors.

    python scripts/faults/readers.py --only csv --count 1000000 --seed 1

Needs `pip install atheris`, which watches what code an input reaches and breeds inputs that reach more of it; without
it, inputs are only mutated at random. COUNT is the number of inputs of each reader: CSV, JSON lines, CoNLL, CoNLL-U,
sentiment trees, parallel files, recipe and manifest. `--only` names some; each has a record of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from verdict import Fault, Outcome, Plan, parser_of, report, say

GUIDED = find_spec("atheris") is not None
NAMES = ("csv", "jsonl", "conll", "conllu", "trees", "parallel", "recipe", "manifest")
MEMORY = Path("/dev/shm")  # where there is none, files lie on the disk, which is slower
LONGEST_BYTES = 4096
SLOWEST_SECONDS = 30
FAILED = "a reader failed at"
PIECES = (
    b"\n",
    b"\t",
    b'"',
    b"\\",
    b"\r",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"{",
    b"}",
    b"(",
    b")",
    b"1",
)


@dataclass(frozen=True)
class Fed:
    """What became of one reader.

    Args:
        count: inputs.
        fact: how fast, and how much of the code was reached at first and at last.
        complaint: what the reader did wrong, or the empty string.
    """

    count: int
    fact: str
    complaint: str


def attempt(plan: Plan, names: Sequence[str] = NAMES) -> Outcome:
    """Feed readers, each in a process of its own, as many at a time as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        fed = dict(zip(names, pool.map(lambda name: fed_one(name, plan), names), strict=True))
    facts = {"engine": "atheris" if GUIDED else "random mutations", **{name: one.fact for name, one in fed.items()}}
    return Outcome(
        sum(one.count for one in fed.values()), [one.complaint for one in fed.values() if one.complaint], facts
    )


def fed_one(name: str, plan: Plan) -> Fed:
    """Feed one reader in a process of its own, and hear what it says at its end."""
    folder = plan.folder / name
    folder.mkdir()
    begun = time.monotonic()
    command = [sys.executable, __file__, "--feed", name, str(plan.count), str(plan.seed), str(folder)]
    with TemporaryDirectory(prefix="seqweave-", dir=MEMORY if MEMORY.is_dir() else None) as fast:
        done = subprocess.run([*command, fast], capture_output=True, text=True, errors="replace", check=False)
    found = re.findall(r"number_of_executed_units: +(\d+)", done.stderr)
    count = int(found[-1]) if found else 0
    wrong = done.returncode or count < plan.count
    complaint = f"{name}, after {count} inputs: {_tail(done.stderr)} {_kept(folder)}" if wrong else ""
    fact = f"{count:,} inputs, {count / (time.monotonic() - begun):,.0f} a second"
    reached = re.findall(r"(?:INITED|DONE) +cov: (\d+)", done.stderr)
    if len(reached) > 1:
        fact += f"; points of the code reached: {reached[0]} by sound and malformed files, {reached[-1]} at the end"
    say(f"{name}: {fact} {complaint}")
    return Fed(count, fact, complaint)


def _tail(told: str) -> str:
    """The input that a reader failed at and the error; otherwise the last that was said."""
    at = told.find(FAILED)
    return told[at : at + 3000] if at >= 0 else told[-800:]


def _kept(folder: Path) -> str:
    """The inputs that libFuzzer kept because they took too long, or too much memory."""
    return "; ".join(repr(path.read_bytes()[:200]) for path in sorted(folder.glob("kept-*")))


def telling(read: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """A reader that says which input it failed at; libFuzzer itself does not, when the error is Python's."""

    def work(data: bytes) -> None:
        try:
            read(data)
        except BaseException:
            print(f"{FAILED} {data!r}", file=sys.stderr, flush=True)
            raise

    return work


def feed(name: str, count: int, seed: int, folder: Path, fast: Path) -> None:
    """Feed one reader in this process; libFuzzer never returns.

    Args:
        name: of the reader.
        count: inputs.
        seed: of the inputs.
        folder: for what is kept.
        fast: for the file that is read.
    """
    if not GUIDED:
        _mutate(name, count, seed, fast)
        return
    import atheris  # type: ignore[import-untyped]  # needed here alone

    with atheris.instrument_imports(include=["seqweave.core", "seqweave.data", "seqweave.tasks", "seqweave.recipes"]):
        from targets import seeds, target
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(seeds(name)):
        (corpus / str(number)).write_bytes(data)
    words = folder / "words"
    words.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in piece) + '"\n' for piece in PIECES))
    flags = [f"-runs={count}", f"-seed={seed}", f"-max_len={LONGEST_BYTES}", f"-timeout={SLOWEST_SECONDS}"]
    flags += [f"-dict={words}", "-print_final_stats=1", f"-artifact_prefix={folder}/kept-"]
    with target(name, fast) as read:
        atheris.Setup([sys.argv[0], *flags, str(corpus)], telling(read))
        atheris.Fuzz()


def _mutate(name: str, count: int, seed: int, fast: Path) -> None:
    from targets import seeds, target

    with target(name, fast) as read:
        tell = telling(read)
        for data in mutants(seeds(name), Random(seed), count):
            tell(data)
    print(f"number_of_executed_units: {count}", file=sys.stderr)


def mutants(sound: list[bytes], random: Random, count: int) -> Iterator[bytes]:
    """Sound inputs with some pieces cut out, doubled, replaced, or exchanged with another's."""
    for _ in range(count):
        data = random.choice(sound)
        for _ in range(random.randint(1, 5)):
            start, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
            end = min(end, start + random.choice([0, 1, 1, 8, len(data)]))
            other = random.choice(sound)
            middle = random.choice(
                [b"", data[start:end] * 2, random.choice(PIECES), other[start:end], random.randbytes(2)]
            )
            data = data[:start] + middle + data[end:]
        yield data[:LONGEST_BYTES]


FAULT = Fault(
    "readers",
    "Whatever bytes a file holds, its reader reads them or refuses them with one of Seqweave's own errors.",
    "inputs",
    1_000_000,
    attempt,
)


def main() -> int:
    """Feed all readers, or some, one after another; the exit code, 1 where one did wrong."""
    parser = parser_of(FAULT, __doc__)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=[], metavar="READER", help=", ".join(NAMES))
    options = parser.parse_args()
    some = [
        replace(FAULT, name=f"readers-{name}", attempt=partial(attempt, names=[name]), asked=f"--only {name}")
        for name in options.only
    ]
    return max([report(fault, options.count, options) for fault in some or [FAULT]])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--feed"]:
        feed(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]), Path(sys.argv[6]))
        sys.exit(0)
    sys.exit(main())
