"""The linear classifier against scikit-learn, and its naive-Bayes ratios against a plain loop."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from seqweave.data.batches import LabelBatch, TokenBatch
from seqweave.data.sizes import FeatureSize, LabelSpace, Sizes
from seqweave.models.linear import LinearConfig

ROWS, FEATURES, LABELS = 60, 12, 3
WEIGHTINGS = ["naive-bayes", "tf-idf", "binary"]
FLAT = 1e-5


def problem(seed=0, multi_label=False):
    """A random matrix of ones, the first row empty, and targets that depend on it."""
    generator = np.random.default_rng(seed)
    x = (generator.random((ROWS, FEATURES)) < 0.3).astype(np.float64)
    x[0] = 0
    scores = x @ generator.normal(size=(FEATURES, LABELS)) + generator.normal(size=(ROWS, LABELS))
    y = (scores > 0.5).astype(np.float64) if multi_label else np.eye(LABELS)[scores.argmax(1)]
    return x, y


def batch_of(x, y):
    ids, offsets = x.nonzero()[1], np.concatenate([[0], np.cumsum(x.sum(1))]).astype(np.int64)
    features = {"bag": torch.from_numpy(ids), "bag.offsets": torch.from_numpy(offsets)}
    tokens = TokenBatch(features, torch.ones(len(x), 1, dtype=torch.bool))
    return LabelBatch(tokens, torch.from_numpy(y), torch.arange(len(x)))


def fitted(x, y, exclusive=True, weights=None, **settings):
    space = LabelSpace.free(y.shape[1])
    ones = space.weights if weights is None else weights
    space = replace(space, weights=ones, exclusive=exclusive)
    config = LinearConfig(iterations=1000, tolerance=1e-7, **settings)
    model = config.build(Sizes({"bag": FeatureSize(x.shape[1])}, space)).double()
    model.fit(batch_of(x, y))
    return model


def oracle(x, y, strength, weights=None):
    model = LogisticRegression(C=strength, tol=1e-10, max_iter=10_000, class_weight=weights)
    return model.fit(x, y)


@pytest.mark.parametrize("strength", [0.1, 1.0, 10.0])
def test_multinomial_is_scikit_learns(strength):
    x, y = problem()
    found = fitted(x, y, weighting="binary", strength=strength).predict(batch_of(x, y)).probabilities
    wanted = oracle(x, y.argmax(1), strength).predict_proba(x)
    assert np.abs(found.detach().numpy() - wanted).max() < 1e-4


def test_two_labels_are_scikit_learns_with_twice_the_strength():
    x, y = problem()
    y = np.stack([y[:, 0], 1 - y[:, 0]], axis=1)
    found = fitted(x, y, weighting="binary", strength=0.3).predict(batch_of(x, y)).probabilities
    wanted = oracle(x, y.argmax(1), 0.6).predict_proba(x)
    assert np.abs(found.detach().numpy() - wanted).max() < 1e-4


def test_tf_idf_is_scikit_learns():
    x, y = problem()
    scaled = TfidfTransformer().fit_transform(x)
    found = fitted(x, y, weighting="tf-idf", strength=2.0).predict(batch_of(x, y)).probabilities
    wanted = oracle(scaled, y.argmax(1), 2.0).predict_proba(scaled)
    assert np.abs(found.detach().numpy() - wanted).max() < 1e-4


def test_label_weights_are_scikit_learns():
    x, y = problem()
    weights = np.array([1.0, 3.0, 0.5])
    found = fitted(x, y, weights=weights, weighting="binary").predict(batch_of(x, y)).probabilities
    wanted = oracle(x, y.argmax(1), 1.0, dict(enumerate(weights))).predict_proba(x)
    assert np.abs(found.detach().numpy() - wanted).max() < 1e-4


def test_any_number_of_labels_is_one_regression_for_each():
    x, y = problem(multi_label=True)
    found = fitted(x, y, exclusive=False, weighting="binary").predict(batch_of(x, y)).probabilities
    wanted = np.stack([oracle(x, y[:, label], 1.0).predict_proba(x)[:, 1] for label in range(LABELS)], axis=1)
    assert np.abs(found.detach().numpy() - wanted).max() < 1e-4


def test_the_weight_of_one_of_several_labels_is_scikit_learns_of_its_yes():
    x, y = problem(multi_label=True)
    weights = np.array([1.0, 3.0, 0.5])
    found = fitted(x, y, exclusive=False, weights=weights, weighting="binary").predict(batch_of(x, y)).probabilities
    models = [oracle(x, y[:, label], 1.0, {0: 1.0, 1: weights[label]}) for label in range(LABELS)]
    wanted = np.stack([model.predict_proba(x)[:, 1] for model in models], axis=1)
    assert np.abs(found.detach().numpy() - wanted).max() < 1e-4


def test_naive_bayes_ratios_are_those_of_a_loop():
    """Wang and Manning, 2012, section 2.1, each label against the others, with their smoothing of 1."""
    x, y = problem()
    scale = fitted(x, y, weighting="naive-bayes", smoothing=1.0, strength=0.01).scale
    for label in range(LABELS):
        inside = [1.0 + sum(x[row, f] for row in range(ROWS) if y[row, label]) for f in range(FEATURES)]
        outside = [1.0 + sum(x[row, f] for row in range(ROWS) if not y[row, label]) for f in range(FEATURES)]
        for f in range(FEATURES):
            wanted = math.log((inside[f] / sum(inside)) / (outside[f] / sum(outside)))
            assert math.isclose(scale[f, label], wanted, abs_tol=1e-6)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_the_fit_is_a_minimum_and_its_gradient_that_of_autograd(weighting):
    x, y = problem(2)
    model, batch = fitted(x, y, weighting=weighting, strength=0.7), batch_of(x, y)
    (model.loss(batch).mean + model.weight.square().sum() / (2 * 0.7 * ROWS)).backward()
    assert model.weight.grad.abs().max() < FLAT
    assert model.bias.grad.abs().max() < FLAT


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_an_empty_bag_gets_the_bias_and_rows_without_gold_cost_nothing(weighting):
    x, y = problem(3)
    model = fitted(x, y, weighting=weighting)
    scores = model.scores(batch_of(x, y))
    assert torch.equal(scores[0], model.bias)
    assert bool(scores.isfinite().all())
    hidden = y.copy()
    hidden[5:] = np.nan
    some, first = model.loss(batch_of(x, hidden)), model.loss(batch_of(x[:5], y[:5]))
    assert some.count == first.count == 5
    torch.testing.assert_close(some.total, first.total)
