"""The same worst case by ours and by PEPit, in one run; the last two lines print the ratios.

make bench ARGS='-k peers -s'
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest

from checks.proofs.sdp import worst_case
from tests.peers import ROWS, Row, saga
from theorems.performance import Statement

pytest.importorskip("PEPit")
RATIOS: dict[str, float] = {}


def clock(run: Callable[[], float], times: int) -> tuple[float, float]:
    """The value, and the median of the seconds that it took."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        value = run()
        seconds.append(time.perf_counter() - start)
    return value, statistics.median(seconds)


def compare(name: str, ours: Callable[[], float], theirs: Callable[[], float], times: int = 3) -> float:
    """The ratio of the times; the values have to agree."""
    ours(), theirs()
    value, fast = clock(ours, times)
    peer, slow = clock(theirs, times)
    print(
        f"\n{name:24} ours {1e3 * fast:9.2f} ms, PEPit {1e3 * slow:9.1f} ms, ratio {slow / fast:7.1f}", end=""
    )
    assert value == pytest.approx(peer, rel=1e-6)
    return slow / fast


@pytest.mark.parametrize("peer", ROWS, ids=lambda row: row.name)
def test_row(peer: Row):
    RATIOS[peer.name] = compare(peer.name, lambda: worst_case(peer.statement()).ratio, peer.run_peer)


def test_median_of_the_rows():
    print(f"\nmedian ratio of {len(RATIOS)} rows: {statistics.median(RATIOS.values()):.1f}")


def test_saga_with_ten_functions():
    """Ours has two blocks whatever the number of functions; PEPit's matrix grows with it."""
    from PEPit.examples.stochastic_and_randomized_convex_minimization.saga import wc_saga

    def ours() -> float:
        S = Statement()
        saga(S, 1, 0.1, 10)
        return worst_case(S).ratio

    def theirs() -> float:
        return float(wc_saga(L=1, mu=0.1, n=10, wrapper="cvxpy", solver="CLARABEL", verbose=-1)[0])

    compare("saga, ten functions", ours, theirs, times=1)
