"""The gates hold for the shipped methods, catch broken ones, and give false alarms at their level."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import scipy.special

from checks import trust
from checks.gates import GATES, LEVEL, expected, law, martingale, replay
from checks.gates.claims import CLAIMS, SMALL
from checks.gates.faults import FAULTS
from checks.gates.solver import Claim, Solver, arrivals
from solvers import (
    SAG,
    SAGA,
    SGD,
    SVRG,
    AcceleratedCoordinateDescent,
    DiminishingSGD,
    Kaczmarz,
    LooplessSVRG,
    MaSS,
    MiniBatchSGD,
    MomentumSGD,
    NesterovSGD,
    RandomizedCoordinateDescent,
    RandomSVRG,
    WeightedCoordinateDescent,
    run,
)
from solvers.problems.least_squares import gaussian_rows
from solvers.problems.quadratic import dense
from solvers.sampling import Sampling, stream
from solvers.trajectories import every

QUADRATIC, SQUARE = CLAIMS["CD"].instance, CLAIMS["SGD"].instance
TALL = gaussian_rows(24, 8, 0.3, "gates, with residuals")
SCALED = dense(QUADRATIC.problem.Q * np.outer(*[np.linspace(1, 2, 16)] * 2), "gates, diagonal not 1")
each_claim = pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)

# ---------------------------------------------------------------- the shipped methods pass


@each_claim
def test_a_walk_is_a_run(claim):
    """What the gates look at is what ``run`` does: the same steps with the same draws."""
    steps = claim.shipped.steps(claim.instance)
    found = run(claim.method, [claim.instance], rounds=5, grid=every).log_distance[0]
    walked = [np.linalg.norm(state[0]) for state in arrivals(claim.shipped, claim.instance, [0], 5 * steps)]
    np.testing.assert_allclose(np.log(walked[::steps]), found, rtol=0, atol=1e-12)


def test_pieces_of_a_stream_are_runs_of_their_own():
    """Where coins have a chance for each step of a round, they keep it."""
    claim = CLAIMS["L-SVRG"]
    drawn = claim.shipped.draws(claim.instance, [3], 40, pieces=7)
    whole = claim.sampling.indices(stream(claim.instance.label, 3), 0, 64, 5)  # 7 * 40 draws fit into it
    assert np.array_equal(drawn.indices, whole[:280].reshape(7, 40))
    rounds = Claim(RandomSVRG(inner=5), SQUARE)
    coins = rounds.shipped.draws(SQUARE, [3], 15, pieces=50).coins.reshape(-1, 5)
    assert coins[:, 0].all()  # with chance 1
    assert 0.3 < coins[:, 1].mean() < 0.7
    assert coins[:, 4].mean() < 0.4


REPLAYED = [
    (RandomizedCoordinateDescent(), QUADRATIC),
    (RandomizedCoordinateDescent(relaxation=1.4), SCALED),
    (WeightedCoordinateDescent(), SCALED),
    (AcceleratedCoordinateDescent(), QUADRATIC),
    (SGD(step=0.7), SQUARE),
    (SGD(step=0.7), TALL),
    (DiminishingSGD(), TALL),
    (MiniBatchSGD(), TALL),
    (MiniBatchSGD(batch=3, replacement=1), SQUARE),
    (Kaczmarz(relaxation=0.8), TALL),
    (MomentumSGD(), TALL),
    (NesterovSGD(), TALL),
    (MaSS(), SQUARE),
    (SAG(), TALL),
    (SAGA(), SQUARE),
    (SAGA(), TALL),
    (SVRG(), SQUARE),
    (SVRG(step=0.2, inner=37), TALL),
    (LooplessSVRG(step=0.2), SQUARE),
    (LooplessSVRG(step=0.2), TALL),
]


@pytest.mark.parametrize("block", [1, 7, 64])
@pytest.mark.parametrize(
    ("method", "instance"),
    REPLAYED,
    ids=lambda value: type(value).__name__ if hasattr(value, "_fields") else value.label,
)
def test_the_path_is_its_replay(method, instance, block):
    """Blocks longer than the number of indices: some repeat within each."""
    assert replay.replay_error(Solver(method), Claim(method, instance), block=block) <= replay.REPLAY


def test_every_replay_is_tried():
    assert {type(method) for method, _ in REPLAYED} == {*replay.FORMS, *replay.TRIPLES}


@pytest.mark.parametrize("kind", [SGD, SAGA, SVRG, RandomizedCoordinateDescent])
def test_a_form_of_its_own_is_the_general_one(kind):
    """SAGA's triple differs from SAG's in the step of x alone; the others have M = I."""
    claim = next(c for c in CLAIMS.values() if type(c.method) is kind)
    drawn = claim.shipped.draws(claim.instance, [0], 90)
    drawn = type(drawn)(drawn.indices[0], drawn.coins[0])
    instance, x = claim.instance, claim.instance.start(0)
    if kind is RandomizedCoordinateDescent:
        Q = instance.problem.Q
        triple = replay.Triple(np.eye(16), -np.eye(16), Q, np.zeros(16), x)
    elif kind is SGD:
        A = instance.problem.rows
        triple = replay.Triple(np.eye(16), -claim.numbers[0] * A, A, np.zeros(16), x)
    elif kind is SAGA:
        triple = replay.sag(instance, claim.numbers[0])
        A = instance.problem.rows
        triple = triple._replace(r=np.hstack([-claim.numbers[0] * A, np.eye(16)]))
    else:  # one round: the snapshot is the start
        drawn = type(drawn)(drawn.indices[:16], drawn.coins)
        A, step = instance.problem.rows, claim.numbers[0]
        M = np.block([[np.eye(16), -step * A.T @ A / 16], [np.zeros((16, 16)), np.eye(16)]])
        r, h = np.hstack([-step * A, 0 * A]), np.hstack([A, -A])
        triple = replay.Triple(M, r, h, np.zeros(16), np.r_[x, x])
    np.testing.assert_allclose(
        replay.replayed(claim, drawn, 64), replay.replay_triple(triple, instance, drawn, 64), atol=1e-11
    )


@pytest.mark.parametrize("relaxation", [1, 0.6, 1.5])
@pytest.mark.parametrize("instance", [QUADRATIC, SCALED], ids=["unit diagonal", "another"])
def test_a_step_of_coordinate_descent_keeps_one_minus_relaxation_of_its_derivative(relaxation, instance):
    method = RandomizedCoordinateDescent(relaxation=relaxation)
    assert replay.pathwise_error(Solver(method), Claim(method, instance)) <= replay.PATHWISE


@each_claim
def test_a_step_has_the_mean_over_all_that_it_can_draw(claim):
    assert not martingale.martingale(claim.shipped, claim, range(1), LEVEL, count=500).any()


@each_claim
def test_the_mean_of_many_runs_is_the_exact_expectation(claim):
    assert not expected.expected(claim.shipped, claim, range(2), LEVEL).any()


def test_late_times_are_no_checkpoints():
    """Few large runs make the mean there, which 256 seeds may miss."""
    kept = {name: expected.checkpoints(claim).tolist() for name, claim in CLAIMS.items()}
    assert kept["CD"] == [True, True, True, True, False]
    assert kept["SGD"] == [True, True, True, False]
    assert kept["SAGA"] == [True] * 4
    assert kept["SVRG"] == [True] * 3


@each_claim
def test_the_draws_of_a_run_have_their_law(claim):
    for gate in ("indices", "coins"):
        if GATES[gate].speaks(claim):
            assert not GATES[gate].alarms(claim.shipped, claim, range(3), LEVEL).any()


# ---------------------------------------------------------------- broken solvers do not


def pairs(kind: str) -> Any:
    each = [(name, gate) for name, fault in FAULTS.items() for gate in getattr(fault, kind)]
    return pytest.mark.parametrize(("name", "gate"), each, ids=[f"{name}-{gate}" for name, gate in each])


def alarms(name: str, gate: str) -> bool:
    fault = FAULTS[name]
    return bool(GATES[gate].alarms(fault.solver, CLAIMS[fault.claim], range(1), LEVEL)[0])


def test_every_claim_has_a_broken_solver_and_every_broken_solver_a_gate():
    assert {fault.claim for fault in FAULTS.values()} == CLAIMS.keys()
    for fault in FAULTS.values():
        assert fault.caught
        assert all(GATES[gate].speaks(CLAIMS[fault.claim]) for gate in (*fault.caught, *fault.blind))
    assert {gate for fault in FAULTS.values() for gate in fault.caught} == GATES.keys()


@pairs("caught")
def test_a_broken_solver_is_caught(name, gate):
    assert alarms(name, gate)


@pairs("blind")
def test_no_gate_sees_everything(name, gate):
    assert not alarms(name, gate)


def test_only_pairs_of_indices_show_that_none_repeats():
    fault = FAULTS["CD, never an index twice in a row"]
    drawn = fault.solver.draws(QUADRATIC, [0], 8000).indices
    uneven, dependent = law.index_tails(drawn, CLAIMS["CD"].sampling, LEVEL)
    assert not uneven[0]
    assert dependent[0]


def test_a_solver_that_blows_up_alarms():
    """Its sums are no numbers at all."""
    claim = SMALL["SGD"]
    solver = Solver(SGD(step=1e40))
    assert martingale.martingale(solver, claim, range(1), LEVEL, runs=1, count=50).all()
    assert expected.expected_once(solver, claim, range(1), LEVEL).all()
    assert replay.replay_error(solver, claim, count=3) > replay.REPLAY


# ---------------------------------------------------------------- laws of draws


def test_a_batch_that_cannot_be_alarms():
    """An index twice in a batch that is drawn without replacement, even once."""
    sampling = Sampling(8, 2, replace=False)
    batches = np.stack([sampling.indices(key, 0, 40, 40) for key in range(50)])
    assert law.index_tails(batches, sampling, 1e-2)[0].mean() < 0.1
    batches[:, 7] = 3
    assert law.index_tails(batches, sampling, 1e-2)[0].all()


def test_batches_are_numbered_up_to_their_order_without_replacement():
    number, chances = law.numbered(
        np.array([[[0, 2], [2, 0], [1, 2], [1, 1]]]), Sampling(3, 2, replace=False)
    )
    assert number.tolist() == [[1, 1, 2, 3]]
    assert chances.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    for sampling, count in ((Sampling(3, 2), 9), (Sampling(3, 2, replace=False, ordered=True), 6)):
        number, chances = law.numbered(np.array([[[0, 2], [2, 0]]]), sampling)
        assert number[0, 0] != number[0, 1]
        assert chances[:-1] == pytest.approx(np.full(count, 1 / count))


def test_coins_are_judged_by_the_binomial_law():
    """60 or more heads of 4000 with chance 0.01 have the probability 0.0016; none may miss a chance of 1."""
    coins = np.zeros((2, 4000), dtype=bool)
    coins[0, :60] = True
    coins[1, :40] = True
    chances = np.full(4000, 0.01)
    tail = float(scipy.special.bdtrc(59, 4000, 0.01))
    assert law.coin_tails(coins, chances, 2.1 * tail).tolist() == [True, False]
    assert law.coin_tails(coins, chances, 1.9 * tail).tolist() == [False, False]
    sure = np.ones((1, 10), dtype=bool)
    assert not law.coin_tails(sure, np.ones(10), 1e-2).any()
    sure[0, 3] = False
    assert law.coin_tails(sure, np.ones(10), 1e-2).all()


def test_coins_that_follow_their_index_alarm():
    def follow(sampling: Sampling, key: int, rounds: int, steps: int) -> Any:
        drawn = sampling.indices(key, 0, rounds, steps)
        return type(claim.shipped.draws(claim.instance, [0], 1))(drawn, drawn == 0)

    claim = SMALL["L-SVRG"]
    assert law.coins(Solver(claim.method, follow), claim, range(2), LEVEL).all()


# ---------------------------------------------------------------- false alarms

SOME = 2000


@pytest.mark.parametrize(
    ("gate", "name", "repetitions"),
    [
        ("one step", "CD", SOME),
        ("one step", "SAGA", SOME),
        ("expectation", "SGD", 400),
        ("indices", "CD", SOME),
        ("indices", "Kaczmarz", SOME),
        ("indices", "Mini-batch SGD", SOME),
        ("coins", "L-SVRG", SOME),
    ],
)
def test_a_gate_alarms_no_more_often_than_its_level(gate, name, repetitions):
    """Ten thousand repetitions for every method are ``python -m checks trust``."""
    claim = SMALL[name]
    count = int(trust.QUICK[gate](claim.shipped, claim, range(repetitions), trust.RATE).sum())
    assert count > 0, "a test that never alarms has another level"
    assert trust.clopper_pearson(count, repetitions, trust.DOUBT)[0] <= trust.RATE


def test_the_limits_of_a_rate_are_those_of_the_binomial_law():
    low, high = trust.clopper_pearson(60, 4000, 0.01)
    assert scipy.special.bdtrc(59, 4000, low) == pytest.approx(0.005, rel=1e-9)
    assert scipy.special.bdtr(60, 4000, high) == pytest.approx(0.005, rel=1e-9)
    assert low < 60 / 4000 < high
    assert trust.clopper_pearson(0, 10, 0.01)[0] == 0
    assert trust.clopper_pearson(10, 10, 0.01)[1] == 1


# ---------------------------------------------------------------- the stored table


def row(**changed: Any) -> dict[str, Any]:
    return {
        "solver": "one", "broken": True, "alarms": {"replay": 10, "indices": 0}, "caught": ["replay"],
        "blind": ["indices"], **changed,
    }  # fmt: skip


ALARMS = {"gate": "coins", "solver": "L-SVRG", "alarms": 90, "low": 0.007, "high": 0.013}
SCORES = {
    "method": "SGD()", "instance": "i", "scores": 100, "squares": 100.0, "largest": 2.5, "left out": 4,
}  # fmt: skip


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """Parts that take no time; the rows that they yield."""
    rows = {"solvers": [row()], "false alarms": [ALARMS], "expectations": [SCORES]}
    parts = {
        name: (lambda name=name: ((f"{name} done", r) for r in rows[name]), about)
        for name, (_, about) in trust.PARTS.items()
    }
    monkeypatch.setattr(trust, "PARTS", parts)
    return rows


def test_the_table_is_stored_and_read_again(small, tmp_path):
    said: list[str] = []
    assert trust.trust(tmp_path, said.append) == []
    record = json.loads((tmp_path / trust.FILE).read_text(encoding="utf-8"))
    assert record["parts"]["solvers"]["rows"] == [row()]
    assert record["gates"].keys() == GATES.keys()
    assert "1 of 1 broken solvers are caught every time" in said[-1]
    assert "100 z-scores of 10000 runs each: sum of squares 100.0 in [54.1, 164.7]" in said[-1]
    small["solvers"].clear()
    assert trust.trust(tmp_path, said.append) == []
    assert said.count("solvers: stored, nothing has changed") == 1


def test_an_interrupted_run_keeps_the_parts_that_were_finished(small, tmp_path, monkeypatch):
    def stop() -> Any:
        raise KeyboardInterrupt

    whole = trust.PARTS
    monkeypatch.setattr(trust, "PARTS", {**whole, "expectations": (stop, whole["expectations"][1])})
    with pytest.raises(KeyboardInterrupt):
        trust.trust(tmp_path, lambda line: None)
    assert trust.load(tmp_path)["parts"].keys() == {"solvers", "false alarms"}


@pytest.mark.parametrize(
    ("part", "wrong", "message"),
    [
        (
            "solvers",
            row(alarms={"replay": 9, "indices": 0}),
            "replay should catch “one” and did 9 of 10",
        ),
        (
            "solvers",
            row(alarms={"replay": 10, "indices": 1}),
            "indices should be blind to “one” and",
        ),
        ("false alarms", {**ALARMS, "low": 0.011}, "coins alarms too often on L-SVRG: at least 0.0110"),
        (
            "expectations",
            {**SCORES, "squares": 170.0},
            "the sum of the squared z-scores, 170.0, is",
        ),
        ("expectations", {**SCORES, "largest": 5.2}, "a z-score of 5.20 is too large"),
    ],
)
def test_what_is_not_as_it_should_be_is_said(small, tmp_path, part, wrong, message):
    small[part][:] = [wrong]
    (complaint,) = trust.trust(tmp_path, lambda line: None)
    assert message in complaint


def test_a_table_that_is_damaged_is_made_again(small, tmp_path):
    (tmp_path / trust.FILE).write_text("{half", encoding="utf-8")
    assert trust.trust(tmp_path, lambda line: None) == []
