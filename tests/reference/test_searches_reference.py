"""Searches against the whole space written down, against each other, and against a slow beam in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from math import exp, log

import pytest
import torch
from tests.contracts.toy_networks import BEGIN, END, ToyNetwork, ToyState, framed, sequences

from seqweave.decoding.beam import BeamSearch
from seqweave.decoding.contract import Found, Frame, Hypothesis, stands
from seqweave.decoding.exact import ExactSearch
from seqweave.decoding.exhaustive import ExhaustiveSearch
from seqweave.decoding.greedy import GreedySearch
from seqweave.decoding.sampling import Sampling

MODELS = list(range(500))
NETWORK = ToyNetwork()
TOKENS, LIMIT = NETWORK.tokens, 4
SCORES: dict[str, Callable[[float, int], float]] = {
    "none": lambda total, length: total,
    "length": lambda total, length: total / length,
    "gnmt": lambda total, length: total / ((5 + length) / 6) ** 0.6,
}


def run(search, frame: Frame, keys: list[int] = MODELS, network: ToyNetwork = NETWORK) -> list[Found]:
    return list(search.run(network.step, network.start(keys), frame))


@cache
def truth_of_all(normalise: str) -> list[Found]:
    """The three best of every model."""
    return run(ExhaustiveSearch(normalise=normalise, best=3), framed(len(MODELS), LIMIT))


@cache
def read(key: int, tokens: tuple[int, ...]) -> tuple[list[float], ToyState]:
    """Log-probabilities of what may follow some tokens, and the state after them."""
    *before, last = (BEGIN, *tokens)
    state = read(key, tokens[:-1])[1] if before else NETWORK.start([key])
    stepped, state = NETWORK.step(torch.tensor([[last]]), state)
    return stepped.log_probabilities[0, 0].tolist(), state


def chances(key: int, tokens: tuple[int, ...]) -> list[float]:
    return read(key, tokens)[0]


def space(key: int, limit: int) -> dict[tuple[tuple[int, ...], bool], float]:
    """The log-probability of every sequence."""
    known = {tokens: chances(key, tokens) for tokens, finished in sequences(limit, TOKENS) if finished}
    result = {}
    for tokens, finished in sequences(limit, TOKENS):
        total = sum(known[tokens[:i]][token] for i, token in enumerate(tokens))
        result[tokens, finished] = total + (known[tokens][END] if finished else 0.0)
    return result


@pytest.mark.parametrize("normalise", SCORES)
def test_exhaustive_search_finds_the_best_of_all_that_can_be_written_down(normalise: str) -> None:
    keys = MODELS[:3]
    found = run(ExhaustiveSearch(normalise=normalise, best=1000), framed(len(keys), LIMIT), keys)
    for key, one in zip(keys, found, strict=True):
        every = space(key, LIMIT)
        scored = {(tokens, end): SCORES[normalise](total, len(tokens) + end) for (tokens, end), total in every.items()}
        assert one.proven
        assert [(h.tokens, h.finished) for h in one.hypotheses] == sorted(scored, key=scored.get, reverse=True)
        assert [h.log_probability for h in one.hypotheses] == pytest.approx(
            [every[h.tokens, h.finished] for h in one.hypotheses], abs=1e-12
        )


def test_probabilities_of_all_sequences_add_up_to_one() -> None:
    network = ToyNetwork()
    frame = framed(3, LIMIT, never=())  # `begin` too is written here, so that nothing of the mass is lost
    found = run(ExhaustiveSearch(best=1000), frame, MODELS[:3], network)
    for one in found:
        assert sum(exp(h.log_probability) for h in one.hypotheses) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("normalise", SCORES)
def test_exact_search_equals_exhaustive_search_on_500_models(normalise: str) -> None:
    frame = framed(len(MODELS), LIMIT)
    truth = truth_of_all(normalise)
    found = run(ExactSearch(normalise=normalise, size=1, siblings=2), frame)
    assert all(one.proven for one in found)
    assert [one.hypotheses[0].tokens for one in found] == [one.hypotheses[0].tokens for one in truth]
    assert [one.hypotheses[0].score for one in found] == pytest.approx(
        [one.hypotheses[0].score for one in truth], abs=1e-12
    )
    greedy = run(BeamSearch(normalise=normalise, size=1), frame)
    assert any(first.hypotheses != one.hypotheses for first, one in zip(greedy, found, strict=True)), "it was too easy"


def test_a_beam_as_wide_as_the_space_equals_exhaustive_search() -> None:
    frame, size = framed(len(MODELS), LIMIT), TOKENS ** (LIMIT - 1)
    for normalise in SCORES:
        found = run(BeamSearch(normalise=normalise, best=3, size=size), frame)
        assert [one.hypotheses for one in found] == [one.hypotheses for one in truth_of_all(normalise)]


def test_what_is_returned_reads_again_as_it_was_scored() -> None:
    for search in (BeamSearch(best=5), ExactSearch(), Sampling(samples=3)):
        for key, one in zip(MODELS, run(search, framed(40, LIMIT), MODELS[:40]), strict=False):
            for hypothesis in one.hypotheses:
                assert NETWORK.replay(key, hypothesis) == pytest.approx(hypothesis.log_probability, abs=1e-9)


def test_the_budget_ends_the_walk_and_is_told() -> None:
    frame = framed(len(MODELS), LIMIT)
    truth, beam = truth_of_all(ExactSearch().normalise), run(BeamSearch(size=1), frame)
    for budget in (1, 4, 16):
        found = run(ExactSearch(size=1, budget=budget), frame)
        assert not all(one.proven for one in found)
        for one, best, first in zip(found, truth, beam, strict=True):
            assert first.hypotheses[0].score <= one.hypotheses[0].score <= best.hypotheses[0].score
            assert not one.proven or one.hypotheses == best.hypotheses[:1]


def slow_beam(key: int, limit: int, size: int, score: Callable[[float, int], float]) -> tuple[tuple[int, ...], bool]:
    """The beam of the module's docstring, one hypothesis at a time."""
    live, ended = [((), 0.0)], []
    for step in range(1, limit + 1):
        grown = [
            ((*tokens, token), total + chance)
            for tokens, total in live
            for token, chance in enumerate(chances(key, tokens))
            if token != BEGIN
        ]
        grown.sort(key=lambda one: -one[1])
        ended += [(score(total, step), tokens[:-1], True) for tokens, total in grown[:size] if tokens[-1] == END]
        live = [one for one in grown if one[0][-1] != END][:size]
        best = max(ended, default=(-9e9,))[0]
        if step < limit and (len(ended) >= size or score(live[0][1], limit) <= best):
            return max(ended)[1:]
    ended += [(score(total, limit), tokens, False) for tokens, total in live]
    return max(ended)[1:]


@pytest.mark.parametrize("normalise", SCORES)
def test_beam_search_equals_a_slow_one(normalise: str) -> None:
    keys = MODELS[:8]
    for size in (1, 2, 3):
        found = run(BeamSearch(normalise=normalise, size=size), framed(len(keys), LIMIT), keys)
        for key, one in zip(keys, found, strict=True):
            best = one.hypotheses[0]
            assert (best.tokens, best.finished) == slow_beam(key, LIMIT, size, SCORES[normalise])


def test_required_runs_are_found_as_well_as_by_looking_at_everything() -> None:
    runs, keys, limit = ((2, 3), (4, 4)), MODELS[:40], 5
    frame = framed(len(keys), limit, required=(runs,) * len(keys))
    truth = run(ExhaustiveSearch(), frame, keys)
    for key, one in list(zip(keys, truth, strict=True))[:3]:
        every = space(key, limit)
        kept = [pair for pair in every if all(stands(needed, pair[0]) for needed in runs)]
        best = max(kept, key=lambda pair: every[pair] / (len(pair[0]) + pair[1]))
        assert (one.hypotheses[0].tokens, one.hypotheses[0].finished) == best
    wide, exact = run(BeamSearch(size=100), frame, keys), run(ExactSearch(), frame, keys)
    assert [one.hypotheses for one in wide] == [one.hypotheses for one in truth]
    assert [one.hypotheses for one in exact] == [one.hypotheses for one in truth]


def test_places_are_shared_out_to_hypotheses_on_their_way_to_what_is_required() -> None:
    """Without, the best of all candidates alone would fill the beam, and write what is required when it must."""
    runs, keys = ((2, 3), (4, 4)), MODELS[:100]
    frame = framed(len(keys), 6, required=(runs,) * len(keys))
    truth, narrow, greedy = (run(s, frame, keys) for s in (ExactSearch(normalise="none"), BeamSearch(), GreedySearch()))
    right, late = (
        sum(a.hypotheses[0].tokens == b.hypotheses[0].tokens for a, b in zip(truth, found, strict=True))
        for found in (narrow, greedy)
    )
    assert right > 2 * late


def test_samples_are_drawn_by_their_probabilities() -> None:
    draws, key = 4000, 7
    (found,) = run(Sampling(samples=draws), framed(1, 2, never=()), [key])
    every = run(ExhaustiveSearch(best=1000), framed(1, 2, never=()), [key])[0].hypotheses
    drawn = [(h.tokens, h.finished) for h in found.hypotheses]
    squares = 0.0
    for hypothesis in every:
        wanted = draws * exp(hypothesis.log_probability)
        squares += (drawn.count((hypothesis.tokens, hypothesis.finished)) - wanted) ** 2 / wanted
    freedom = len(every) - 1
    # chi-square is nearly normal: mean `freedom`, variance twice that; four deviations
    assert abs(squares - freedom) < 4 * (2 * freedom) ** 0.5


def test_sampling_from_one_token_is_greedy_search() -> None:
    frame = framed(50, LIMIT)
    truth = [one.hypotheses[0].tokens for one in run(GreedySearch(), frame, MODELS[:50])]
    for search in (Sampling(top_k=1), Sampling(top_p=1e-9), Sampling(temperature=1e-3)):
        assert [one.hypotheses[0].tokens for one in run(search, frame, MODELS[:50])] == truth
    assert [one.hypotheses[0].tokens for one in run(BeamSearch(size=1), frame, MODELS[:50])] == truth


def test_the_nucleus_is_the_fewest_tokens_that_have_the_probability() -> None:
    key, frame = 5, framed(1, 1, never=())
    first = sorted(((exp(chance), token) for token, chance in enumerate(chances(key, ()))), reverse=True)
    for size in range(1, TOKENS):
        # half-way between what `size` - 1 and what `size` tokens have together
        border = sum(chance for chance, _ in first[:size]) - first[size - 1][0] / 2
        (found,) = run(Sampling(samples=500, top_p=border), frame, [key])
        drawn = {h.tokens[0] if h.tokens else END for h in found.hypotheses}
        assert drawn == {token for _, token in first[:size]}
        (found,) = run(Sampling(samples=500, top_k=size), frame, [key])
        assert {h.tokens[0] if h.tokens else END for h in found.hypotheses} == drawn


def test_wider_beams_reach_better_scores_on_the_whole() -> None:
    frame = framed(len(MODELS), LIMIT)
    means = []
    for size in (1, 2, 4, 8):
        scores = [one.hypotheses[0].score for one in run(BeamSearch(size=size), frame)]
        means.append(sum(scores) / len(scores))
    assert all(narrow <= wide for narrow, wide in pairwise(means))


def test_coverage_is_what_the_paper_says() -> None:
    """Beta times the logarithms of the attention each source position got, where it is less than 1; padding none."""
    beta, keys = 0.4, MODELS[:5]
    for key, one in zip(keys, run(BeamSearch(coverage=beta, best=5), framed(5, LIMIT), keys), strict=True):
        for hypothesis in one.hypotheses:
            assert hypothesis.score == pytest.approx(covered(key, hypothesis, beta), abs=1e-9)


def covered(key: int, hypothesis: Hypothesis, beta: float) -> float:
    state, looked = NETWORK.start([key]), torch.zeros(4, dtype=torch.float64)
    read = (BEGIN, *hypothesis.tokens) if hypothesis.finished else (BEGIN, *hypothesis.tokens[:-1])
    for token in read:
        stepped, state = NETWORK.step(torch.tensor([[token]]), state)
        looked += stepped.attention[0, 0]
    penalty = sum(log(min(float(attention), 1.0)) for attention in looked[:3])
    return hypothesis.log_probability / len(read) + beta * penalty
