"""The balance of layers in a plain loop, and the law of the whole map against its sum written out."""

from __future__ import annotations

import itertools

import numpy as np

from solvers import GradientDescent
from solvers.observe import iterates
from solvers.problems.deep_families import starting_at
from solvers.problems.deep_linear import balanced, flat
from theorems.balanced_nets import imbalance, preconditioned

RNG = np.random.default_rng(1)
WEIGHTS = [RNG.standard_normal((3, 3)) / 2 for _ in range(3)]
GOAL = RNG.standard_normal((3, 3))
NET = starting_at(GOAL, WEIGHTS, "net")


def test_a_round_changes_the_balance_by_the_square_of_the_step():
    step, rounds = 0.02, 30
    W1, W2, W3 = (w.copy() for w in WEIGHTS)
    first = [W2.T @ W2 - W1 @ W1.T, W3.T @ W3 - W2 @ W2.T]
    change = [np.zeros((3, 3)), np.zeros((3, 3))]
    for _ in range(rounds):
        E = W3 @ W2 @ W1 - GOAL
        G1, G2, G3 = W2.T @ W3.T @ E, W3.T @ E @ W1.T, E @ (W2 @ W1).T
        change[0] += step**2 * (G2.T @ G2 - G1 @ G1.T)
        change[1] += step**2 * (G3.T @ G3 - G2 @ G2.T)
        W1, W2, W3 = W1 - step * G1, W2 - step * G2, W3 - step * G3
    x = next(itertools.islice(iterates(GradientDescent(step=step), [NET]), rounds, None))
    np.testing.assert_allclose(x[0], flat([W1, W2, W3]), atol=1e-13)
    wanted = np.concatenate([(a + b).ravel() for a, b in zip(first, change, strict=True)])
    np.testing.assert_allclose(imbalance((3, 3, 3, 3), x)[0], wanted, atol=1e-13)


def test_the_law_of_the_whole_map_is_the_derivative_along_the_flow():
    W = RNG.standard_normal((3, 3))
    W1, W2, W3 = balanced(W, (3, 3, 3, 3))
    E = W - GOAL
    wanted = W3 @ W2 @ W2.T @ W3.T @ E + W3 @ W3.T @ E @ W1.T @ W1 + E @ W1.T @ W2.T @ W2 @ W1
    np.testing.assert_allclose(preconditioned(W, E, 3, 3), wanted, atol=1e-12)
