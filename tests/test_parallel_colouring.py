"""Colourings against another library, and the step over a colour against solving for it."""

from __future__ import annotations

import numpy as np
import pytest

from solvers.methods.block_coordinate_descent import BlockCoordinateDescent
from solvers.problems.coloured import by_colour, coloured, greedy
from solvers.problems.instance import with_run_axis
from solvers.problems.parallel_families import banded, grid, separable, sparse

GRAPHS = [grid(4, 5), banded(20, 3), sparse(30, 4, 0), sparse(30, 6, 1)]


@pytest.mark.parametrize("instance", GRAPHS, ids=lambda instance: instance.label)
def test_the_greedy_colouring_is_that_of_networkx(instance):
    graphs = pytest.importorskip("networkx")
    matrix = instance.problem.Q
    graph = graphs.from_numpy_array(matrix - np.diag(np.diag(matrix)))
    theirs = graphs.greedy_color(graph, strategy=lambda g, colours: range(len(matrix)))
    assert greedy(matrix).tolist() == [theirs[i] for i in range(len(matrix))]


def test_a_grid_is_red_and_black_and_a_band_has_one_colour_more_than_its_width():
    rows, columns = np.divmod(np.arange(20), 5)
    assert (greedy(grid(4, 5).problem.Q) == (rows + columns) % 2).all()
    assert (greedy(banded(20, 3).problem.Q) == np.arange(20) % 4).all()


@pytest.mark.parametrize("instance", GRAPHS, ids=lambda instance: instance.label)
def test_the_step_over_a_colour_minimises_over_it(instance):
    found = coloured(instance)
    problem, x = with_run_axis(found.problem), found.start(0)
    for k in range(problem.blocks()):
        step, mine = problem.block_step(x[None], k)[0], found.problem.colours == k
        best = np.zeros_like(x)
        best[mine] = np.linalg.solve(instance.problem.Q[np.ix_(mine, mine)], -(instance.problem.Q @ x)[mine])
        np.testing.assert_allclose(step, best, rtol=0, atol=1e-13)


def test_a_reordered_instance_starts_at_the_same_point():
    instance = sparse(12, 3, 0)
    moved = by_colour(instance)
    x, y = instance.start(3), moved.start(3)
    assert y @ moved.problem.Q @ y == pytest.approx(x @ instance.problem.Q @ x, rel=1e-14)
    assert not np.array_equal(x, y)


def test_neighbours_of_one_colour_are_told():
    with pytest.raises(ValueError, match="unknowns 0 and 1 meet in the Hessian and have the same colour 0"):
        coloured(grid(2, 2), np.zeros(4, int))
    with pytest.raises(ValueError, match="needs a square matrix"):
        greedy(np.ones((2, 3)))


def test_sums_that_do_not_determine_the_unknowns_are_told():
    with pytest.raises(ValueError, match="take coprime numbers"):
        separable(8, 4)


def test_blocks_are_the_methods_own():
    """All blocks together cost an epoch, by the oracle that is counted."""
    from solvers import counting
    from solvers import method as protocol

    found = coloured(grid(3, 3))
    assert counting.epochs_per_round(protocol.evaluate(BlockCoordinateDescent(), found), found) == 1
