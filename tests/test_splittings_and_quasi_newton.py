"""Splittings, orders of the coordinates and quasi-Newton methods against loops in x and closed forms."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

from checks.exact import factor_per_epoch
from checks.kinds.complexity import claimed_exponents
from solvers import (
    BFGS,
    LBFGS,
    GaussSeidel,
    GradientDescent,
    Jacobi,
    PermutedCoordinateDescent,
    RandomizedCoordinateDescent,
    exact,
    exchangeable,
    run,
)
from solvers import method as protocol
from solvers.chains import longest_chain
from solvers.constants import kappa, n
from solvers.free_state import iteration_matrix
from solvers.moments import SecondMoment
from solvers.problems import spectra
from solvers.problems.quadratic import Fixed, Quadratic, dense, spectrum_of
from solvers.problems.sampled_families import equicorrelated, spiked
from solvers.problems.splitting_families import chain, laplacian
from solvers.sampling import Sampling, stream
from solvers.trajectories import every
from tests.samples import U
from theorems.coordinate_orders import slowest_of_a_sweep
from theorems.predictions import Complexity

# ---------------------------------------------------------------- loops in x, with x* != 0

rng = np.random.default_rng(7)
SIZE, ROUNDS = 6, 12
SOLUTION, START = rng.standard_normal(SIZE) + 3, rng.standard_normal(SIZE) - 2
BASIS = np.linalg.qr(rng.standard_normal((SIZE, SIZE)))[0]
Q = BASIS * np.geomspace(1, 4, SIZE) @ BASIS.T
Q = (Q + Q.T) / 2
b = Q @ SOLUTION
LABEL = "in x"


def jacobi(x, relaxation):
    D = np.diag(Q)
    while True:
        x = (1 - relaxation) * x + relaxation * (b - Q @ x + D * x) / D
        yield x


def successive_over_relaxation(x, relaxation):
    D, lower, upper = np.diag(np.diag(Q)), np.tril(Q, -1), np.triu(Q, 1)
    while True:
        right = relaxation * b - (relaxation * upper + (relaxation - 1) * D) @ x
        x = np.linalg.solve(D + relaxation * lower, right)
        yield x


def permuted(x):
    x, round_ = x.copy(), 0
    while True:
        (order,) = Sampling(SIZE, SIZE, replace=False, ordered=True).indices(stream(LABEL, 0), round_, 1, 1)
        for i in order:
            x[i] += (b[i] - Q[i] @ x) / Q[i, i]
        round_ += 1
        yield x.copy()


def bfgs(x, shortest, longest, first):
    H = first * np.eye(SIZE)
    while True:
        g = Q @ x - b
        d = -H @ g
        best = -(g @ d) / (d @ Q @ d)
        new = x + np.clip(1, shortest * best, longest * best) * d
        s, y = new - x, Q @ (new - x)
        V = np.eye(SIZE) - np.outer(s, y) / (s @ y)
        H, x = V @ H @ V.T + np.outer(s, s) / (s @ y), new
        yield x


def limited_bfgs(x, memory, shortest, longest, first):
    """The matrix is built anew from the last pairs in every step, as the definition says."""
    pairs: list[Any] = []
    while True:
        g = Q @ x - b
        H = first * np.eye(SIZE)
        if pairs:
            s, y = pairs[-1]
            H = s @ y / (y @ y) * np.eye(SIZE)
        for s, y in pairs:
            V = np.eye(SIZE) - np.outer(s, y) / (s @ y)
            H = V @ H @ V.T + np.outer(s, s) / (s @ y)
        d = -H @ g
        best = -(g @ d) / (d @ Q @ d)
        new = x + np.clip(1, shortest * best, longest * best) * d
        pairs = [*pairs, (new - x, Q @ (new - x))][-memory:]
        x = new
        yield x


LOOPS: dict[str, tuple[Any, Callable[[], Any]]] = {
    "Jacobi": (Jacobi(), lambda: jacobi(START, 1)),
    "Jacobi, relaxed": (Jacobi(0.7), lambda: jacobi(START, 0.7)),
    "Gauss-Seidel": (GaussSeidel(), lambda: successive_over_relaxation(START, 1)),
    "over-relaxation": (GaussSeidel(1.3), lambda: successive_over_relaxation(START, 1.3)),
    "random orders": (PermutedCoordinateDescent(), lambda: permuted(START)),
    "BFGS, step 1": (BFGS(0.25, 0, 1), lambda: bfgs(START, 0, 1, 0.25)),
    "BFGS, Wolfe": (BFGS(1), lambda: bfgs(START, 0.1, 1.9, 1)),
    "L-BFGS, Wolfe": (LBFGS(3), lambda: limited_bfgs(START, 3, 0.1, 1.9, 0.25)),
    "L-BFGS, exact": (LBFGS(2, 1, 1, 1), lambda: limited_bfgs(START, 2, 1, 1, 1)),
}


@pytest.mark.parametrize("name", LOOPS)
def test_path_is_the_textbook_loop_in_x(name):
    """A step in x rounds by n u |x|; a relative error is amplified by at most kappa = 4 a step, and is
    compared while that leaves digits."""
    method, loop = LOOPS[name]
    rounds = 5 if "BFGS" in name else ROUNDS
    found = run(method, [dense(Q, LABEL, Fixed(tuple(START - SOLUTION)))], rounds=rounds, grid=every)
    path = loop()
    distance = np.array([np.linalg.norm(next(path) - SOLUTION) for _ in range(rounds)])
    atol = 8 * SIZE * 4**5 * U * (np.linalg.norm(SOLUTION) + np.linalg.norm(START))
    assert found.epochs[0].tolist() == list(range(rounds + 1))
    np.testing.assert_allclose(np.exp(found.log_distance[0, 1:]), distance, rtol=0, atol=atol)
    assert distance[-1] < 0.5 * np.linalg.norm(START - SOLUTION), "a path that goes nowhere tests nothing"


# ---------------------------------------------------------------- exact matrices and factors


def test_the_iteration_matrix_of_a_sweep_is_that_of_the_splitting():
    for relaxation in (1, 1.3):
        D, lower = np.diag(np.diag(Q)), np.tril(Q, -1)
        wanted = np.eye(SIZE) - np.linalg.solve(D / relaxation + lower, Q)
        found = iteration_matrix(GaussSeidel(relaxation), dense(Q, "sweep"))
        np.testing.assert_allclose(found, wanted, rtol=0, atol=8 * SIZE * SIZE * U)


def test_a_method_that_draws_has_no_single_matrix():
    with pytest.raises(ValueError, match="it draws indices"):
        iteration_matrix(RandomizedCoordinateDescent(), dense(Q, "drawn"))


def test_a_method_that_no_rotation_changes_has_the_same_factor_in_every_basis():
    """In its own basis a method that needs no coordinates is read as in the eigenbasis."""
    rotated = dense(Q, "rotated")
    own = np.abs(np.linalg.eigvals(iteration_matrix(GradientDescent(step=0.2), rotated))).max()
    assert factor_per_epoch(GradientDescent(step=0.2), rotated) == pytest.approx(own, rel=1e-12)


@pytest.mark.parametrize("method", [PermutedCoordinateDescent(), RandomizedCoordinateDescent()])
@pytest.mark.parametrize("c", [0.3, 0.99])
def test_one_draw_gives_the_factor_of_the_enumerated_second_moment(method, c):
    instance = equicorrelated(5, c, "equal gap")
    enumerated = SecondMoment.of(method, instance).factor()
    assert exchangeable.mean_square_factor(method, instance) == pytest.approx(enumerated, rel=1e-12)


def test_one_draw_says_nothing_where_coordinates_differ():
    with pytest.raises(ValueError, match="does not look the same to every coordinate"):
        exchangeable.mean_square_factor(PermutedCoordinateDescent(), spiked(6, 8, 2, "equal gap"))


def test_the_factor_of_random_orders_is_enumerated_where_coordinates_differ():
    """Twenty-four orders of four coordinates, from the definition."""
    instance = spiked(4, 6, 2, "equal gap")
    problem, orders = instance.problem, list(Sampling(4, 4, replace=False, ordered=True).outcomes())
    assert len(orders) == 24
    mean = np.zeros((16, 16))
    for order, chance in orders:
        M = np.eye(4)
        for i in order:
            M[i] -= problem.Q[i] @ M / problem.Q[i, i]
        mean += chance * np.kron(M, M)
    wanted = np.sqrt(np.abs(np.linalg.eigvals(mean)).max())
    assert factor_per_epoch(PermutedCoordinateDescent(), instance) == pytest.approx(wanted, rel=1e-10)


def test_orders_are_permutations_and_all_of_them_come():
    drawn = Sampling(3, 3, replace=False, ordered=True).indices(5, 0, 600, 1)
    assert (np.sort(drawn, axis=1) == np.arange(3)).all()
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 6
    assert (np.abs(counts - 100) < 5 * np.sqrt(100 * 5 / 6)).all()


# ---------------------------------------------------------------- exact arithmetic


@pytest.mark.parametrize(
    "method", [BFGS(1, 1, 1), BFGS(3, 1, 1), LBFGS(1, 1, 1, 1), LBFGS(2, 5, 1, 1)], ids=str
)
def test_quasi_newton_with_exact_line_search_ends_after_n_steps_on_rationals(method):
    matrix = np.array([[4, 1, 0, 0], [1, 3, 1, 0], [0, 1, 2, 1], [0, 0, 1, 5]], dtype=object)
    start = [Fraction(v) for v in (1, -2, 3, 1)]
    *_, last, end = exact.iterate(method, Quadratic(matrix), start, 4)
    assert any(last)
    assert not any(end)


def test_the_states_are_those_of_the_iterates_and_end_with_the_inverse_hessian():
    matrix = np.array([[4, 1, 0], [1, 3, 1], [0, 1, 2]], dtype=object)
    start, method = [Fraction(v) for v in (1, 2, 3)], BFGS(1, 1, 1)
    states = exact.states(method, Quadratic(matrix), start, 3)
    for x in exact.iterate(method, Quadratic(matrix), start, 3):
        state = next(states)
        assert (state.x[0] == x).all()
    assert (state.inverse[0].reshape(3, 3) @ matrix == np.eye(3, dtype=int)).all()


def test_a_matrix_that_has_arrived_stays():
    instance = spectrum_of(spectra.log_spaced(3, 4.0), "three modes", Fixed((0.0, 0.0, 1.0)))
    for method in (BFGS(shortest=1, longest=1), LBFGS(shortest=1, longest=1)):
        found = run(method, [instance], rounds=3, grid=every)
        assert found.log_distance[0, 1] == -np.inf


# ---------------------------------------------------------------- families, chains, and the long run


@pytest.mark.parametrize("condition", [10.0, 1000.0])
def test_a_chain_has_its_condition_number_and_a_symmetric_spectrum(condition):
    matrix = chain(9, condition, seed=1).problem.Q
    eigenvalues = np.linalg.eigvalsh(matrix)
    assert eigenvalues[-1] / eigenvalues[0] == pytest.approx(condition, rel=1e-10)
    np.testing.assert_allclose(eigenvalues + eigenvalues[::-1], 2, rtol=0, atol=1e-13)


@pytest.mark.parametrize("size", [2, 5, 16, 17])
def test_a_matrix_vector_product_takes_the_depth_of_a_tree(size):
    """Gradient descent waits for the product, for the step length and for the addition."""
    depth, full = int(np.ceil(np.log2(size))) + 1, equicorrelated(size, 0.5, "equal gap")
    assert longest_chain(GradientDescent(), full) == depth + 2
    assert longest_chain(GaussSeidel(), full) == 4 * size
    assert longest_chain(PermutedCoordinateDescent(), full) == 4 * size


def test_the_closed_form_of_a_sweep_is_the_spectral_radius():
    for size, c in ((3, 0.5), (7, 0.9), (30, 0.99)):
        Q = np.full((size, size), c) + (1 - c) * np.eye(size)
        radius = np.abs(np.linalg.eigvals(np.eye(size) - np.linalg.solve(np.tril(Q), Q))).max()
        assert slowest_of_a_sweep(size, 1 / (1 - c)) == pytest.approx(radius, abs=1e-13)


def test_complexity_may_be_in_the_log_of_a_constant():
    claim = Complexity(n * sp.log(kappa) ** 2, against=(n, sp.log(kappa)))
    assert claimed_exponents(claim) == (1.0, 2.0)
    with pytest.raises(ValueError, match="which the instances do not vary"):
        claimed_exponents(Complexity(n * sp.log(kappa), against=(n,)))


def test_a_method_that_sweeps_is_compiled_where_its_moves_pay():
    """2000 sweeps of 50 coordinates are 100 000 moves; 2000 steps of Jacobi are 2000."""
    instance = laplacian(50)
    assert protocol.moves(protocol.evaluate(GaussSeidel(), instance), instance) == 50
    assert run(GaussSeidel(), [instance], rounds=2000).reading == "compiled"
    assert run(Jacobi(), [instance], rounds=2000).reading == "batch"
