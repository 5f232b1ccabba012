"""Adapters: how each kind of optimiser is called, and how its work is counted.

A target is an import path, ``torch.optim.SGD`` or ``folder/file.py:name``, with arguments whose values may
use the problem's constants, as ``lr=1/L``. An adapter follows it from x = 0 on one problem, into a ``Path``.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import operator
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any, Protocol

import numpy as np

from checks.audit.problems import Enough, Oracle, Path, Problem, summed

#: Where a run has to be started again for every iterate, the numbers of iterations grow by this factor.
GROWTH = 1.3


class TargetError(Exception):
    """The target cannot be audited; the message names it, the cause and the cure."""


class Adapter(Protocol):
    """How one kind of target is run."""

    #: what it is, for a reader
    text: str

    def follow(self, path: Path) -> None:
        """Run from zero, calling ``path.record`` at every iterate; ``Enough`` may come from anywhere."""


# ---------------------------------------------------------------- names and arguments


def load(target: str) -> Any:
    """The object behind ``module.name``, ``module:name`` or ``file.py:name``.

    Raises:
        TargetError: it cannot be imported, or has no such name.
    """
    place, colon, name = target.rpartition(":")
    if not colon:
        place, _, name = target.rpartition(".")
    if not place or not name:
        raise TargetError(f"{target!r} is no import path; write module.name, or file.py:name")
    try:
        module = _file(place) if place.endswith(".py") else _module(place)
    except TargetError:
        raise
    except Exception as error:
        raise TargetError(
            f"{target}: {place} cannot be imported ({type(error).__name__}: {error}); "
            "install it, or start where it lies"
        ) from error
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            near = [n for n in dir(found) if n.lower() == part.lower()]
            hint = f"; did you mean {near[0]}?" if near else ""
            raise TargetError(f"{target}: {place} has no {part!r}{hint}")
        found = getattr(found, part)
    return found


def _module(place: str) -> Any:
    return importlib.import_module(place)


def _file(place: str) -> Any:
    file = File(place).resolve()
    if not file.is_file():
        raise TargetError(f"{place}: there is no such file")
    name = f"rateproof_target_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(file.parent))
    return module


BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip
CALLS: dict[str, Callable[[float], float]] = {"sqrt": np.sqrt, "log": np.log}


def value(text: str, constants: Mapping[str, float]) -> Any:
    """The value of an argument: Python's literals, the constants, + - * / **, sqrt and log; else the text.

    Raises:
        TargetError: a formula with a name that is no constant.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return text
    if isinstance(tree, ast.Name) and tree.id not in constants:
        return {"none": None, "true": True, "false": False}.get(text.lower(), text)
    return _evaluate(tree, text, constants)


def _evaluate(node: ast.expr, text: str, constants: Mapping[str, float]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in constants:
        return float(constants[node.id])
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        left, right = (_evaluate(side, text, constants) for side in (node.left, node.right))
        return BINARY[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluate(node.operand, text, constants)
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_evaluate(e, text, constants) for e in node.elts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        function = CALLS.get(node.func.id)
        if function is not None:
            return float(function(_evaluate(node.args[0], text, constants)))
    raise TargetError(
        f"the argument {text!r} is no formula that can be evaluated; it may have numbers, + - * / **, "
        f"sqrt, log and the constants {', '.join(sorted(constants))}"
    )


@dataclass(frozen=True)
class Arguments:
    """Keyword arguments whose values are evaluated on each problem."""

    texts: Mapping[str, Any]

    def on(self, problem: Problem) -> dict[str, Any]:
        constants = problem.named()
        return {k: value(v, constants) if isinstance(v, str) else v for k, v in self.texts.items()}

    def __contains__(self, name: str) -> bool:
        return name in self.texts

    def without(self, *names: str) -> Arguments:
        return Arguments({k: v for k, v in self.texts.items() if k not in names})


def adapter(target: str | Any, arguments: Mapping[str, Any] | None = None) -> Adapter:
    """The adapter for a target, given by its import path or as the object itself.

    Raises:
        TargetError: the target is of no kind that is known here.
    """
    found = load(target) if isinstance(target, str) else target
    given = Arguments(dict(arguments or {}))
    name = target if isinstance(target, str) else getattr(found, "__name__", type(found).__name__)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(found, type) and issubclass(found, torch.optim.Optimizer):
        return TorchOptimizer(name, found, given)
    home = getattr(found, "__module__", "") or ""
    if home.startswith("scipy.optimize") and getattr(found, "__name__", "") == "minimize":
        return ScipyMinimize(name, found, given)
    if home.startswith("sklearn.linear_model") and getattr(found, "__name__", "") == "Ridge":
        return RidgeSolver(name, found, given)
    if home.startswith("optax") or (hasattr(found, "init") and hasattr(found, "update")):
        return GradientTransformation(name, found, given)
    if not callable(found):
        raise TargetError(f"{name} is a {type(found).__name__}, which nobody can call; {KNOWN}")
    first = _parameters(found)[:2]
    if first == ["A", "b"]:
        return LinearSolver(name, found, given)
    steps = "__call__" in _own(found) if isinstance(found, type) else len(_parameters(found)) >= 2
    if steps:
        return Step(name, found, given)
    raise TargetError(f"{name}{_signature(found)} is of no kind that can be audited; {KNOWN}")


KNOWN = (
    "known are step(x, oracle) (a function, or a class whose objects are called so), solve(A, b, ...), "
    "classes of torch.optim.Optimizer, scipy.optimize.minimize, sklearn.linear_model.Ridge, and optax"
)


def _own(cls: type) -> set[str]:
    return {name for base in cls.__mro__[:-1] for name in vars(base)}


def _signature(found: Any) -> str:
    try:
        return str(inspect.signature(found))
    except (TypeError, ValueError):
        return ""


def _parameters(found: Any) -> list[str]:
    """The names of the positional parameters."""
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _called(name: str, function: Callable[..., Any], *positional: Any, **named: Any) -> Any:
    """Call the target; what it raises is its own, and is said in one sentence."""
    try:
        return function(*positional, **named)
    except (Enough, TargetError):
        raise
    except Exception as error:
        raise TargetError(f"{name} raised {type(error).__name__}: {error}") from error


def point(name: str, x: Any, size: int, what: str = "the next point") -> np.ndarray:
    """What a target returned, as a point.

    Raises:
        TargetError: None, no numbers, or another shape.
    """
    if x is None:
        raise TargetError(f"{name} returned None; it has to return {what}, an array of shape ({size},)")
    try:
        found = np.array(x, dtype=float)
    except (TypeError, ValueError) as error:
        raise TargetError(
            f"{name} returned a {type(x).__name__}; it has to return {what}, an array of shape ({size},)"
        ) from error
    if found.shape != (size,):
        raise TargetError(f"{name} returned an array of shape {found.shape}; {what} has shape ({size},)")
    return found


# ---------------------------------------------------------------- the kinds


@dataclass(frozen=True)
class Step:
    """``step(x, oracle) -> x``: a function, or a class whose objects are called so and may remember."""

    name: str
    found: Any
    arguments: Arguments
    text = "a step(x, oracle)"

    def follow(self, path: Path) -> None:
        oracle, problem = path.oracle, path.oracle.problem
        named = self.arguments.on(problem)
        if isinstance(self.found, type):
            step, named = _called(self.name, self.found, **named), {}
        else:
            step = self.found
        x = np.zeros(problem.size)
        path.record(x)
        while True:
            x = point(self.name, _called(self.name, step, x.copy(), oracle, **named), problem.size)
            path.record(x)


@dataclass(frozen=True)
class TorchOptimizer:
    """Any ``torch.optim.Optimizer``, with one parameter; every evaluation of the closure is an iterate."""

    name: str
    found: Any
    arguments: Arguments
    text = "a torch optimiser in float64; its iterates are the points at which it asks for a gradient"

    def follow(self, path: Path) -> None:
        import torch

        oracle = path.oracle
        parameter = torch.zeros(oracle.problem.size, dtype=torch.float64, requires_grad=True)
        named = self.arguments.on(oracle.problem)
        accepted = inspect.signature(self.found).parameters
        # A tolerance would stop the inner loop of L-BFGS, and be no statement about its rate.
        for tolerance in ("tolerance_grad", "tolerance_change"):
            if tolerance in accepted:
                named.setdefault(tolerance, 0.0)
        optimizer = _called(self.name, self.found, [parameter], **named)

        def closure() -> Any:
            x = parameter.detach().numpy()
            path.record(x)
            loss, gradient = oracle.value_and_gradient(x)
            parameter.grad = torch.from_numpy(gradient)
            return torch.tensor(loss, dtype=torch.float64)

        while True:
            _called(self.name, optimizer.step, closure)


@dataclass(frozen=True)
class ScipyMinimize:
    """``scipy.optimize.minimize`` with a method; without tolerances where its rate is measured."""

    name: str
    found: Any
    arguments: Arguments
    text = "scipy.optimize.minimize; its iterates are those of its callback"

    NO_TOLERANCE = {  # noqa: RUF012
        "CG": {"gtol": 0.0},
        "BFGS": {"gtol": 0.0, "xrtol": 0.0},
        "L-BFGS-B": {"gtol": 0.0, "ftol": 0.0, "maxfun": 10**8},
        "Newton-CG": {"xtol": 0.0},
    }

    @property
    def method(self) -> str:
        """Raises: TargetError, no method or one whose work cannot be counted here."""
        given = self.arguments.texts.get("method")
        for known in self.NO_TOLERANCE:
            if str(given).lower() == known.lower():
                return known
        known = ", ".join(self.NO_TOLERANCE)
        raise TargetError(f"{self.name}: method={given} is not audited; the methods are {known}")

    def minimize(self, oracle: Oracle, callback: Any, options: dict[str, Any]) -> Any:
        method = self.method
        given = self.arguments.without("method").on(oracle.problem)
        more = {"hessp": lambda x, p: oracle.product(p)} if method == "Newton-CG" else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _called(
                self.name, self.found, oracle.value_and_gradient, np.zeros(oracle.problem.size), jac=True,
                method=method, callback=callback, options={"maxiter": 10**7, **options, **given}, **more,
            )  # fmt: skip

    def follow(self, path: Path) -> None:
        path.record(np.zeros(path.oracle.problem.size))
        # The name of the parameter decides what scipy gives: xk is the iterate.
        self.minimize(path.oracle, lambda xk: path.record(xk), self.NO_TOLERANCE[self.method])


@dataclass(frozen=True)
class LinearSolver:
    """``solve(A, b, ...)`` as in scipy.sparse.linalg, for A x = b with A x* = b."""

    name: str
    found: Any
    arguments: Arguments
    text = "a solver of A x = b; products with A are counted"

    def solve(self, oracle: Oracle, tolerance: float, dtype: Any = float, **named: Any) -> Any:
        """What it returns: x, or x and a status."""
        operator = counted(oracle, dtype)
        right = (oracle.problem.matrix @ oracle.problem.solution).astype(dtype)
        accepted = inspect.signature(self.found).parameters
        for option, default in (("rtol", tolerance), ("tol", tolerance), ("atol", 0.0)):
            if option in accepted and option not in self.arguments:
                named.setdefault(option, default)
        return _called(
            self.name, self.found, operator, right, **{**self.arguments.on(oracle.problem), **named}
        )

    def follow(self, path: Path) -> None:
        oracle, size = path.oracle, path.oracle.problem.size
        accepted = inspect.signature(self.found).parameters
        path.record(np.zeros(size))
        if "callback" in accepted and "restart" not in accepted:
            more = {"maxiter": 10**7} if "maxiter" in accepted else {}
            # It may change the array that it shows.
            self.solve(oracle, 0.0, callback=lambda xk: path.record(np.array(xk, dtype=float)), **more)
        elif "maxiter" in accepted:
            for count in iterations():
                before = oracle.epochs
                # Without restarts GMRES(k) is GMRES, and one cycle of it is k iterations.
                limit = (
                    {"restart": min(count, size), "maxiter": 1}
                    if "restart" in accepted
                    else {"maxiter": count}
                )
                found = self.solve(oracle, 0.0, **limit)
                x = point(self.name, found[0] if isinstance(found, tuple) else found, size, "the solution")
                used, oracle.epochs = oracle.epochs - before, 0.0
                path.record(x, used or float(count), count)
                if count >= size and "restart" in accepted:
                    return
        else:
            raise TargetError(
                f"{self.name}{_signature(self.found)} has neither callback= nor maxiter=, so its iterates "
                "cannot be seen; add one of them"
            )


def iterations() -> Any:
    """1, 2, 3, ..., then growing by ``GROWTH``."""
    count = 1
    while True:
        yield count
        count = max(count + 1, int(count * GROWTH))


def counted(oracle: Oracle, dtype: Any) -> Any:
    """The problem's matrix as a LinearOperator whose products are counted."""
    from scipy.sparse.linalg import LinearOperator

    class Matrix(LinearOperator):
        """Also an array, for solvers that insist; what they do with it is not counted."""

        def _matvec(self, x: np.ndarray) -> np.ndarray:
            if dtype is float:
                return oracle.product(np.ravel(x))
            oracle.product(np.ravel(x))
            return rounded @ np.ravel(x).astype(dtype)

        _rmatvec = _matvec

        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.array(rounded, dtype=dtype)

    rounded = oracle.problem.matrix.astype(dtype)
    return Matrix(dtype=np.dtype(dtype), shape=rounded.shape)


@dataclass(frozen=True)
class RidgeSolver:
    """``sklearn.linear_model.Ridge`` without penalty and intercept; arguments ``sparse=True`` for sparse
    rows, ``heaviest=50`` for one sample of that weight. Its loops are compiled: iteration k is a new fit
    with max_iter=k, work is passes over the samples."""

    name: str
    found: Any
    arguments: Arguments
    text = "scikit-learn's Ridge; every iterate is a fit of its own, its work is passes over the samples"

    SOLVERS = ("sag", "saga", "sparse_cg", "lsqr")
    #: Streams of the solvers that draw, over which errors are averaged, as root mean squares.
    SEEDS = 4

    def __post_init__(self) -> None:
        given = self.arguments.texts.get("solver")
        if given not in self.SOLVERS:
            raise TargetError(
                f"{self.name}: solver={given} is not audited; the solvers are {', '.join(self.SOLVERS)}"
            )

    @property
    def heaviest(self) -> float:
        return float(self.arguments.texts.get("heaviest", 1.0))

    @property
    def solver(self) -> str:
        return str(self.arguments.texts["solver"])

    @property
    def sparse(self) -> bool:
        return str(self.arguments.texts.get("sparse", "")).lower() == "true"

    def fit(self, problem: Problem, count: int, tolerance: float, seed: int = 0, rows: Any = None) -> Any:
        """The fitted model; ``rows`` instead of the problem's, if given.

        Raises:
            Enough: it says that its numbers overflow.
        """
        given = self.arguments.without("sparse", "heaviest").on(problem)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            named = {"alpha": 0.0, "fit_intercept": False, "max_iter": count, "tol": tolerance}
            model = _called(self.name, self.found, **{**named, "random_state": seed, **given})
            rows = problem.rows if rows is None else rows
            weights = None if (problem.weights == 1).all() else problem.weights  # type: ignore[union-attr]
            try:
                return model.fit(rows, problem.targets, sample_weight=weights)
            except ValueError as error:
                if "overflow" in str(error):
                    raise Enough("diverged") from error
                raise TargetError(f"{self.name} raised ValueError: {error}") from error

    def follow(self, path: Path) -> None:
        problem = path.oracle.problem
        if problem.rows is None:
            problem = summed(problem)
        tolerance = 1e-300 if self.solver == "sparse_cg" else 0.0
        drawing = self.solver in ("sag", "saga") and "random_state" not in self.arguments
        rows: Any = _counting(problem.rows, path.oracle) if self.sparse else problem.rows
        path.record(np.zeros(problem.size))
        for count in iterations():
            if count > path.oracle.budget:
                raise Enough("budget")
            path.oracle.epochs = 0.0
            models = [
                self.fit(problem, count, tolerance, seed, rows)
                for seed in range(self.SEEDS if drawing else 1)
            ]
            told = models[0].n_iter_
            passes = float(count if told is None else max(int(np.ravel(m.n_iter_)[0]) for m in models))
            if self.solver in ("sparse_cg", "lsqr") and path.oracle.epochs:
                passes = path.oracle.epochs
            errors = np.array([np.ravel(m.coef_) - problem.solution for m in models])
            with np.errstate(all="ignore"):
                distance = np.sqrt((errors**2).sum(1).mean()) / np.linalg.norm(problem.solution)
                gap = ((errors @ problem.matrix) * errors).sum(1).mean() / 2
            path.note(float(distance), float(gap), passes, count)
            if told is not None and passes < count:
                return


def _counting(rows: Any, oracle: Oracle) -> Any:
    """Sparse rows whose products with a vector are counted, one epoch each (the transposed ones are not)."""
    from scipy.sparse import csr_matrix

    class Counting(csr_matrix):
        def _matmul_vector(self, other: np.ndarray) -> np.ndarray:
            oracle.epochs += 1.0
            return super()._matmul_vector(other)

    return Counting(rows)


@dataclass(frozen=True)
class GradientTransformation:
    """An optax optimiser: ``init(params)`` and ``update(gradient, state, params)``; in float64 if JAX is."""

    name: str
    found: Any
    arguments: Arguments
    text = "an optax transformation"

    def follow(self, path: Path) -> None:
        oracle = path.oracle
        made = self.found
        if "jax" in sys.modules:
            sys.modules["jax"].config.update("jax_enable_x64", True)
        if isinstance(made, type) or not hasattr(made, "init"):
            made = _called(self.name, self.found, **self.arguments.on(oracle.problem))
        if not (hasattr(made, "init") and hasattr(made, "update")):
            raise TargetError(f"{self.name} made a {type(made).__name__} without init and update")
        x = np.zeros(oracle.problem.size)
        state = _called(self.name, made.init, x)
        path.record(x)
        while True:
            change, state = _called(self.name, made.update, oracle.gradient(x), state, x)
            x = x + point(self.name, change, oracle.problem.size, "the change")
            path.record(x)


def follow(found: Adapter, problem: Problem, budget: float, deadline: float = np.inf, **options: Any) -> Path:
    """One run, to the accuracy, the budget of epochs or the deadline; ``options`` are those of ``Path``."""
    remember = options.pop("remember", False)
    path = Path(Oracle(problem, budget, deadline, remember), **options)
    with np.errstate(all="ignore"):
        try:
            found.follow(path)
        except Enough as reason:
            path.outcome = str(reason)
    return path
