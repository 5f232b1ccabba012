r"""Restarts of Nesterov's method with t_k: what it is without them, with a fixed one, with adaptive ones."""

from dataclasses import replace

import numpy as np
import sympy as sp

from solvers.methods import (
    FixedRestart,
    FunctionRestart,
    GradientDescent,
    GradientRestart,
    Nesterov,
    NesterovConvex,
)
from solvers.problems import spectra
from solvers.problems.adaptive_families import log_coshes
from solvers.problems.families import accelerated, decades, hubers, lessard_recht_packards, quadratics
from theorems.predictions import Bound, Complexity, Open, Statement
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, L, R, epsilon, gap, horizon, kappa, t
from theorems.theorem import Rival, Source, Theorem

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
mixed = quadratics(SPECTRA, kappa=decades(1, 3), n=40)
few_modes = quadratics(spectra.log_spaced, kappa=decades(1, 2.75, per_decade=4), n=10)
fine = quadratics(spectra.log_spaced, kappa=decades(1, 3, per_decade=4), n=40)
finer = quadratics(spectra.log_spaced, kappa=decades(1, 4, per_decade=4), n=40)
finest = quadratics(spectra.log_spaced, kappa=decades(1, 5, per_decade=4), n=40)
densest = quadratics(spectra.log_spaced, kappa=decades(1, 5, per_decade=8), n=40)
bends = lessard_recht_packards(starts=(1.5, 3.3, 10.0, 100.0), smoothness=(10.0, 25.0, 100.0, 1000.0))
smooth = log_coshes(kappa=decades(1, 3.5, per_decade=4), n=20, width=(0.1,))
smoother = log_coshes(kappa=decades(1, 5, per_decade=4), n=20, width=(0.001, 0.1))
one_dimensional = hubers(decades(1, 3, per_decade=4), way=accelerated)

nats = sp.log(1 / epsilon)

# ---------------------------------------------------------------- without a restart

late = Complexity(
    2 * kappa * nats,
    leading=True,
    instances=few_modes,
    between=(1e-100, 1e-300),
    epochs=1500 * kappa + 1000,
    seeds=2,
)
believed = Complexity(
    sp.sqrt(kappa) * nats, instances=few_modes, epochs=400 * kappa + 1000, seeds=2, expect="REFUTED"
)

# ---------------------------------------------------------------- a fixed restart

cycle = sp.ceiling(sp.E * sp.sqrt(8 * kappa))
done = sp.ceiling(t / cycle) - 1  # full cycles before this one
per_cycle = 4 * kappa / (cycle + 1) ** 2
fixed_bound = Delta * per_cycle**done * 4 * kappa / (t - done * cycle + 1) ** 2
fixed_scaling = Complexity(
    sp.sqrt(kappa) * nats,
    instances=fine,
    full=densest,
    between=(1e-10, 1e-120),
    epochs=1000 * sp.sqrt(kappa),
    seeds=3,
)

# ---------------------------------------------------------------- adaptive restarts

REGISTERED = (
    Statement("the exponent of κ is below 3/4", "largest exponent", -np.inf, 0.75),
    Statement("it is above 1/4", "smallest exponent", 0.25, np.inf),
)


def question(label: str, method: object, statements: tuple[Statement, ...] = REGISTERED) -> Open:
    """The open question for one of the two schemes, on quadratics or on log-cosh functions."""
    quadratic = label.endswith("quadratics")
    return Open(
        statements=statements, method=method, instances=finer if quadratic else smooth,
        full=finest if quadratic else smoother, epochs=300 * sp.sqrt(kappa) + 500, between=(1e-5, 1e-30),
        seeds=3, label=label,
    )  # fmt: skip


ADAPTIVE = Source("odonoghuecandes2015")
convex_bound = 2 * L * R**2 / (t + 1) ** 2

theorems = [
    Theorem(
        name="nesterov-without-restart",
        title="Nesterov's method with t_k, not restarted, needs 2κ log(1/ε) epochs in the long run",
        source=Source("odonoghuecandes2015"),
        also=[Source("beckteboulle2009")],
        statement="On a strongly convex quadratic the momentum of the scheme for convex functions tends to "
        "1. The slowest mode then falls by √(1 - 1/κ) per epoch, half as fast as under gradient descent with "
        "step 1/L, after a beginning that is much faster.",
        method=NesterovConvex(),
        instances=few_modes,
        epochs=1500 * kappa + 1000,
        survey="fast gradient",
        remark="Derived: with momentum β mode λ has a factor of modulus √(β(1 - λ/L)), and β tends to 1. The "
        "source describes the oscillation. The accuracies are extreme because the powers of t that come "
        "with the factor must not matter.",
        predictions=[late],
        rivals=[
            Rival("gradient descent's constant", replace(late, expression=kappa * nats)),
            Rival("with the momentum for kappa", method=Nesterov(), of="Complexity"),
            *wrong_powers(late),
        ],
    ),
    Theorem(
        name="nesterov-without-restart-square-root",
        title="Believed: Nesterov's method with t_k needs √κ log(1/ε) epochs on strongly convex problems",
        source=Source("beckteboulle2009"),
        also=[ADAPTIVE],
        statement="The scheme for convex functions keeps its speed on strongly convex ones. It does so at "
        "low accuracy only: between 1e-10 and 1e-60 the exponent of κ is near one "
        "(nesterov-without-restart).",
        method=NesterovConvex(),
        instances=few_modes,
        epochs=400 * kappa + 1000,
        survey="fast gradient",
        belief=True,
        predictions=[believed],
        rivals=[
            Rival("power 3/4", replace(believed, expression=kappa ** sp.Rational(3, 4) * nats, expect=None)),
            Rival("power 1/4", replace(believed, expression=kappa ** sp.Rational(1, 4) * nats, expect=None)),
        ],
    ),
    Theorem(
        name="nesterov-fixed-restart",
        title="Restarted every e√(8κ) steps, Nesterov's method with t_k needs O(√κ log(1/ε)) epochs",
        source=ADAPTIVE,
        statement="Every cycle of j = ⌈e√(8κ)⌉ epochs multiplies the gap by 4κ/(j+1)², less than e⁻², and k "
        "epochs into a cycle the gap is at most 4κ/(k+1)² times that at its beginning.",
        method=FixedRestart(),
        instances=mixed,
        epochs=100 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        remark="The convex bound 2LR²/(k+1)² with R² at most 2/μ times the gap. It holds on every strongly "
        "convex function, and is loose on quadratics; the scaling is measured beside it.",
        predictions=[
            Bound(gap, fixed_bound),
            Bound(gap, fixed_bound, instances=bends, label="no quadratic"),
            fixed_scaling,
        ],
        rivals=[
            Rival("the fifth power per cycle", Bound(gap, fixed_bound * per_cycle ** (4 * done))),
            Rival("without a restart", method=NesterovConvex(), of="Bound"),
            Rival("gradient descent", method=GradientDescent(1 / L), of="Bound"),
            Rival("restarted every 10 steps", method=FixedRestart(interval=sp.Integer(10)), of="Bound"),
            *wrong_powers(fixed_scaling),
        ],
    ),
    Theorem(
        name="nesterov-adaptive-restart",
        title="Open: restarted where it overshoots, Nesterov's method behaves like √κ without knowing κ",
        source=ADAPTIVE,
        statement="Restarts where the function value rises, or where the step points uphill, need no "
        "constant of the problem. No rate is proved for them in general; measured on quadratics and on "
        "log-cosh functions, the exponent of κ is near 1/2.",
        method=GradientRestart(),
        instances=finer,
        epochs=300 * sp.sqrt(kappa) + 500,
        survey="fast gradient",
        remark="The source analyses quadratics of one scale; in one dimension there is a proof "
        "(nesterov-restart-one-dimension).",
        predictions=[
            question("gradient scheme, quadratics", GradientRestart()),
            question("function scheme, quadratics", FunctionRestart()),
            question("gradient scheme, log-cosh", GradientRestart()),
            question("function scheme, log-cosh", FunctionRestart()),
        ],
        rivals=[
            Rival(
                "exponent of gradient descent",
                question(
                    "gradient scheme, quadratics",
                    GradientRestart(),
                    (Statement("above 3/4", "largest exponent", 0.75, np.inf),),
                ),
            ),
            Rival(
                "exponent below a quarter",
                question(
                    "function scheme, log-cosh",
                    FunctionRestart(),
                    (Statement("below 1/4", "smallest exponent", -np.inf, 0.25),),
                ),
            ),
        ],
    ),
    Theorem(
        name="nesterov-restart-one-dimension",
        title="In one dimension gradient restarts keep the bound 2LR²/(t+1)²",
        source=Source("moursipavlovicvavasis2023"),
        statement="On every convex function of one variable with an L-Lipschitz derivative, Nesterov's "
        "method with t_k and gradient restarts has a gap of at most 2LR²/(t+1)² after t epochs. Huber "
        "functions, another one for every t, come close.",
        method=GradientRestart(),
        instances=one_dimensional,
        epochs=horizon,
        survey="fast gradient",
        remark="The source proves that restarts preserve the bound, and improve it.",
        predictions=[
            Bound(gap, convex_bound),
            Bound(gap, convex_bound, instances=bends, epochs=200, label="strongly convex"),
        ],
        rivals=[
            Rival("nine tenths of the bound", Bound(gap, sp.Rational(9, 10) * convex_bound)),
            Rival("step 1/(2L)", method=GradientRestart(step=1 / (2 * L)), of="Bound"),
            Rival("gradient descent", method=GradientDescent(1 / L), of="Bound"),
            Rival("restarted every 10 steps", method=FixedRestart(interval=sp.Integer(10)), of="Bound"),
        ],
    ),
]
