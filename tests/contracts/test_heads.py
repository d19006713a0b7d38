"""The laws of every registered head, and proof that each law catches the faults planted for it.

A new head is covered without an edit here. What is best and how likely it is, the laws ask of the loss itself: each
candidate answer of a small case is scored by `loss`, a negative log-likelihood, and the prediction must agree.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor

from seqweave.data.sizes import LabelSpace
from seqweave.layers.contracts import HEADS, Encoded, Head, LabelHeadConfig, Loss, TagHeadConfig

from .faults_heads import FAULTS, SoundRows, SoundTokens

IN_DIM, LABELS = 5, 3
LENGTHS = (3, 1, 2)
MASK = torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS).unsqueeze(1)
Law = Callable[[Callable[[], Head], bool], None]

CONFIGS = [pytest.param(config(), id=kind) for kind, config in HEADS]


def built(build: Callable[[], Head]) -> Head:
    """A head in eval mode and double precision, every parameter of it off zero."""
    head = build().double().eval()
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return head


def encoded(mask: Tensor = MASK) -> Encoded:
    states = torch.randn(*mask.shape, IN_DIM, dtype=torch.float64) * mask.unsqueeze(2)
    return Encoded(states, torch.randn(len(mask), IN_DIM, dtype=torch.float64), mask)


def gold(tokens: bool, mask: Tensor = MASK) -> Tensor:
    """A gold answer for each row."""
    if tokens:
        return torch.randint(LABELS, mask.shape).masked_fill(~mask, -100)
    return torch.eye(LABELS)[torch.randint(LABELS, (len(mask),))]


def close(found: Tensor, wanted: Tensor) -> bool:
    return torch.allclose(found.double(), wanted.double(), rtol=1e-6, atol=1e-6)


def row(tensor: Tensor, index: int, tokens: bool) -> Tensor:
    """One row, cut to its own length."""
    return tensor[index : index + 1, : LENGTHS[index]] if tokens else tensor[index : index + 1]


def loss_is_a_sum_over_rows(build: Callable[[], Head], tokens: bool) -> None:
    head, targets = built(build), gold(tokens)
    scores = head(encoded())
    whole = head.loss(scores, targets, MASK)
    parts = [
        head.loss(row(scores, i, tokens), row(targets, i, tokens), MASK[i : i + 1, :length])
        for i, length in enumerate(LENGTHS)
    ]
    assert close(whole.total, torch.stack([part.total for part in parts]).sum())
    assert whole.count == sum(int(part.count) for part in parts)


def count_is_of_gold(build: Callable[[], Head], tokens: bool) -> None:
    """Row 0 loses its gold: the rest counts and costs as if it were alone; without any gold there is nothing."""
    head, targets = built(build), gold(tokens)
    scores = head(encoded())
    without = -100 if tokens else float("nan")
    some, none = targets.clone(), targets.clone()
    some[0], none[:] = without, without
    found, rest = head.loss(scores, some, MASK), head.loss(scores[1:], targets[1:], MASK[1:])
    assert close(found.total, rest.total)
    assert found.count == (sum(LENGTHS[1:]) if tokens else len(LENGTHS) - 1)
    nothing = head.loss(scores, none, MASK)
    assert nothing.total == 0
    assert nothing.count == 0
    nothing.total.backward()


def padding_changes_nothing(build: Callable[[], Head], tokens: bool) -> None:
    head, targets, more = built(build), gold(tokens), 2
    short, mask = encoded(), torch.cat([MASK, MASK.new_zeros(len(MASK), more)], dim=1)
    junk = torch.randn(*mask.shape, IN_DIM, dtype=torch.float64) * 100
    junk[:, : MASK.shape[1]] = torch.where(MASK.unsqueeze(2), short.states, junk[:, : MASK.shape[1]])
    wide = torch.nn.functional.pad(targets, (0, more), value=-100) if tokens else targets
    scores, long = head(short), head(Encoded(junk, short.summary, mask))
    found, wanted = head.loss(long, wide, mask), head.loss(scores, targets, MASK)
    assert close(found.total, wanted.total)
    assert found.count == wanted.count
    answer, other = head.predict(scores, MASK), head.predict(long, mask)
    assert close(answer.probabilities, other.probabilities[:, : answer.probabilities.shape[1]])
    if tokens:
        assert torch.equal(answer.tags, other.tags[:, : MASK.shape[1]])
        assert torch.equal(other.tags == -100, ~mask)
        assert torch.equal(other.probabilities == 0, ~mask)


def likelihoods(head: Head, scores: Tensor, tokens: bool, index: int) -> dict[tuple[int, ...], float]:
    """The likelihood of every sequence of tags of a row, or of every single label, by the head's own loss."""
    paths = list(product(range(LABELS), repeat=LENGTHS[index] if tokens else 1))
    answers = [torch.tensor([path]) if tokens else torch.eye(LABELS)[list(path)] for path in paths]
    mask, scores = MASK[index : index + 1, : LENGTHS[index]], row(scores, index, tokens)
    return {
        path: head.loss(scores, answer, mask).total.neg().exp().item()
        for path, answer in zip(paths, answers, strict=True)
    }


def prediction_has_the_least_loss(build: Callable[[], Head], tokens: bool) -> None:
    head = built(build)
    scores = head(encoded()) * 2
    raw = head.predict(scores, MASK)
    for index, length in enumerate(LENGTHS):
        by_path = likelihoods(head, scores, tokens, index)
        best = max(by_path, key=by_path.__getitem__)
        assert best == (
            tuple(raw.tags[index, :length].tolist()) if tokens else (int(raw.probabilities[index].argmax()),)
        )


def probabilities_are_those_of_the_loss(build: Callable[[], Head], tokens: bool) -> None:
    """Tags: the likelihoods of all sequences with that tag add up to it. Rows: the ratios of odds agree."""
    head = built(build)
    scores = head(encoded())
    raw = head.predict(scores, MASK)
    assert bool(((raw.probabilities >= 0) & (raw.probabilities <= 1)).all())
    for index, length in enumerate(LENGTHS):
        by_path = likelihoods(head, scores, tokens, index)
        if tokens:
            for time in range(length):
                share = sum(p for path, p in by_path.items() if path[time] == raw.tags[index, time])
                assert close(raw.probabilities[index, time], torch.tensor(share))
        else:
            order = sorted(range(LABELS), key=lambda label: by_path[label,])
            assert raw.probabilities[index].argsort().tolist() == order


def log_probabilities_are_those_of_the_answer(build: Callable[[], Head], tokens: bool) -> None:
    """They agree with the answer's own, and stay finite, with gradients, where a probability is rounded to nothing."""
    head = built(build)
    scores = head(encoded())
    raw, found = head.predict(scores, MASK), head.log_probabilities(scores, MASK).exp()
    assert found.shape == scores.shape
    if tokens:
        found = found.gather(2, raw.tags.clamp(min=0).unsqueeze(2)).squeeze(2)[MASK]
    assert close(found, raw.probabilities[MASK] if tokens else raw.probabilities)
    narrow, large = built(build).float(), (scores.float() * 1e4).detach().requires_grad_()
    logs = narrow.log_probabilities(large, MASK)
    real = logs[MASK] if tokens else logs
    (grad,) = torch.autograd.grad(real.sum(), large)
    assert bool(torch.isfinite(real).all())
    assert bool(torch.isfinite(grad).all())


def gradient_reaches_everything(build: Callable[[], Head], tokens: bool) -> None:
    head, inputs = built(build), encoded()
    leaf = (inputs.states if tokens else inputs.summary).requires_grad_()
    head.loss(head(inputs), gold(tokens), MASK).total.backward()
    for name, parameter in [*head.named_parameters(), ("input", leaf)]:
        assert parameter.grad is not None, name
        assert bool((parameter.grad != 0).any()), name


def scores_have_their_shape(build: Callable[[], Head], tokens: bool) -> None:
    for mask in (MASK, MASK[1:2, :1]):
        wanted = (*mask.shape, LABELS) if tokens else (len(mask), LABELS)
        assert built(build)(encoded(mask)).shape == wanted


def certain_gold_costs_nothing(build: Callable[[], Head], tokens: bool) -> None:
    head, targets = built(build), gold(tokens)
    answers = torch.eye(LABELS)[targets.clamp(min=0)] if tokens else targets
    loss: Loss = head.loss((answers.double() * 2 - 1) * 100, targets, MASK)
    assert 0 <= loss.mean < 1e-6


def large_scores_stay_finite(build: Callable[[], Head], tokens: bool) -> None:
    head = built(build).float()
    inputs = encoded()
    scores = (head(Encoded(inputs.states.float(), inputs.summary.float(), MASK)) * 1e4).detach().requires_grad_()
    loss = head.loss(scores, gold(tokens), MASK)
    (grad,) = torch.autograd.grad(loss.total, scores)
    assert all(bool(torch.isfinite(x).all()) for x in (loss.total, grad, head.predict(scores, MASK).probabilities))


def saved_equals_loaded(build: Callable[[], Head], tokens: bool) -> None:
    head, other, inputs = built(build), built(build), encoded()
    other.load_state_dict(head.state_dict())
    assert torch.equal(head(inputs), other(inputs))
    wanted, found = (h.predict(h(inputs), MASK).probabilities for h in (head, other))
    assert torch.equal(found, wanted)


LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        loss_is_a_sum_over_rows,
        count_is_of_gold,
        padding_changes_nothing,
        prediction_has_the_least_loss,
        probabilities_are_those_of_the_loss,
        log_probabilities_are_those_of_the_answer,
        gradient_reaches_everything,
        scores_have_their_shape,
        certain_gold_costs_nothing,
        large_scores_stay_finite,
        saved_equals_loaded,
    )
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("config", CONFIGS)
def test_law_holds(config: LabelHeadConfig | TagHeadConfig, law: str) -> None:
    torch.manual_seed(0)
    LAWS[law](lambda: config.build(IN_DIM, LabelSpace.free(LABELS)), isinstance(config, TagHeadConfig))


@pytest.mark.parametrize("config", CONFIGS)
def test_config_survives_files(config: LabelHeadConfig | TagHeadConfig) -> None:
    assert type(config)(**json.loads(json.dumps(config.dump()))) == config


def test_every_kind_is_here() -> None:
    assert {"crf", "label", "labels", "tags"} <= set(HEADS.kinds())


@pytest.mark.parametrize("law", LAWS)
def test_law_catches_its_faults(law: str) -> None:
    assert law in FAULTS, "a law without a planted fault proves nothing"
    for fault in FAULTS[law]:
        torch.manual_seed(0)
        with pytest.raises((AssertionError, RuntimeError)):
            LAWS[law](lambda fault=fault: fault(IN_DIM, LABELS), issubclass(fault, SoundTokens))


@pytest.mark.parametrize("sound", [SoundRows, SoundTokens])
def test_faults_are_single(sound: type[SoundRows | SoundTokens]) -> None:
    """Without its fault, the head that all faults derive from keeps every law."""
    for law in LAWS.values():
        torch.manual_seed(0)
        law(lambda: sound(IN_DIM, LABELS), sound is SoundTokens)
