from __future__ import annotations

import torch
from tests.contracts.toy_networks import framed

from seqweave.decoding.contract import Hypothesis
from seqweave.decoding.pool import NONE, Ended, Pool


def test_the_pool_keeps_what_sorting_everything_would() -> None:
    torch.manual_seed(0)
    pool = Pool(framed(3, 4), 2, torch.zeros(1, dtype=torch.float64))
    every: list[list[Hypothesis]] = [[], [], []]
    for length in range(1, 5):
        sentences = torch.randperm(3)[:2]
        tokens = torch.randint(9, (2, 3, length))
        scores = torch.randint(4, (2, 3)).double().masked_fill(torch.rand(2, 3) < 0.3, NONE)
        finished = length % 2 == 0
        pool.add(Ended(sentences, tokens, scores - 1, scores, finished))
        for row, sentence in enumerate(sentences.tolist()):
            for place in range(3):
                if scores[row, place] > NONE:
                    score = float(scores[row, place])
                    written = tuple(tokens[row, place].tolist())
                    every[sentence].append(Hypothesis(written, score - 1, score, finished))
    proven = [True, False, True]
    for found, wanted, sure in zip(pool.found(torch.tensor(proven)), every, proven, strict=True):
        # Python's sort is stable, too: of equal scores that which ended first
        assert list(found.hypotheses) == sorted(wanted, key=lambda one: -one.score)[:2]
        assert found.proven == sure


def test_what_is_put_is_found() -> None:
    pool = Pool(framed(2, 4), 1, torch.zeros(1, dtype=torch.float64))
    hypothesis = Hypothesis((2, 3), -1.5, -0.5, True)
    pool.put(1, hypothesis)
    assert [one.hypotheses for one in pool.found(torch.tensor([False, False]))] == [(), (hypothesis,)]
