"""Other people's optimisers on trial: each planted fault is named, each library is what it is known to be.

The cases share their measurements, as a ladder takes seconds; only the command runs a whole audit.
"""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse.linalg
import threadpoolctl
import torch
from sklearn.linear_model import Ridge

from checks.__main__ import main
from checks.audit import problems
from checks.audit.command import summary
from checks.audit.honesty import honesty
from checks.audit.identify import identify, identify_sum, sampler_of
from checks.audit.measure import Scaling, budget, draws, scalings, sentence
from checks.audit.problems import Oracle, ladder, rotated, weighted
from checks.audit.targets import TargetError, adapter, follow, value
from checks.audit.verdicts import find
from solvers import methods
from solvers.constants import L_max, kappa, mu
from solvers.problems import spectra
from solvers.problems.least_squares import least_squares
from solvers.run import run
from tests import audit_targets as planted
from theorems import conjugate_gradient, gradient_descent, heavy_ball

SGD, LBFGS = torch.optim.SGD, torch.optim.LBFGS
MINIMIZE, CG = scipy.optimize.minimize, scipy.sparse.linalg.cg
POLYAK = {
    "lr": "4/(sqrt(L) + sqrt(mu))**2",
    "momentum": "((sqrt(L) - sqrt(mu))/(sqrt(L) + sqrt(mu)))**2",
}
NESTEROV = {"lr": "1/L", "momentum": "(sqrt(L) - sqrt(mu))/(sqrt(L) + sqrt(mu))", "nesterov": "True"}


def deadline() -> float:
    return time.monotonic() + 120


def quiet(text: str) -> None:
    pass


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """As in the process of the command: products of this size gain nothing from more, and lose by waiting."""
    with threadpoolctl.threadpool_limits(1):
        yield


# ---------------------------------------------------------------- which method is it?


@pytest.mark.parametrize(
    ("arguments", "form", "path"),
    [
        ({"lr": "1/L"}, "gradient descent", "GradientDescent(step=1/L)"),
        (POLYAK, "heavy ball", "HeavyBall("),
        (NESTEROV, "Nesterov's method, shown at its extrapolated points", "Nesterov("),
    ],
)
def test_torch_sgd_is_the_textbook_method_to_1e_12(arguments, form, path):
    found = identify(adapter(SGD, arguments), deadline())
    assert found.name == form
    (name, deviation), *more = found.matches.items()
    assert not more
    assert name.startswith(path)
    assert deviation < 1e-12
    assert found.faults == []


def test_conjugate_gradients_of_scipy_are_those_of_the_suite():
    assert list(identify(adapter(CG), deadline()).matches) == ["ConjugateGradient()"]


def test_momentum_without_nesterov_is_not_taken_for_nesterov():
    found = identify(adapter(SGD, {**NESTEROV, "nesterov": "False"}), deadline())
    assert found.name == "heavy ball"
    assert not any("Nesterov" in name for name in found.matches)


@pytest.mark.parametrize("target", [SGD, planted.gradient_step])
def test_a_step_that_is_ten_percent_off_is_named(target):
    arguments = {"lr": "0.9/L"} if target is SGD else {"step": 0.9}
    found = identify(adapter(target, arguments), deadline())
    assert found.faults == ["its step is 0.9 times 1/L: 10 % below the theorem's"]
    assert found.name == "gradient descent"


def test_a_step_beyond_two_is_named_though_it_diverges():
    (fault,) = identify(adapter(planted.diverges), deadline()).faults
    assert fault == "its step is 3 times 1/L: 200 % above the theorem's"


def test_a_target_that_stands_is_no_method():
    found = identify(adapter(planted.stands), deadline())
    assert (found.name, found.matches) == ("", {})


def test_a_step_that_knows_no_L_is_named():
    found = identify(adapter(SGD, {"lr": "0.01"}), deadline())
    assert found.faults == ["its step is 0.01 whatever L and mu are; a theorem's is 1/L"]


def test_a_stale_gradient_is_named():
    found = identify(adapter(planted.StaleGradient), deadline())
    assert found.name == "gradient descent with a stale gradient, one step old"
    assert f"it is {found.name}" in found.faults
    assert found.matches == {}


def test_an_optax_transformation_is_followed():
    found = identify(adapter(planted.Transformation, {"rate": "2/(L + mu)"}), deadline())
    assert list(found.matches) == ["GradientDescent(step=2/(L + mu))"]


def test_ten_gradients_in_an_iteration_are_counted_and_no_gradient_descent():
    path = follow(adapter(planted.ten_in_one), rotated(spectra.uniform(8, 10.0), "one"), 1e4)
    assert path.outcome == "reached"
    assert path.epochs == [10.0 * k for k in range(len(path.epochs))]


# ---------------------------------------------------------------- sums


def test_saga_is_recognised_by_its_draws_and_its_step():
    found = identify_sum(adapter(planted.SAGA), deadline())
    assert found.name == "SAGA"
    assert found.faults == []
    assert "the components are drawn with replacement, and uniformly" in found.lines
    assert "its step is 0.333333/L_max; the theorem's is 1/(3 L_max)" in found.lines


def test_a_sampler_without_replacement_is_named():
    found = identify_sum(adapter(planted.ShuffledSAGA), deadline())
    assert [f for f in found.faults if "drawn without replacement" in f]
    assert found.name == "SAGA"


def test_a_fixed_order_is_named():
    found = identify_sum(adapter(planted.CyclicSGD), deadline())
    assert [f for f in found.faults if "one fixed cyclic order" in f]
    assert found.name == "SGD"


def test_a_step_that_ignores_the_weights_is_named():
    """1/(3 max|a_i|^2) is 50/3 over max w_i|a_i|^2 with a weight of 50 on a unit row."""
    (fault,) = identify_sum(adapter(planted.UnweightedStep), deadline()).faults
    assert "ignores the samples' weights" in fault
    assert "16.6667 over max w_i|a_i|^2" in fault


def test_draws_with_replacement_are_hardly_ever_taken_for_permutations():
    """The level is 1e-4 for each of two tests: 300 streams have more than one alarm with the chance 0.2 %."""
    rng = np.random.default_rng(7)
    found = [sampler_of(rng.integers(0, 12, 480).tolist(), 12) for _ in range(300)]
    assert sum(sampler.replaced is not True for sampler in found) <= 1
    lopsided = sampler_of(np.minimum(rng.integers(0, 14, 480), 11).tolist(), 12)
    assert "not uniformly" in lopsided.text


# ---------------------------------------------------------------- how its work scales


@pytest.fixture(scope="module")
def measured():
    """The ladders of the libraries that are known, and of gradient descent."""
    cases = {
        "sgd": adapter(SGD, {"lr": "1/L"}),
        "polyak": adapter(SGD, POLYAK),
        "cg": adapter(CG),
        "lsqr": adapter(Ridge, {"solver": "lsqr", "sparse": "True"}),
        "minimize CG": adapter(MINIMIZE, {"method": "CG"}),
        "lbfgs": adapter(LBFGS, {"line_search_fn": "strong_wolfe"}),
        "saga": adapter(Ridge, {"solver": "saga"}),
    }
    return {name: scalings(found, deadline(), quiet) for name, found in cases.items()}


@pytest.mark.parametrize(
    ("name", "exponent"),
    [("sgd", 1.0), ("polyak", 0.5), ("cg", 0.5), ("lsqr", 0.5), ("minimize CG", 0.5), ("lbfgs", 0.5)],
)
def test_the_power_of_kappa_is_the_known_one(name, exponent, measured):
    """Within the margin for the quiet ones; a line search is noisy, and then the interval has to hold it."""
    scaling = measured[name]["kappa"]
    assert scaling.trouble == ""
    (p,), (w,) = scaling.exponents, scaling.widths
    assert abs(p - exponent) <= (0.05 if name not in ("minimize CG", "lbfgs") else w)
    assert w < 0.25  # so that 1/2 is not 1


def test_the_size_does_not_matter_to_gradient_descent(measured):
    (p,), (w,) = measured["sgd"]["n"].exponents, measured["sgd"]["n"].widths
    assert abs(p) + w < 0.01


def test_saga_of_scikit_learn_sees_kappa_CD_and_not_the_gain(measured):
    first, second = measured["saga"]["designs"].exponents
    assert abs(first - 1) < 0.1
    assert abs(second) < 0.1


def test_sparse_rows_change_nothing_but_rounding():
    problem = problems.design(4.0, 2.0)
    paths = [
        follow(adapter(Ridge, {"solver": "saga", "sparse": sparse}), problem, 200.0, accuracy=1e-6)
        for sparse in ("True", "False")
    ]
    np.testing.assert_allclose(paths[0].errors, paths[1].errors, rtol=1e-9)


def test_an_absolute_threshold_is_told_from_a_rate(measured):
    """torch's L-BFGS forgets pairs with y's <= 1e-10, and crawls from there on."""
    assert "it has an absolute threshold" in measured["lbfgs"]["kappa"].remark
    assert measured["cg"]["kappa"].remark == ""


def words(theorems, name, measured):
    return {(f.theorem, f.prediction): f.word for f in find(theorems, measured[name])}


def test_theorems_are_satisfied_and_violated_as_they_must_be(measured):
    theorems = [*gradient_descent.theorems, *conjugate_gradient.theorems, *heavy_ball.theorems]
    gradient = words(theorems, "sgd", measured)
    assert gradient["gradient-descent-quadratic", "bound"] == "satisfies"
    assert gradient["gradient-descent-quadratic", "complexity"] == "satisfies"
    assert gradient["gradient-descent-best-step", "bound"] == "violates"
    assert gradient["conjugate-gradient", "bound"] == "violates"
    assert gradient["conjugate-gradient", "complexity"] == "violates"
    conjugate = words(theorems, "cg", measured)
    assert conjugate["conjugate-gradient", "bound"] == "satisfies"
    assert conjugate["conjugate-gradient", "complexity"] == "satisfies"
    assert conjugate["gradient-descent-quadratic", "complexity"] == "violates"
    (faster,) = [
        f.faster for f in find(gradient_descent.theorems[:1], measured["cg"]) if f.prediction == "complexity"
    ]
    assert faster
    assert words(theorems, "polyak", measured)["heavy-ball-quadratic", "bound-all-spectra"] == "satisfies"


def test_a_line_search_that_costs_work_is_seen_beside_the_iterations(measured):
    (finding,) = [
        f
        for f in find(conjugate_gradient.theorems, measured["minimize CG"])
        if (f.theorem, f.prediction) == ("conjugate-gradient", "bound")
    ]
    assert finding.word == "violates"


def test_a_step_of_nine_tenths_violates_the_bound_of_the_whole_step():
    found = adapter(SGD, {"lr": "0.9/L"})
    problem = ladder(8)[0]
    path = follow(found, problem, budget(problem))
    findings = find(gradient_descent.theorems, {"kappa": Scaling((kappa,), [path], trouble="one problem")})
    word = {(f.theorem, f.prediction): f.word for f in findings}
    assert word["gradient-descent-quadratic", "bound"] == "violates"
    assert word["gradient-descent-quadratic", "complexity"] == "undecided"


# ---------------------------------------------------------------- reported against true


def test_conjugate_gradients_in_float32_report_what_they_do_not_have():
    """kappa = 1e8 on a diagonal of size 200: scipy's, and the planted one; in float64 both are right."""
    for target in (CG, planted.single_precision):
        told = honesty(adapter(target), deadline())
        (row,) = [r for r in told.rows if "float32" in r["what"]]
        assert row["reported"] == 1e-5
        assert row["true"] > 3e-5
        (fault,) = told.faults
        assert "a diagonal of size 200, kappa = 1e+08, float32: reports convergence to 1e-05" in fault


def test_a_library_that_reports_what_is_true_has_no_fault():
    assert honesty(adapter(MINIMIZE, {"method": "BFGS"}), deadline()).faults == []


# ---------------------------------------------------------------- sample weights in SAG and SAGA


ROWS, WEIGHTS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([1.0, 1.0, 50.0])
SOLUTION = np.array([1.0, -2.0])


@pytest.mark.parametrize(("solver", "length"), [("sag", 1.0), ("saga", 0.5)])
def test_the_step_of_sag_ignores_sample_weights(solver, length):
    """On one sample: length/L_max of weight 1, and 50 times that of weight 50, where 2 is the edge."""
    told = honesty(adapter(Ridge, {"solver": solver}), deadline())
    (row,) = told.rows
    assert row["weight 1"] == pytest.approx(length, rel=1e-12)
    assert row["weight 50"] == pytest.approx(50 * length, rel=1e-12)
    assert "longer than the theorem's" in told.lines[0]
    (fault,) = told.faults
    assert "beyond 2/L_max" in fault


def predicted_passes(problem, accuracy):
    """Until SAGA's bound, (1 - min(1/(4N), mu/(3 L_max)))^k (R^2 + 2N/(3 L_max) Delta), is accuracy^2 R^2."""
    count, largest, least = len(problem.rows), problem.constants[L_max], problem.constants[mu]
    square = float(problem.solution @ problem.solution)
    gap = float(problem.solution @ problem.matrix @ problem.solution) / 2
    start = 1 + 2 * count / (3 * largest) * gap / square
    factor = 1 - min(1 / (4 * count), least / (3 * largest))
    return int(np.ceil(np.log(accuracy**2 / start) / np.log(factor) / count))


@pytest.mark.parametrize("solver", ["sag", "saga"])
def test_with_one_heavy_sample_sag_does_not_reach_the_solution_that_saga_reaches(solver):
    """Weights (1, 1, 50): L_max = 100, mu = 1/3. Within the passes that SAGA's theorem allows for its own
    step the library diverges, and without weights it converges; the suite's SAGA converges."""
    heavy = weighted(ROWS, WEIGHTS, SOLUTION, "one heavy sample")
    equal = weighted(ROWS, np.ones(3), SOLUTION, "equal weights")
    assert heavy.constants[L_max] == pytest.approx(100)
    assert heavy.constants[mu] == pytest.approx(1 / 3)
    found = adapter(Ridge, {"solver": solver})
    assert follow(found, equal, predicted_passes(equal, 1e-3), accuracy=1e-3).outcome == "reached"
    passes = predicted_passes(heavy, 1e-3)
    path = follow(found, heavy, passes, accuracy=1e-3)
    assert path.outcome == "diverged"
    assert "diverges: on one heavy sample" in sentence(path)
    ours = least_squares(ROWS * np.sqrt(WEIGHTS)[:, None], "one heavy sample", start=lambda seed: -SOLUTION)
    runs = run(methods.SAGA(), [ours], seeds=range(5), rounds=passes, reduction=12.0)
    mean_square = np.exp(2 * np.nanmin(runs.log_distance, axis=1)).mean() / (SOLUTION @ SOLUTION)
    assert mean_square <= 1e-6


# ---------------------------------------------------------------- what cannot be audited


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere.step", "nowhere cannot be imported (ModuleNotFoundError"),
        ("step", "'step' is no import path; write module.name, or file.py:name"),
        ("nothing.py:step", "nothing.py: there is no such file"),
        ("torch.optim.sgd", "torch.optim has no 'sgd'; did you mean SGD?"),
        ("torch.optim", "is a module, which nobody can call; known are step(x, oracle)"),
        ("tests.audit_targets.wrong_signature", "wrong_signature(x: 'Any') -> 'Any' is of no kind"),
        (
            "scipy.optimize.minimize",
            "method=None is not audited; the methods are CG, BFGS, L-BFGS-B, Newton-CG",
        ),
        (
            "sklearn.linear_model.Ridge",
            "solver=None is not audited; the solvers are sag, saga, sparse_cg, lsqr",
        ),
        (
            "tests.audit_targets.returns_nothing",
            "returned None; it has to return the next point, an array of",
        ),
        (
            "tests.audit_targets.wrong_shape",
            "returned an array of shape (2,); the next point has shape (16,)",
        ),
        ("tests.audit_targets.divides_by_zero", "raised ZeroDivisionError: division by zero"),
    ],
)
def test_a_bad_target_is_refused_in_one_sentence(target, said):
    with pytest.raises(TargetError) as refusal:
        draws(adapter(target), deadline())
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (planted.diverges, "diverges: on kappa = 10 the error is 1."),
        (planted.not_a_number, "returned NaN on kappa = 10"),
        (planted.stands, "never asks its oracle on kappa = 10, and does not come to the solution"),
        (planted.asks_for_ever, "did not reach 1e-10 of the initial error within 1101 epochs on kappa = 10"),
    ],
)
def test_what_does_not_converge_is_said_in_one_sentence(target, said):
    found = scalings(adapter(target), deadline(), quiet)
    assert list(found) == ["kappa"]
    assert found["kappa"].trouble.startswith(said)


def test_a_run_ends_at_its_deadline():
    path = follow(adapter(planted.asks_for_ever), ladder(8)[0], 1e12, time.monotonic() + 0.2)
    assert path.outcome == "time"
    assert "was still running on kappa = 10 when the time was over" in sentence(path)


def test_arguments_are_formulas_and_never_programs():
    constants = {"L": 4.0, "mu": 1.0}
    assert value("1/L", constants) == 0.25
    assert value("(sqrt(L) - sqrt(mu))/2", constants) == 0.5
    assert value("True", constants) is True
    assert value("strong_wolfe", constants) == "strong_wolfe"
    for text in ("1/M", "__import__('os')", "L.real", "[x for x in L]"):
        with pytest.raises(TargetError, match="is no formula that can be evaluated"):
            value(text, constants)


def test_the_oracle_counts_what_it_is_asked():
    problem = problems.design(4.0, 2.0)
    oracle, x = Oracle(problem, 100.0), np.zeros(16)
    whole = oracle.gradient(x)
    parts = np.mean([oracle.component(x, i) for i in range(16)], axis=0)
    each = np.array([oracle.partial(x, i) for i in range(16)])
    assert oracle.epochs == pytest.approx(3)
    np.testing.assert_allclose(parts, whole, atol=1e-15)
    np.testing.assert_allclose(each, whole, atol=1e-15)


# ---------------------------------------------------------------- the command


def test_the_command_ends_what_never_ends(capfd, tmp_path):
    began = time.monotonic()
    target = "tests.audit_targets.never_ends"
    assert main(["audit", target, "--time-limit", "5", "--results", str(tmp_path)]) == 2
    assert time.monotonic() - began < 20
    said = capfd.readouterr().err
    assert f"{target} did not come back within 5 s" in said
    assert "Traceback" not in said


def test_the_command_survives_a_target_that_leaves(capfd, tmp_path):
    assert main(["audit", "tests.audit_targets.leaves", "--results", str(tmp_path)]) == 2
    assert "ended the process of the audit (exit status 3, at: what it asks)" in capfd.readouterr().err


def test_the_command_prints_a_summary_and_stores_what_it_rests_on(capfd, tmp_path):
    typed = ["audit", "tests.audit_targets.gradient_step", "step=0.9", "--like", "gradient-descent-quadratic"]
    assert main([*typed, "--results", str(tmp_path)]) == 1
    (file,) = tmp_path.glob("audit-*.json")
    stored = json.loads(file.read_text())
    printed = capfd.readouterr().out
    assert printed.startswith("\n".join(summary(stored["audit"])))
    assert "its step is 0.9 times 1/L: 10 % below the theorem's" in printed
    assert "violates gradient-descent-quadratic, bound: from epoch " in printed
    assert "epochs scale as kappa^1.00" in printed
    assert str(file) in printed
    assert stored["replay"] == "python -m checks " + " ".join(typed)
