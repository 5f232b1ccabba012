"""Problems have the constants, the solutions and the gradients that they claim."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.special
from sklearn.linear_model import LinearRegression

from solvers import constants as c
from solvers.problems import spectra
from solvers.problems.convex import huber, lessard_recht_packard
from solvers.problems.families import Family, decades, power_laws, product, quadratics
from solvers.problems.instance import with_run_axis
from solvers.problems.least_squares import (
    EqualEnergy,
    gaussian_rows,
    identical_rows,
    least_squares,
    square_root,
    standardised_columns,
    table,
    unit_rows,
)
from solvers.problems.quadratic import Fixed, Gaussian, SignRandom, dense, mode, spectrum_of, unit_diagonal
from tests.samples import INSTANCES, U, pair_name

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]


def gradient(instance, x):
    return with_run_axis(instance.problem).gradient(np.array(x, float)[None])[0]


def gap(instance, x):
    return with_run_axis(instance.problem).gap(np.array(x, float)[None])[0, 0]


# ---------------------------------------------------------------- spectra


@pytest.mark.parametrize("n", [2, 5, 40])
@pytest.mark.parametrize("kappa", [1.0, 10.0, 1e4])
@pytest.mark.parametrize("spectrum", SPECTRA, ids=lambda s: s.__name__)
def test_a_spectrum_attains_both_ends_and_increases(spectrum, n, kappa):
    values = spectrum(n, kappa)
    assert values.shape == (n,)
    assert (values[0], values[-1]) == (1, kappa)
    assert (np.diff(values) >= 0).all()
    constants = spectrum_of(values, "both ends").constants
    assert (constants[c.mu], constants[c.L], constants[c.kappa]) == (1, kappa, kappa)


def test_spectra_are_spaced_as_their_names_say():
    assert np.ptp(np.diff(np.log(spectra.log_spaced(9, 1e4)))) < 1e-12
    assert np.ptp(np.diff(spectra.uniform(9, 1e4))) < 1e-9
    n, kappa = 9, 50.0
    points = (2 * spectra.chebyshev(n, kappa) - kappa - 1) / (kappa - 1)
    extrema = np.polynomial.chebyshev.Chebyshev.basis(n - 1)(points)
    np.testing.assert_allclose(np.abs(extrema), 1, rtol=1e-9)
    clusters = spectra.two_clusters(10, 1e3)
    assert (np.minimum(clusters - 1, 1e3 - clusters) <= 9.99 + 1e3 * U).all()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: spectra.log_spaced(5, 0.5), "a condition number is at least 1, got kappa = 0.5"),
        (lambda: spectra.uniform(0, 2.0), "n >= 1"),
        (lambda: spectra.chebyshev(1, 2.0), "take n >= 2"),
        (lambda: spectra.tridiagonal(5, float("nan")), "at least 1"),
        (lambda: spectra.equicorrelation(5, 1.0), "0 <= c < 1"),
        (lambda: spectra.marchenko_pastur(5, 2.0), r"in \(0, 1\)"),
    ],
)
def test_a_spectrum_that_does_not_exist_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.parametrize("c_", [0.0, 0.3, 0.99])
def test_equicorrelation_has_the_spectrum_of_its_matrix(c_):
    n = 7
    matrix = (1 - c_) * np.eye(n) + c_ * np.ones((n, n))
    np.testing.assert_allclose(spectra.equicorrelation(n, c_), scipy.linalg.eigvalsh(matrix), atol=16 * n * U)


def test_marchenko_pastur_fills_its_limiting_interval():
    """Eigenvalues of a large Gaussian table lie in [(1 - sqrt r)^2, (1 + sqrt r)^2], of mean 1."""
    ratio = 0.25
    values = spectra.marchenko_pastur(300, ratio)
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2
    assert values[0] == pytest.approx(low, abs=0.03)
    assert values[-1] == pytest.approx(high, abs=0.08)
    assert values.mean() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("kappa", [2.0, 100.0, 1e4])
def test_nesterovs_tridiagonal_is_solved_by_powers_of_rho(kappa):
    """Q x* = (kappa - 1)/4 e_1 with x*_i = rho^i, and mu = 1, L = kappa are not exceeded."""
    n = 30
    rho = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    Q = spectra.tridiagonal(n, kappa)
    right = np.zeros(n)
    right[0] = (kappa - 1) / 4
    np.testing.assert_allclose(Q @ rho ** np.arange(1, n + 1), right, atol=8 * kappa * U)
    np.testing.assert_allclose(np.linalg.solve(Q, right), rho ** np.arange(1, n + 1), atol=8 * n * kappa * U)
    values = scipy.linalg.eigvalsh(Q)
    assert values[0] > 1 - 1e-9
    assert values[-1] < kappa * (1 + 1e-9)


# ---------------------------------------------------------------- quadratics


def test_a_quadratic_knows_its_constants():
    Q = np.array([[2.0, 1.0], [1.0, 2.0]])  # eigenvalues 1 and 3
    constants = dense(Q, "two by two").constants
    wanted = {c.mu: 1, c.L: 3, c.kappa: 3, c.lambda_avg: 2, c.kappa_CD: 2, c.gain: 1.5, c.n: 2}
    assert constants == pytest.approx(wanted, rel=8 * U)


@pytest.mark.parametrize("kappa", [5.0, 500.0])
def test_unit_diagonal_has_a_unit_diagonal_and_the_spectrum(kappa):
    wanted = spectra.log_spaced(12, kappa)
    instance = unit_diagonal(wanted, "correlation", seed=3)
    Q = instance.problem.Q
    assert (np.diag(Q) == 1).all()
    assert (Q.T == Q).all()
    np.testing.assert_allclose(scipy.linalg.eigvalsh(Q), wanted / wanted.mean(), rtol=0, atol=1e-7)
    assert instance.constants[c.kappa] == pytest.approx(kappa, rel=1e-5)
    assert instance.constants[c.lambda_avg] == pytest.approx(1, rel=8 * U)
    assert np.abs(Q - np.eye(12)).max() > 0.05


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: dense(np.ones((2, 3)), "bad"), r"bad: a Hessian is a square matrix, got the shape \(2, 3\)"),
        (lambda: dense(np.array([[1, np.nan], [np.nan, 1]]), "bad"), "bad: the matrix has a NaN"),
        (lambda: dense(np.array([[1.0, 2.0], [0.0, 5.0]]), "bad"), r"bad: .* not symmetric; pass \(Q"),
        (lambda: dense(np.array([[1.0, 2.0], [2.0, 1.0]]), "bad"), r"not positive definite \(.* -1\)"),
        (lambda: spectrum_of(np.array([0.0, 1.0]), "bad"), "not strongly convex; give a positive definite"),
        (lambda: spectrum_of(np.array([np.nan, 1.0]), "bad"), "smallest eigenvalue is nan"),
        (lambda: huber(np.nan), "the array width of the problem has a NaN or an infinity"),
        (lambda: least_squares(np.array([[1.0, np.inf]]), "bad"), "NaN or an infinity; clean the data"),
        (lambda: least_squares(np.ones((4, 2)), "bad"), "linearly dependent .* drop columns"),
        (lambda: least_squares(np.eye(2), "bad", np.ones(2)), "not orthogonal .* subtract its projection"),
        (lambda: table("iris"), "no table 'iris'; the tables are diabetes, breast_cancer, digits"),
        (lambda: quadratics(spectra.uniform, (10.0,), start="zero"), "no start 'zero'; the starts are"),
        (lambda: Family(dense, (), "nothing"), "family 'nothing' is empty; give it at least one instance"),
        (lambda: quadratics(spectra.uniform, ()), "is empty; give it at least one instance"),
    ],
)
def test_a_problem_that_is_none_is_refused_in_one_sentence(make, said):
    with pytest.raises(ValueError, match=said) as error:
        make()
    assert "\n" not in str(error.value)


# ---------------------------------------------------------------- starts


def test_starts_are_functions_of_the_seed():
    for start in (Gaussian(5), SignRandom(5), EqualEnergy(np.eye(5), np.arange(1.0, 6.0))):
        assert np.array_equal(start(3), start(3))
        assert len({tuple(start(seed)) for seed in range(40)}) > 15
    assert set(np.abs(SignRandom(50)(0))) == {1.0}
    assert mode(4, 2)(9).tolist() == [0, 0, 1, 0]
    assert Fixed((1.0, 2.0))(5).tolist() == [1, 2]


def test_an_equal_energy_start_gives_every_mode_the_same_gap():
    instance = gaussian_rows(9, 4, 0.0, "energy")
    values, vectors = scipy.linalg.eigh(instance.problem.rows.T @ instance.problem.rows / 9)
    for seed in range(3):
        coordinates = vectors.T @ instance.start(seed)
        np.testing.assert_allclose(values * coordinates**2, 1, rtol=1e-10)


def test_the_starts_of_a_family_are_what_its_text_says():
    def first(start):
        return quadratics(spectra.uniform, (9.0,), n=3, start=start).instances()[0].start(0)

    np.testing.assert_allclose(np.array([1.0, 5.0, 9.0]) * first("equal gap") ** 2, 1, rtol=8 * U)
    assert first("ones").tolist() == [1, 1, 1]
    assert first("smallest").tolist() == [1, 0, 0]
    assert first("largest").tolist() == [0, 0, 1]


# ---------------------------------------------------------------- families


def test_a_family_holds_every_combination_once():
    family = quadratics(SPECTRA, kappa=decades(1, 3), n=[5, 9])
    instances = family.instances()
    assert len(instances) == len({i.label for i in instances}) == 4 * 3 * 2
    assert {float(i.constants[c.kappa]) for i in instances} == {10.0, 100.0, 1000.0}
    assert product(a=[1, 2], b="xy") == (
        {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"},
    )  # fmt: skip


def test_decades_are_geometric_and_include_their_ends():
    grid = decades(1, 3, per_decade=4)
    assert len(grid) == 9
    assert (grid[0], grid[-1]) == (10, 1000)
    np.testing.assert_allclose(np.diff(np.log10(grid)), 0.25, atol=1e-5)


# ---------------------------------------------------------------- least squares


def x_form(instance):
    """A, b and x* of |Ax - b|^2 / 2N with this error form, from an arbitrary solution."""
    A, r = instance.problem
    solution = np.linspace(-1, 2, A.shape[1])
    return A, A @ solution + r, solution


def test_the_solution_of_a_noisy_table_is_the_least_squares_solution():
    """The residual is orthogonal to the columns, so that e = 0 minimises; its size is as asked."""
    instance = gaussian_rows(50, 6, 0.3, "noisy")
    A, b, solution = x_form(instance)
    np.testing.assert_allclose(np.linalg.lstsq(A, b, rcond=None)[0], solution, atol=1e-12)
    assert np.abs(A.T @ instance.problem.residual).max() < 1e-14 * 50
    assert np.sqrt((instance.problem.residual**2).mean()) == pytest.approx(0.3, rel=1e-12)
    np.testing.assert_allclose(np.linalg.norm(A, axis=1), 1, rtol=4 * U)
    assert instance.constants[c.L_max] == pytest.approx(1, rel=8 * U)
    assert (instance.constants[c.N], instance.constants[c.n]) == (50, 6)


def test_the_gap_of_a_table_is_the_difference_of_objectives():
    instance = gaussian_rows(20, 3, 0.3, "gap")
    A, b, solution = x_form(instance)
    e = np.array([0.4, -2.0, 1.0])
    height = [((A @ x - b) ** 2).sum() / 40 for x in (solution + e, solution)]
    assert gap(instance, e) == pytest.approx(height[0] - height[1], rel=1e-12)
    np.testing.assert_allclose(gradient(instance, e), A.T @ (A @ (solution + e) - b) / 20, atol=1e-14)


def test_components_sum_up_to_the_gradient():
    instance = gaussian_rows(20, 3, 0.3, "sum")
    A, b, solution = x_form(instance)
    problem = with_run_axis(instance.problem)
    e = np.array([[0.4, -2.0, 1.0]])
    scalars = problem.components(e)[0]
    np.testing.assert_allclose(scalars, A @ (solution + e[0]) - b, atol=1e-14)
    one = [problem.component(e, (np.zeros(1, int), np.array([i])))[0, 0] for i in range(20)]
    np.testing.assert_allclose(one, scalars, atol=1e-15)
    np.testing.assert_allclose(problem.mean(scalars[None])[0], gradient(instance, e[0]), atol=1e-14)


def test_the_square_root_of_a_quadratic_is_a_table_with_the_same_constants():
    """A A' = Q, and the Hessian A'A/n has the spectrum of Q/n; unit diagonal means unit rows."""
    quadratic = unit_diagonal(spectra.log_spaced(8, 30.0), "root", seed=1)
    instance = square_root(quadratic)
    A = instance.problem.rows
    np.testing.assert_allclose(A @ A.T, quadratic.problem.Q, atol=1e-13)
    np.testing.assert_allclose(instance.spectrum, quadratic.spectrum / 8, atol=1e-13)
    for constant in (c.kappa, c.kappa_CD, c.gain):
        assert instance.constants[constant] == pytest.approx(quadratic.constants[constant], rel=1e-10)
    np.testing.assert_allclose(np.linalg.norm(A, axis=1), 1, rtol=1e-12)


def test_identical_rows_have_one_direction_and_condition_number_one():
    instance = identical_rows(6, 4, "same")
    start = instance.start(0)
    assert np.linalg.matrix_rank(instance.problem.rows) == 1
    np.testing.assert_allclose(gradient(instance, start), start, atol=4 * U)
    assert instance.constants[c.kappa] == 1


# ---------------------------------------------------------------- real tables

SHAPES = {"diabetes": (442, 10), "breast_cancer": (569, 30), "digits": (1797, 61)}


@pytest.mark.parametrize("name", SHAPES)
def test_a_real_table_is_standardised_and_keeps_its_shape(name):
    """digits has 64 pixels, of which three are constant."""
    A, b = table(name)
    assert A.shape == SHAPES[name]
    assert b.shape == (SHAPES[name][0],)
    for column in (*A.T, b):
        assert abs(column.mean()) < 1e-12
        assert column.std() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("name", SHAPES)
def test_standardised_columns_are_the_correlation_matrix_and_start_at_zero(name):
    A, b = table(name)
    instance = standardised_columns(name)
    np.testing.assert_allclose(instance.problem.Q, np.corrcoef(A.T), atol=1e-12)
    peer = LinearRegression(fit_intercept=False).fit(A, b).coef_
    kappa = instance.constants[c.kappa]
    np.testing.assert_allclose(-instance.start(0), peer, atol=1e-13 * kappa * np.abs(peer).max())
    assert instance.constants[c.lambda_avg] == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("name", SHAPES)
def test_unit_rows_are_another_problem_with_rows_of_norm_one(name):
    A, b = table(name)
    instance = unit_rows(name)
    np.testing.assert_allclose(np.linalg.norm(instance.problem.rows, axis=1), 1, rtol=8 * U)
    weights = 1 / np.linalg.norm(A, axis=1) ** 2
    peer = LinearRegression(fit_intercept=False).fit(A, b, sample_weight=weights).coef_
    scale = instance.constants[c.kappa] * np.abs(peer).max()
    np.testing.assert_allclose(-instance.start(0), peer, atol=1e-13 * scale)
    assert instance.components == SHAPES[name][0]
    assert instance.constants[c.L_max] == pytest.approx(1, rel=8 * U)
    assert instance.homogeneous is False


# ---------------------------------------------------------------- gradients and gaps

POINTS = np.array([-4.0, -1.3, -0.15, 0.0, 0.1, 0.7, 1.5, 1.9, 2.6, 7.0])


@pytest.mark.parametrize("instance", [huber(0.2, 3.0), lessard_recht_packard(3.3)], ids=pair_name)
def test_a_gradient_in_one_variable_is_the_slope_of_its_gap(instance):
    """Central differences away from the kinks, with truncation zero on a piecewise quadratic."""
    h = 1e-4
    for x in POINTS:
        slope = (gap(instance, [x + h]) - gap(instance, [x - h])) / (2 * h)
        assert gradient(instance, [x])[0] == pytest.approx(slope, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("instance", [huber(0.2, 3.0), lessard_recht_packard(3.3)], ids=pair_name)
def test_a_gap_in_one_variable_is_the_integral_of_its_gradient(instance):
    for x in POINTS:
        kinks = [k for k in (-0.2, 0.2, 1.0, 2.0) if min(0, x) < k < max(0, x)]
        area = scipy.integrate.quad(lambda y: gradient(instance, [y])[0], 0, x, points=kinks or None)[0]
        assert gap(instance, [x]) == pytest.approx(area, rel=1e-12, abs=1e-14)
    assert gradient(instance, [0.0])[0] == gap(instance, [0.0]) == 0


def test_the_piecewise_function_has_the_three_published_pieces():
    """f' = 25 x below 1, x + 24 up to 2, 25 x - 24 beyond."""
    instance = lessard_recht_packard(3.3)
    for x in POINTS:
        published = 25 * x if x < 1 else (x + 24 if x < 2 else 25 * x - 24)
        assert gradient(instance, [x])[0] == pytest.approx(published, rel=4 * U)


@pytest.mark.parametrize("instance", INSTANCES, ids=pair_name)
def test_gradients_grow_between_mu_and_L(instance):
    """mu |d|^2 <= <f'(x) - f'(y), x - y> <= L |d|^2 on pairs of points."""
    rng = np.random.default_rng(0)
    largest, smallest = instance.constants[c.L], instance.constants.get(c.mu, 0.0)
    for _ in range(50):
        x, y = rng.standard_normal((2, instance.dimension)) * 3
        product_ = (gradient(instance, x) - gradient(instance, y)) @ (x - y)
        square = (x - y) @ (x - y)
        assert smallest * square * (1 - 1e-12) <= product_ <= largest * square * (1 + 1e-12)


@pytest.mark.parametrize("instance", [i for i in INSTANCES if i.spectrum is not None], ids=pair_name)
def test_a_quadratics_gap_is_half_of_error_times_gradient(instance):
    rng = np.random.default_rng(1)
    for _ in range(5):
        x = rng.standard_normal(instance.dimension)
        assert gap(instance, x) == pytest.approx(x @ gradient(instance, x) / 2, rel=1e-13)
        product_ = with_run_axis(instance.problem).product(x[None])[0]
        np.testing.assert_allclose(product_, gradient(instance, x), rtol=1e-13)


@pytest.mark.parametrize("power", [0.0, 1.0])
def test_the_gap_on_a_power_law_is_a_beta_function(power):
    """After t steps of gradient descent: a sum over a log-spaced grid is the integral over its spacing."""
    (instance,) = power_laws((power,)).instances()
    eigenvalues, t = instance.problem.eigenvalues, 20
    gap = (eigenvalues * (instance.start(0) * (1 - eigenvalues) ** t) ** 2).sum() / 2
    spacing = np.log(eigenvalues[1] / eigenvalues[0])
    assert gap == pytest.approx(scipy.special.beta(power + 2, 2 * t + 1) / (2 * spacing), rel=1e-9)
    assert c.mu not in instance.constants


def test_moving_a_coordinate_keeps_the_memory_up_to_date():
    instance = dense(spectra.tridiagonal(5, 20.0), "move")
    problem = with_run_axis(instance.problem)
    x = np.arange(5.0)[None]
    memory = problem.remember(x)
    index = (np.zeros(1, int), np.array([3]))
    assert problem.derivative(memory, index)[0, 0] == pytest.approx(gradient(instance, x[0])[3])
    assert problem.curvature(memory, index)[0, 0] == instance.problem.Q[3, 3]
    problem.move(x, memory, index, np.array([[0.25]]))
    assert x[0].tolist() == [0, 1, 2, 3.25, 4]
    np.testing.assert_allclose(memory[0], gradient(instance, x[0]), rtol=0, atol=1e-13)
