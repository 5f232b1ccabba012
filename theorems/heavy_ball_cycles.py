r"""Which tunings of the heavy ball cycle on a smooth, strongly convex function: all that would accelerate."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from solvers import exact
from solvers import method as protocol
from solvers.methods import GradientDescent, HeavyBall, Nesterov
from solvers.methods.heavy_ball import IterateAndPrevious
from solvers.problems import spectra
from solvers.problems.families import decades, quadratics
from theorems.facts import equal
from theorems.predictions import Calculation, Counterexample, Fact, Rate, Witness
from theorems.symbols import L, kappa, mu
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53

# ---------------------------------------------------------------- the criterion
#
# On the cycle x_t = e^(i theta t), theta = 2 pi/K, the method's step asks for the gradients g_t = l x_t with
# l = (1 + b - e^(i theta) - b e^(-i theta))/step. A mu-strongly convex, L-smooth function with them exists if
# and only if these points can be interpolated; with equal values, which may be assumed by symmetry, that is
# |l|^2/L + mu - (1 + mu/L) Re l + (1 - mu/L) |Im l| cot(theta/2) <= 0, the inequality of neighbours. Times
# mu step^2 it is the criterion.


def criterion(h: Any, beta: Any, ratio: Any, c: Any, inner: int = 1, outer: int = 2) -> Any:
    """Not positive where a cycle of length K exists; h = mu step, ratio = mu/L, c = cos 2 pi/K.

    ``inner`` and ``outer`` are numbers that a rival changes.
    """
    middle = beta - c + inner * ratio * (1 - beta * c)
    return h * h - 2 * middle * h + outer * ratio * (1 - c) * (1 + beta * beta - 2 * beta * c)


def near_one(h: Any, b: Any, ratio: Any, d: Any) -> tuple[Any, Any]:
    """The criterion in b = 1 - beta and d = 1 - c, and the sum of its terms' sizes: where both are small, it
    has fewer digits to lose."""
    first, last = h * h, 2 * ratio * d * (b * b + 2 * (1 - b) * d)
    middle = 2 * h * (d - b + ratio * (d + b - b * d))
    return first - middle + last, first + 2 * h * (d + b + ratio * (d + b + b * d)) + last


class Hull(NamedTuple):
    """f(x) = L|x|^2/2 - (L - mu)/2 times the squared distance from a convex polygon in the plane.

    Its gradient is mu x + (L - mu) times the projection on the polygon: mu-strongly convex, L-smooth.
    Shapes (B, K, 2), (B, 1) and (B, 1), with the corners anticlockwise.
    """

    corners: Any
    mu: Any
    L: Any

    def gradient(self, x: Any) -> Any:
        return self.mu * x + (self.L - self.mu) * self.projection(x)

    def projection(self, x: Any) -> Any:
        side, offset = np.roll(self.corners, -1, axis=1) - self.corners, x[:, None] - self.corners
        along = ((offset * side).sum(-1) / (side * side).sum(-1)).clip(0, 1)
        nearest = self.corners + along[..., None] * side
        chosen = ((x[:, None] - nearest) ** 2).sum(-1).argmin(1)
        inside = (side[..., 0] * offset[..., 1] >= side[..., 1] * offset[..., 0]).all(1)
        return np.where(inside[:, None], x, nearest[np.arange(len(x)), chosen])


def on_polygons(method: Any, inner: int, outer: int) -> list[Fact]:
    """Where the criterion says so, and only there, the method's own steps go round a polygon."""
    facts, rng = [], np.random.default_rng(0)
    for length in (3, 4, 5, 8, 13):
        smooth = np.exp(rng.uniform(0.5, 8, (1000, 1)))
        momentum = rng.uniform(0, 1, (1000, 1))
        step = rng.uniform(0, 2, (1000, 1)) * (1 + momentum) / smooth
        angle = 2 * np.pi / length
        slope = (1 + momentum - np.exp(1j * angle) - momentum * np.exp(-1j * angle)) / step
        points = np.exp(1j * angle * np.arange(length))
        corners = (slope - 1) / (smooth - 1) * points
        problem = Hull(np.stack([corners.real, corners.imag], -1), smooth * 0 + 1, smooth)
        round_trip = np.tile([[1.0, 0.0]], (1000, 1))
        before = np.tile([[points[-1].real, points[-1].imag]], (1000, 1))
        state = IterateAndPrevious(round_trip.copy(), before)
        tuned = type(method)(step, momentum)
        off = np.zeros(1000)
        for t in range(length):
            protocol.update(tuned, problem, state, None)
            there = points[(t + 1) % length]
            off = np.maximum(off, np.hypot(state.x[:, 0] - there.real, state.x[:, 1] - there.imag))
        value = criterion(step, momentum, 1 / smooth, np.cos(angle), inner, outer)[:, 0]
        size = near_one(step, 1 - momentum, 1 / smooth, 1 - np.cos(angle))[1][:, 0]
        clear = np.abs(value) > 1e-6 * size  # nearer to the border rounding decides
        goes_round = off < 1e-9
        what = f"K = {length}: tunings of {clear.sum()} that differ, {(goes_round & clear).sum()} go round"
        facts.append(equal(what, 0, int(((value <= 0) != goes_round)[clear].sum()), 0))
    return facts


# ---------------------------------------------------------------- Polyak's tuning


def thresholds(method: Any, less: Any) -> list[Fact]:
    """The condition number from which the tuning has a cycle of length K, from the criterion.

    Predicted is the root u of (1 - c^2) u^2 - 4 (1 + c) u - 4, ``less`` a number that a rival takes off.
    """
    s, facts = sp.Symbol("s", positive=True), []
    numbers = [sp.sympify(e).subs({mu: 1, L: s**2, kappa: s**2}) for e in method]
    for length in (3, 4, 5, 6, 8, 12):
        c = sp.cos(2 * sp.pi / length)
        step, momentum = numbers
        top = sp.numer(sp.together(criterion(step, momentum, 1 / s**2, c)))
        roots = [sp.re(r) for r in sp.Poly(sp.expand(top), s).nroots(n=40) if abs(sp.im(r)) < 1e-20]
        u = (2 + 2 * sp.sqrt(2 / (1 + c))) / (1 - c) - less
        claimed = float(((u + sp.sqrt(u**2 + 4)) / 2) ** 2)
        facts.append(equal(f"κ at K = {length}", claimed, float(max(roots) ** 2), 8 * U * claimed))
    return facts


class Known(NamedTuple):
    """A function of which only three gradients are known, shapes (3, 3)."""

    points: Any
    gradients: Any

    def gradient(self, x: Any) -> Any:
        return self.gradients[:, (self.points[0] == x[0]).all(-1)][:, 0]


def triangle(root: Fraction) -> Any:
    """A witness for Polyak's tuning at kappa = root^2: three points that a shift of coordinates permutes."""
    points = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]], dtype=object) * Fraction(1)
    size = root**2
    step, momentum = 4 / (root + 1) ** 2, ((root - 1) / (root + 1)) ** 2
    following, before = np.roll(points, -1, axis=0), np.roll(points, 1, axis=0)
    gradients = ((1 + momentum) * points - following - momentum * before) / step

    def interpolated() -> bool:
        for s in range(3):
            for t in range(3):
                x, g = points[t] - points[s], gradients[t] - gradients[s]
                rest = g @ g / size + x @ x - 2 * (g @ x) / size
                if gradients[s] @ x + rest / (2 * (1 - 1 / size)) > 0:
                    return False
        return True

    def witness(method: Any) -> Witness:
        start, constants = (points[0], points[2]), {mu: 1, L: size, kappa: size}
        path = exact.iterate(
            method, Known(points, gradients), points[0], 3, constants=constants, leaves=start
        )
        try:
            closed = [x.tolist() for x in path] == [points[k % 3].tolist() for k in range(4)]
        except IndexError:  # it asked for the gradient at another point
            closed = False
        exists = interpolated()
        return Witness(
            holds=closed and exists,
            lines=(
                f"at κ = {size} three steps from (2, -1, -1) {'return' if closed else 'do not return'} to it",
                f"a 1-strongly convex, {size}-smooth function with these three gradients and equal values "
                f"{'exists: all interpolation inequalities hold' if exists else 'does not exist'}",
            ),
        )

    return witness


BELIEF = "with Polyak's tuning the heavy ball converges on every function as long as κ is below 20"
polyak_thresholds = Calculation(
    compute=thresholds, arguments={"less": 0}, quick=False, label="thresholds", ran="roots of the criterion"
)
polygons = Calculation(
    compute=on_polygons,
    arguments={"inner": 1, "outer": 2},
    label="polygons",
    ran="K steps on the function of a polygon, 5000 tunings",
)

# ---------------------------------------------------------------- all tunings at once


def uncovered(condition: float, speed: float, splits: int = 26) -> int:
    """Boxes of tunings that contract quadratics by 1 - speed/kappa and in which no common cycle was found.

    The region of these tunings, in b = 1 - momentum and h = mu step, lies between two lines. The criterion is
    convex in either number alone, so a cycle at the four corners of a box (with room for rounding) is one for
    the whole box. Boxes without one are halved, ``splits`` times at most.
    """
    r, y = 1 / condition, speed / condition
    ratio = (2 - y) * r / y
    widest = y + (1 - y) * 2 * ratio / (1 + ratio)  # where the lines meet
    low = np.log([[y * (2 - y) * (1 - 1e-9), y * y * (1 - 1e-9)]])
    high = np.log([[widest * (1 + 1e-9), 4 * r]])
    for _ in range(splits):
        (b0, h0), (b1, h1) = np.exp(low).T, np.exp(high).T
        slow = h1 < y * (b0 - y) / (1 - y) * (1 - 1e-9)
        wild = h0 > r * (2 - y) * (2 - b0 - y) / (1 - y) * (1 + 1e-9)
        kept = ~(slow | wild)
        low, high, b0, b1, h0, h1 = low[kept], high[kept], b0[kept], b1[kept], h0[kept], h1[kept]
        b, h = np.sqrt(b0 * b1), np.sqrt(h0 * h1)
        best = (h * (1 + r * (1 - b)) / r - b * b) / (4 * (1 - b))  # 1 - cos of the likeliest cycle
        length = np.pi / np.arcsin(np.sqrt(np.clip(best / 2, 1e-300, 1)))
        done = np.zeros(len(b), dtype=bool)
        for whole in (np.floor(length), np.ceil(length)):
            d = 2 * np.sin(np.pi / np.maximum(whole, 2)) ** 2
            values = [near_one(x, z, r, d) for x in (h0, h1) for z in (b0, b1)]
            done |= np.all([value <= -64 * U * size for value, size in values], axis=0)
        low, high = low[~done], high[~done]
        if not len(low):
            return 0
        rows, axis, middle = np.arange(len(low)), (high - low).argmax(1), (low + high) / 2
        left, right = high.copy(), low.copy()
        left[rows, axis] = right[rows, axis] = middle[rows, axis]
        low, high = np.concatenate([low, right]), np.concatenate([left, high])
    return len(low)


CONDITIONS = (1e3, 1e4, 1e5, 1e6, 1e8)


def boxes_left(method: Any, speed: Any, at_least: int = 0) -> list[Fact]:
    """How many boxes are left without a cycle: none, or ``at_least`` so many. It is about all tunings, not
    that of the method."""
    facts = []
    for size in CONDITIONS:
        left = uncovered(size, float(sp.sympify(speed).subs(kappa, size)))
        top = np.inf if at_least else 0
        facts.append(Fact(f"boxes left at κ = {size:g}", float(at_least), float(left), float(at_least), top))
    return facts


def free(method: Any, conditions: tuple[int, ...]) -> list[Fact]:
    """The real roots of the criterion as a quadratic in c: without one it is positive for all K."""
    c, facts = sp.Symbol("c"), []
    for size in conditions:
        step, momentum = (sp.sympify(e).subs({mu: 1, L: size, kappa: size}) for e in method)
        quadratic = sp.Poly(criterion(step, momentum, sp.Rational(1, size), c), c)
        roots = 0 if quadratic.discriminant() < 0 else 2
        facts.append(equal(f"cosines at which a cycle begins or ends, κ = {size:g}", 0, roots, 0))
    return facts


def shrinking(speed: Any) -> HeavyBall:
    """The tuning with a double root 1 - speed/kappa at the slowest mode, the best with its momentum."""
    return HeavyBall(step=speed**2 / (kappa * L), momentum=(1 - speed / kappa) ** 2)


SLOWER, FASTEST = sp.Rational(159, 10), sp.Rational(161, 10)
LARGE = (10**4, 10**6, 10**8)
covered = Calculation(
    compute=boxes_left,
    arguments={"speed": FASTEST},
    label="every faster tuning cycles",
    ran="boxes that cover all steps and momenta with a factor of at most 1 - 16.1/κ on quadratics",
)
without = Calculation(
    compute=free,
    arguments={"conditions": LARGE},
    label="a tuning without cycles",
    ran="the criterion as a quadratic in the cosine, exact",
)
some = Calculation(
    compute=boxes_left,
    arguments={"speed": sp.sqrt(kappa), "at_least": 1},
    rests_on="bound",
    expect="REFUTED",
    ran="boxes that cover all steps and momenta with a factor of at most 1 - 1/√κ on quadratics",
)
slow_family = quadratics(spectra.log_spaced, kappa=decades(3, 3.5, per_decade=2), n=20)

theorems = [
    Theorem(
        name="heavy-ball-cycle-criterion",
        title="The heavy ball goes round in cycles wherever a quadratic criterion says so",
        source=Source("goujaudtaylordieuleveut2025"),
        statement="With step α and momentum β a cycle through the K-th roots of unity exists on some "
        "μ-strongly convex, L-smooth function of two variables if and only if (μα)² - "
        "2(β - c + (1 - βc)/κ) μα + 2(1-c)(1 + β² - 2βc)/κ ≤ 0, c = cos 2π/K. For Polyak's tuning, with "
        "u = √κ - 1/√κ, that is (1-c²)u² - 4(1+c)u - 4 ≥ 0: a cycle of length 3 for all "
        "κ ≥ (2+√5)² = 17.94, and none of another length below.",
        method=HeavyBall(),
        survey="fast gradient",
        remark="The criterion is the source's, and derived here again from the interpolation inequality of "
        "two neighbours. The function is explicit: its gradient is μx + (L-μ) times the projection on a "
        "polygon. Cycles of other shapes are not excluded where the criterion fails.",
        predictions=[
            polygons,
            polyak_thresholds,
            Counterexample(belief=BELIEF, witness=triangle(Fraction(17, 4)), label="just above"),
        ],
        rivals=[
            Rival("without the term in 1 - βc", replace(polygons, arguments={"inner": 0, "outer": 2})),
            Rival("half of the last term", replace(polygons, arguments={"inner": 1, "outer": 1})),
            Rival("nesterov's method", method=Nesterov(), of="polygons"),
            Rival(
                "u - 1/10 at the threshold",
                replace(polyak_thresholds, arguments={"less": sp.Rational(1, 10)}),
            ),
            Rival("step 1/L", method=HeavyBall(step=1 / L), of="thresholds"),
            Rival("kappa 16", Counterexample(belief=BELIEF, witness=triangle(Fraction(4)))),
            Rival("step 1/L on the triangle", method=HeavyBall(step=1 / L), of="just above"),
            Rival("nesterov on the triangle", method=Nesterov(), of="just above"),
        ],
    ),
    Theorem(
        name="heavy-ball-no-tuning",
        title="No tuning of the heavy ball accelerates on all strongly convex functions",
        source=Source("goujaudtaylordieuleveut2025"),
        statement="Every constant step and momentum with which the heavy ball contracts quadratics faster "
        "than 1 - 16.1/κ per epoch has a cycle on some smooth, strongly convex function. With momentum "
        "(1 - 15.9/κ)² and step 15.9²/(κL) there is no cycle through roots of unity, and the factor on "
        "quadratics is 1 - 15.9/κ. So what is left needs κ/16 epochs for a factor e there, an eighth of what "
        "gradient descent needs, and not √κ.",
        method=shrinking(SLOWER),
        instances=slow_family,
        epochs=2 * kappa,
        survey="fast gradient",
        remark="That Polyak's tuning cycles (heavy-ball-cycle, heavy-ball-cycle-criterion) does not show "
        "this: another tuning might be slower and safe. Here all tunings are covered, at the κ named. As κ "
        "grows the constant tends to 16, derived here: with momentum 1 - 2B/κ, step H/(κL) and 1 - c = D/κ "
        "the criterion is 4D² - 2H(D - 2B) to leading order, which no D makes negative for H below 16B; a "
        "factor 1 - B/κ needs H ≥ B². Whether a tuning without such cycles converges on every function is "
        "another question, and not claimed.",
        predictions=[covered, without, Rate(1 - SLOWER / kappa, quick=False)],
        rivals=[
            Rival("faster than 1 - 15/κ", replace(covered, arguments={"speed": sp.Integer(15)})),
            Rival("speed 17", method=shrinking(sp.Integer(17)), of="a tuning without cycles"),
            Rival("Polyak's tuning", method=HeavyBall(), of="a tuning without cycles"),
            Rival("the tuning at κ = 1000", replace(without, arguments={"conditions": (1000,)})),
            Rival("factor 1 - 16/κ", Rate(1 - 16 / kappa, quick=False)),
            Rival("factor of gradient descent", Rate((kappa - 1) / (kappa + 1), quick=False)),
            Rival("gradient descent", method=GradientDescent(), of="Rate"),
        ],
    ),
    Theorem(
        name="heavy-ball-some-tuning",
        title="Believed: some tuning of the heavy ball needs √κ log(1/ε) epochs on every function",
        source=Source("goujaudtaylordieuleveut2025"),
        also=[Source("polyak1964")],
        statement="Only Polyak's tuning for quadratics is at fault, and a more careful one keeps the order "
        "of √κ. It is false: among the tunings that contract quadratics by 1 - 1/√κ, none is free of cycles.",
        method=HeavyBall(),
        survey="fast gradient",
        belief=True,
        predictions=[some],
        rivals=[
            Rival(
                "κ^(3/4)/4 epochs",
                replace(
                    some, arguments={"speed": 4 * kappa ** sp.Rational(1, 4), "at_least": 1}, expect=None
                ),
            )
        ],
    ),
]
