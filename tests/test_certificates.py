"""The committed certificates: the kernel accepts all of them quickly, and nothing that is not a proof."""

from __future__ import annotations

import copy
import json
import random
import shutil
import time
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from checks.evaluate import Task, perform
from checks.evidence import Evidence
from checks.kinds import proof as kind
from checks.proofs import binding, certificates, kernel, refutation
from checks.proofs.__main__ import main
from checks.proofs.symbolic import NotProved, prove
from checks.trial import Settings
from solvers.constants import L_max, mu
from solvers.methods import (
    BFGS,
    ExactLineSearch,
    GradientDescent,
    Jacobi,
    Nesterov,
    NesterovConvex,
    RandomizedCoordinateDescent,
)
from theorems.obligations import accelerated, gradient_descent, proximal, stochastic
from theorems.performance import Cycle, Form, Obligation, Statement, Vector, sharper
from theorems.predictions import Proof
from theorems.theorem import HERE, Theorem, catalogue

THEOREMS = [theorem for theorem, _ in catalogue().values()]
PROOFS = certificates.proofs(THEOREMS)
TEXTS = {name: certificates.path(o).read_text(encoding="utf-8") for name, (o, _) in PROOFS.items()}
PINNED = {name: p.sha256 for name, (_, p) in PROOFS.items()}


def test_the_kernel_accepts_every_certificate_in_two_seconds_together():
    began = time.process_time()
    for name, text in TEXTS.items():
        assert kernel.check(text, PINNED[name])
    took = time.process_time() - began
    print(f"{len(TEXTS)} certificates in {took:.2f} s")
    assert took < 2


def test_every_file_is_promised_by_a_theorem_and_none_is_left_over():
    assert {f.stem for f in (HERE / "certificates").glob("*.json")} == set(PROOFS)
    assert len(set(PINNED.values())) == len(PINNED)


@pytest.mark.parametrize("name", PROOFS)
def test_a_certificate_states_what_its_theorem_states(name):
    binding.same_statement(PROOFS[name][0], json.loads(TEXTS[name]))


def test_regeneration_gives_the_same_certificate():
    """For three of them; all are rebuilt by python -m checks.proofs regenerate."""
    for name in ("gd-value-short", "gd-convex-3", "heavy-ball-cycle"):
        assert certificates.text(prove(PROOFS[name][0])) == TEXTS[name]


# ---------------------------------------------------------------- mutations


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all texts and whole numbers in a certificate."""
    if isinstance(data, dict):
        return [p for k, v in data.items() for p in places(v, (*path, k))]
    if isinstance(data, list):
        return [p for k, v in enumerate(data) for p in places(v, (*path, k))]
    return [path] if isinstance(data, str | int) else []


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def mutated(certificate: dict[str, Any], others: list[dict[str, Any]], rng: random.Random) -> tuple[str, Any]:
    """One change, and what kind it is: a number, a sign, an index, a dropped term, a swapped statement."""
    changed = copy.deepcopy(certificate)
    where = rng.choice(["proof", "proof", "statement"])
    listed = [n for n in ("multipliers", "squares", "products") if changed["proof"].get(n)]
    what = rng.choice(["number", "number", "sign", "index", "dropped", "doubled", "swapped"])
    if what == "swapped":
        changed[where] = copy.deepcopy(rng.choice(others)[where])
        return f"{where} of another certificate", changed
    if what in ("dropped", "doubled") and listed:
        items = changed["proof"][rng.choice(listed)]
        k = rng.randrange(len(items))
        items[k : k + 1] = [] if what == "dropped" else [items[k], items[k]]
        return f"a {what} term", changed
    where = where if places(changed[where]) else "statement"
    found = places(changed[where])
    path = rng.choice(found)
    holder, key = at(changed[where], path[:-1]), path[-1]
    old = holder[key]
    if isinstance(old, str) and kernel.NUMBER.fullmatch(old) and "of" not in path:
        value = Fraction(old)
        new = -value if what == "sign" else value + rng.choice([Fraction(1, 10**6), Fraction(-1, 7), 1, -2])
        holder[key] = str(new)
        return ("a sign" if what == "sign" else "a number"), changed
    if isinstance(old, int):
        holder[key] = old + rng.choice([-1, 1, 2])
    else:
        names = [at(changed[where], p) for p in found if isinstance(at(changed[where], p), str)]
        holder[key] = rng.choice(names)
    return "an index", changed


def is_identity(certificate: dict[str, Any]) -> bool:
    """Whether right - left + multipliers times hypotheses is the sum of squares, by the language of
    ``theorems.performance`` at rational values: an independent judge of what the kernel let pass."""
    said = certificate["statement"]
    step = said.get("step", said)
    for k in range(3):
        values = [Fraction(3 + 2 * j + 5 * k, 2 + j + k) for j in range(len(said["variables"]))]
        read = binding.Reader(said, values)
        parts = read.statement(step)
        written = Statement()
        for name in step["functions"]:
            written.function(name, *parts[f"class {name}"])
        for name in step["points"]:
            f, x, g, value = parts[f"point {name}"]
            written.point(name, Vector(x), written.functions[f], Vector(g), Form(value))
        for name in step["assume"]:
            written.assume(name, Form(parts[f"assumption {name}"][0]), parts[f"assumption {name}"][1])
        rest = Form(parts["right side"]) - Form(parts["left side"])
        hypotheses = written.hypotheses()
        for item in certificate["proof"]["multipliers"]:
            of = item["of"] if isinstance(item["of"], str) else tuple(item["of"])
            rest = rest + read.scalar(item["value"]) * hypotheses[of]
        for item in certificate["proof"]["squares"]:
            rest = rest - read.scalar(item["weight"]) * Vector(read.form(item["vector"])).square()
        if rest:
            return False
    return True


def why_the_same(certificate: dict[str, Any], changed: dict[str, Any]) -> str:
    """Why an accepted mutation proves the statement all the same, or "" if it does not."""
    if certificate["statement"] != changed["statement"]:
        return ""
    if changed == certificate:
        return "nothing has changed"
    if certificate["statement"]["kind"] == "cycle":
        old, new = certificate["proof"], changed["proof"]
        if new["polya"] != old["polya"]:
            return "a larger Polya multiplier than is needed"
        return (
            "a product more than is needed"
            if len(new["products"]) > len(old["products"])
            else ("the square of the root with the other sign")
        )
    if not is_identity(changed):
        return ""
    if [m.get("polya") for m in changed["proof"]["multipliers"]] != [
        m.get("polya") for m in certificate["proof"]["multipliers"]
    ] or [m.get("polya") for m in changed["proof"]["squares"]] != [
        m.get("polya") for m in certificate["proof"]["squares"]
    ]:
        return "another Polya multiplier that does"
    return "the identity holds as before: the square of one atom, or a scalar written otherwise"


def test_five_thousand_mutations_are_refused_or_prove_the_same(capsys):
    rng = random.Random(20251)
    known = {n: json.loads(t) for n, t in TEXTS.items()}
    weights = [len(TEXTS[n]) ** -3.0 for n in known]  # the short ones more often: they take less time
    tried: Counter[str] = Counter()
    survivors: Counter[tuple[str, str]] = Counter()
    while sum(tried.values()) < 5600:
        name = rng.choices(list(known), weights)[0]
        what, changed = mutated(known[name], list(known.values()), rng)
        if changed == known[name]:
            continue
        tried[what] += 1
        try:
            kernel.check(json.dumps(changed), PINNED[name])
        except kernel.Refused:
            continue
        reason = why_the_same(known[name], changed)
        assert reason, f"{name}: {what} was accepted and is no proof"
        survivors[what, reason] += 1
    with capsys.disabled():
        total, kept = sum(tried.values()), sum(survivors.values())
        print(f"\n{total} mutations of {len(known)} certificates, {total - kept} refused")
        for (what, reason), count in survivors.items():
            print(f"  {count} survive, {what}: {reason}")
    assert sum(tried.values()) - sum(survivors.values()) >= 5000
    assert min(tried.values()) > 100


# ---------------------------------------------------------------- false statements


def encodings(rng: random.Random) -> str:
    """|x|^2 <= c |x|^2 for a c below 1, which is false, with a "proof" in an encoding that may deceive."""
    c = Fraction(rng.randint(-30, 29), 30)
    gap = c - 1  # what the weight of a square would have to be: negative
    statement: dict[str, Any] = {
        "kind": "interpolation", "variables": [], "denominators": [], "functions": {}, "points": {},
        "assume": {}, "claim": {"left": {"x|x": "1"}, "right": {"x|x": str(c)}},
    }  # fmt: skip
    proof: dict[str, Any] = {"multipliers": [], "squares": [{"weight": str(gap), "vector": {"x": "1"}}]}
    square = proof["squares"][0]
    half = {"x": "1/2"}
    trick = rng.choice(TRICKS)
    root = rng.choice([2, 3, 5, 7, 10])
    if trick == "an unreduced root":
        statement |= {"variables": ["r"], "root": root}
        square["weight"] = {str(rng.choice([2, 4, 3])): str(gap / root)}
    elif trick == "a square root of a square or worse":
        statement |= {"variables": ["r"], "root": rng.choice([-4, -1, 0, "2", 2.0, True])}
        square["weight"] = {"1": str(gap)}
    elif trick == "a root with a sign":
        statement |= {"variables": ["r"], "root": root}
        square["weight"] = {"0": str(gap), "1": "0"}
    elif trick == "a zero denominator":
        square["weight"] = f"{gap.numerator}/{rng.choice(['0', '00', '-1', '-30', '0001/0'])}"
    elif trick == "a denominator that is not positive":
        base = rng.choice([{"0": "-1"}, {"0": "0"}, {"0": "1", "1": "-2"}, {}])
        statement |= {"variables": ["v"], "denominators": [base]}
        square["weight"] = {"over": {"0": str(-gap)}, "by": [rng.choice([1, 3])]}
    elif trick == "negative powers":
        statement |= {"variables": ["v"], "denominators": [{"0": "1", "1": "1"}]}
        square["weight"] = {"over": {"0": str(-gap)}, "by": [rng.choice([-1, -2, 10**6, True, "1", 1.0])]}
    elif trick == "a field given twice":
        text = json.dumps({"statement": statement, "proof": proof})
        first = json.dumps(str(gap))
        return text.replace(f'"weight": {first}', f'"weight": {first}, "weight": "{-gap}"')
    elif trick == "an atom with a bar":
        square["vector"] = {rng.choice(["x|x", "x|", "|x", "f:x", "1", "x\n", "~~x", " x"]): "1"}
        square["weight"] = str(-gap)
    elif trick == "huge exponents":
        statement |= {"variables": ["v"]}
        square["weight"] = {
            rng.choice(["99999999", "61", "1e3", "-1", "1,1", "01", " 1", "", "٣"]): str(-gap)
        }
    elif trick == "a number that is none":
        square["weight"] = rng.choice(
            [
                float(gap),
                "nan",
                "inf",
                "-inf",
                "1e0",
                "0.5",
                "+1",
                " 1",
                "1 ",
                "1_0",
                "٣",
                "",
                "1/2/3",
                None,
                "9" * 500,
            ]
        )
    elif trick == "a negative multiplier of an assumption":
        statement["assume"] = {"a": {"form": {"x|x": "1"}, "relation": "<=0"}}
        proof = {"multipliers": [{"of": "a", "value": str(gap)}], "squares": []}
    elif trick == "an assumption that is not in the statement":
        proof = {
            "multipliers": [{"of": rng.choice(["a", ["p", "q"], [], ["p"], 0, None]), "value": str(-gap)}],
            "squares": [],
        }
    elif trick == "a class that is empty":
        statement["functions"] = {"f": {"mu": rng.choice(["1", "2"]), "L": "1"}}
        statement["points"] = {
            "p": {"function": "f", "x": half, "g": {"x": "1"}, "value": {}},
            "q": {"function": "f", "x": {}, "g": {}, "value": {}},
        }
        proof = {"multipliers": [{"of": ["p", "q"], "value": str(-gap)}], "squares": []}
    elif trick == "a pair of one point":
        statement["functions"] = {"f": {"mu": "0", "L": "1"}}
        statement["points"] = {"p": {"function": "f", "x": {"x": "1"}}}
        proof = {"multipliers": [{"of": ["p", "p"], "value": str(-gap)}], "squares": []}
    elif trick == "a pair of two functions":
        statement["functions"] = {"f": {"mu": "0", "L": "1"}, "h": {"mu": "0", "L": "2"}}
        statement["points"] = {
            "p": {"function": "f", "x": {"x": "1"}, "g": {"x": "3"}, "value": {}},
            "q": {"function": "h", "x": {}, "g": {}, "value": {}},
        }
        proof = {"multipliers": [{"of": ["p", "q"], "value": str(-gap)}], "squares": []}
    elif trick == "a Polya multiplier that is none":
        statement |= {"variables": ["v"]}
        square |= {"weight": {"0": str(gap)}, "polya": rng.choice([-1, 31, 10**5, True, "1", None, 2])}
    elif trick == "random and constant atoms mixed":
        square["vector"] = {"~x": "1"}
        square["weight"] = str(-gap)
    elif trick == "a surplus field":
        statement[rng.choice(["hypotheses", "root ", "Claim"])] = {"x|x": str(gap)}
        square["weight"] = str(-gap)
    elif trick == "telescoping by hand":
        step = statement | {"variables": ["k"]}
        statement = {
            "kind": "telescoping",
            "variables": ["k"],
            "denominators": [],
            "step": step,
            "counter": "k",
            "rename": {"x": "x"},
        }
    elif trick == "a cycle of numbers":
        step = {"0": str(rng.randint(1, 5))}
        statement = {
            "kind": "cycle",
            "variables": ["v"],
            "denominators": [],
            "function": {"mu": "0", "L": "1"},
            "step": step,
            "momentum": "0",
            "points": [{"x": {"e1": str(k)}, "g": {"e1": str(gap)}, "value": "0"} for k in range(3)],
        }
        proof = {"polya": 0, "products": [["1", "1"], [str(gap), "1"]]}
    return json.dumps({"statement": statement, "proof": proof})


TRICKS = [
    "plain", "an unreduced root", "a square root of a square or worse", "a root with a sign",
    "a zero denominator", "a denominator that is not positive", "negative powers", "a field given twice",
    "an atom with a bar", "huge exponents", "a number that is none", "a negative multiplier of an assumption",
    "an assumption that is not in the statement", "a class that is empty", "a pair of one point",
    "a pair of two functions", "a Polya multiplier that is none", "random and constant atoms mixed",
    "a surplus field", "telescoping by hand", "a cycle of numbers",
]  # fmt: skip


def test_two_thousand_false_statements_are_refused():
    rng, seen = random.Random(7), set()
    for _ in range(2500):
        text = encodings(rng)
        seen.add(text)
        with pytest.raises(kernel.Refused):
            kernel.check(text)
    assert len(seen) >= 1000


# ---------------------------------------------------------------- the three kinds


def changed(name: str, path: tuple[Any, ...], value: Any) -> str:
    data = json.loads(TEXTS[name])
    at(data, path[:-1])[path[-1]] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (("statement", "momentum"), "1/2", "the recursion fails"),
        (("statement", "step"), "1", "the recursion fails"),
        (("statement", "function", "mu"), {"0": "1/2"}, "may violate"),
        (("statement", "function", "mu"), {"0": "1"}, "L > mu"),
        (("statement", "function", "L"), None, "no smooth class"),
        (("statement", "points"), [], "no two points"),
        # zero at v = 1 only: a method that stops there does not go round for ever
        (("statement", "points", 0, "g"), {"e1": {"0": "-1", "1": "1"}}, "a gradient may vanish"),
        (("statement", "points", 0, "g"), {}, "a gradient may vanish"),
        (("proof", "products"), [], "may violate"),
    ],
)
def test_a_cycle_that_is_none_is_refused(path, value, why):
    with pytest.raises(kernel.Refused, match=why):
        kernel.check(changed("heavy-ball-cycle", path, value))


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (("statement", "counter"), "L", "changes its form|denominator"),
        (("statement", "counter"), "n", "malformed"),
        (("statement", "rename"), {"after": "x"}, "malformed"),
        (("statement", "rename"), {"after": "x", "next": "x"}, "bad names"),
        (("statement", "rename"), {"after": "after", "next": "now"}, "changes its form"),
        (("statement", "denominators"), [{"1,0": "1"}], "another field"),
    ],
)
def test_a_potential_that_does_not_repeat_is_refused(path, value, why):
    with pytest.raises(kernel.Refused, match=why):
        kernel.check(changed("gd-convex-potential", path, value))


def test_a_step_that_skips_a_number_does_not_telescope():
    """With k + 1 on the right instead of k every step is true, but the next one starts from k + 2."""

    def state(S: Statement, k: Any, L: Any) -> None:
        gradient_descent.potential(S, k, L)
        S.claim(S.left, S.right + Form({"f:now": 1 + 0 * L}))

    skipping = replace(
        gradient_descent.convex_potential,
        state=state,
        support=[("now", "next"), ("star", "now"), ("now", "star")],
        known={("now", "star"): lambda k, L: 1 / (2 * L)},
        worst=[],
    )
    certificate = prove(skipping)
    kernel.check(json.dumps({"statement": certificate["statement"]["step"], "proof": certificate["proof"]}))
    with pytest.raises(kernel.Refused, match="changes its form"):
        kernel.check(certificates.text(certificate))


# ---------------------------------------------------------------- sharper claims


TIGHT = [
    *gradient_descent.distances, gradient_descent.values[0], gradient_descent.values[2],
    *gradient_descent.gradient_norms, gradient_descent.convex[1], gradient_descent.convex[4],
    gradient_descent.convex_potential, accelerated.nesterov_convex, accelerated.optimized,
    stochastic.sgd_interpolation, stochastic.svrg_inner, proximal.proximal_point,
]  # fmt: skip


@pytest.mark.parametrize("obligation", TIGHT, ids=lambda o: o.name)
def test_a_sharper_claim_is_refused_however_little_sharper_it_is(obligation):
    """rate (1 - 10^-k): a solver's float would call the last of these optimal."""
    for k in range(2, 10):
        less = sharper(obligation, Fraction(1, 10**k))
        try:
            kernel.check(certificates.text(prove(less)))
        except (NotProved, kernel.Refused):
            pass
        else:
            pytest.fail(f"10^-{k} less was proved")
        found = refutation.counterexample(less)
        assert found is not None
        assert found.left > found.right


@pytest.mark.parametrize("name", [n for n, (o, _) in PROOFS.items() if isinstance(o, Obligation)])
def test_no_counterexample_is_found_against_what_is_proved(name):
    """The search for counterexamples and the proofs contradict each other nowhere."""
    assert refutation.counterexample(PROOFS[name][0]) is None


# ---------------------------------------------------------------- proof and code


BOUND = [
    (theorem, p)
    for theorem in THEOREMS
    for p in theorem.predictions
    if isinstance(p, Proof) and p.values is not None and theorem.resolved(p)[0] is not None
]


@pytest.mark.parametrize(("theorem", "proof"), BOUND, ids=lambda v: getattr(v, "name", None) or v.id)
def test_a_step_wrong_by_a_thousandth_is_not_the_proofs(theorem: Theorem, proof: Proof):
    method = theorem.resolved(proof)[0]
    binding.follow(proof, method)
    field = next(f for f in method._fields if f in ("step", "relaxation", "scale"))
    for factor in (sp.Rational(1001, 1000), sp.Rational(99, 100)):
        wrong = method._replace(**{field: factor * getattr(method, field)})
        with pytest.raises(binding.Unlike):
            binding.follow(proof, wrong)


def test_wrong_momentum_is_not_the_proofs():
    bound = {theorem.name: (theorem.resolved(p)[0], p) for theorem, p in BOUND}
    for name, field in (
        ("nesterov-strongly-convex", "momentum"),
        ("heavy-ball-cycle", "momentum"),
        ("heavy-ball-modes", "momentum"),
        ("triple-momentum", "factor"),
        ("item", "ratio"),
    ):
        method, proof = bound[name]
        wrong = method._replace(**{field: sp.Rational(101, 100) * getattr(method, field)})
        with pytest.raises(binding.Unlike):
            binding.follow(proof, wrong)


@pytest.mark.parametrize(
    ("name", "method", "sentence"),
    [
        ("gradient-descent-strongly-convex", Nesterov(), "asks for a gradient at|becomes"),
        ("triple-momentum", GradientDescent(), "has no xi"),
        ("saga-expected-step", GradientDescent(), "becomes"),
        ("nesterov-strongly-convex", ExactLineSearch(), "has no previous"),
        ("gradient-descent-strongly-convex", RandomizedCoordinateDescent(), "becomes"),
        ("gradient-descent-strongly-convex", BFGS(), "cannot be taken"),
        ("gradient-descent-strongly-convex", Jacobi(), "of which the statement does not speak"),
        ("heavy-ball-cycle", NesterovConvex(), "asks for a gradient at"),
    ],
)
def test_a_proof_of_another_method_is_told_apart(name, method, sentence):
    proof = next(p for theorem, p in BOUND if theorem.name == name)
    with pytest.raises(binding.Unlike, match=sentence):
        binding.follow(proof, method)


def test_most_proofs_are_bound_to_a_method_that_is_shipped():
    assert len({p.obligation.name for _, p in BOUND}) >= 40


# ---------------------------------------------------------------- what a person is told


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The certificates in a folder of their own, to be damaged."""
    shutil.copytree(HERE / "certificates", tmp_path / "certificates")
    monkeypatch.setattr(certificates, "path", lambda o: tmp_path / "certificates" / f"{o.name}.json")
    return tmp_path / "certificates"


def verdict(theorem: str, prediction: str, results: Any) -> dict[str, str]:
    return perform(Task(theorem, prediction=prediction), Settings(results=results))["verdict"]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda f: f.unlink(), "there is no certificate"),
        (lambda f: f.write_text(TEXTS["proximal-gradient"]), "this certificate is for another statement"),
        (lambda f: f.write_text(TEXTS["proximal-point"][:-20]), "malformed"),
        (lambda f: f.write_text(changed("proximal-point", ("proof", "squares"), [])), "the identity fails"),
    ],
    ids=["missing", "foreign", "cut off", "altered"],
)
def test_a_missing_foreign_or_altered_certificate_is_one_sentence(copied, tmp_path, damage, sentence):
    assert verdict("proximal-point", "proof", tmp_path)["word"] == "PROVED"
    damage(copied / "proximal-point.json")
    found = verdict("proximal-point", "proof", tmp_path)
    assert (found["word"], found["detector"]) == ("INCONCLUSIVE", "kernel")
    assert sentence in found["reason"]
    assert "\n" not in found["reason"]


def test_a_certificate_for_another_obligation_is_not_taken_even_if_it_is_pinned(copied, tmp_path):
    """The pinned hash and the file agree, but the theorem's obligation says something else."""
    theorem = catalogue()["proximal-point"][0]
    (copied / "proximal-point.json").write_text(TEXTS["proximal-gradient"])
    wrong = replace(theorem.predictions[0], sha256=PINNED["proximal-gradient"])
    trial = type("T", (), {"method": None})()
    judged = kind.judge(wrong, Evidence.from_json(kind.collect(wrong, trial).to_json()))
    assert judged.word == "INCONCLUSIVE"
    assert "certificate is over" in judged.reason


def test_a_users_certificate_lies_beside_the_file_that_states_it(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def state(S, L):\n    pass\n")
    space: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), space)
    mine = Obligation("mine", ("L",), space["state"])
    assert certificates.path(mine) == tmp_path / "certificates" / "mine.json"
    assert certificates.path(PROOFS["saga"][0]) == HERE / "certificates" / "saga.json"


def test_the_variables_are_mapped_to_positive_numbers_only():
    theorem = catalogue()["saga-expected-step"][0]
    few = next(p for p in theorem.predictions if p.obligation is stochastic.saga_few)
    with pytest.raises(binding.Unlike, match="v > 0"):
        binding.follow(replace(few, samples=({mu: 1, L_max: sp.Rational(9, 8)},)), few.method)


def test_the_triangle_covers_every_condition_number_from_the_threshold_on():
    """q(v) = 4v/(4v^2 + 8v + 5) takes every value in (0, sqrt(5) - 2], and sqrt(5) - 2 = 1/sqrt(kappa) at
    kappa = (2 + sqrt(5))^2."""
    v = sp.Symbol("v", positive=True)
    q = 4 * v / (4 * v**2 + 8 * v + 5)
    assert sp.simplify(q.subs(v, sp.sqrt(5) / 2) - (sp.sqrt(5) - 2)) == 0
    assert sp.solve(sp.diff(q, v), v) == [sp.sqrt(5) / 2]
    assert sp.limit(q, v, 0) == sp.limit(q, v, sp.oo) == 0
    cycle = accelerated.heavy_ball_cycle
    assert isinstance(cycle, Cycle)
    assert cycle.roots is not None
    assert sp.simplify(cycle.state(v).mu - q**2) == 0
    assert sp.simplify(cycle.roots(v)[0] ** 2 - (1 - 4 * q - q**2)) == 0


# ---------------------------------------------------------------- the command


def test_regenerate_writes_certificates_and_no_hash(copied, capsys):
    before = {f: f.read_bytes() for f in HERE.rglob("*.py")}
    (copied / "proximal-point.json").unlink()
    assert main(["regenerate", "proximal-point"]) == 0
    assert "as pinned" in capsys.readouterr().out
    assert (copied / "proximal-point.json").read_text() == TEXTS["proximal-point"]
    assert {f: f.read_bytes() for f in HERE.rglob("*.py")} == before


def test_an_unknown_certificate_is_one_sentence_that_lists_the_known_ones(capsys):
    assert main(["regenerate", "proximal-pint"]) == 2
    said = capsys.readouterr().err
    assert "no theorem promises proximal-pint" in said
    assert "proximal-point" in said


def test_a_certificate_is_checked_again_whatever_is_stored(copied, tmp_path):
    assert verdict("proximal-point", "proof", tmp_path)["word"] == "PROVED"
    file = copied / "proximal-point.json"
    file.write_text(file.read_text().replace('"1"', '"2"', 1))
    assert verdict("proximal-point", "proof", tmp_path)["word"] == "INCONCLUSIVE"
