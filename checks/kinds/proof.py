"""Is there a proof, is it one of the theorem's statement, and is that about the method that is shipped?"""

from __future__ import annotations

import json

from checks.evidence import Evidence
from checks.proofs import binding, certificates, kernel, refutation
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers import method as protocol
from theorems.performance import Obligation
from theorems.predictions import Proof

#: Longer certificates are not copied into the evidence: nobody reads them as mathematics.
LONGEST = 20_000


def collect(prediction: Proof, trial: Trial) -> Evidence:
    obligation = prediction.obligation
    if obligation is None:
        raise ValueError(f"prediction {prediction.id!r} has nothing to prove; give obligation=")
    file = certificates.path(obligation)
    facts: dict[str, object] = {
        "obligation": obligation.name,
        "mathematics": obligation.mathematics,
        "sha256": prediction.sha256,
        "file": certificates.shown(file),
    }
    try:
        facts["kernel"] = certificates.accepted(prediction)
        content = file.read_text(encoding="utf-8")
        certificate = json.loads(content)
        binding.same_statement(obligation, certificate)
        if len(content) <= LONGEST:
            facts["certificate"] = certificate
        facts["bytes"] = len(content)
    except (kernel.Refused, binding.Unlike) as why:
        facts["refused"] = str(why)
        found = refutation.counterexample(obligation) if isinstance(obligation, Obligation) else None
        if found is not None:
            facts["counterexample"] = {
                "variables": {n: str(v) for n, v in zip(obligation.variables, found.values, strict=True)},
                "coordinates": {n: str(v) for n, v in found.coordinates.items() if v},
                "left": str(found.left),
                "right": str(found.right),
            }
    ran = "the kernel on a certificate"
    bound = prediction.values is not None and trial.method is not None
    if bound:
        try:
            count, worst = binding.follow(prediction, trial.method)
            facts["followed"] = {"comparisons": count, "deviation": worst}
            ran = f"{protocol.name(trial.method)}, its own step on the statement's vectors, and {ran}"
        except binding.Unlike as why:
            facts["unlike"] = str(why)
    return Evidence(
        rows=[],
        facts=facts,
        ran=ran,
        limits="What the statement lists as its hypotheses, and the kernel, have to be trusted; "
        + ("the step was followed at two choices of the constants."
           if bound else "no method of the suite takes this step, so no code is bound to it."),
    )  # fmt: skip


def judge(prediction: Proof, evidence: Evidence) -> Verdict:
    facts = evidence.facts
    if "unlike" in facts:
        return Verdict(Word.REFUTED, f"the proof is about another method: {facts['unlike']}", "binding")
    found = facts.get("counterexample")
    if found is not None:
        at = ", ".join(f"{n} = {v}" for n, v in found["variables"].items())
        return Verdict(
            Word.REFUTED,
            f"false{' at ' if at else ''}{at}: every hypothesis holds at {_listed(found['coordinates'])}, "
            f"where the left side is {found['left']} and the right side {found['right']}",
            "exact counterexample",
        )
    if "refused" in facts:
        return Verdict(Word.INCONCLUSIVE, facts["refused"], "kernel")
    where = facts["kernel"].rpartition(" [")[0].rpartition(", for ")[2]
    said = f"{facts['mathematics']}: a certificate that the kernel accepts, for {where}"
    if "followed" in facts:
        said += f"; the method's own step makes its points, {facts['followed']['comparisons']} comparisons"
    return Verdict(Word.PROVED, said, "kernel")


def _listed(coordinates: dict[str, str]) -> str:
    return ", ".join(f"{n} = {v}" for n, v in coordinates.items())
