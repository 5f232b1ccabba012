"""Operations, their longest chains and their schedules, against counts by hand and another graph library."""

from __future__ import annotations

import numpy as np
import pytest

from solvers import ConjugateGradient, GaussSeidel, GradientDescent, Jacobi, Nesterov
from solvers.chains import Number, Operations, longest_chain, operations
from solvers.problems.parallel_families import grid, sparse
from solvers.problems.sampled_families import equicorrelated
from solvers.problems.splitting_families import laplacian


def after(found: Operations, time: int) -> Number:
    """A number that is there at this time: a chain of products."""
    number = Number(found)
    for _ in range(time):
        number = number * 2
    return number


def test_terms_of_a_sum_wait_as_in_the_best_tree():
    """Ready at 3, 1, 1, 0: 1 and 0 make 2, with the other 1 that makes 3, and with the 3 it makes 4."""
    found = Operations()
    terms = [after(found, d) for d in (3, 1, 1, 0)]
    products = found.work
    assert sum(terms[1:], terms[0]).ready() == 4
    assert found.work == products + 3


def test_a_sum_that_was_added_up_is_not_added_up_again():
    found = Operations()
    total = Number(found) + Number(found) + Number(found)
    assert (total * 2).ready() == 3
    assert (total + 1).ready() == 3
    assert found.work == 4


def test_nothing_is_done_with_signs_zeros_and_ones():
    found = Operations()
    number = Number(found)
    assert number * 0 == 0
    assert (-number + 0).ready() == (number * 1).ready() == 0
    assert found.work == 0


def test_a_product_with_a_sparse_matrix_costs_two_operations_for_each_entry():
    """Less one addition for each row; the step adds a product and an addition."""
    for instance in (sparse(30, 4, 0), grid(4, 5), laplacian(9)):
        entries, size = np.count_nonzero(instance.problem.Q), instance.dimension
        assert operations(GradientDescent(), instance).work == (2 * entries - size) + 2 * size


@pytest.mark.parametrize("method", [GradientDescent(), Nesterov(), ConjugateGradient(), GaussSeidel()])
def test_the_span_is_the_longest_path_of_the_graph(method):
    graphs = pytest.importorskip("networkx")
    found = operations(method, sparse(16, 3, 0))
    graph = graphs.DiGraph((o, k) for k, waits in enumerate(found.operands) for o in waits)
    graph.add_nodes_from(range(found.work))
    assert graphs.dag_longest_path_length(graph) + 1 == found.span


def test_a_tree_of_eight_leaves_on_few_processors():
    """Seven additions in levels of 4, 2 and 1."""
    found = Operations()
    sum([Number(found)] * 7, Number(found)).result()
    assert [found.time(p) for p in (1, 2, 3, 4)] == [7, 4, 4, 3]


def test_one_processor_takes_the_work_and_many_the_span():
    found = operations(Jacobi(), equicorrelated(9, 0.5, "equal gap"))
    assert found.time(1) == found.work
    assert found.time(found.work) == found.span


def test_no_processor_is_told():
    with pytest.raises(ValueError, match="needs at least one processor, got 0"):
        Operations().time(0)


def test_sweeps_over_a_chain_follow_each_other():
    """The second sweep starts when the first is a few unknowns ahead."""
    assert longest_chain(GaussSeidel(), laplacian(20), rounds=3) - longest_chain(
        GaussSeidel(), laplacian(20)
    ) < longest_chain(GaussSeidel(), laplacian(20))
