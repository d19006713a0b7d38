"""Time of a training step of an LSTM with dropped recurrent weights over that of `nn.LSTM`, at AWD-LSTM's lengths."""

from __future__ import annotations

import torch
from measuring import Question, arguments, report, times_ratio
from torch import nn

from seqweave.parts.encoders.lstm import LSTMConfig

BATCH, TIME, HIDDEN, RATE = 20, 70, 650, 0.5
QUESTION = Question(
    "bench-weight-drop",
    f"weight-drop LSTM train step over nn.LSTM, B{BATCH} T{TIME} H{HIDDEN}, rate {RATE}",
    "lower",
    1.15,
)


def main() -> None:
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    ours = LSTMConfig(hidden=HIDDEN, bidirectional=False, weight_drop=RATE).build(HIDDEN).train()
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
