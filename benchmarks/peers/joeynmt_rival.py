"""JoeyNMT's side of the races: its recurrent translator, trained and decoded by its own trainer and its own search.

Run by the Python of an environment of its own (requirements-joeynmt.txt), by the scripts beside this one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from joeynmt.config import parse_global_args
from joeynmt.prediction import predict, prepare
from joeynmt.training import TrainManager
from orders import obey


class Translator:
    """A translator in training."""

    def begin(self, config: dict[str, Any]) -> int:
        """Read the data and build the network, as `joeynmt train` does; how many numbers it learns."""
        torch.set_num_threads(1)
        self.args = args = parse_global_args(config, rank=0, mode="train")
        args.model_dir.mkdir(parents=True)
        self.model, self.data, self.dev, self.test = prepare(args, rank=0, mode="train")
        places = {"model_dir": args.model_dir, "device": args.device, "autocast": args.autocast}
        self.trainer = TrainManager(0, self.model, train_args=args.train, dev_args=args.test, **places)
        self.batches = self._batches()
        self.found: list[dict[str, Any]] = []
        self.training, self.ended = threading.Thread(target=self._train_and_validate, daemon=True), False
        self.turn, self.halted = threading.Semaphore(0), threading.Semaphore(0)
        return sum(parameter.numel() for parameter in self.model.parameters())

    def _batches(self) -> Iterator[Any]:
        args = self.args
        yield from self.data.make_iter(
            batch_size=args.train.batch_size,
            batch_type="sentence",
            seed=args.seed,
            shuffle=False,  # the lines are in an order at random already, the same for both contestants
            device=args.device,
            eos_index=self.model.eos_index,
            pad_index=self.model.pad_index,
        )

    def weigh(self, path: str) -> None:
        """Take the weights of a file of arrays, all of them, and forget the gradients that were."""
        with np.load(path) as arrays:
            self.model.load_state_dict({name: torch.from_numpy(arrays[name]) for name in arrays.files})
        self.trainer.optimizer.state.clear()

    def train(self, updates: int) -> list[float]:
        """Train on the next batches, as `train_and_validate` does; the loss of each, by token."""
        losses = []
        for _ in range(updates):
            losses.append(self.trainer._train_step(next(self.batches))[0])
            self.trainer.clip_grad_fun(parameters=self.model.parameters())
            self.trainer.optimizer.step()
            self.model.zero_grad()
        return losses

    def advance(self, until: float | None) -> list[dict[str, Any]] | None:
        """Train on by `train_and_validate` until so many processor seconds are spent, or to the end.

        Returns:
            At each validation on the way, the seconds spent and the translations; None if training had ended.
        """
        if not self.training.is_alive() and self.ended:
            return None
        while not self.ended and (until is None or time.process_time() < until):
            self.turn.release()
            if not self.training.is_alive():
                self.training.start()
            self.halted.acquire()
        found, self.found = self.found, []
        return found

    def _train_and_validate(self) -> None:
        """Run their whole training, which halts after each validation."""
        validate = self.trainer._validate

        def halting(data: Any) -> None:
            validate(data)
            texts = (self.args.model_dir / f"{self.trainer.stats.steps}.hyps").read_text(encoding="utf-8").splitlines()
            self.found.append({"seconds": time.process_time(), "texts": texts})
            self.halted.release()
            self.turn.acquire()

        self.turn.acquire()
        self.trainer._validate = halting
        self.trainer.train_and_validate(self.data, self.dev)
        self.ended = True
        self.halted.release()

    def translate(self) -> list[str]:
        """The translations of the test part, as its own `test` writes them: pieces at spaces."""
        args = self.args
        found = predict(self.model, self.test, args.device, n_gpu=0, args=args.test, autocast=args.autocast)
        texts: list[str] = found[2]
        return texts


def versions() -> dict[str, str]:
    """Versions of what counts."""
    return {"joeynmt": version("joeynmt"), "joeynmt's torch": torch.__version__}


if __name__ == "__main__":
    translator = Translator()
    orders = (
        translator.begin,
        translator.weigh,
        translator.train,
        translator.advance,
        translator.translate,
        versions,
    )
    obey({order.__name__: order for order in orders})
