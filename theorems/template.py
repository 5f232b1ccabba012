"""My theorem. Copy this file, change what it says, and run

pytest checks/ --theorems my_theorem.py -k my-theorem
"""

from solvers.methods import GradientDescent
from solvers.problems import spectra
from solvers.problems.families import decades, quadratics
from theorems.predictions import Bound, Rate
from theorems.symbols import L, R, distance, kappa, mu, t
from theorems.theorem import Rival, Source, Theorem

theorems = [
    Theorem(
        name="my-theorem",
        title="Gradient descent with step 2/(L+μ) contracts by (κ-1)/(κ+1)",
        source=Source("nesterov2004", "Theorem 2.1.15"),
        statement="With step 2/(L+μ) the distance falls by (κ-1)/(κ+1) in every epoch.",
        method=GradientDescent(step=2 / (L + mu)),
        instances=quadratics(spectra.log_spaced, kappa=decades(1, 4), n=40),
        epochs=100 * kappa,
        predictions=[
            Bound(distance, R * ((kappa - 1) / (kappa + 1)) ** t),
            Rate((kappa - 1) / (kappa + 1)),
        ],
        rivals=[Rival("step 1/L", method=GradientDescent(step=1 / L))],
    ),
]
