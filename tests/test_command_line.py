"""``pytest checks/``: what a person meets who mistypes, and who is told that a theorem is false.

Every refusal is one sentence that names the object, the cause and the cure, with a non-zero exit and no
traceback. The cases share one process, since loading sympy is most of the time; the last test is the
command itself, twice.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

DRIVER = """
import contextlib, io, json, sys
import pytest

outcomes = {}
for name, arguments in json.load(sys.stdin).items():
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        code = pytest.main(["checks/", "-p", "no:cacheprovider", "--engine", "serial", *arguments])
    outcomes[name] = [int(code), text.getvalue()]
json.dump(outcomes, sys.stdout)
"""

HEAD = """
import numpy as np
import sympy as sp
from solvers import GradientDescent, RandomizedCoordinateDescent
from solvers.problems import spectra
from solvers.problems.convex import huber
from solvers.problems.families import Family, quadratics
from solvers.problems.quadratic import dense
from theorems.predictions import Bound, Rate
from theorems.symbols import L, R, distance, kappa
from theorems.theorem import Rival, Source, Theorem


def claim(name, family, method=GradientDescent(step=1 / L), expression=2 * R, more=(), **options):
    return Theorem(
        name=name, title=name, source=Source("sun2020"), statement="", method=method, instances=family,
        epochs=5, predictions=[Bound(distance, expression), *more], **options,
    )


def matrix(rows):
    return dense(np.array(rows), "the matrix")


fine = quadratics(spectra.uniform, kappa=(5.0,), n=3)
"""

FILES = {
    "symbol.py": HEAD + "theorems = [claim('odd', fine, expression=sp.Symbol('zeta') * R)]",
    "nothing.py": "value = 1",
    "broken.py": "import nowhere_to_be_found",
    "empty.py": HEAD + "theorems = [claim('none', quadratics(spectra.uniform, kappa=()))]",
    "twins.py": HEAD + "theorems = [claim('twin', fine), claim('twin', fine)]",
    "rivals.py": HEAD
    + """
theorems = [
    claim("toothless", fine, rivals=[
        Rival("survivor", method=GradientDescent(step=1 / (2 * L))),
        Rival("broken", prediction=Bound(distance, sp.Symbol("N", positive=True, integer=True))),
        Rival("refuted", prediction=Bound(distance, R / 1000)),
    ]),
    claim("two-detectors", fine, more=[Rate(1 - 1 / kappa)], rivals=[
        Rival("seen by the second", method=GradientDescent(step=1 / (2 * L))),
    ]),
]
""",
    "malformed.py": HEAD
    + """
nan = float("nan")
theorems = [
    claim("a-nan", Family(matrix, ({"rows": ((1.0, nan), (nan, 1.0))},), "one")),
    claim("a-nan-width", Family(huber, ({"width": nan},), "one")),
    claim("asymmetric", Family(matrix, ({"rows": ((1.0, 2.0), (0.0, 1.0))},), "one")),
    claim("indefinite", Family(matrix, ({"rows": ((1.0, 2.0), (2.0, 1.0))},), "one")),
    claim("kappa-below-one", quadratics(spectra.uniform, kappa=(0.5,), n=3)),
    claim("coordinates-of-a-spectrum", fine, RandomizedCoordinateDescent()),
    claim("not-a-step", fine, GradientDescent(step=1 / (kappa - 5))),
]
""",
    "false.py": HEAD + "theorems = [claim('false', fine, GradientDescent(step=3 / L))]",
}

CUDA = ["--backend", "torch", "--device", "cuda"]
#: What is typed, and what the one sentence must say.
REFUSED = {
    "unknown profile": (
        ["--profile", "fast"],
        "there is no profile 'fast'; the profiles are quick, standard",
    ),
    "unknown backend": (["--backend", "jax"], "there is no backend 'jax'; the backends are numpy, torch"),
    "unknown engine": (["--engine", "ray"], "there is no engine 'ray'; the engines are serial"),
    "unknown device": (["--device", "tpu"], "there is no device 'tpu'; the devices are cpu, cuda"),
    "cuda with numpy": (["--device", "cuda"], "numpy has no GPU arrays: use --backend torch"),
    "cuda without a GPU": (CUDA, "torch sees no CUDA device here: use --device cpu, or a machine with"),
    "missing file": (["--theorems", "nowhere.py"], "nowhere.py: there is no such file or folder"),
    "folder of nothing": (["--theorems", "{folder}/void"], "void: the folder holds no Python file"),
    "unknown symbol": (
        ["--theorems", "{folder}/symbol.py"],
        "theorem 'odd', prediction 'bound': unknown symbol zeta in expression = R*zeta; the symbols are",
    ),
    "no list": (
        ["--theorems", "{folder}/nothing.py"],
        "nothing.py has no list 'theorems' of Theorem objects",
    ),
    "broken file": (["--theorems", "{folder}/broken.py"], "broken.py does not load: ModuleNotFoundError"),
    "empty family": (["--theorems", "{folder}/empty.py"], "is empty; give it at least one instance"),
    "two of one name": (["--theorems", "{folder}/twins.py"], "two theorems are named 'twin'"),
    "results below a file": (
        ["--results", "{folder}/symbol.py/x"],
        "written there (Not a directory); choose",
    ),
    "results in /proc": (["--results", "/proc/rateproof"], "results cannot be written there"),
}

#: A theorem of malformed.py, and what is said of it.
MALFORMED = {
    "a-nan": "the matrix: the matrix has a NaN or an infinity; clean the data first",
    "a-nan-width": "Huber function of width nan: the array width of the problem has a NaN or an infinity",
    "asymmetric": "the matrix: the matrix is not symmetric; pass (Q + Q.T) / 2 if that is meant",
    "indefinite": "the matrix: the matrix is not positive definite (smallest eigenvalue -1)",
    "kappa-below-one": "a condition number is at least 1, got kappa = 0.5",
    "coordinates-of-a-spectrum": "which has no oracle 'remember': the eigenbasis has neither coordinates nor",
    "not-a-step": "a hyper-parameter must be a finite real number there",
}


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("my claims")
    (path / "void").mkdir()
    for name, text in FILES.items():
        (path / name).write_text(text + "\n")
    return path


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> dict[str, tuple[int, str]]:
    """The exit status and the output of every case."""
    cases = {name: [a.format(folder=folder) for a in typed] for name, (typed, _) in REFUSED.items()}
    shared = ["--profile", "quick", "--results", str(folder / "results")]
    names = " or ".join(f"{name}-bound" for name in MALFORMED)
    cases["malformed"] = [*shared, "--theorems", str(folder / "malformed.py"), "-k", names]
    cases["rivals"] = [
        *shared,
        "--theorems",
        str(folder / "rivals.py"),
        "-k",
        "toothless or two-detectors-rival",
    ]
    done = subprocess.run(
        [sys.executable, "-c", DRIVER], input=json.dumps(cases), cwd=ROOT, env=environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {name: (code, text) for name, (code, text) in json.loads(done.stdout).items()}


@pytest.mark.parametrize("case", REFUSED)
def test_a_mistake_on_the_command_line_is_refused_in_one_sentence(case, outcomes):
    if case == "cuda without a GPU" and shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    code, text = outcomes[case]
    lines = [line for line in text.splitlines() if line.strip()]
    assert code == pytest.ExitCode.USAGE_ERROR
    assert len(lines) == 1, text
    assert lines[0].startswith("ERROR: ")
    assert REFUSED[case][1] in lines[0]


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_problem_is_an_error_in_one_sentence(name, outcomes):
    code, text = outcomes["malformed"]
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "Traceback" not in text
    block = re.search(
        rf"^{name}, bound: ERROR\n  (.*)\n  replay: pytest \"checks/test_theorems.py::test_theorem\[{name}-",
        text,
        re.M,
    )
    assert block, text
    assert MALFORMED[name] in block[1]


def test_a_rival_that_survives_fails_whatever_its_verdict(outcomes):
    """HOLDS and ERROR are survival; only REFUTED passes, and the summary counts it."""
    code, text = outcomes["rivals"]
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "toothless: the rival 'survivor' survives, HOLDS" in text
    assert "toothless: the rival 'broken' survives, ERROR" in text
    assert "the rival 'refuted'" not in text
    assert "2 of 4 rivals refuted" in text
    told = re.findall(r"^toothless: .* survives, ", text, re.M)  # the closing summary may say it again
    assert len(told) == 2
    assert "Traceback" not in text


def test_a_rival_is_tried_by_every_detector_until_one_refutes_it(outcomes):
    """The bound cannot see a step that is half as long; the rate does."""
    assert "seen by the second" not in outcomes["rivals"][1]


def command(line: list[str] | str, folder: Path) -> Any:
    return subprocess.run(
        line,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        shell=isinstance(line, str),
    )


def test_a_refuted_theorem_prints_what_is_needed_and_its_replay_line_works(folder):
    """Verdict, predicted against measured, instance, and a line that runs this test again."""
    results = ["--results", str(folder / "replayed")]
    typed = ["checks/", "--profile", "quick", "--theorems", str(folder / "false.py"), "-k", "false-bound"]
    first = command([sys.executable, "-m", "pytest", *typed, *results], folder)
    assert first.returncode == pytest.ExitCode.TESTS_FAILED
    assert "Traceback" not in first.stdout + first.stderr
    report = re.search(
        r"^false, bound: REFUTED\n  (?P<reason>.*)\n  (?P<values>.*)\n  replay: pytest (?P<replay>.*)$",
        first.stdout, re.M,
    )  # fmt: skip
    assert report, first.stdout
    assert "uniform spectrum, kappa = 5, n = 3" in report["reason"]
    assert re.search(r"predicted \S+, measured \S+, at epoch \d+ on uniform spectrum", report["values"])
    again = command(f"{sys.executable} -m pytest {report['replay']} {shlex.join(results)}", folder)
    assert again.returncode == pytest.ExitCode.TESTS_FAILED
    assert report[0] in again.stdout
    assert "1 failed" in again.stdout
