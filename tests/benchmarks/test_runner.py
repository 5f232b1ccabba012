"""What the loop costs beside the steps: a run of ten rounds on a small problem. The target is 1 ms."""

import pytest

from solvers import GradientDescent, run
from solvers.problems import spectra
from solvers.problems.families import quadratics
from solvers.trajectories import every

RUNS = 200


@pytest.mark.benchmark(group=f"the loop: {RUNS} runs of ten rounds")
@pytest.mark.parametrize("reading", ["batch", "compiled"])
def test_the_loops_cost_a_run(benchmark, capsys, reading):
    instances = quadratics(spectra.log_spaced, kappa=(10.0, 1e2, 1e3, 1e4), n=20).instances()

    def runs():
        return run(GradientDescent(), instances, range(RUNS // 4), rounds=10, grid=every, reading=reading)

    assert len(runs().outcomes) == RUNS  # compiled, if it has to be, before the clock starts
    benchmark(runs)
    if benchmark.stats:
        with capsys.disabled():
            print(f"\n{reading}: {1e3 * benchmark.stats['median'] / RUNS:.3f} ms a run (target 1 ms)")
