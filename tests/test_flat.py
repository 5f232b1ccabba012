"""Exact factors on flat designs: the declared modal forms against the steps, the factors against peers."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
import scipy.linalg

from solvers import (
    SAG,
    SAGA,
    SGD,
    SVRG,
    AcceleratedCoordinateDescent,
    AverageSVRG,
    CatalystCoordinateDescent,
    CatalystSVRG,
    GradientDescent,
    HeavyBall,
    Katyusha,
    LooplessKatyusha,
    LooplessSVRG,
    MaSS,
    MomentumSGD,
    NesterovSGD,
    RandomizedCoordinateDescent,
    StoredSVRG,
    resolvent,
)
from solvers import constants as c
from solvers import method as protocol
from solvers.flat import FlatMoment, log_mean_square_factor, mean_square_factor
from solvers.modal import modal_arrays
from solvers.moments import SecondMoment
from solvers.problems.least_squares import square_root
from solvers.problems.quadratic import dense, unit_diagonal
from solvers.problems.sampled_families import flat_design
from tests.samples import U, hadamard_design, started

SPECTRUM = np.array([0.2, 0.4, 0.7, 1.1, 2.6])
QUADRATIC = unit_diagonal(SPECTRUM, "five unknowns", seed=3)
ROWS = square_root(QUADRATIC)

KATYUSHA = (0.3, 0.5, 0.8, 0.2)
#: The method, and the leaves that its modal form speaks of, in that order.
CASES = {
    "coordinate descent": (RandomizedCoordinateDescent(0.8), ["x"]),
    "accelerated coordinate descent": (AcceleratedCoordinateDescent(0.2, 1.3), ["y", "z"]),
    "SGD": (SGD(step=0.6), ["x"]),
    "momentum": (MomentumSGD(step=0.6, momentum=0.7), ["x", "previous"]),
    "Nesterov's momentum": (NesterovSGD(step=0.3, momentum=0.7), ["x", "previous"]),
    "MaSS": (MaSS(0.4, 0.2, 0.9), ["w", "v"]),
    "Catalyst": (CatalystCoordinateDescent(0.7, 0.4, 2, 0.6), ["x", "previous", "centre"]),
    "Catalyst around SVRG": (CatalystSVRG(0.3, 0.2, 0.4, 10, 0.7), ["x", "previous", "centre", "snapshot"]),
    "SAGA": (SAGA(step=0.3), ["x", "table"]),
    "SAG": (SAG(step=0.3), ["x", "table"]),
    "loopless SVRG": (LooplessSVRG(step=0.3, chance=0.3), ["x", "previous", "snapshot"]),
    "SVRG": (SVRG(0.3, 4), ["x", "snapshot"]),
    "stored": (StoredSVRG(0.3, 4), ["x", "table"]),
    "average": (AverageSVRG(0.3, 4), ["kept", "x", "snapshot"]),
    "Katyusha": (Katyusha(*KATYUSHA, inner=4), ["kept", "y", "z", "snapshot"]),
    "loopless Katyusha": (LooplessKatyusha(*KATYUSHA, chance=0.3), ["y", "z", "previous", "snapshot"]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_declared_modal_form_is_what_the_text_does(name):
    """z -> (M0 + r e_i e_i' h') z on the eigenvectors of Q, from a random state and for every i; the start
    and the hooks likewise."""
    method, names = CASES[name]
    instance = QUADRATIC if protocol.sampled(method) == "coordinate" else ROWS
    eigenvalues, V = scipy.linalg.eigh(QUADRATIC.problem.Q)
    modal = modal_arrays(method, instance, eigenvalues)
    columns, problem, _ = started(method, instance)
    # The square root is V diag(sqrt(eigenvalues)): its unknowns are the modes already, its samples are not.
    turned = {"table"} if instance is ROWS else set(names)

    def modes(state):
        leaves = [getattr(state, leaf)[0] for leaf in names]
        return np.stack([V.T @ v if n in turned else v for n, v in zip(names, leaves, strict=True)], axis=1)

    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 5))
    error = V.T @ x[0] if instance is QUADRATIC else x[0]
    state = columns.start(problem, x.copy())
    np.testing.assert_allclose(modes(state), modal.start * error[:, None], atol=50 * U)

    def shaken():
        state = columns.start(problem, rng.standard_normal((1, 5)))
        for leaf in names:
            getattr(state, leaf)[:] = rng.standard_normal((1, 5))
        protocol.refresh(columns, problem, state)
        if hasattr(state, "full"):
            state.full[:] = problem.gradient(state.snapshot)
        if hasattr(state, "average"):
            state.average[:] = problem.mean(state.table)
        return state, modes(state)

    for i in range(5):
        state, before = shaken()
        protocol.update(columns, problem, state, (np.zeros(1, int), np.array([i])))
        wanted = (
            np.einsum("kab,kb->ka", modal.M0, before)
            + modal.r * (V[i] @ (modal.h * before).sum(1)) * V[i][:, None]
        )
        np.testing.assert_allclose(modes(state), wanted, atol=200 * U * np.abs(before).max())
    for hook, matrices in ((protocol.outer, modal.outer), (protocol.by_chance, modal.by_chance)):
        state, before = shaken()
        hook(columns, problem, state)
        wanted = before if matrices is None else np.einsum("kab,kb->ka", matrices, before)
        np.testing.assert_allclose(modes(state), wanted, atol=50 * U)


@pytest.mark.parametrize("n", [4, 8, 16])
@pytest.mark.parametrize(
    "method",
    [RandomizedCoordinateDescent(), RandomizedCoordinateDescent(1.3), AcceleratedCoordinateDescent()],
)
def test_coordinate_descent_on_a_hadamard_design_has_the_factor_of_its_second_moment(n, method):
    instance = hadamard_design(n, 0.1, 2.0)
    flat = flat_design(n, kappa_CD=10.0, gain=2.0)
    np.testing.assert_allclose(
        np.sort(np.unique(instance.spectrum.round(12))), np.sort(flat.problem.eigenvalues)
    )
    assert mean_square_factor(method, flat) == pytest.approx(
        SecondMoment.of(method, instance).factor(), rel=1e-11
    )


@pytest.mark.parametrize("n", [4, 8, 16])
@pytest.mark.parametrize(
    "method",
    [SGD(step=0.7), SAGA(step=1 / 3), SAGA(step=0.2), SAG(step=0.4), MomentumSGD()],
)
def test_a_sum_on_a_hadamard_design_has_the_factor_of_its_second_moment(n, method):
    instance = hadamard_design(n, 0.1, 2.0)
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


@pytest.mark.parametrize("start", ["equal gap", "slowest"])
@pytest.mark.parametrize("method", [SAGA(step=0.3), LooplessSVRG(step=0.4), RandomizedCoordinateDescent()])
def test_the_expectation_on_a_flat_design_is_that_of_its_second_moment(method, start):
    """On a Hadamard design, averaged over all signs of the start's modes."""
    n = 4
    quadratic = hadamard_design(n, 0.1, 2.0)
    instance = quadratic if protocol.sampled(method) == "coordinate" else square_root(quadratic)
    flat = flat_design(n, kappa_CD=10.0, gain=2.0, start=start)
    eigenvalues, vectors = np.linalg.eigh(instance.problem.gradient(np.eye(n)))
    size = dict(zip(flat.problem.eigenvalues.round(9), flat.start(0), strict=True))
    scale = 1 if instance is quadratic else n  # the Hessian of a sum is Q / n
    errors = np.array([size[round(v * scale, 9)] for v in eigenvalues])
    moment = SecondMoment.of(method, instance)
    paths = []
    for signs in itertools.product([1, -1], repeat=n):
        paths.append(moment.trajectory(vectors @ (errors * signs), n, 30))
    grid = np.array([0, 1, 2, 5, 17, 30])
    for found, wanted in zip(
        FlatMoment.of(method, flat).trajectory(n, grid), np.mean(paths, axis=0), strict=True
    ):
        np.testing.assert_allclose(np.exp(found), wanted[grid], rtol=1e-11)


@pytest.mark.parametrize("n", [6, 11])
@pytest.mark.parametrize(
    "method",
    [
        RandomizedCoordinateDescent(1.2), AcceleratedCoordinateDescent(), SGD(step=0.9), SAGA(step=0.3),
        SAG(step=0.5), MomentumSGD(), LooplessSVRG(step=0.5),
    ],
)  # fmt: skip
def test_the_resolvent_gives_the_factor_of_the_second_moment_on_any_unit_diagonal(method, n):
    quadratic = unit_diagonal(np.geomspace(0.05, 1, n), "resolvent", seed=n)
    instance = quadratic if protocol.sampled(method) == "coordinate" else square_root(quadratic)
    factor = np.exp(resolvent.log_mean_square_factor(method, instance))
    assert factor == pytest.approx(SecondMoment.of(method, instance).factor(), rel=1e-10)


def test_the_resolvent_refuses_what_it_does_not_speak_of():
    with pytest.raises(ValueError, match="is no unit-diagonal quadratic"):
        resolvent.log_mean_square_factor(RandomizedCoordinateDescent(), dense(2 * np.eye(3), "twice"))
    with pytest.raises(ValueError, match="does not contract in mean square"):
        resolvent.log_mean_square_factor(SGD(step=2.1), ROWS)


def test_the_factor_for_a_hundred_thousand_different_eigenvalues_lies_in_its_band():
    """As above where no two eigenvalues agree."""
    n = 131072
    eigenvalues = np.geomspace(1e-3, 1, n)
    eigenvalues *= n / eigenvalues.sum()
    flat = flat_design(n, kappa_CD=10.0, gain=2.0)
    flat = dataclasses.replace(
        flat, problem=flat.problem._replace(eigenvalues=eigenvalues, shares=np.full(n, 1 / n))
    )
    mu = eigenvalues[0]
    shrinks = -n * np.expm1(log_mean_square_factor(RandomizedCoordinateDescent(), flat))
    assert 2 * mu / (1 + mu) * (1 - 1e-9) <= shrinks <= (2 * mu - mu**2 / n) * (1 + 1e-9)
    third = -n * np.expm1(log_mean_square_factor(SAGA(step=1 / 3), flat))
    assert third == pytest.approx(2 * mu / 3, rel=0.02)


@pytest.mark.parametrize("method", [GradientDescent(), HeavyBall()])
def test_a_method_without_a_modal_form_is_refused(method):
    with pytest.raises(ValueError, match=r"has no modal form.*take fewer unknowns"):
        mean_square_factor(method, flat_design(8, kappa_CD=4.0, gain=2.0))
