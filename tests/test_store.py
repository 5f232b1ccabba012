"""Stored evidence: written whole or not at all, and read under an unchanged key only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

from checks.store import Store, StoreError, fingerprint, key, write
from solvers import GradientDescent, run, sources
from solvers.constants import L, kappa
from solvers.problems import spectra
from solvers.problems.convex import huber
from solvers.problems.families import quadratics
from solvers.problems.quadratic import Gaussian
from solvers.trajectories import every
from tests.samples import SPECTRUM
from theorems.predictions import Bound
from theorems.symbols import R, distance, t

ROOT = Path(__file__).resolve().parent.parent


# ---------------------------------------------------------------- writing and reading


def test_a_record_comes_back_under_its_key_and_under_no_other(tmp_path):
    store = Store(tmp_path)
    store.save("a-theorem", "bound", {"key": "k1", "verdict": "HOLDS"})
    assert store.load("a-theorem", "bound", "k1")["verdict"] == "HOLDS"
    assert store.load("a-theorem", "bound", "k2") is None
    assert store.load("a-theorem", "rate", "k1") is None


@pytest.mark.parametrize("kept", [0, 1, 20, -1])
def test_a_half_written_record_is_not_read(tmp_path, kept):
    store = Store(tmp_path)
    store.save("a", "bound", {"key": "k", "rows": list(range(50))})
    path = store.path("a", "bound")
    path.write_bytes(path.read_bytes()[:kept])
    assert store.load("a", "bound", "k") is None


def test_a_record_of_another_format_is_not_read(tmp_path):
    store = Store(tmp_path)
    store.save("a", "bound", {"key": "k"})
    path = store.path("a", "bound")
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 0}))
    assert store.load("a", "bound", "k") is None


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "record.json"
    write(path, b"old")

    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["record.json"]


def test_a_number_that_json_does_not_have_is_never_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        Store(tmp_path).save("a", "bound", {"key": "k", "value": float("nan")})
    assert not Store(tmp_path).path("a", "bound").exists()


def test_two_writers_and_a_reader_never_meet_half_a_record(tmp_path):
    store = Store(tmp_path)
    store.save("a", "bound", {"key": "k", "writer": 0, "rows": [0] * 2000})
    stop, seen = threading.Event(), []

    def writes(writer: int) -> None:
        while not stop.is_set():
            store.save("a", "bound", {"key": "k", "writer": writer, "rows": [writer] * 2000})

    threads = [threading.Thread(target=writes, args=(w,)) for w in (1, 2)]
    for thread in threads:
        thread.start()
    try:
        deadline = time.monotonic() + 60
        while len(seen) < 400 or {1, 2} - {r["writer"] for r in seen}:
            assert time.monotonic() < deadline
            record = store.load("a", "bound", "k")
            assert record is not None
            seen.append(record)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert all(set(r["rows"]) == {r["writer"]} for r in seen)
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["bound.json"]


def trajectories(rounds: int = 40, measures: tuple[str, ...] = ("distance", "gap")) -> Any:
    return run(
        GradientDescent(step=3 / L),
        [SPECTRUM],
        [0, 1],
        rounds=rounds,
        growth=20,
        grid=every,
        measures=measures,
    )


@pytest.mark.parametrize("measures", [("distance",), ("distance", "gap")])
def test_a_batch_of_runs_comes_back_bit_for_bit_and_is_computed_once(tmp_path, measures):
    store, made = Store(tmp_path), []

    def compute() -> Any:
        made.append(trajectories(measures=measures))
        return made[-1]

    name, first = store.batch(["runs"], (GradientDescent,), compute)
    again, second = store.batch(["runs"], (GradientDescent,), compute)
    assert len(made) == 1
    assert name == again
    for field in ("rounds", "epochs_per_round", "log_distance", "log_gap", "instance", "seed"):
        one, other = getattr(first, field), getattr(second, field)
        assert (one is None) == (other is None) == (field == "log_gap" and "gap" not in measures)
        assert one is None or np.array_equal(one, other, equal_nan=True)
    assert (second.outcomes, second.reading) == (first.outcomes, first.reading)


@pytest.mark.parametrize("kept", [0, 10, 400, -30])
def test_a_half_written_batch_is_computed_again(tmp_path, kept):
    store = Store(tmp_path)
    name, _ = store.batch(["runs"], (), trajectories)
    path = tmp_path / "runs" / f"{name}.npz"
    path.write_bytes(path.read_bytes()[:kept])
    _, again = store.batch(["runs"], (), trajectories)
    assert np.array_equal(again.log_distance, trajectories().log_distance, equal_nan=True)
    assert np.load(path)["log_distance"].shape == again.log_distance.shape


def test_a_folder_that_cannot_be_written_is_refused_with_its_cause(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"results cannot be written there \(.+\); choose another folder"):
        Store(tmp_path / "file" / "results").check()
    Store(tmp_path / "new" / "results").check()
    assert list((tmp_path / "new" / "results").iterdir()) == []


# ---------------------------------------------------------------- keys


def shifted(by: float) -> Any:
    return lambda x: x + by


def with_default(by: float) -> Any:
    def shift(x: float, by: float = by) -> float:
        return x + by

    return shift


DIFFERENT = {
    "expressions": (kappa**t, kappa ** (2 * t)),
    "an integer and a fraction": (sp.Rational(1, 2), sp.Integer(1)),
    "a symbol and one of another kind": (sp.Symbol("x"), sp.Symbol("x", positive=True)),
    "seeds": ([0, 1], [0, 2]),
    "a number and its text": (1, "1"),
    "a list and a tuple": ([1, 2], (1, 2)),
    "a list of two and a text with a comma": (["a", "b"], ["a', 'b"]),
    "arrays in one bit": (np.array([1.0]), np.array([1.0 + 2**-52])),
    "arrays of two types": (np.array([1.0]), np.array([1])),
    "methods": (GradientDescent(step=1 / L), GradientDescent(step=2 / L)),
    "predictions": (Bound(distance, R), Bound(distance, R, side="lower")),
    "problems": (huber(0.1).problem, huber(0.2).problem),
    "starts": (Gaussian(3), Gaussian(4)),
    "families": (
        quadratics(spectra.uniform, (10.0,)),
        quadratics(spectra.log_spaced, (10.0,)),
    ),
    "function bodies": (lambda x: x + 1, lambda x: x + 2),
    "what a function closes over": (shifted(1.0), shifted(2.0)),
    "defaults": (with_default(1.0), with_default(2.0)),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different_values_have_different_fingerprints(one, other):
    assert fingerprint(one) != fingerprint(other)
    assert key([one]) != key([other])


def test_equal_values_have_equal_fingerprints():
    for make in (
        lambda: GradientDescent(step=1 / (L + kappa)),
        lambda: Bound(distance, R * (1 - 1 / kappa) ** t),
        lambda: quadratics(spectra.uniform, (10.0, 20.0)),
        lambda: shifted(2.0),
        lambda: huber(0.3).problem,
    ):
        assert fingerprint(make()) == fingerprint(make())


def test_a_value_without_an_identifying_text_is_refused():
    class Opaque:
        pass

    for value in (Opaque(), np.sqrt, {1, 2}):
        with pytest.raises(TypeError, match="cannot be part of a key"):
            fingerprint(value)


def test_a_key_depends_on_the_versions_of_the_libraries(monkeypatch):
    before = key(["x"])
    monkeypatch.setattr("checks.store.versions", lambda: {"numpy": "0.0"})
    assert key(["x"]) != before


def test_runs_do_not_depend_on_the_checks_but_evidence_does(monkeypatch):
    runs, evidence = key(["x"], runs_only=True), key(["x"])
    package = sources.package
    monkeypatch.setattr(sources, "package", lambda name: "edited" if name == "checks" else package(name))
    assert key(["x"], runs_only=True) == runs
    assert key(["x"]) != evidence


# ---------------------------------------------------------------- an edited file is seen

CLAIM = """
from solvers import GradientDescent
from solvers.problems import spectra
from solvers.problems.families import quadratics
from theorems.predictions import Bound
from theorems.symbols import L, R, distance, kappa, t
from theorems.theorem import Source, Theorem

theorems = [
    Theorem(
        name="claim", title="A claim", source=Source("nesterov2004"), statement="It contracts.",
        method=GradientDescent(step=1 / L), epochs=20,
        instances=quadratics(spectra.uniform, kappa=(4.0,), n=3, start="smallest"),
        predictions=[Bound(distance, R * (1 - 1 / kappa) ** t)],
    )
]
"""

PROBE = """
import json, sys
from pathlib import Path
from checks.evaluate import Task, perform
from checks.trial import Settings
from solvers import GradientDescent, compiled, run
from solvers.constants import L
from solvers.problems.quadratic import Fixed, Spectrum, spectrum_of
import numpy as np

instance = spectrum_of(np.array([1.0, 4.0]), "probe", Fixed((1.0, 0.0)))
found = run(GradientDescent(step=1 / L), [instance], rounds=20, reading="compiled")
hits = compiled.kernel(GradientDescent, Spectrum).stats.cache_hits
settings = Settings(results=Path("results"), theorems=(str(Path("user/claim.py").resolve()),))
record = perform(Task("claim", prediction="bound"), settings)
print(json.dumps({
    "fall": found.log_distance[0, -1], "from cache": bool(hits), "key": record["key"],
    "word": record["verdict"]["word"], "seconds": record["seconds"],
}))
"""


def probe(folder: Path) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_edited_method_file_invalidates_compiled_kernels_and_stored_evidence(tmp_path):
    """In a copy of the packages: two runs of one text share kernel and evidence; an edited text gets
    neither, though the compiled loop that calls it lives in a file that did not change."""
    for package in ("solvers", "theorems", "checks"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignore)
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "claim.py").write_text(CLAIM)

    first, second = probe(tmp_path), probe(tmp_path)
    assert (first["from cache"], second["from cache"]) == (False, True)
    assert first["fall"] == second["fall"] == pytest.approx(20 * np.log(0.75), rel=1e-12)
    assert (second["key"], second["seconds"], second["word"]) == (first["key"], first["seconds"], "TIGHT")

    text = tmp_path / "solvers" / "methods" / "gradient_descent.py"
    old = "axpy(state.x, -self.step, gradient(problem, state.x))"
    assert old in text.read_text()
    text.write_text(text.read_text().replace(old, old.replace("-self.step", "-self.step / 2")))
    third = probe(tmp_path)
    assert third["from cache"] is False
    assert third["fall"] == pytest.approx(20 * np.log(1 - 0.25 / 2), rel=1e-12)
    assert third["key"] != first["key"]
    assert third["word"] == "REFUTED"


def test_an_edited_users_file_changes_the_hash_of_what_it_reaches(tmp_path, monkeypatch):
    """The theorem file itself, and a module beside it that it imported."""
    (tmp_path / "beside.py").write_text("value = 1\n")
    (tmp_path / "mine.py").write_text("import beside\n")
    monkeypatch.syspath_prepend(tmp_path)
    import mine  # type: ignore[import-not-found]

    hashes = {sources.digest(sources.reached_from(mine.__file__))}
    for name in ("beside.py", "mine.py"):
        (tmp_path / name).write_text((tmp_path / name).read_text() + "# edited\n")
        hashes.add(sources.digest(sources.reached_from(mine.__file__)))
    assert len(hashes) == 3
    for name in ("beside", "mine"):
        sys.modules.pop(name)
