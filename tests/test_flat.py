"""Exact factors on flat designs: the declared modal forms against the steps, the factors against peers."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from solvers import SAGA, SGD, GradientDescent, HeavyBall, RandomizedCoordinateDescent
from solvers import constants as c
from solvers import method as protocol
from solvers.flat import Flat, log_mean_square_factor, mean_square_factor, modal_arrays
from solvers.moments import SecondMoment
from solvers.problems.least_squares import square_root
from solvers.problems.quadratic import dense, unit_diagonal
from solvers.problems.sampled_families import flat_design
from tests.samples import U

SPECTRUM = np.array([0.2, 0.4, 0.7, 1.1, 2.6])
QUADRATIC = unit_diagonal(SPECTRUM, "five unknowns", seed=3)
ROWS = square_root(QUADRATIC)

#: The method, its instance, and what its modal form speaks of, read off a state.
CASES = {
    "coordinate descent": (RandomizedCoordinateDescent(0.8), QUADRATIC, lambda p, s: [s.memory]),
    "SGD": (SGD(step=0.6), ROWS, lambda p, s: [s.x @ p.rows[0].T]),
    "SAGA": (SAGA(step=0.3), ROWS, lambda p, s: [s.x @ p.rows[0].T, s.table]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_declared_modal_form_is_what_a_step_does(name):
    """z -> (M0 + r e_i e_i' h') z with M0, r, h functions of Q, from a random state and for every i."""
    method, instance, read = CASES[name]
    eigenvalues, vectors = np.linalg.eigh(QUADRATIC.problem.Q)
    M0, r, h = modal_arrays(method, instance, eigenvalues)
    problem = type(instance.problem)(*(array[None] for array in instance.problem))
    columns = type(method)(*(np.full((1, 1), float(v)) for v in method))
    rng = np.random.default_rng(0)

    def of_Q(values):
        return (vectors * values) @ vectors.T

    for i in range(5):
        state = columns.start(problem, rng.standard_normal((1, 5)))
        if name == "SAGA":  # a table that is not the gradients of the iterate
            state.table[:] = rng.standard_normal((1, 5))
            protocol.refresh(columns, problem, state)
        before = [block[0].copy() for block in read(problem, state)]
        protocol.update(columns, problem, state, (np.zeros(1, int), np.array([i])))
        scalar = sum((of_Q(h[:, k]) @ before[k])[i] for k in range(len(before)))
        for a, after in enumerate(read(problem, state)):
            wanted = sum(of_Q(M0[:, a, k]) @ before[k] for k in range(len(before)))
            wanted = wanted + of_Q(r[:, a])[:, i] * scalar
            np.testing.assert_allclose(after[0], wanted, atol=200 * U * np.abs(before).max())


def hadamard_design(n, small, large):
    """A unit-diagonal Q with eigenvalue ``small`` once, ``large`` once, and the rest equal."""
    rest = (n - small - large) / (n - 2)
    spectrum = np.r_[small, large, np.full(n - 2, rest)]
    H = scipy.linalg.hadamard(n)
    return dense((H * spectrum) @ H.T / n, f"Hadamard {n}"), Flat(
        np.array([small, large, rest]), np.array([1, 1, n - 2]) / n
    )


@pytest.mark.parametrize("n", [4, 8, 16])
@pytest.mark.parametrize("method", [RandomizedCoordinateDescent(), RandomizedCoordinateDescent(1.3)])
def test_coordinate_descent_on_a_hadamard_design_has_the_factor_of_its_second_moment(n, method):
    instance, _ = hadamard_design(n, 0.1, 2.0)
    flat = flat_design(n, kappa_CD=10.0, gain=2.0)
    np.testing.assert_allclose(
        np.sort(np.unique(instance.spectrum.round(12))), np.sort(flat.problem.eigenvalues)
    )
    assert mean_square_factor(method, flat) == pytest.approx(
        SecondMoment.of(method, instance).factor(), rel=1e-11
    )


@pytest.mark.parametrize("n", [4, 8, 16])
@pytest.mark.parametrize("method", [SGD(step=0.7), SAGA(step=1 / 3), SAGA(step=0.2)])
def test_a_sum_on_a_hadamard_design_has_the_factor_of_its_second_moment(n, method):
    instance, _ = hadamard_design(n, 0.1, 2.0)
    factor = SecondMoment.of(method, square_root(instance)).factor()
    assert mean_square_factor(method, flat_design(n, kappa_CD=10.0, gain=2.0)) == pytest.approx(
        factor, rel=1e-10
    )


def test_the_band_of_coordinate_descent_holds_for_a_hundred_thousand_unknowns():
    """2 mu/(1 + mu) <= n (1 - factor) <= 2 mu - mu^2/n."""
    n = 131072
    flat = flat_design(n, kappa_CD=64.0, gain=1000.0)
    mu = flat.constants[c.mu]
    shrinks = -n * np.expm1(log_mean_square_factor(RandomizedCoordinateDescent(), flat))
    assert 2 * mu / (1 + mu) * (1 - 1e-9) <= shrinks <= (2 * mu - mu**2 / n) * (1 + 1e-9)


def test_sagas_mean_square_limit_is_the_golden_section():
    """All eigenvalues equal: stable up to (sqrt(5) - 1)/2 as n grows."""
    golden = (np.sqrt(5) - 1) / 2
    identity = flat_design(20_000, kappa_CD=1.0, gain=1.0)
    assert mean_square_factor(SAGA(step=0.999 * golden), identity) < 1
    with pytest.raises(ValueError, match="does not contract in mean square"):
        mean_square_factor(SAGA(step=1.001 * golden), identity)


@pytest.mark.parametrize("method", [GradientDescent(), HeavyBall()])
def test_a_method_without_a_modal_form_is_refused(method):
    with pytest.raises(ValueError, match=r"has no modal form.*take a dense instance"):
        mean_square_factor(method, flat_design(8, kappa_CD=4.0, gain=2.0))
