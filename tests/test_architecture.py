"""The house: imports go one way, start-up is light, and every theorem and method obeys the rules."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from checks.evaluate import tasks
from solvers import methods as all_methods
from tests.samples import METHODS
from theorems import theorem as catalogue_module
from theorems.predictions import Bound, Rate
from theorems.theorem import Rival, Theorem, catalogue

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ["solvers", "theorems", "checks", "report"]
CATALOGUE = {name: entry for name, (entry, _) in catalogue().items()}
every_theorem = pytest.mark.parametrize("theorem", CATALOGUE.values(), ids=CATALOGUE.keys())


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


# ---------------------------------------------------------------- imports


def imported(path: Path) -> Iterator[str]:
    """The top-level names that a file imports, at any depth of its text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            yield (node.module or "").split(".")[0]


def forbidden(path: Path, layer: str) -> set[str]:
    above = {"tests", *LAYERS[LAYERS.index(layer) + 1 :]}
    return set(imported(path)) & above


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_go_one_way(layer):
    files = sources(layer)
    assert files
    assert {str(p): forbidden(p, layer) for p in files if forbidden(p, layer)} == {}


def test_an_import_upwards_would_be_seen(tmp_path):
    path = tmp_path / "planted.py"
    path.write_text("import numpy\ndef f():\n    from checks.verdict import Word\n    import tests.samples\n")
    assert forbidden(path, "solvers") == forbidden(path, "theorems") == {"checks", "tests"}
    assert forbidden(path, "checks") == {"tests"}


# ---------------------------------------------------------------- start-up

HEAVY = ["torch", "numba", "matplotlib", "cvxpy", "scipy.stats", "sklearn", "joblib", "jinja2"]
START = """
import json, os, sys
from importlib.abc import MetaPathFinder

names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
seen = []


class Watch(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "numpy":
            seen.append([os.environ.get(n) for n in names])


sys.meta_path.insert(0, Watch())
{statement}
loaded = [name for name in {heavy} if name in sys.modules]
{after}
print(json.dumps({{"seen": seen[:1], "loaded": loaded, "after": after}}))
"""


def started(statement: str, after: str = "after = None") -> dict[str, Any]:
    """What a fresh interpreter reports after the statement."""
    text = START.format(statement=statement, heavy=HEAVY, after=after)
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "statement",
    [
        "import solvers",
        "import theorems.theorem; theorems.theorem.catalogue()",
        "import checks.conftest; checks.conftest.known(())",
        "import report.evidence",
    ],
)
def test_threads_are_one_before_numpy_loads_and_nothing_heavy_is_loaded(statement):
    found = started(statement)
    assert found["seen"] == [["1"] * 4]
    assert found["loaded"] == []


def test_torch_and_numba_run_on_one_thread():
    count = "import numba; after = [solvers.arrays.torch().get_num_threads(), numba.get_num_threads()]"
    assert started("import solvers.arrays", count)["after"] == [1, 1]


# ---------------------------------------------------------------- theorems


def test_every_file_of_the_catalogue_has_its_list_of_theorems():
    """Files without one are named as such; there is nothing to register."""
    found = set()
    for path in (ROOT / "theorems").glob("*.py"):
        module = importlib.import_module(f"theorems.{path.stem}") if path.stem != "__main__" else None
        if path.stem in catalogue_module.INFRASTRUCTURE:
            continue
        assert module is not None
        assert module.theorems, f"{path.name} has an empty list"
        assert all(isinstance(t, Theorem) for t in module.theorems)
        found |= {t.name for t in module.theorems}
    assert found == set(CATALOGUE)


KEYS = re.findall(
    r"^@\w+\{([^,]+),", (ROOT / "theorems" / "references.bib").read_text(encoding="utf-8"), re.M
)


def test_the_keys_of_the_references_are_unique():
    assert KEYS
    assert len(KEYS) == len(set(KEYS))


@every_theorem
def test_a_theorem_cites_sources_that_exist(theorem):
    for source in (theorem.source, *theorem.also):
        assert source.key in KEYS


@every_theorem
def test_a_theorem_ships_rivals(theorem):
    """A check that cannot fail shows nothing."""
    assert theorem.rivals


@every_theorem
def test_a_theorem_says_what_it_is(theorem):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", theorem.name)
    assert theorem.title
    assert not theorem.title.endswith(".")
    assert theorem.statement.endswith((".", ".)"))


@every_theorem
def test_a_belief_that_is_false_expects_to_be_refuted(theorem):
    refuted = any(p.expect == "REFUTED" for p in theorem.predictions)
    assert theorem.belief == refuted


@every_theorem
def test_a_verdict_that_is_expected_to_be_inconclusive_has_a_reason(theorem):
    for prediction in theorem.predictions:
        assert prediction.expect in (None, "REFUTED") or prediction.remark


def expressions(value: Any) -> Iterable[sp.Basic]:
    """The sympy expressions in a prediction, a method or a rival."""
    if isinstance(value, sp.Basic):
        yield value
    elif isinstance(value, tuple):
        yield from (e for part in value for e in expressions(part))
    elif hasattr(value, "__dataclass_fields__"):
        names = ("expression", "within", "exponent", "origin", "measure", "method", "over", "epochs", "steps")
        for name in (*names, "prediction", "methods", "predictions", "rivals"):
            part = getattr(value, name, None)
            yield from expressions(tuple(part) if isinstance(part, list) else part)


@every_theorem
def test_the_expressions_of_a_theorem_are_exact(theorem):
    """Integers and fractions: a float would be printed as 0.333333333333333, and could not be proved."""
    found = list(expressions(theorem))
    assert found or theorem.method is None  # a proof or a calculation may need none
    assert [e for e in found if e.atoms(sp.Float)] == []


def test_a_float_in_an_expression_would_be_seen():
    for planted in (
        Bound(expression=sp.Symbol("x") * 0.5),
        Rate(within=(0, sp.Float(0.5))),
        Rival("wrong", Bound(expression=sp.Float(2))),
        Rival("wrong", method=METHODS[0]._replace(step=sp.Float(0.1))),
    ):
        assert any(e.atoms(sp.Float) for e in expressions(planted))


@every_theorem
def test_the_names_of_a_theorems_tests_can_be_typed_and_stored(theorem):
    """They are file names and arguments of -k: words, dots and hyphens, different without their case."""
    names = [task.name for profile in ("quick", "full") for task in tasks(theorem, profile)]
    assert all(re.fullmatch(r"[\w.-]+", name) for name in names), names
    assert len({name.lower() for name in names}) == len(set(names))


# ---------------------------------------------------------------- methods and problems


def float_literals(text: str) -> list[float]:
    """The float literals inside the classes of a file."""
    return [
        node.value
        for holder in ast.walk(ast.parse(text))
        if isinstance(holder, ast.ClassDef)
        for node in ast.walk(holder)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]


@pytest.mark.parametrize("path", sources("solvers/methods"), ids=lambda p: p.stem)
def test_the_text_of_a_step_has_integers_only(path):
    """A float literal would poison the exact reading."""
    assert float_literals(path.read_text(encoding="utf-8")) == []


def test_a_float_literal_in_a_step_would_be_seen():
    assert float_literals("class A:\n    def update(self):\n        return 0.5 * 1e-3") == [0.5, 1e-3]


@pytest.mark.parametrize("path", sources("solvers/methods"), ids=lambda p: p.stem)
def test_a_method_file_opens_with_its_paper_and_year(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert path.stem == "__init__" or re.search(r"\((1[89]|20)\d\d\)|(1[89]|20)\d\d", docstring)


def test_every_public_method_is_among_those_that_the_tests_run():
    assert {type(m).__name__ for m in METHODS} == set(all_methods.__all__)
