"""What the survey says, sentence by sentence, and the theorems that decide each.

R.-Y. Sun, "Optimization for deep learning: an overview", J. Oper. Res. Soc. China 8 (2020), appendix
"Review of Large-Scale (Convex) Optimization Methods". The sentences are told in our words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: The survey's classes in its order and what else it speaks of, with a heading for each.
CLASSES = {
    "benchmark": "The benchmark: gradient descent",
    "decomposition": "First class: decomposition",
    "fast gradient": "Second class: fast gradient methods",
    "second order": "Third class: second-order information",
    "parallel": "Fourth class: parallel computation",
    "mixed": "Mixed methods, of two classes",
    "deep linear": "The survey's body: deep linear nets",
    "training": "The survey's body: initialisation, landscape and training",
}
#: The heading for what belongs to none of them.
BEYOND = "Beyond the survey's classes"


@dataclass(frozen=True)
class Claim:
    """A sentence of the survey.

    Attributes:
        survey: the class that it is about.
        says: the sentence.
        shown: names of the theorems that confirm it, or what is left of it.
        refuted: names of the beliefs that are what is false in it.
        found: what is true, in a sentence.
    """

    survey: str
    says: str
    shown: Sequence[str]
    found: str
    refuted: Sequence[str] = ()


CLAIMS = [
    Claim(
        "benchmark",
        "Gradient descent needs κ log(1/ε) epochs on strongly convex problems.",
        ("gradient-descent-quadratic", "gradient-descent-best-step", "exact-line-search"),
        "With step 1/L as it stands, with step 2/(L+μ) half as many.",
    ),
    Claim(
        "benchmark",
        "It needs β/ε epochs on convex problems.",
        ("gradient-descent-convex",),
        "The gap is LR²/(4t+2) in the worst case, so β/(4ε) epochs for a unit distance.",
    ),
    Claim(
        "decomposition",
        "Randomised coordinate descent needs κ_CD log(1/ε) epochs on quadratics with equal diagonal entries.",
        ("coordinate-descent",),
        "As it stands: the exponents of κ_CD and of λ_max/λ_avg are 1 and 0.",
    ),
    Claim(
        "decomposition",
        "It is 1 to n times faster than gradient descent.",
        ("coordinate-descent-speed-up",),
        "Up to λ_max/λ_avg times as κ_CD grows; slower near the identity.",
        refuted=("coordinate-descent-never-slower",),
    ),
    Claim(
        "decomposition",
        "SVRG and SAGA have the same rate as coordinate descent on such quadratics.",
        ("saga", "svrg", "variance-reduction-keeps-a-third", "svrg-costs", "slow-mode-law"),
        "The same dependence on κ_CD, and a constant that is one over the step: 3 for SAGA.",
    ),
    Claim(
        "decomposition",
        "SVRG and SAGA are 1 to n times faster than gradient descent.",
        ("variance-reduction-keeps-a-third",),
        "λ_max/3 times with the steps of the theory, which can be below 1.",
        refuted=("variance-reduction-never-slower",),
    ),
    Claim(
        "decomposition",
        "If all N samples are the same, SGD is N times faster than gradient descent.",
        ("sgd-identical-samples",),
        "As it stands, exactly.",
    ),
    Claim(
        "decomposition",
        "With shrinking steps SGD does not have this benefit.",
        ("sgd-shrinking-steps", "sgd-classical-steps"),
        "It is sublinear even where all samples agree at the solution.",
    ),
    Claim(
        "decomposition",
        "With a constant step SGD may have the advantage of SVRG and SAGA.",
        ("sgd-interpolation", "square-systems-interpolate", "sgd-ball"),
        "Where the samples agree at the solution; elsewhere it stops at a ball.",
    ),
    Claim(
        "fast gradient",
        "Conjugate gradients, the heavy ball and accelerated gradient need √κ log(1/ε) epochs on quadratics.",
        ("conjugate-gradient", "heavy-ball-quadratic", "nesterov-quadratic"),
        "As it stands; nothing that combines gradients is faster while there are fewer steps than unknowns.",
    ),
    Claim(
        "fast gradient",
        "Of these only accelerated gradient is known to need √κ log(1/ε) epochs on strongly convex problems.",
        ("nesterov-strongly-convex", "heavy-ball-cycle", "triple-momentum", "item"),
        "More is known: the heavy ball tuned for quadratics can cycle, and two newer methods are faster.",
        refuted=("heavy-ball-strongly-convex",),
    ),
    Claim(
        "second order",
        "Quasi-Newton and Barzilai-Borwein methods rely much less on κ.",
        ("barzilai-borwein-map", "barzilai-borwein", "barzilai-borwein-slow-orbit"),
        "In two dimensions in the long run; in many a power of κ near one half is measured, and from some "
        "starts nothing is gained.",
        refuted=("barzilai-borwein-without-prefactor",),
    ),
    Claim(
        "parallel",
        "Gradient descent is a case of Jacobi's method, coordinate descent of Gauss and Seidel's.",
        ("splittings-are-descents",),
        "Gradient descent is Jacobi's method where the diagonal is constant and the step is its inverse.",
        refuted=("gradient-descent-is-not-jacobi", "jacobi-diverges"),
    ),
    Claim(
        "parallel",
        "A matrix-vector product takes n² steps on one processor and log n in parallel.",
        ("work-and-span", "brent-bound", "parallel-time"),
        "2n² operations, and ⌈log₂ n⌉ + 1 of them one after the other; on p processors at most work/p plus "
        "span.",
    ),
    Claim(
        "parallel",
        "A step of coordinate descent or of SGD consists of vector products, each of which is parallel.",
        ("work-and-span", "sgd-parallel-time"),
        "A step of SGD waits log n for its inner product; one of coordinate descent, which keeps the "
        "gradient, four units whatever n is.",
    ),
    Claim(
        "parallel",
        "In the worst case, such as a full matrix, the steps of an epoch wait for each other.",
        ("work-and-span", "parallel-time", "sgd-parallel-time"),
        "As it stands: 4n units for coordinate descent, N log n for SGD.",
    ),
    Claim(
        "parallel",
        "On sparse problems coordinate descent and SGD are parallel in part.",
        (
            "sparse-parallel-time",
            "colours-keep-the-iterates",
            "few-colours",
            "red-black-order",
            "parallel-coordinate-descent",
            "sgd-parallel-time",
        ),
        "All unknowns of a colour move at once without any change, so a sweep takes a time that does not "
        "grow with n; τ coordinates at random are worth τ/(1 + (τ-1)(ω-1)/(n-1)) steps.",
        refuted=("parallel-steps-as-long-as-serial",),
    ),
    Claim(
        "parallel",
        "In parallel gradient descent might be faster than coordinate descent or SGD.",
        ("parallel-coordinate-descent-full", "red-black-order", "mini-batch-linear-scaling"),
        "On full matrices it is at least 8/(⌈log₂ n⌉ + 3) times as fast, and up to n times that; on grids "
        "the two are within a tenth of each other.",
    ),
    Claim(
        "parallel",
        "Waiting for each other and communication can change the picture.",
        (
            "asynchronous-jacobi",
            "delayed-gradient-descent",
            "delayed-sgd",
            "delayed-coordinate-descent",
            "data-parallel",
        ),
        "Without waiting, Jacobi's method needs ρ(|M|) < 1 and gradient descent steps that shrink with the "
        "delay; coordinate descent endures delays of order n/λ_max.",
        refuted=("late-gradients-do-no-harm",),
    ),
    Claim(
        "parallel",
        "Parallel computation can improve the time of gradient descent to κ log n log(1/ε).",
        ("parallel-gradient-time", "sparse-parallel-time"),
        "(κ/2)(⌈log₂ n⌉ + 3) log(1/ε) with the best step; on sparse matrices without the logarithm of n.",
    ),
    Claim(
        "parallel",
        "It can be combined with the other classes.",
        ("parallel-gradient-time", "work-and-span"),
        "√κ log n log(1/ε) with the heavy ball or Nesterov's momentum; conjugate gradients wait three times "
        "as long in a step.",
    ),
]
