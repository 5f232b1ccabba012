"""The few verbs in which a step is written, and their reading for many runs at once.

A step is one text. Here vectors are arrays (B, m) of numpy or torch, one row a run; scalars are
columns (B, 1); an index ``i`` is the pair (runs, indices), so that ``x[i]`` picks one entry of every
row. ``solvers.compiled`` gives the same verbs their meaning for a single run (vectors (m,), numbers,
integers), and a step of numpy object arrays is exact (``solvers.exact``).

The oracles below the line belong to the problem; a method calls them by these names only.
"""

from typing import Any

import numpy as np

from solvers import arrays


def axpy(y: Any, a: Any, x: Any) -> None:
    """y += a x."""
    if isinstance(y, np.ndarray):
        y += a * x
    elif isinstance(a, int | float):
        y.add_(x, alpha=a)
    else:  # in one pass, without fresh memory for a x
        y.addcmul_(a, x)


def put(y: Any, x: Any) -> None:
    """y := x, into the memory of y."""
    y[...] = x


def dot(x: Any, y: Any) -> Any:
    """The inner product of x and y, a scalar."""
    return (x * y).sum(-1)[:, None]


def at(x: Any, i: Any) -> Any:
    """Entry i of x, a scalar; row i of a table of vectors (B, N, p). An array whose leading axis is 1 is
    shared by all runs, here and below."""
    found = x[0][i[1]] if len(x) == 1 else x[i]
    return found[:, None] if found.ndim == 1 else found


def add_at(x: Any, i: Any, a: Any) -> None:
    """x_i += a."""
    x[i] += a[:, 0] if x.ndim == 2 else a


def picks(i: Any) -> int:
    """The size of the batch that a step drew; ``i`` is (runs, indices) with indices (B, picks)."""
    return i[1].shape[1]


def pick(i: Any, k: int) -> Any:
    """The k-th index of the batch."""
    return i[0], i[1][:, k]


def coordinate(i: Any, k: int) -> Any:
    """The index k in every run, whatever was drawn."""
    return i[0], i[0] * 0 + k


def part(table: Any, k: int, x: Any) -> Any:
    """The k-th of the vectors as long as x that lie side by side in a table; what is put there stays."""
    size = x.shape[-1]
    return table[:, k * size : (k + 1) * size]


def shift(table: Any, x: Any) -> None:
    """The vectors as long as x that lie side by side in a table move on by one place, the last one out; x
    becomes the first."""
    size = x.shape[-1]
    table[:, size:] = table[:, :-size] * 1  # of a copy: the places overlap
    table[:, :size] = x


def row(A: Any, i: Any) -> Any:
    """Row i of the matrix A, a vector."""
    return A[0][i[1]] if len(A) == 1 else A[i]


def entry(A: Any, i: Any) -> Any:
    """The diagonal entry A_ii, a scalar."""
    return A[0][i[1], i[1]][:, None] if len(A) == 1 else A[i[0], i[1], i[1]][:, None]


def diagonal(A: Any) -> Any:
    """The diagonal of the matrix A, a vector."""
    each = list(range(A.shape[-1]))
    return A[..., each, each]


def matvec(A: Any, x: Any) -> Any:
    """A x."""
    return x @ A[0].T if len(A) == 1 else (A @ x[:, :, None])[:, :, 0]


def rmatvec(A: Any, y: Any) -> Any:
    """A' y."""
    return y @ A[0] if len(A) == 1 else (y[:, None, :] @ A)[:, 0, :]


def clip(x: Any, low: Any, high: Any) -> Any:
    """x, no smaller than low and no larger than high, entry by entry."""
    return x.clip(low, high)


def tanh(x: Any) -> Any:
    """tanh x, entry by entry."""
    return _library(x).tanh(x)


def log_cosh(x: Any) -> Any:
    """ln cosh x, entry by entry, without cancellation near zero and without overflow."""
    library, near, size = _library(x), x.clip(-1, 1), abs(x)
    tail = library.log1p(library.exp(-2 * size)) - library.log1p(library.exp(-2 * abs(near)))
    return library.log1p(library.sinh(near) ** 2) / 2 + (size - abs(near)) + tail


def _library(x: Any) -> Any:
    return np if isinstance(x, np.ndarray) else arrays.torch()


def value(leaf: Any) -> Any:
    """The number that a scalar leaf of a state holds."""
    return leaf


def quotient(a: Any, b: Any) -> Any:
    """a / b, of vectors entry by entry, and 0 where both vanish (a method that has arrived stays)."""
    return a / (b + (b == 0))


def sqrt(a: Any) -> Any:
    """The square root, of a vector entry by entry."""
    return a**0.5


def maximum(x: Any, y: Any) -> Any:
    """The larger of x and y, entry by entry."""
    return _library(x).maximum(x, y)


# ---------------------------------------------------------------- the problem's oracles


def gradient(problem: Any, x: Any) -> Any:
    """The gradient at x: one epoch."""
    return problem.gradient(x)


def product(problem: Any, p: Any) -> Any:
    """Hessian times p: one epoch."""
    return problem.product(p)


def remember(problem: Any, x: Any) -> Any:
    """What ``derivative``, ``curvature`` and ``move`` keep at hand at x: one epoch."""
    return problem.remember(x)


def derivative(problem: Any, memory: Any, i: Any) -> Any:
    """The partial derivative i, read off the memory: 1/n epoch."""
    return problem.derivative(memory, i)


def curvature(problem: Any, memory: Any, i: Any) -> Any:
    """The second derivative along coordinate i; comes with the partial derivative."""
    return problem.curvature(memory, i)


def curvatures(problem: Any) -> Any:
    """The second derivatives along all coordinates, a vector; they come with the gradient."""
    return problem.curvatures()


def mixed_gradient(problem: Any, x: Any, previous: Any) -> Any:
    """The gradient whose late readings see the iterate before."""
    return problem.mixed_gradient(x, previous)


def move(problem: Any, x: Any, memory: Any, i: Any, a: Any) -> None:
    """x_i += a, and what is remembered follows."""
    problem.move(x, memory, i, a)


def line_minimum(problem: Any, x: Any, d: Any) -> Any:
    """The a that minimises f(x + a d), a scalar: one epoch, the product with d."""
    return problem.line_minimum(x, d)


def blocks(problem: Any) -> int:
    """The number of blocks into which the unknowns fall, a number."""
    return problem.blocks()


def block_step(problem: Any, x: Any, k: int) -> Any:
    """The smallest d, zero outside block k, such that x + d minimises f over it; all blocks: one epoch."""
    return problem.block_step(x, k)


def component(problem: Any, x: Any, i: Any) -> Any:
    """The scalar c with grad f_i(x) = c a_i: 1/N epoch."""
    return problem.component(x, i)


def components(problem: Any, x: Any) -> Any:
    """All N of these scalars: one epoch."""
    return problem.components(x)


def smoothness(problem: Any, i: Any) -> Any:
    """The Lipschitz constant |a_i|^2 of component i's gradient, a scalar."""
    return problem.smoothness(i)


def ascend(problem: Any, y: Any, a: Any, i: Any) -> None:
    """y += a a_i."""
    problem.ascend(y, a, i)


def mean(problem: Any, table: Any) -> Any:
    """sum_i table_i a_i / N."""
    return problem.mean(table)


def samples(problem: Any) -> Any:
    """The number N of components, a number."""
    return problem.samples()


def square_distance(problem: Any, x: Any) -> Any:
    """|x - x*|^2, a scalar; a problem that has no single solution says what it measures instead."""
    return problem.square_distance(x) if hasattr(problem, "square_distance") else dot(x, x)


def gap(problem: Any, x: Any) -> Any:
    """f(x) - f*, without cancellation, a scalar."""
    return problem.gap(x)
