"""Speed of a training step of our LSTM layer over that of `nn.LSTM`: the same kernel, plus masks and summary."""

from __future__ import annotations

import torch
from measuring import Question, arguments, report, times_ratio
from torch import nn

from seqweave.parts.encoders.lstm import LSTMConfig

BATCH, TIME, HIDDEN = 20, 200, 650
QUESTION = Question(
    "bench-lstm-layer", f"LSTM layer train step over nn.LSTM, B{BATCH} T{TIME} H{HIDDEN}", "higher", 0.97
)


def main() -> None:
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    ours = LSTMConfig(hidden=HIDDEN, bidirectional=False).build(HIDDEN)
    theirs = nn.LSTM(HIDDEN, HIDDEN, batch_first=True)
    theirs.load_state_dict(ours.layers[0].forwards.cell.state_dict())
    x = torch.randn(BATCH, TIME, HIDDEN, requires_grad=True)
    mask, gradient = torch.ones(BATCH, TIME, dtype=torch.bool), torch.randn(BATCH, TIME, HIDDEN)
    ratios = times_ratio(
        lambda: ours(x, mask).states.backward(gradient), lambda: theirs(x)[0].backward(gradient), options.rounds
    )
    report(QUESTION, ratios, options)


if __name__ == "__main__":
    main()
