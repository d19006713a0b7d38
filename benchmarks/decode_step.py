"""Speed of one decoding step of our recurrent attention decoder over the same step with `nn.LSTM` called at T = 1.

Both have the same weights and the same attention, and each goes on from its own last state, as in a search. The rival
is the loop that translators often write: `nn.LSTM` makes its weights ready anew at every call. That both write the same
states is asserted first. Processor seconds count, for one thread does all the work. How much of our step is products
by weights that are laid already, which nothing can leave out, stands beside: with that alone, a step would be faster
by one over this share.

    python benchmarks/decode_step.py --batch 1 --output results
    python benchmarks/decode_step.py --batch 64 --output results
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import torch
from measuring import Question, arguments, report, times_ratio
from torch import Tensor, nn

from seqweave.layers.cells import Cell
from seqweave.layers.generation import EncodedMemory, MemorySizes
from seqweave.layers.repeated import repeated
from seqweave.parts.decoders.attention import AttentionConfig, AttentionDecoder, AttentionState

GOALS = {1: 4.0, 64: 1.8}
"""How many times as fast a step is to be, by batch."""
SOURCE = 30
SIZE = (512, 2)
HEAP_BYTES = 28 * 2**20
"""Freed once, this much makes glibc keep what is freed later, as in any process that ever freed a large tensor. If not,
`nn.LSTM`, which packs into new memory at every call, takes up to twice as long in some processes and not in others."""
OTHERS = ((256, 1), (256, 2), (512, 1), (1024, 1))
"""Size of the states and number of layers: of the race, and of what is told beside it."""


class StepByLSTM:
    """Our decoder's step, its recurrent layers left to `nn.LSTM`."""

    def __init__(self, decoder: AttentionDecoder) -> None:
        cells = [cell for cell in decoder.below.cells if isinstance(cell, Cell)]
        self.decoder = decoder
        self.recurrent = nn.LSTM(cells[0].inputs.in_features, decoder.below.hidden, len(cells), batch_first=True)
        for depth, cell in enumerate(cells):
            linears = {"ih": cell.inputs, "hh": cell.recurrent}
            for name, linear in linears.items():
                self.recurrent.get_parameter(f"weight_{name}_l{depth}").data.copy_(linear.weight)
                self.recurrent.get_parameter(f"bias_{name}_l{depth}").data.copy_(linear.bias)

    def __call__(
        self, vectors: Tensor, start: AttentionState, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """The decoder's state after one token, and (h, c) of all layers. Shape of vectors: (sentences, 1, in_dim)."""
        memory = start.memory
        top, state = self.recurrent(vectors, state)
        context = torch.bmm(self.decoder.alignment(top, start.keys, memory.mask), memory.states)
        assert self.decoder.combine
        return torch.tanh(self.decoder.combine(torch.cat([top, context], dim=2))), state


@dataclass
class Case:
    """Both rivals over one memory, each with its last state."""

    decoder: AttentionDecoder
    vectors: Tensor
    start: AttentionState

    def __post_init__(self) -> None:
        self.rival, self.state = StepByLSTM(self.decoder), self.start
        h, c = (torch.cat(part, dim=1).transpose(0, 1).contiguous() for part in zip(*self.start.layers, strict=True))
        self.their_state = (h, c)

    @classmethod
    def of(cls, hidden: int, layers: int, batch: int) -> Case:
        """A decoder of one size, over a random memory."""
        decoder = AttentionConfig(hidden=hidden, layers=layers).build(hidden, MemorySizes(hidden, hidden)).eval()
        states, lengths = torch.randn(batch, SOURCE, hidden), torch.randint(SOURCE // 2, SOURCE + 1, (batch, 1))
        mask = torch.arange(SOURCE) < lengths
        memory = EncodedMemory(
            states * mask.unsqueeze(2), torch.randn(batch, SOURCE, hidden), torch.randn(batch, hidden), mask
        )
        return cls(decoder, torch.randn(batch, 1, hidden), decoder.start(memory))

    def ours(self) -> Tensor:
        """One step; states of shape (sentences, 1, hidden)."""
        decoded, self.state = self.decoder.step(self.vectors, self.state)
        return decoded.states

    def theirs(self) -> Tensor:
        """One step; states of shape (sentences, 1, hidden)."""
        states, self.their_state = self.rival(self.vectors, self.start, self.their_state)
        return states

    def products(self) -> None:
        """The products of a step by the decoder's weights alone."""
        decoder, rows = self.decoder, len(self.vectors)
        for cell in decoder.below.cells:
            assert isinstance(cell, Cell)
            repeated(self.vectors.new_ones(rows, 1, 2 * decoder.below.hidden), cell.inputs, cell.recurrent)
        assert decoder.combine
        repeated(self.vectors.new_ones(rows, 1, decoder.combine.in_features), decoder.combine)

    def ratios(self, options: argparse.Namespace) -> list[float]:
        """Our time over theirs, once a run, after both agreed step by step."""
        for _ in range(3):
            torch.testing.assert_close(self.ours(), self.theirs(), atol=1e-5, rtol=1e-4)
        return times_ratio(self.ours, self.theirs, options.rounds, time.process_time)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--batch", type=int, choices=GOALS, required=True, help="hypotheses that are stepped at once")
    parser.set_defaults(rounds=20)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    torch.empty(HEAP_BYTES, dtype=torch.uint8)
    hidden, layers = SIZE
    size = f"{layers} layers of {hidden}, batch {options.batch}, attention over {SOURCE}"
    what = f"decoding steps a second over nn.LSTM called at T1, {size}"
    question = Question(f"bench-decode-step-b{options.batch}", what, "higher", GOALS[options.batch])
    with torch.no_grad():
        case = Case.of(hidden, layers, options.batch)
        ratios = case.ratios(options)
        shares = times_ratio(case.products, case.ours, options.rounds, time.process_time)
        others = [(size, Case.of(*size, options.batch).ratios(options)) for size in OTHERS]
    facts = [
        {"hidden": hidden, "layers": layers, "runs": [round(1 / ratio, 2) for ratio in runs]}
        for (hidden, layers), runs in others
    ]
    told = {"share_of_products": [round(share, 2) for share in shares], "others": facts}
    report(question, ratios, options, told)


if __name__ == "__main__":
    main()
