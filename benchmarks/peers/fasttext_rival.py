"""fastText's side of the races: a supervised model with the settings of its authors' script for classification.

Run by the Python of an environment of its own (requirements-fasttext.txt), by the script beside this one.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import fasttext
from orders import obey

SETTINGS = {"dim": 10, "epoch": 5, "thread": 1, "verbose": 0}
"""As in its classification-example.sh, with one thread."""
RATES = (0.1, 0.25, 0.5, 1.0)


class Bag:
    """A model, and the lines that it is asked about."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def choose(self, train: str, dev: str, ngrams: int) -> dict[float, float]:
        """Percent of right answers on dev with each learning rate."""
        found = {}
        for rate in RATES:
            self.train(train, ngrams, rate)
            found[rate] = self.accuracy(dev)
        return found

    def train(self, path: str, ngrams: int, rate: float) -> None:
        """Train on a file of its own format."""
        self.model = fasttext.train_supervised(path, lr=rate, wordNgrams=ngrams, **SETTINGS)

    def accuracy(self, path: str) -> float:
        """Percent of right answers on a file of its own format."""
        return 100 * self.model.test(path)[1]

    def read(self, path: str) -> None:
        """Take a file of one text a line."""
        self.lines = Path(path).read_text(encoding="utf-8").splitlines()

    def predict(self) -> int:
        """A label for each line; how many."""
        return len(self.model.predict(self.lines)[0])


def versions() -> dict[str, str]:
    """Versions of what counts."""
    return {"fasttext-wheel": version("fasttext-wheel")}


if __name__ == "__main__":
    bag = Bag()
    orders = (bag.choose, bag.train, bag.accuracy, bag.read, bag.predict, versions)
    obey({order.__name__: order for order in orders})
