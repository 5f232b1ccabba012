r"""Gradient descent: O(kappa log 1/epsilon) on quadratics, LR^2/(4k+2) on convex functions, and no step
beyond 2/L."""

from dataclasses import replace

import sympy as sp

from solvers.methods import GradientDescent
from solvers.problems import spectra
from solvers.problems.families import decades, hubers, quadratics
from theorems.obligations import gradient_descent as proved
from theorems.predictions import Bound, Complexity, Identity, Order, Proof, Rate
from theorems.rivals import sharper_claim, wrong_powers
from theorems.symbols import Delta, L, R, distance, epsilon, gap, horizon, kappa, lam, mu, t
from theorems.theorem import Rival, Source, Theorem

half = sp.Rational(1, 2)

ladder = quadratics(spectra.log_spaced, kappa=decades(1, 4), n=40)
slowest = quadratics(spectra.log_spaced, kappa=decades(1, 4), n=40, start="smallest")
steepest = quadratics(spectra.log_spaced, kappa=decades(1, 4), n=40, start="largest")
fine = quadratics(spectra.log_spaced, kappa=decades(1, 4, per_decade=4), n=40)
finer = quadratics(spectra.log_spaced, kappa=decades(1, 4.5, per_decade=4), n=40)
nats = sp.log(1 / epsilon)
scaling = Complexity(kappa * nats, leading=True, instances=fine, full=finer, epochs=160 * kappa)
best_scaling = replace(scaling, expression=kappa / 2 * nats)

best_factor = (kappa - 1) / (kappa + 1)

worst_convex = hubers(decades(0.5, 3, per_decade=4))
longer_convex = hubers(decades(0.5, 3.5, per_decade=4))
convex_bound = L * R**2 / (4 * t + 2)

#: The statements' hashes for so many epochs.
PINNED = {
    1: "9f7a2701d6e45b0dc536ad17ac2ca6c98686c7b85e9201d39cb6b0c423b87872",
    2: "ab1ece9e0da324706c2c5238419a76341537dc1c037511901236efd906fbafa1",
    3: "cbe6492c2602c2d55d9ce11e85e8446223ad72a018a768c18618324438345a74",
    4: "27314aa28532ee0e7ee0eb5dd0265796bc91fce1d664d08b89091873ef80b8f6",
    5: "adede4e151ca7afec4abe10242ca2452e286ffb897458dcd94fa3f86e5e71135",
    6: "03a944cb500a5283ef5c5d95027a6af7d74e2e7df7c53a7871a4b2217af98f47",
    7: "27f4491d45f4d00fb26f180f6388ea555260d9f266f6a44fb205668555c026c5",
    8: "c0afcee6ec0fb01e57deaebb3c0ef3decd23033cdb74ec6d86253f4d28441cc0",
    9: "6a0473197e972220f0aae6133e171c34aaadd8ef86b6a2a415e4f1dcb524d32a",
    10: "e6c0ca0556f9b67bb0b67e7af6b15b558eb930a922f6e72e9571c7f74f367208",
    20: "0bdafd6100fc1d58fdb0f1ccf4f186af4560ee0426c5794c1b5ae88467bef919",
    40: "7aa20cfecb86ef2dcec8dc754db4bc2b2e3cb31344f65fd9aad98945503ac100",
    60: "4f15355cd8bf3b0fb18553ba3188ccebdbc5063838529d8095a95ac75006d746",
}
proofs = [
    Proof(
        obligation=proved.convex[k],
        sha256=sha256,
        label=f"{k} epoch{'s' * (k > 1)}",
        values={},
        samples=({L: 1},),
        whole=False,
    )
    for k, sha256 in PINNED.items()
]
falling = Proof(
    obligation=proved.convex_potential,
    sha256="9fc480425224d0329a1d80df3b4e13746d5c44a79df6976627b7877bd7dd4551",
    values={"k": sp.Integer(3), "L": L},
    label="potential for all t",
    whole=False,
)
sinking = Proof(
    obligation=proved.convex_gradient,
    sha256="6fdb3673ea020edd8ecfee195ef4e6a7a18c3dbce4b4264a88c73327b3f2f9a5",
    values={"k": sp.Integer(3), "L": L},
    label="potential with the gradient",
    whole=False,
)

hundred = quadratics(spectra.log_spaced, kappa=[100, 400], n=20)
hundred_steepest = quadratics(spectra.log_spaced, kappa=[100, 400], n=20, start="largest")


def step(tenths: int) -> GradientDescent:
    """Gradient descent with the step c/L for c in tenths."""
    return GradientDescent(step=sp.Rational(tenths, 10) / L)


theorems = [
    Theorem(
        name="gradient-descent-quadratic",
        title="Gradient descent with step 1/L needs κ log(1/ε) epochs on quadratics",
        source=Source("sun2020", "appendix"),
        also=[Source("taylorhendrickxglineur2018")],
        statement="With step 1/L, mode i of the error is multiplied by 1 - λ_i/L in every epoch, so the "
        "distance to the solution falls by 1 - 1/κ at least, and in the long run by no more.",
        method=GradientDescent(step=1 / L),
        instances=ladder,
        epochs=30 * kappa + 300,
        survey="benchmark",
        remark="The gap falls by the square of the factor; the textbook factor 1 - 1/κ for the gap is true "
        "and twice too slow.",
        predictions=[
            Identity(distance, (1 - lam / L) ** t, label="modes"),
            Bound(distance, R * (1 - 1 / kappa) ** t),
            Bound(distance, R * (1 - 1 / kappa) ** t, instances=slowest, label="slowest mode"),
            Bound(gap, Delta * (1 - 1 / kappa) ** (2 * t), quick=False, label="gap"),
            Rate(1 - 1 / kappa),
            scaling,
        ],
        rivals=[
            Rival("step 1/(2L)", method=GradientDescent(step=1 / (2 * L))),
            Rival("step 3/(2L)", method=GradientDescent(step=3 / (2 * L)), of="Rate"),
            Rival("step 199/(100 L)", method=GradientDescent(step=sp.Rational(199, 100) / L), of="Rate"),
            Rival("step 101/(50 L)", method=GradientDescent(step=sp.Rational(101, 50) / L)),
            Rival("step 1/(L sqrt(kappa))", method=GradientDescent(step=1 / (L * sp.sqrt(kappa)))),
            Rival("square-root rate", Rate(1 - 1 / sp.sqrt(kappa))),
            Rival(
                "prefactor 9/10",
                Bound(distance, sp.Rational(9, 10) * R * (1 - 1 / kappa) ** t, instances=slowest),
            ),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="gradient-descent-best-step",
        title="Gradient descent with step 2/(L+μ) contracts by (κ-1)/(κ+1)",
        source=Source("nesterov2004", "Theorem 2.1.15"),
        statement="With step 2/(L+μ) the distance to the solution falls by the factor (κ-1)/(κ+1) in "
        "every epoch, the best that any constant step can promise.",
        method=GradientDescent(step=2 / (L + mu)),
        instances=ladder,
        epochs=30 * kappa + 300,
        survey="benchmark",
        predictions=[
            Bound(distance, R * best_factor**t),
            Identity(distance, R * best_factor**t, instances=slowest, label="slowest mode"),
            Identity(distance, R * best_factor**t, instances=steepest, label="steepest mode"),
            Rate(best_factor),
            best_scaling,
        ],
        rivals=[
            Rival("step 1/L", method=GradientDescent(step=1 / L), of="Bound"),
            Rival("step 19/(10 L)", method=step(19), of="Rate"),
            Rival(
                "square-root rate", Bound(distance, R * ((sp.sqrt(kappa) - 1) / (sp.sqrt(kappa) + 1)) ** t)
            ),
            *wrong_powers(best_scaling),
        ],
    ),
    Theorem(
        name="gradient-descent-convex",
        title="Gradient descent with step 1/L has the gap LR²/(4t+2) on convex functions, and no less",
        source=Source("droriteboulle2014", "Theorem 3.1"),
        also=[Source("sun2020", "appendix")],
        statement="On every convex function with an L-Lipschitz gradient the gap after t epochs is at most "
        "LR²/(4t+2), so ε is reached in O(1/ε) epochs. A Huber function, another one for every t, attains "
        "it.",
        method=GradientDescent(step=1 / L),
        instances=worst_convex,
        epochs=horizon,
        survey="benchmark",
        remark="The textbook bound LR²/(2t) is true and about twice too large. On one fixed function the gap "
        "is o(1/t): the worst function has to be chosen anew for every t. The bound is proved at t = 1 to "
        "10, "
        "20, 40 and 60; for all t at once the textbook's is, by a potential that never grows.",
        predictions=[
            Bound(gap, convex_bound),
            Identity(gap, convex_bound, at="end", label="worst function"),
            Bound(gap, convex_bound, instances=ladder, epochs=100, quick=False, label="quadratics"),
            Bound(gap, L * R**2 / (2 * t), label="textbook"),
            Order(gap, 1, origin=half, rechosen=True, full=longer_convex),
            *proofs,
            falling,
            sinking,
        ],
        rivals=[
            *(sharper_claim(p) for p in (proofs[0], proofs[9], proofs[12], falling)),
            Rival("step 99/(100 L)", method=GradientDescent(sp.Rational(99, 100) / L), of=proofs[1].label),
            Rival("constant 9/10 of it", Bound(gap, sp.Rational(9, 10) * convex_bound)),
            Rival("order 1/t^2", Order(gap, 2, origin=half, rechosen=True)),
            Rival("order 1/sqrt(t)", Order(gap, half, origin=half, rechosen=True)),
            Rival("order t^(-5/4)", Order(gap, sp.Rational(5, 4), origin=half, rechosen=True)),
            Rival("order t^(-3/4)", Order(gap, sp.Rational(3, 4), origin=half, rechosen=True)),
            Rival("step 1/(2L)", method=step(5), of="Bound"),
        ],
    ),
    Theorem(
        name="gradient-descent-divergence",
        title="Gradient descent diverges with any step above 2/L",
        source=Source("taylorhendrickxglineur2018"),
        statement="With step c/L the steepest mode is multiplied by 1 - c in every epoch: for c > 2 the "
        "error grows by c - 1, at c = 2 it is not contracted at all, and for c a little below 2 the "
        "slowest mode sets the factor again, 1 - c/κ.",
        method=step(21),
        instances=hundred,
        epochs=2000,
        survey="benchmark",
        remark="Elementary on a quadratic; up to 2/L the same factor, max(|1-c|, |1-c/κ|), is that of all "
        "strongly convex functions.",
        predictions=[
            Identity(distance, R * sp.Rational(11, 10) ** t, instances=hundred_steepest, label="c 2.1"),
            Identity(distance, R, method=step(20), instances=hundred_steepest, label="c 2"),
            Rate(sp.Rational(11, 10), label="c 2.1"),
            Rate(sp.Rational(3, 2), method=step(25), label="c 2.5"),
            Rate(sp.Integer(1), method=step(20), label="c 2"),
            Rate(1 - sp.Rational(19, 10) / kappa, method=step(19), epochs=10 * kappa, label="c 1.9"),
        ],
        rivals=[
            Rival("never grows", Bound(distance, R)),
            Rival("converges slowly beyond 2/L", Rate(1 - 1 / kappa)),
            Rival("factor c", Rate(sp.Rational(21, 10))),
            Rival("contracts at c = 2", Rate(1 - 2 / kappa, method=step(20))),
            Rival("step 2/L", method=step(20), of="c 2.1"),
        ],
    ),
]
