"""How many times fewer epochs than another method? The ratio of two factors, both computed exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

from checks.evidence import Curve, Evidence, Figure, number
from checks.exact import factor_per_epoch
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers import method as protocol
from solvers.constants import evaluate, gain
from theorems.predictions import SpeedUp

#: Relative error of a ratio of logs of factors: 1 - factor is computed to about 1e-13, and no factor
#: per step is closer to 1 than 1e-5 on the instances here.
EXACTNESS = 1e-7


def collect(prediction: SpeedUp, trial: Trial) -> Evidence:
    if prediction.over is None:
        raise ValueError(f"prediction {prediction.id!r} compares with no method; give over=")
    instances = trial.instances()
    trial.check_premises(instances, trial.method)
    rows: list[dict[str, Any]] = []
    for instance in instances:
        mine = factor_per_epoch(trial.method, instance)
        other = factor_per_epoch(prediction.over, instance)
        with np.errstate(divide="ignore"):
            ratio = float(np.log(mine) / np.log(other))
        owner = f"the speed-up of {trial.theorem.name}"
        low, high = (float(evaluate(b, instance.constants, owner)) for b in prediction.within)
        rows.append(
            {
                "instance": instance.label,
                str(gain): float(instance.constants[gain]),
                "predicted": [low, high],
                "exact": ratio,
                "factor": mine,
                "factor of the other method": other,
                "miss": max(low / ratio if ratio > 0 else np.inf, ratio / high) - 1,
            }
        )
    order = sorted(rows, key=lambda row: row["gain"])
    x = [row["gain"] for row in order]
    return Evidence(
        rows=rows,
        facts={
            "worst": max(rows, key=lambda row: row["miss"]),
            "smallest": min(row["exact"] for row in rows),
            "largest": max(row["exact"] for row in rows),
        },
        ran=f"{trial.ran(instances)}; against {protocol.name(prediction.over)}",
        limits="Exact factors on these instances; they say what happens in the long run, not at the start.",
        figures=[
            Figure(
                name="scaling",
                title="epochs of the other method for one of this one",
                x_label="gain",
                y_label="speed-up",
                curves=[
                    Curve(
                        "exact", "measured", x, [row["exact"] for row in order],
                        [row["predicted"][0] for row in order], [row["predicted"][1] for row in order],
                    )
                ],
            )
        ],
    )  # fmt: skip


def judge(prediction: SpeedUp, evidence: Evidence) -> Verdict:
    facts = evidence.facts
    worst = facts["worst"]
    if not number(worst["miss"]) <= EXACTNESS:
        low, high = map(number, worst["predicted"])
        return Verdict(
            Word.REFUTED,
            f"the speed-up is {number(worst['exact']):.6g} on {worst['instance']}, where "
            f"[{low:.6g}, {high:.6g}] is predicted",
            "exact rate",
        )
    return Verdict(
        Word.EXACT,
        f"the speed-up is in its band on {len(evidence.rows)} instances, from {facts['smallest']:.6g} to "
        f"{facts['largest']:.6g}",
        "exact rate",
    )
