r"""The order of the coordinates: a fixed one is of order n^2 slower than random draws on Sun and Ye's matrix,
a random one for every sweep is not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from sympy.utilities.lambdify import implemented_function

from solvers import exact
from solvers.methods import (
    GaussSeidel,
    GradientDescent,
    PermutedCoordinateDescent,
    RandomizedCoordinateDescent,
)
from solvers.problems.families import doublings
from solvers.problems.quadratic import Quadratic
from solvers.problems.sampled_families import UNIT_DIAGONAL
from solvers.problems.splitting_families import sun_yes
from theorems.predictions import Complexity, Counterexample, Rate, SpeedUp, Witness
from theorems.rivals import QUARTER
from theorems.symbols import L, epsilon, gap, kappa, kappa_CD, n
from theorems.theorem import Rival, Source, Theorem

nats = sp.log(1 / epsilon)
percent = sp.Rational(1, 100)

# ---------------------------------------------------------------- the cyclic sweep in closed form


def slowest_of_a_sweep(size: float, of_descent: float) -> float:
    """The largest modulus of a root of (lambda - c)^n = (1 - c)^n lambda^(n-1) other than 1.

    1 - c = 1/kappa_CD. With lambda = z^n the equation is z^n = (1 - c) z^(n-1) + c.
    """
    count, c = round(float(size)), 1 - 1 / float(of_descent)
    z = np.roots([1, -(1 - c), *[0] * (count - 2), -c])
    one = np.argmin(np.abs(z - 1))
    return float(np.abs(np.delete(z, one)).max() ** count)


cyclic = implemented_function("cyclic", np.vectorize(slowest_of_a_sweep, otypes=[float]))


def characteristic(method: Any) -> Witness:
    """The characteristic polynomial of a sweep, from its own steps on rationals."""
    x, lines, holds = sp.Symbol("x"), [], True
    for size, c in ((3, Fraction(1, 2)), (4, Fraction(9, 10)), (6, Fraction(99, 100))):
        matrix = np.array([[1 if i == j else c for j in range(size)] for i in range(size)], dtype=object)
        columns = []
        for j in range(size):
            unit = [Fraction(int(i == j)) for i in range(size)]
            *_, image = exact.iterate(method, Quadratic(matrix), unit, 1)
            columns.append([sp.Rational(v.numerator, v.denominator) for v in image])
        found = sp.Matrix(columns).T.charpoly(x).as_expr()
        ratio = sp.Rational(c.numerator, c.denominator)
        claimed = x * sp.cancel(((x - ratio) ** size - (1 - ratio) ** size * x ** (size - 1)) / (x - 1))
        same = sp.expand(found - claimed) == 0
        holds &= bool(same)
        lines.append(f"n = {size}, c = {c}: {'the same polynomial' if same else 'another polynomial'}")
    return Witness(holds, tuple(lines))


# ---------------------------------------------------------------- families and claims

few = sun_yes((3, 5), kappa_CD=(2, 10))
small = sun_yes((3, 5, 10, 20), kappa_CD=(2, 10, 100))
grid = sun_yes((16, 32, 64), kappa_CD=doublings(10, 14))
large = sun_yes((64, 128), kappa_CD=doublings(10, 14))  # n/(n+1) is nearly 1 there
larger = sun_yes((64, 128, 256), kappa_CD=doublings(10, 16))
more = sun_yes((16, 32, 64, 128), kappa_CD=doublings(10, 16))
delta = 1 / kappa_CD
of_permuted = 1 - delta * (n + 1) / n
band = Rate(within=(of_permuted, of_permuted + delta**2), average="exact", instances=small)


def claim(method: Any, expression: Any, label: str, **changes: Any) -> Complexity:
    """The epochs of the long run on the grid, against kappa_CD and n."""
    whole = Complexity(
        expression * nats, against=(kappa_CD, n), long_run=True, instances=grid, full=more, method=method,
        label=label,
    )  # fmt: skip
    return replace(whole, **changes)


of_cyclic = claim(GaussSeidel(), kappa_CD * n**2 / (2 * sp.pi**2), "cyclic", leading=True)
of_gradient = claim(GradientDescent(step=1 / L), kappa_CD * n, "gradient descent", leading=True)
of_random = claim(RandomizedCoordinateDescent(), kappa_CD, "random", leading=True)
of_orders = claim(
    PermutedCoordinateDescent(), kappa_CD, "random orders", instances=large, full=larger, leading=True
)
runs = Complexity(
    kappa_CD * nats / 2,
    measure=gap,
    against=(kappa_CD, n),
    between=(1e-4, 1e-16),
    average="sampled",
    leading=True,
    seeds=8,
    instances=sun_yes((16, 32), kappa_CD=(8, 16, 32, 64)),
    full=sun_yes((32, 64), kappa_CD=(8, 16, 32, 64)),  # the constant still grows a little with n
    epochs=25 * kappa_CD,
    label="runs",
)


def wrong_exponents(right: Complexity) -> list[Rival]:
    """Both powers off by 1/4, either way."""
    return [
        Rival(
            f"{right.label}: power of {constant} {word} by 1/4",
            replace(right, expression=right.expression * constant**power),
        )
        for constant in (kappa_CD, n)
        for word, power in (("larger", QUARTER), ("smaller", -QUARTER))
    ]


theorems = [
    Theorem(
        name="cyclic-coordinate-descent",
        title="On Sun and Ye's matrix cyclic coordinate descent needs n² κ_CD/(2π²) log(1/ε) epochs",
        source=Source("sunye2021"),
        statement="The eigenvalues of a sweep on (1 - c) I + c 11' are 0 and the roots other than 1 of "
        "(λ - c)^n = (1 - c)^n λ^(n-1). As c tends to 1, a sweep contracts by 1 - 2π²/(n² κ_CD): n²/(2π²) "
        "times slower than random coordinates, and n/(2π²) times slower than gradient descent.",
        method=GaussSeidel(),
        instances=few,
        epochs=2 * n**2 * kappa_CD,
        premises=[UNIT_DIAGONAL],
        survey="decomposition",
        remark="That the gap is of order n² is the source's; the equation and the constant are derived here. "
        "With λ = z^n it reads z^n = (1 - c) z^(n-1) + c. The constant is a limit: with 1 - c = 1/10 the "
        "factor is a quarter farther from 1.",
        predictions=[
            Rate(cyclic(n, kappa_CD)),
            Rate(cyclic(n, kappa_CD), instances=small, quick=False, label="more unknowns"),
            Counterexample(
                belief="the eigenvalues of a sweep have no closed equation", witness=characteristic
            ),
            of_cyclic,
            replace(
                of_cyclic,
                expression=kappa * n / (2 * sp.pi**2) * nats,
                against=(kappa, n),
                label="cyclic, in kappa",
            ),
            SpeedUp(
                GaussSeidel(),
                (n**2 / (2 * sp.pi**2) * (1 - 2 * percent), n**2 / (2 * sp.pi**2) * (1 + 2 * percent)),
                method=RandomizedCoordinateDescent(),
                instances=sun_yes((16, 24), kappa_CD=(2.0**12,)),
                label="random over cyclic",
            ),
        ],
        rivals=[
            Rival("over-relaxation 21/20", method=GaussSeidel(sp.Rational(21, 20)), of="Rate"),
            Rival("the factor of random coordinates", Rate(1 - delta)),
            Rival("the limit is the factor", Rate(1 - 2 * sp.pi**2 / (n**2 * kappa_CD))),
            Rival(
                "over-relaxation has the polynomial",
                method=GaussSeidel(sp.Rational(21, 20)),
                of="Counterexample",
            ),
            Rival("n instead of n²", replace(of_cyclic, expression=kappa_CD * n * nats)),
            Rival("twice the constant", replace(of_cyclic, expression=of_cyclic.expression * 2)),
            Rival("random orders are as slow", method=PermutedCoordinateDescent(), of="cyclic"),
            *wrong_exponents(of_cyclic),
        ],
    ),
    Theorem(
        name="random-orders",
        title="A random order for every sweep repairs the worst case of cyclic coordinate descent",
        source=Source("leewright2019"),
        statement="With a new random order for every sweep the root mean square error on (1 - c) I + c 11' "
        "falls by 1 - (n+1)/(n κ_CD) per epoch, up to 1/κ_CD²: κ_CD n/(n+1) log(1/ε) epochs, n/(n+1) times "
        "those of coordinates drawn one by one.",
        method=PermutedCoordinateDescent(),
        instances=small,
        epochs=25 * kappa_CD,
        premises=[UNIT_DIAGONAL],
        survey="decomposition",
        remark="The factor is exact for any n: where all coordinates are alike, one order gives the second "
        "moment of all. On other matrices random orders may be slower than single draws.",
        predictions=[
            band,
            replace(of_orders, label="long run"),
            SpeedUp(
                RandomizedCoordinateDescent(),
                ((n + 1) / n, (n + 1) / n * (1 + delta)),
                instances=sun_yes((3, 5, 10, 20), kappa_CD=(10, 100, 1000)),
            ),
            runs,
        ],
        rivals=[
            Rival("single draws are in the band", method=RandomizedCoordinateDescent(), of="Rate"),
            Rival("relaxation 11/10", method=PermutedCoordinateDescent(sp.Rational(11, 10)), of="Rate"),
            Rival("(n+1)/n squared", replace(band, within=(1 - delta * ((n + 1) / n) ** 2,) * 2)),
            Rival("exactly as slow as single draws", SpeedUp(RandomizedCoordinateDescent(), (1, 1))),
            Rival("as slow as the cyclic order", replace(of_orders, expression=of_cyclic.expression)),
            Rival("runs: twice as slow", replace(runs, expression=2 * runs.expression)),
            *wrong_exponents(of_orders),
        ],
    ),
    Theorem(
        name="orders-and-exponents",
        title="κ_CD and n apart: n² κ_CD for the cyclic order, n κ_CD for gradients, κ_CD for random orders",
        source=Source("sunye2021"),
        also=[Source("sun2020", "appendix"), Source("leewright2019")],
        statement="On Sun and Ye's family the epochs grow like κ_CD^p n^r with (p, r) = (1, 2) for the "
        "cyclic order, (1, 1) for gradient descent, (1, 0) for random draws and for random orders. Varying c "
        "alone would show p = 1 for all of them.",
        method=GaussSeidel(),
        instances=grid,
        premises=[UNIT_DIAGONAL],
        survey="decomposition",
        predictions=[of_cyclic, of_gradient, of_random, of_orders],
        rivals=[
            Rival("random draws feel n", replace(of_random, expression=kappa_CD * n * nats)),
            Rival("gradient descent does not feel n", replace(of_gradient, expression=kappa_CD * nats)),
            Rival("the cyclic order does not feel n", replace(of_cyclic, expression=kappa_CD * nats)),
            Rival("random draws at half the cost", replace(of_random, expression=of_random.expression / 2)),
            *wrong_exponents(of_random)[2:],
            *wrong_exponents(of_gradient)[2:],
        ],
    ),
]
