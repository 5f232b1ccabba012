"""A second judge: certificates as files for Coq (Debian's ``coq``, 8.16).

One file a certificate. Its theorem speaks of an abstract real inner-product space (bilinear, symmetric,
positive), of all positive values of the parameters, and has the interpolation inequalities of the class as
hypotheses, as Taylor, Hendrickx and Glineur (Math. Program. 161, 2017) write them. The proof multiplies
everything by the denominators, so that what is left are polynomials: squares are positive, coefficients are
positive, and one identity is checked by ``field``. Nothing here has to be trusted but the theorem that the
file prints; Coq checks the rest, from the axioms of the real numbers alone.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, permutations
from math import isqrt, lcm
from pathlib import Path
from typing import Any

from checks.proofs import kernel

#: What ``Print Assumptions`` may name: the axioms of Coq's real numbers.
AXIOMS = {
    "ClassicalDedekindReals.sig_not_dec",
    "ClassicalDedekindReals.sig_forall_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
}
#: Multipliers (1 + sum of the variables)^k that are tried: as the kernel does, and more where it has
#: Sturm's test for one variable.
POLYA, POLYA_OF_ONE = 30, 200

#: Statements about numbers cost Coq about the fourth power of their atoms.
MOST_ATOMS = 12
PREAMBLE = Path(__file__).with_name("space.v")


class NotExported(Exception):
    """The certificate has no file for Coq; the message says why."""


def export(certificate: Mapping[str, Any], name: str) -> str:
    """The text of a file for Coq; whether it proves anything is for Coq to say.

    Raises:
        NotExported: the statement speaks of numbers and of too many atoms for Coq, or a sign is shown by
            Sturm's test and by no multiplier that was tried.
        kernel.Refused: it is no certificate.
    """
    statement = certificate["statement"]
    K = kernel.Field(statement)
    if statement["kind"] == "cycle":
        body = _Cycle(K, statement, certificate["proof"]).text()
    else:
        step = statement["step"] if statement["kind"] == "telescoping" else statement
        writer = _Interpolation(K, step, certificate["proof"], statement)
        if not K.names and len(writer.atoms) > MOST_ATOMS:
            raise NotExported(
                f"{len(writer.atoms)} atoms; of statements about numbers {MOST_ATOMS} are exported"
            )
        body = writer.text()
    title = f"(* {name}: statement {kernel.sha256(statement)} *)\n"
    beginning = PREAMBLE.read_text(encoding="utf-8")
    return f"{title}{beginning}\n{body}\nEnd Space.\nPrint Assumptions proved.\n"


def judged(file: Path, patience: float = 600) -> str:
    """What Coq has against the file; an empty text if it accepts it, from the axioms of the reals alone.

    Raises:
        FileNotFoundError: there is no ``coqc``.
    """
    command = ["coqc", "-q", file.name]
    try:
        done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, timeout=patience)
    except subprocess.TimeoutExpired:
        return f"no answer in {patience:.0f} s"
    if done.returncode:
        return " ".join(done.stderr.split()) or f"status {done.returncode}"
    _, found, axioms = done.stdout.partition("Axioms:\n")
    used = set(re.findall(r"^([A-Za-z][\w.]*)(?= *:| *$)", axioms, re.MULTILINE))
    if not found and "Closed under the global context" not in done.stdout:
        return "the assumptions were not printed"
    return f"it assumes {', '.join(sorted(used - AXIOMS))}" if used - AXIOMS else ""


class _Writer:
    """Names, scalars and forms as Coq reads them; ``K`` is the kernel's arithmetic."""

    def __init__(self, K: Any, counter: str | None = None) -> None:
        self.K = K
        self.variables = ["r_" if K.root else f"p_{name}" for name in K.names]
        self.counter = None if counter is None else K.names.index(counter)
        self.index = ""  # the number of the step, where names stand for sequences

    # ---------------------------------------------------------------- polynomials and scalars

    def monomial(self, exponents: Sequence[int], c: int) -> str:
        names = list(self.variables)
        if self.index:
            names[self.counter or 0] = f"INR {self.index}" if self.index == "n" else f"INR ({self.index})"
            names[self.counter or 0] = f"({names[self.counter or 0]})"
        powers = [f"{v}^{e}" if e > 1 else v for v, e in zip(names, exponents, strict=True) if e]
        return " * ".join([str(c), *powers] if c != 1 or not powers else powers)

    def polynomial(self, p: Mapping[tuple[int, ...], Fraction]) -> str:
        """With integer coefficients over one denominator; terms without the counter first, so that a sum
        of positive terms begins with one that does not vanish with the counter."""
        if not p:
            return "0"
        below = lcm(*(c.denominator for c in p.values()))
        k = self.counter
        terms = sorted(p.items(), key=lambda item: (item[1] < 0, k is not None and item[0][k] > 0, item[0]))
        text = ""
        for exponents, c in terms:
            one = self.monomial(exponents, abs(int(c * below)))
            text += (" - " if text else "- ") + one if c < 0 else (" + " if text else "") + one
        text = f"({text})" if len(p) > 1 or text.startswith("-") else text
        return text if below == 1 else f"({text} / {below})"

    def bases(self, powers: Iterable[int]) -> list[str]:
        return [
            self.polynomial(base) + (f"^{e}" if e > 1 else "")
            for base, e in zip(self.K.bases, powers, strict=True)
            if e
        ]

    def scalar(self, value: Any) -> str:
        p, powers = value
        below = self.bases(powers)
        return f"({self.polynomial(p)} / ({' * '.join(below)}))" if below else self.polynomial(p)

    def times(self, p: Any, number: int, powers: Iterable[int]) -> str:
        """A polynomial, which is put over no denominator, times a number and powers of the denominators."""
        whole = {e: c * number for e, c in p.items()}
        return " * ".join([self.polynomial(whole), *self.bases(powers)])

    # ---------------------------------------------------------------- vectors and forms

    def atom(self, name: str) -> str:
        """A vector; "~a" is the deviation of a from its mean."""
        return self.at("d_" + name[1:] if name[0] == "~" else "v_" + name)

    def value(self, name: str) -> str:
        return self.at("f_" + name)

    def at(self, name: str) -> str:
        return f"({name} ({self.index}))" if self.index else name

    def key(self, key: str) -> str:
        if key == "1":
            return "1"
        if key.startswith("f:"):
            return self.value(key[2:])
        a, b = key.split("|")
        return f"inner {self.atom(a)} {self.atom(b)}"

    def vector(self, v: Mapping[str, Any]) -> str:
        return "(lin [" + "; ".join(f"({self.scalar(c)}, {self.atom(a)})" for a, c in v.items()) + "])"

    def form(self, form: Mapping[str, Any]) -> str:
        terms = [f"{self.scalar(c)} * {self.key(k)}" for k, c in form.items()]
        return "(" + " + ".join(terms or ["0"]) + ")"

    def common(self, values: Iterable[Any]) -> tuple[int, tuple[int, ...]]:
        """What makes these scalars polynomials with integer coefficients: a number and powers."""
        found = list(values)
        number = lcm(*(c.denominator for p, _ in found for c in p.values()))
        powers = [max((q[k] for _, q in found), default=0) for k in range(len(self.K.bases))]
        return number, tuple(powers)

    def whole(self, value: Any, number: int, powers: Sequence[int]) -> Any:
        """number * powers of the denominators * value, as a polynomial."""
        p, have = value
        for base, wanted, got in zip(self.K.bases, powers, have, strict=True):
            for _ in range(wanted - got):
                p = self.K.product(p, base)
        return {e: c * number for e, c in p.items()}

    def orders(self, names: Iterable[str]) -> list[str]:
        """Rewritings after which an inner product of two of these has them in one order."""
        return [f"?(inner_sym {b} {a})" for a, b in combinations(list(names), 2)]

    # ---------------------------------------------------------------- signs

    def parameters(self) -> str:
        """The quantifiers of the parameters, with their signs."""
        if not self.variables:
            return ""
        if self.K.root:
            return f"forall r_ : R, 0 < r_ -> r_ * r_ = {self.K.root} ->\n  "
        signs = [f"0 {'<=' if k == self.counter else '<'} {v}" for k, v in enumerate(self.variables)]
        return f"forall {' '.join(self.variables)} : R,\n  {' -> '.join(signs)} ->\n  "

    def intros(self) -> str:
        names = [*self.variables, *(["Hr", "root"] if self.K.root else [f"H{v}" for v in self.variables])]
        return f"intros {' '.join(names)}." if names else ""

    def field(self) -> str:
        return "(field [root]; apart)" if self.K.root else "(field; apart)"

    def ring(self) -> str:
        return "ring [root]" if self.K.root else "ring"

    def sign(self, p: Mapping[tuple[int, ...], Fraction], strict: bool = False) -> str:
        """A tactic for 0 <= p (0 < p) with p as ``polynomial`` writes it."""
        tactic = "pos" if strict else "nonneg"
        if self.K.root is not None:
            return self._root_sign(p, strict)
        if all(c >= 0 for c in p.values()):
            return tactic
        simplex = {e: Fraction(1) for e in [self.K.zero, *self._units()]}
        tried, multiplier = dict(p), {self.K.zero: Fraction(1)}
        for k in range(1, (POLYA_OF_ONE if self.K.size == 1 else POLYA) + 1):
            tried, multiplier = self.K.product(tried, simplex), self.K.product(multiplier, simplex)
            if all(c > 0 for c in tried.values()):
                shown = f"{self.polynomial(simplex)}^{k}"
                product = f"{self.polynomial(p)} * {shown}"
                return (
                    f"(apply (by_multiplier ({shown})); [pos | replace ({product}) with "
                    f"({self.polynomial(tried)}) by ring; nonneg])"
                )
        raise NotExported(f"no multiplier shows that {self.polynomial(p)} is positive")

    def _units(self) -> list[tuple[int, ...]]:
        return [tuple(int(i == j) for j in range(self.K.size)) for i in range(self.K.size)]

    def _root_sign(self, p: Mapping[tuple[int, ...], Fraction], strict: bool) -> str:
        """By rational bounds on the root that are close enough."""
        a, b = (p.get((k,), Fraction(0)) for k in (0, 1))
        for digits in range(1, 60):
            scale = 10**digits
            low = Fraction(isqrt(self.K.root * scale * scale), scale)
            high = low + Fraction(1, scale)
            if min(a + b * low, a + b * high) >= 0:
                bounds = f"assert ({_number(low)} <= r_ <= {_number(high)}) by (split; nra)"
                return f"({bounds}; lra)"
        raise NotExported(f"the sign of {a} + {b} sqrt({self.K.root}) is not visible")


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator} / {value.denominator}"


class _Interpolation(_Writer):
    """Kinds interpolation and telescoping: ``whole_statement`` is the step's own unless it telescopes."""

    def __init__(self, K: Any, step: Any, proof: Any, whole_statement: Any) -> None:
        self.repeated = {} if whole_statement is step else whole_statement
        super().__init__(K, self.repeated.get("counter"))
        self.step, self.proof = step, proof
        self.classes = {n: kernel.function_class(K, c) for n, c in step["functions"].items()}
        self.points = {name: self._point(name, data) for name, data in step["points"].items()}
        self.claim = {s: kernel.linear(K, step["claim"][s], kernel.is_monomial) for s in ("left", "right")}
        self.assumed = {
            name: (kernel.linear(K, data["form"], kernel.is_monomial), data["relation"])
            for name, data in step["assume"].items()
        }
        forms = [*self.claim.values(), *(f for f, _ in self.assumed.values())]
        forms += [value for _, (_, _, value) in self.points.values()]
        vectors = [v for _, (x, g, _) in self.points.values() for v in (x, g)]
        keys = [key for form in forms for key in form]
        self.atoms = sorted(
            {a for v in vectors for a in v} | {a for k in keys if "|" in k for a in k.split("|")}
        )
        self.values = sorted({k[2:] for k in keys if k.startswith("f:")})

    def _point(self, name: str, data: Any) -> Any:
        x = kernel.linear(self.K, data["x"], kernel.is_atom)
        g = kernel.linear(self.K, data.get("g", {"g" + name: "1"}), kernel.is_atom)
        value = kernel.linear(self.K, data.get("value", {"f:" + name: "1"}), kernel.is_monomial)
        return data["function"], (x, g, value)

    def hypotheses(self) -> dict[str, str]:
        """What the theorem assumes: the inequalities of all pairs, and what the statement assumes."""
        found = {}
        for i, j in permutations(self.points, 2):
            if self.points[i][0] == self.points[j][0]:
                found[f"H_{i}_{j}"] = self.pair(i, j)
        for name, (form, relation) in self.assumed.items():
            found[f"A_{name}"] = f"{self.form(form)} {'=' if relation == '=0' else '<='} 0"
        for a in self.atoms:
            for b in self.atoms:
                if b[0] == "~" and a[0] != "~":
                    found[f"O_{a}_{b[1:]}"] = f"inner {self.atom(a)} {self.atom(b)} = 0"
        return found

    def pair(self, i: str, j: str) -> str:
        f = self.points[i][0]
        smooth = self.classes[f][1] is not None
        ends = [self.called(f"{part}_{name}") for name in (i, j) for part in ("x", "g", "y")]
        return " ".join(
            ["interpolated", f"mu_{f} L_{f}", *ends] if smooth else ["supported", f"mu_{f}", *ends]
        )

    def called(self, name: str) -> str:
        """A point's part: its name, or what it stands for where names stand for sequences."""
        return f"({name} ({self.index}))" if self.index else name

    def parts(self) -> dict[str, tuple[str, str]]:
        """The names of the points' parts and the constants of the classes: (type, what they are)."""
        found = {}
        for name, (mu, L) in self.classes.items():
            found[f"mu_{name}"] = "R", self.scalar(mu)
            if L is not None:
                found[f"L_{name}"] = "R", self.scalar(L)
        for name, (_, (x, g, value)) in self.points.items():
            found[f"x_{name}"] = "V", self.vector(x)
            found[f"g_{name}"] = "V", self.vector(g)
            found[f"y_{name}"] = "R", self.form(value)
        return found

    def quantified(self) -> list[str]:
        """forall ..., name = what it is -> ..."""
        lines, parts = [], self.parts()
        for kind in ("R", "V"):
            names = [name for name, (sort, _) in parts.items() if sort == kind]
            if names:
                lines.append(f"  forall {' '.join(names)} : {kind},")
        return lines + [f"  {name} = {text} ->" for name, (_, text) in parts.items()]

    # ---------------------------------------------------------------- the theorem

    def text(self) -> str:
        name = "step_decreases" if self.repeated else "proved"
        hypotheses = self.hypotheses()
        vectors = " ".join(map(self.atom, self.atoms))
        lines = [f"Theorem {name} : {self.parameters()}"]
        if self.atoms:
            lines.append(f"  forall {vectors} : V,")
        if self.values:
            lines.append(f"  forall {' '.join('f_' + v for v in self.values)} : R,")
        lines += self.quantified()
        lines += [f"  {text} ->" for text in hypotheses.values()]
        lines += [f"  {self.form(self.claim['left'])} <= {self.form(self.claim['right'])}.", "Proof."]
        lines.append("  " + self.intros())
        parts = self.parts()
        called = [name for kind in ("R", "V") for name, (sort, _) in parts.items() if sort == kind]
        given = [*map(self.atom, self.atoms), *("f_" + v for v in self.values), *called]
        given += [*(f"E_{name}" for name in parts), *hypotheses]
        lines.append(f"  intros {' '.join(given)}.")
        lines.append(f"  subst {' '.join(called)}." if called else "")
        lines += ["  " + line for line in self.steps(hypotheses)]
        lines.append("Qed.")
        if self.repeated:
            lines += self.telescoped(hypotheses)
        return "\n".join(lines)

    def normal(self, where: str) -> str:
        """Inner products of atoms, each in one order, in this hypothesis."""
        orders = self.orders(map(self.atom, self.atoms))
        orthogonal = [
            f"?O_{a}_{b[1:]}" for a in self.atoms for b in self.atoms if b[0] == "~" and a[0] != "~"
        ]
        # Two steps, since a rewritten order may be one of those that vanish.
        lines = f"rewrite ?inner_lin in {where}; cbn [dot dot1] in {where}"
        for rules in (orders, orthogonal):
            if rules:
                lines += f"; rewrite {', '.join(rules)} in {where}"
        return lines + "."

    def steps(self, hypotheses: Mapping[str, str]) -> list[str]:
        K, lines = self.K, []
        for name, (mu, L) in self.classes.items():
            if L is not None:
                gap = K.minus(L, mu)
                number, powers = self.common([gap])
                shown = self.whole(gap, number, powers)
                below = " * ".join([str(number), *self.bases(powers)])
                lines.append(
                    f"assert (gap_{name} : 0 < {self.scalar(L)} - {self.scalar(mu)}) by "
                    f"(apply (by_equality _ ({self.polynomial(shown)} / ({below}))); "
                    f"[{self.field()} | apply Rdiv_lt_0_compat; [{self.sign(shown, True)} | pos]])."
                )
        terms = []  # (scalar, polynomial with integer coefficients, its name, number and powers)
        for k, item in enumerate(self.proof["multipliers"]):
            terms.append((K.scalar(item["value"]), *self.inequality(k, item, lines)))
        for k, item in enumerate(self.proof["squares"]):
            vector = kernel.linear(K, item["vector"], kernel.is_atom)
            number, powers = self.common(vector.values())
            whole = {a: (self.whole(c, number, powers), K.number(0)[1]) for a, c in vector.items()}
            lines.append(f"pose proof (inner_pos {self.vector(whole)}) as U{k}.")
            lines.append(self.normal(f"U{k}"))
            weight = K.scalar(item["weight"])
            terms.append((weight, f"U{k}", False, number**2, tuple(2 * p for p in powers)))
        # Everything times this number and these powers is a polynomial with integer coefficients.
        numbers, powers_needed = self.common([*self.claim["left"].values(), *self.claim["right"].values()])
        needed = list(powers_needed)
        for (p, have), _, _, number, powers in terms:
            numbers = lcm(numbers, *(c.denominator * number for c in p.values()))
            needed = [max(n, a + b) for n, a, b in zip(needed, have, powers, strict=True)]
        parts = []
        for k, ((p, have), name, free, number, powers) in enumerate(terms):
            whole_p = {e: c * numbers / number for e, c in p.items()}
            left = [n - a - b for n, a, b in zip(needed, have, powers, strict=True)]
            factor = " * ".join([f"({self.polynomial(whole_p)})", *self.bases(left)])
            lines.append(f"match type of {name} with {'?e = 0' if free else '0 <= ?e'} =>")
            if free:
                proof = f"rewrite {name}, Rmult_0_r; apply Rle_refl"
            else:
                lines.insert(-1, f"assert (S{k} : 0 <= {self.polynomial(whole_p)}) by {self.sign(whole_p)}.")
                proof = f"apply Rmult_le_pos; [nonneg | exact {name}]"
            lines.append(f"  assert (T{k} : 0 <= {factor} * e) by ({proof}) end.")
            parts.append(f"T{k}")
        scale = " * ".join([str(numbers), *self.bases(needed)])
        patterns = "".join(f"match type of {part} with 0 <= ?t{k} => " for k, part in enumerate(parts))
        total = " + ".join(f"t{k}" for k in range(len(parts))) or "0"
        closing = "repeat apply Rplus_le_le_0_compat; (assumption || apply Rle_refl)"
        lines.append(f"{patterns}apply (conclude ({scale}) _ _ ({total})){' end' * len(parts)};")
        lines.append(f"[pos | {closing} | {self.field()}].")
        return lines

    def inequality(self, k: int, item: Any, lines: list[str]) -> tuple[str, bool, int, tuple[int, ...]]:
        """Write a hypothesis, without denominators, as 0 <= or 0 = minus its form."""
        K, of = self.K, item["of"]
        if type(of) is str:
            form, relation = self.assumed[of]
            free, source = relation == "=0", f"A_{of}"
            lines.append(f"pose proof {source} as E{k}.")
        else:
            f = self.points[of[0]][0]
            mu, L = self.classes[f]
            form, free = kernel.hypothesis(K, mu, L, *(self.points[n][1] for n in of)), False
            if L is None:
                lines.append(f"pose proof (proj1 (supported_form _ _ _ _ _ _ _) H_{of[0]}_{of[1]}) as E{k}.")
            else:
                rule = f"(proj1 (interpolated_form _ _ _ _ _ _ _ _ gap_{f}) H_{of[0]}_{of[1]})"
                lines.append(f"pose proof {rule} as E{k}.")
            lines.append(f"unfold form, form_supported in E{k}.")
        lines.append(self.normal(f"E{k}"))
        number, powers = self.common(form.values())
        whole = {key: self.whole(c, -number, powers) for key, c in form.items()}
        text = " + ".join(f"{self.polynomial(p)} * {self.key(key)}" for key, p in whole.items()) or "0"
        scale = " * ".join([str(number), *self.bases(powers)])
        lemma = f"negated_zero ({scale})" if free else f"negated ({scale})"
        lines.append(f"assert (P{k} : {text + ' = 0' if free else '0 <= ' + text}).")
        lines.append(f"{{ apply ({lemma} _ _{'' if free else ' ltac:(pos)'} E{k}). {self.field()}. }}")
        return f"P{k}", free, number, powers

    # ---------------------------------------------------------------- all steps

    def telescoped(self, hypotheses: Mapping[str, str]) -> list[str]:
        """The potential never grows: names stand for sequences, and each step begins where the last ended."""
        names, left = self.repeated["rename"], self.claim["left"]
        counter = self.variables[self.counter or 0]
        others = [v for v in self.variables if v != counter]
        plain = [*map(self.atom, self.atoms)], [*map(self.value, self.values)]
        moved = {a for key in left if "|" in key for a in key.split("|")}
        links = {f"L_{k}": (self.atom(names[a]), self.atom(a)) for k, a in enumerate(sorted(moved))}
        heights = sorted(key[2:] for key in left if key.startswith("f:"))
        links |= {f"M_{k}": (self.value(names[a]), self.value(a)) for k, a in enumerate(heights)}
        lines = ["Theorem proved :"]
        if others:
            lines[0] += f" forall {' '.join(others)} : R,\n  {' -> '.join(f'0 < {v}' for v in others)} ->"
        if plain[0]:
            lines.append(f"  forall {' '.join(plain[0])} : nat -> V,")
        if plain[1]:
            lines.append(f"  forall {' '.join(plain[1])} : nat -> R,")
        parts = self.parts()
        fixed = [name for name in parts if name[:2] in ("mu", "L_")]
        lines += [f"  forall {' '.join(fixed)} : R," if fixed else ""]
        for kind in ("R", "V"):
            names_of = [n for n, (sort, _) in parts.items() if sort == kind and n not in fixed]
            lines += [f"  forall {' '.join(names_of)} : nat -> {kind}," if names_of else ""]
        lines += [f"  {name} = {parts[name][1]} ->" for name in fixed]
        self.index = "n"
        lines += [f"  (forall n, {a} n = {b}) ->" for a, (_, b) in self.parts().items() if a not in fixed]
        assumed = self.hypotheses()
        lines += [f"  (forall n, {text}) ->" for text in assumed.values()]
        lines += [f"  (forall n, {a} (S n) = {b} n) ->" for a, b in links.values()]
        first = self.form(self.claim["right"])
        self.index = "S n"
        now = self.form(self.claim["right"])
        self.index = "0%nat"
        lines += [f"  forall n, {first} <= {self.form(self.claim['right'])}.", "Proof."]
        ordered = [n for kind in ("R", "V") for n, (sort, _) in parts.items() if sort == kind]
        moving = [n for n in ordered if n not in fixed]
        equal = [f"E_{n}" for n in parts]
        given = [*others, *(f"H{v}" for v in others), *plain[0], *plain[1], *fixed, *moving, *equal]
        given += [*assumed, *links]
        lines.append(f"  intros {' '.join(given)}.")
        arguments = ["(INR n)" if v == counter else v for v in self.variables]
        arguments += ["(pos_INR n)" if v == counter else f"H{v}" for v in self.variables]
        arguments += [f"({v} n)" for v in [*plain[0], *plain[1]]]
        arguments += [n if n in fixed else f"({n} n)" for n in ordered]
        arguments += [f"E_{n}" if n in fixed else f"(E_{n} n)" for n in parts]
        arguments += [f"({v} n)" for v in assumed]
        self.index = "n"
        orders = self.orders(map(self.atom, self.atoms))
        rules = ", ".join(["S_INR", *(f"?{link}" for link in links)])
        lines.append(f"  assert (next : forall n, {now} <= {first}).")
        lines.append("  { intro n.")
        lines.append(f"    refine (Rle_trans _ _ _ (Req_le _ _ _) (step_decreases {' '.join(arguments)})).")
        lines.append(f"    rewrite {rules}." if "INR" in now else f"    rewrite {rules[7:]}.")
        if orders:
            lines.append(f"    rewrite {', '.join(orders)}.")
        lines.append(f"    {self.field()}. }}")
        self.index = ""
        lines.append("  induction n as [|n IH]; [apply Rle_refl | exact (Rle_trans _ _ _ (next n) IH)].")
        lines.append("Qed.")
        return lines


class _Cycle(_Writer):
    """Kind cycle: the points are a function's, and the method goes from each to the next."""

    def __init__(self, K: Any, statement: Any, proof: Any) -> None:
        super().__init__(K)
        self.mu, self.L = kernel.function_class(K, statement["function"])
        self.step, self.momentum = K.scalar(statement["step"]), K.scalar(statement["momentum"])
        self.points = [
            (*({a: K.scalar(c) for a, c in data[key].items()} for key in "xg"), K.scalar(data["value"]))
            for data in statement["points"]
        ]
        self.products = [[K.scalar(v) for v in pair] for pair in proof["products"]]
        self.axes = sorted({a for x, g, _ in self.points for a in [*x, *g]})

    def text(self) -> str:
        """The theorem: every pair is interpolated, the recursion holds, and no gradient vanishes."""
        count = len(self.points)
        axes = {
            f"N_{a}_{b}": f"inner {self.atom(a)} {self.atom(b)} = {int(a == b)}"
            for a, b in combinations_with_replacement(self.axes, 2)
        }
        normal = "rewrite ?inner_lin; cbn [dot dot1]"
        for rules in (self.orders(map(self.atom, self.axes)), [f"?{name}" for name in axes]):
            normal += f"; rewrite {', '.join(rules)}" if rules else ""
        named = {
            f"{part}_{k}": v
            for k, point in enumerate(self.points)
            for part, v in zip("xg", point[:2], strict=True)
        }
        products = {
            f"I_{a}_{b}": (f"inner {a} {b}", self.product_of(named[a], named[b]))
            for a, b in combinations_with_replacement(named, 2)
        }
        known = ", ".join([*self.orders(named), *(f"?{name}" for name in products)])
        goals, proofs = [], []
        for i, j in permutations(range(count), 2):
            ends = " ".join(f"x_{k} g_{k} {self.scalar(self.points[k][2])}" for k in (i, j))
            goals.append(f"interpolated mu L {ends}")
            slack, signs = self.slack(i, j)
            squares = "apply Rmult_le_pos; [nonneg | apply pow2_ge_0]"
            proofs.append(
                f"apply interpolated_form; [exact gap | unfold form; rewrite {known}; {signs}"
                f"apply (nonpositive _ {slack}); [{squares} | subst mu L; {self.field()}]]."
            )
        step, momentum = self.scalar(self.step), self.scalar(self.momentum)
        for k in range(count):
            last, ahead = (k - 1) % count, (k + 1) % count
            goals.append(
                f"forall w, inner x_{ahead} w = inner x_{k} w - {step} * inner g_{k} w"
                f" + {momentum} * (inner x_{k} w - inner x_{last} w)"
            )
            expanded = "cbn [lin]; rewrite ?inner_add, ?inner_scale, ?inner_zero"
            proofs.append(f"intro w; subst {' '.join(named)}; {expanded}; {self.field()}.")
        for k, (_, g, _) in enumerate(self.points):
            goals.append(f"0 < inner g_{k} g_{k}")
            proofs.append(self.away(g, f"rewrite I_g_{k}_g_{k}"))
        gap = self.K.minus(self.L, self.mu)
        shown = f"{self.polynomial(gap[0])} / ({' * '.join(['1', *self.bases(gap[1])])})"
        positive = f"apply Rdiv_lt_0_compat; [{self.sign(gap[0], True)} | pos]"
        lines = [
            "Lemma nonpositive : forall e s : R, 0 <= s -> e = - s -> e <= 0.",
            "Proof. intros e s S ->. lra. Qed.",
            "Lemma square_positive : forall a b c : R, c <> 0 -> 0 <= b -> a = c^2 + b -> 0 < a.",
            "Proof. intros a b c C B ->. pose proof (Rsqr_pos_lt c C) as P. unfold Rsqr in P. lra. Qed.",
            f"Theorem proved : {self.parameters()}forall {' '.join(map(self.atom, self.axes))} : V,",
            *(f"  {text} ->" for text in axes.values()),
            "  forall mu L : R,",
            f"  forall {' '.join(named)} : V,",
            f"  mu = {self.scalar(self.mu)} ->",
            f"  L = {self.scalar(self.L)} ->",
            *(f"  {name} = {self.vector(v)} ->" for name, v in named.items()),
            "  " + " /\\\n  ".join(f"({goal})" for goal in goals) + ".",
            "Proof.",
            f"  {self.intros()} intros {' '.join([*map(self.atom, self.axes), *axes, 'mu L', *named])}.",
            f"  intros E_mu E_L {' '.join(f'E_{name}' for name in named)}.",
            "  assert (gap : 0 < L - mu) by",
            f"    (apply (by_equality _ ({shown})); [subst mu L; {self.field()} | {positive}]).",
        ]
        for name, (product, value) in products.items():
            lines.append(f"  assert ({name} : {product} = {self.scalar(value)}) by")
            lines.append(f"    (subst {' '.join(named)}; {normal}; {self.field()}).")
        lines.append("  repeat match goal with |- _ /\\ _ => split end.")
        return "\n".join([*lines, *(f"  - {proof}" for proof in proofs), "Qed."])

    def product_of(self, u: Mapping[str, Any], v: Mapping[str, Any]) -> Any:
        """The inner product in coordinates."""
        total = self.K.number(0)
        for a in u.keys() & v.keys():
            total = self.K.plus(total, self.K.times(u[a], v[a]))
        return total

    def slack(self, i: int, j: int) -> tuple[str, str]:
        """What the pair's inequality has to spare, as c d^2, and a proof that c is not negative."""
        K = self.K
        ends = [(x, g, {"1": value}) for x, g, value in (self.points[i], self.points[j])]
        spare = K.number(0)
        for key, value in kernel.hypothesis(K, self.mu, self.L, *ends).items():
            if key == "1" or key[:2] == key[3:]:
                spare = K.minus(spare, value)
        pairs = [(spare, K.number(1))]
        pairs += [(c, d) for c, d in self.products if not K.minus(spare, K.times(c, K.times(d, d)))[0]]
        for c, d in pairs:
            try:
                sign = self.sign(c[0])
            except NotExported:
                continue
            return (
                f"({self.scalar(c)} * {self.scalar(d)}^2)",
                f"assert (0 <= {self.polynomial(c[0])}) by {sign}; ",
            )
        raise NotExported("no sign is visible of what a pair has to spare")

    def away(self, g: Mapping[str, Any], normal: str) -> str:
        """A proof that the gradient is not 0: one coordinate has a sign."""
        for a, c in g.items():
            for sign in (1, -1):
                shown = {e: sign * v for e, v in c[0].items()}
                if self.K.root is None and all(v > 0 for v in shown.values()):
                    rest = " + ".join(f"{self.scalar(v)}^2" for b, v in g.items() if b != a) or "0"
                    number = f"({self.polynomial(shown)} / ({' * '.join(['1', *self.bases(c[1])])}))"
                    squares = "repeat apply Rplus_le_le_0_compat; (apply pow2_ge_0 || apply Rle_refl)"
                    return (
                        f"{normal}; apply (square_positive _ ({rest}) {number}); "
                        f"[apart | {squares} | {self.field()}]."
                    )
        raise NotExported("no sign of a gradient's coordinate is visible")
