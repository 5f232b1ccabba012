r"""The map of Barzilai-Borwein's exponent over spectrum, size, start and accuracy: our own measurement."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import BarzilaiBorwein1, BarzilaiBorwein2
from solvers.problems import spectra
from solvers.problems.families import decades, quadratics
from theorems.predictions import Open, Statement
from theorems.symbols import kappa
from theorems.theorem import Rival, Source, Theorem

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
STARTS = ["gaussian", "gaussian gradient", "equal gap"]
#: An early and a late stretch of a run.
BETWEEN = ((1e-2, 1e-8), (1e-8, 1e-40))
cells = quadratics(SPECTRA, kappa=decades(1, 4, per_decade=2), n=[5, 10, 50, 200], start=STARTS)
more_cells = quadratics(
    SPECTRA, kappa=decades(1, 6, per_decade=2), n=[5, 10, 20, 50, 200, 1000], start=STARTS
)
BUDGET = 1500 * sp.sqrt(kappa) + 1000

middle = Statement("the median over all cells is between 1/4 and 3/4", "median exponent", 0.25, 0.75)


def exponents(label: str, method: Any, statement: Statement = middle) -> Open:
    """The map for one of the two steps."""
    return Open(
        statements=[statement], method=method, between=BETWEEN, instances=cells, full=more_cells,
        epochs=BUDGET, seeds=4, label=label,
    )  # fmt: skip


theorems = [
    Theorem(
        name="barzilai-borwein-map",
        title="Open: the exponent of Barzilai-Borwein steps, mapped over spectra, sizes and starts",
        source=Source("sun2020", "appendix"),
        also=[Source("barzilaiborwein1988")],
        statement="How the epochs of Barzilai-Borwein steps grow with κ depends on spectrum, size, start and "
        "accuracy. Measured: the power of κ in each cell of that grid.",
        method=BarzilaiBorwein1(),
        instances=cells,
        survey="second order",
        remark="A cell's exponent has a wide interval, since a run of this method goes up and down and a "
        "cell has few κ. With five unknowns the exponents are small. From fifty unknowns on, whatever the "
        "spectrum and the start, they are about 1/2; nothing here explains why.",
        predictions=[exponents("long step", BarzilaiBorwein1()), exponents("short step", BarzilaiBorwein2())],
        rivals=[
            Rival(
                "half of the cells are below a quarter",
                exponents("", BarzilaiBorwein1(), Statement("below 1/4", "median exponent", -np.inf, 0.25)),
            ),
            Rival(
                "half of the cells grow like gradient descent",
                exponents("", BarzilaiBorwein1(), Statement("above 3/4", "median exponent", 0.75, np.inf)),
            ),
        ],
    ),
]
