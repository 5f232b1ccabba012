"""The trusted checker of proofs. It reads certificates (JSON) and nothing else.

    python -I checks/proofs/kernel.py FILE --statement SHA256    is this a proof of that statement?
    python -I checks/proofs/kernel.py FILE...                    what does each file prove?

Standard library only: no solver, no computer algebra, no floats. To be trusted are this file, the
hypotheses that a statement prints, and the mathematics in the docstrings of ``hypothesis``,
``cycle`` and ``telescoping``. Whatever is malformed is refused.

Scalars are rational functions of variables that range over the positive reals: a polynomial over
powers of the statement's denominators. Or they are numbers a + b sqrt(d), with the variable "r" for
the root. Vectors are linear forms in atoms. Forms are affine in function values ("f:name") and
inner products of atoms ("a|b" with a <= b); "1" is the number one.
"""

import hashlib
import json
import re
import sys
from fractions import Fraction
from itertools import permutations

NUMBER = re.compile(r"-?\d{1,400}(/0*[1-9]\d{0,399})?")
EXPONENT = re.compile(r"0|[1-9]\d?")
ATOM = re.compile(r"~?[A-Za-z][A-Za-z0-9_]{0,30}")
NAME = re.compile(r"[A-Za-z0-9_]{1,20}")
MOST_TERMS, MOST_VARIABLES, MOST_DEGREE = 20000, 12, 60


class Refused(Exception):
    """The certificate proves nothing; the message says why."""


def need(condition, why):
    if not condition:
        raise Refused(why)


def fields(value, required, optional=()):
    """An object with exactly these fields."""
    need(type(value) is dict, f"expected an object, got {value!r:.60}")
    known = set(required) | set(optional)
    need(set(required) <= set(value) <= known, f"fields {sorted(value)!r:.99} are not as expected")
    return value


# ------------------------------------------------------------------------------------- scalars


class Field:
    """Q(v1, ..., vr) with given denominators, or Q(sqrt d).

    A polynomial is {exponents: Fraction} without zeros, a scalar (polynomial, powers of the
    denominators). In Q(sqrt d) all exponents are 0 or 1, from parsing on.
    """

    def __init__(self, statement):
        self.names, self.root = statement["variables"], statement.get("root")
        self.size = len(self.names)
        good = all(re.fullmatch(r"[A-Za-z]\w{0,9}", name) for name in self.names)
        need(good and len(set(self.names)) == self.size <= MOST_VARIABLES, "bad variables")
        if self.root is not None:
            need(type(self.root) is int and self.root > 0 and self.names == ["r"], "bad root")
            need(statement["denominators"] == [], "a root leaves no room for denominators")
        self.zero = (0,) * self.size
        self.bases = [self.polynomial(p) for p in statement["denominators"]]
        for base in self.bases:
            need(base and min(base.values()) > 0, "a denominator is not visibly positive")

    def polynomial(self, data):
        """From "3/4", or from {"1,0": "3/4", ...} with an exponent for each variable."""
        found = {}
        terms = {",".join("0" * self.size): data} if type(data) is str else fields(data, data)
        for key, number in terms.items():
            need(type(number) is str and NUMBER.fullmatch(number), f"no number: {number!r:.60}")
            parts = key.split(",") if self.size else [p for p in [key] if p]
            need(all(map(EXPONENT.fullmatch, parts)), f"bad exponents {key!r:.60}")
            exponents = tuple(map(int, parts))
            need(len(exponents) == self.size and sum(exponents) <= MOST_DEGREE, "bad exponents")
            need(self.root is None or exponents[0] <= 1, "powers of the root are not reduced")
            if Fraction(number):
                found[exponents] = Fraction(number)
        return found

    def scalar(self, data):
        """From a polynomial, or {"over": polynomial, "by": [powers of the denominators]}."""
        if type(data) is dict and "over" in data:
            powers = fields(data, ("over", "by"))["by"]
            good = all(type(p) is int and 0 <= p <= MOST_DEGREE for p in powers)
            need(good and len(powers) == len(self.bases), "bad powers of the denominators")
            return self.polynomial(data["over"]), tuple(powers)
        return self.polynomial(data), (0,) * len(self.bases)

    def number(self, value):
        return ({self.zero: Fraction(value)} if value else {}), (0,) * len(self.bases)

    def product(self, a, b):
        """Of polynomials."""
        found = {}
        for x, c in a.items():
            for y, d in b.items():
                key, value = tuple(i + j for i, j in zip(x, y)), c * d
                if self.root is not None and key[0] == 2:
                    key, value = (0,), value * self.root
                found[key] = found.get(key, 0) + value
        need(len(found) <= MOST_TERMS, "an expression has too many terms")
        return {k: c for k, c in found.items() if c}

    def times(self, a, b):
        return self.product(a[0], b[0]), tuple(x + y for x, y in zip(a[1], b[1]))

    def plus(self, a, b):
        powers, found = tuple(map(max, zip(a[1], b[1]))), {}
        for numerator, have in (a, b):
            for base, lacking in zip(self.bases, (w - h for w, h in zip(powers, have))):
                for _ in range(lacking):
                    numerator = self.product(numerator, base)
            for key, value in numerator.items():
                found[key] = found.get(key, 0) + value
        return {k: c for k, c in found.items() if c}, powers

    def minus(self, a, b):
        return self.plus(a, self.times(self.number(-1), b))

    def nonnegative(self, a, polya=0):
        """Whether a >= 0 for all positive values of the variables, as far as one can see: no
        coefficient is negative, at once or times (1 + sum of the variables)^polya; or, with one
        variable, there is no positive root (Sturm) and the value at 1 is positive."""
        p = a[0]
        if self.root is not None:
            x, y = p.get((0,), Fraction(0)), p.get((1,), Fraction(0))
            bigger, smaller = x * x >= y * y * self.root, x * x <= y * y * self.root
            return (x >= 0 and y >= 0) or (x >= 0 and bigger) or (y >= 0 and smaller)
        need(type(polya) is int and 0 <= polya <= 30, "bad Polya multiplier")
        units = [tuple(int(i == j) for j in range(self.size)) for i in range(self.size)]
        for _ in range(polya):
            p = self.product(p, {e: Fraction(1) for e in [self.zero, *units]})
        if all(c > 0 for c in p.values()):
            return True
        top = max((e[0] for e in p), default=0) if self.size == 1 else 0
        return self.size == 1 and positive([p.get((k,), Fraction(0)) for k in range(top + 1)])


def positive(p):
    """Whether a polynomial, lowest coefficient first, is positive on (0, infinity): its Sturm
    sequence has as many sign changes at 0 as at infinity, and it is positive at 1."""

    def trimmed(q):
        while q and not q[-1]:
            q = q[:-1]
        return q

    while p and not p[0]:  # a root at 0 is not in the open half line
        p = p[1:]
    if sum(p) <= 0:
        return False
    sequence = [p, trimmed([k * c for k, c in enumerate(p)][1:])]
    while sequence[-1]:
        rest, divisor = list(sequence[-2]), sequence[-1]
        while len(rest) >= len(divisor):
            factor = rest.pop() / divisor[-1]
            for k, c in enumerate(divisor[:-1]):
                rest[len(rest) - len(divisor) + 1 + k] -= factor * c
        sequence.append([-c for c in trimmed(rest)])

    def changes(values):
        signs = [v > 0 for v in values if v]
        return sum(a != b for a, b in zip(signs, signs[1:]))

    return changes([q[0] for q in sequence[:-1]]) == changes([q[-1] for q in sequence[:-1]])


# --------------------------------------------------------------------------- vectors and forms


def is_atom(key):
    return ATOM.fullmatch(key)


def is_monomial(key):
    if key == "1" or key.startswith("f:"):
        return key == "1" or NAME.fullmatch(key[2:])
    a, b = key.split("|")
    return is_atom(a) and is_atom(b) and a <= b and (a[0] == "~") == (b[0] == "~")


def linear(K, data, allowed):
    """A linear form {name: scalar} whose names are ``allowed``."""
    for key in fields(data, data):
        need(allowed(key), f"bad name {key!r:.60}")
    return {key: K.scalar(value) for key, value in data.items()}


def combine(K, *terms):
    """The sum of scalar times form."""
    total = {}
    for factor, form in terms:
        for key, value in form.items():
            total[key] = K.plus(total.get(key, K.number(0)), K.times(factor, value))
    return {key: value for key, value in total.items() if value[0]}


def inner(K, u, v):
    """The inner product; where atoms are random its expectation: "~a" has mean zero and an atom
    without the sign is constant, so that these two are orthogonal."""
    pairs = [(a, b) for a in u for b in v if (a[0] == "~") == (b[0] == "~")]
    return combine(K, *((u[a], {"|".join(sorted((a, b))): v[b]}) for a, b in pairs))


def hypothesis(K, mu, L, i, j):
    """A form that is <= 0 for the points i and j (x, gradient, value) of any function with
    mu |x|^2 / 2 <= f, in the sense of convexity, <= L |x|^2 / 2:

        2 (L - mu) (f_j - f_i + <g_j, x_i - x_j>) + |g_i - g_j|^2 + mu L |x_i - x_j|^2
            - 2 mu <x_i - x_j, g_i - g_j>

    (Taylor, Hendrickx and Glineur, Math. Program. 161, 2017, times 2 (L - mu) > 0); conversely,
    points for which all these are <= 0 belong to such a function. Without L:
    2 (f_j - f_i + <g_j, x_i - x_j>) + mu |x_i - x_j|^2.
    """
    (x_i, g_i, f_i), (x_j, g_j, f_j) = i, j
    one, minus, two = K.number(1), K.number(-1), K.number(2)
    dx, dg = combine(K, (one, x_i), (minus, x_j)), combine(K, (one, g_i), (minus, g_j))
    base = combine(K, (one, f_j), (minus, f_i), (one, inner(K, g_j, dx)))
    if L is None:
        return combine(K, (two, base), (mu, inner(K, dx, dx)))
    cross = K.times(K.number(-2), mu)
    smooth = (K.times(mu, L), inner(K, dx, dx)), (cross, inner(K, dx, dg))
    return combine(K, (K.times(two, K.minus(L, mu)), base), (one, inner(K, dg, dg)), *smooth)


def function_class(K, data):
    fields(data, ("mu", "L"))
    mu, L = K.scalar(data["mu"]), None if data["L"] is None else K.scalar(data["L"])
    gap = K.number(1) if L is None else K.minus(L, mu)
    need(gap[0] and K.nonnegative(gap), "L > mu is not visible")
    return mu, L


# ----------------------------------------------------------------------------- kinds of proof


def interpolation(K, statement, proof):
    """right - left = squares with weights >= 0 - multipliers times forms that are <= 0 (or = 0),
    as an identity in atoms and values. So left <= right for any points that fulfil the statement:
    each of its function, with the given x, with atoms of their own for gradient and value unless
    these are given, and with the printed assumptions."""
    named = ("kind", "variables", "denominators", "functions", "points", "assume", "claim")
    fields(statement, named, ("root",))
    classes = {n: function_class(K, c) for n, c in statement["functions"].items()}
    points, assumed = {}, {}
    for name, data in statement["points"].items():
        fields(data, ("function", "x"), ("g", "value"))
        need(data["function"] in classes and NAME.fullmatch(name), "a bad point")
        g = linear(K, data.get("g", {"g" + name: "1"}), is_atom)
        value = linear(K, data.get("value", {"f:" + name: "1"}), is_monomial)
        points[name] = data["function"], (linear(K, data["x"], is_atom), g, value)
    for name, data in statement["assume"].items():
        fields(data, ("form", "relation"))
        need(data["relation"] in ("<=0", "=0"), "a bad relation")
        assumed[name] = linear(K, data["form"], is_monomial), data["relation"] == "=0"
    claim = fields(statement["claim"], ("left", "right"))
    left, right = (linear(K, claim[side], is_monomial) for side in ("left", "right"))
    terms = [(K.number(1), right), (K.number(-1), left)]
    for item in fields(proof, ("multipliers", "squares"))["multipliers"]:
        fields(item, ("of", "value"), ("polya",))
        if type(item["of"]) is str:
            form, free = assumed[item["of"]]
        else:
            (f, i), (h, j) = (points[name] for name in item["of"])
            need(f == h and i is not j, "a pair is not two points of one function")
            form, free = hypothesis(K, *classes[f], i, j), False
        value = K.scalar(item["value"])
        sure = free or K.nonnegative(value, item.get("polya", 0))
        need(sure, f"the multiplier of {item['of']} may be negative")
        terms.append((value, form))
    for item in proof["squares"]:
        fields(item, ("weight", "vector"), ("polya",))
        weight, vector = K.scalar(item["weight"]), linear(K, item["vector"], is_atom)
        need(K.nonnegative(weight, item.get("polya", 0)), "the weight of a square may be negative")
        terms.append((K.times(K.number(-1), weight), inner(K, vector, vector)))
    rest = combine(K, *terms)
    need(not rest, f"the identity fails at {sorted(rest)[:1]}")
    return f"left <= right at {len(points)} points of {len(classes)} function(s)"


def cycle(K, statement, proof):
    """x_{k+1} = x_k - step g_k + momentum (x_k - x_{k-1}) goes round these points for ever, on a
    function of the class: points and gradients are given by coordinates, values by scalars; every
    pair fulfils its inequality (what it has to spare is visibly >= 0, or c d^2 for one of the
    proof's products with c visibly >= 0), so there is such a function; no gradient vanishes."""
    named = ("kind", "variables", "denominators", "function", "step", "momentum", "points")
    fields(statement, named, ("root",))
    fields(proof, ("polya", "products"))
    products = [[K.scalar(v) for v in pair] for pair in proof["products"]]
    mu, L = function_class(K, statement["function"])
    need(L is not None and len(statement["points"]) > 1, "no smooth class, or no two points")
    step, momentum = K.scalar(statement["step"]), K.scalar(statement["momentum"])
    points = []
    for data in statement["points"]:
        fields(data, ("x", "g", "value"))
        x, g = (linear(K, data[key], re.compile(r"e[1-9]").fullmatch) for key in "xg")
        both = [(c, K.minus(K.number(0), c)) for c in g.values() if c[0]]  # one of them is > 0
        need(any(K.nonnegative(a) or K.nonnegative(b) for a, b in both), "a gradient may vanish")
        points.append((x, g, {"1": K.scalar(data["value"])}))
    for i, j in permutations(points, 2):
        slack = K.number(0)
        for key, value in hypothesis(K, mu, L, i, j).items():  # the axes are orthonormal
            if key == "1" or key[:2] == key[3:]:
                slack = K.minus(slack, value)
        parts = [c for c, d in products if not K.minus(slack, K.times(c, K.times(d, d)))[0]]
        sure = any(K.nonnegative(c, proof["polya"]) for c in [slack, *parts])
        need(sure, "a pair may violate its inequality")
    for before, now, after in zip([points[-1], *points], points, [*points[1:], points[0]]):
        back = K.minus(K.number(-1), momentum)
        wanted = (K.number(1), after[0]), (back, now[0]), (step, now[1]), (momentum, before[0])
        need(not combine(K, *wanted), "the recursion fails")
    return f"the method cycles through {len(points)} points of a function of the class"


def telescoping(K, statement, proof):
    """A potential that never grows. ``step`` is an interpolation statement: its right side is the
    potential before step number ``counter``, its left side the one after it; with the atoms
    renamed by ``rename``, left is right with counter + 1. So for every n the potential after n
    steps is at most the one at counter = 0. The step's inequality holds for counter > 0 and, as no
    denominator vanishes there, by continuity for counter = 0."""
    fields(statement, ("kind", "variables", "denominators", "step", "counter", "rename"))
    step, names = statement["step"], statement["rename"]
    inherited = ("variables", "denominators")
    need(step["kind"] == "interpolation" and "root" not in step, "no step to repeat")
    need(all(step[key] == statement[key] for key in inherited), "the step is over another field")
    index = K.names.index(statement["counter"])
    need(all(any(not e[index] for e in base) for base in K.bases), "a denominator may vanish")
    interpolation(K, step, proof)
    need(len(set(names.values())) == len(names) and all(map(is_atom, names.values())), "bad names")
    left, right = (linear(K, step["claim"][side], is_monomial) for side in ("left", "right"))
    after = {}
    for key, value in left.items():
        prefix, atoms = ("f:", [key[2:]]) if key[:2] == "f:" else ("", key.split("|"))
        after["1" if key == "1" else prefix + "|".join(sorted(names[a] for a in atoms))] = value
    need(len(after) == len(left), "two monomials become one")
    next_one = {K.zero: Fraction(1), tuple(int(i == index) for i in range(K.size)): Fraction(1)}
    before = {}
    for key, (polynomial, powers) in right.items():
        need(not any(powers), "the potential has a denominator")
        shifted = K.number(0)
        for exponents, c in polynomial.items():
            term = {tuple(e * (i != index) for i, e in enumerate(exponents)): c}
            for _ in range(exponents[index]):
                term = K.product(term, next_one)
            shifted = K.plus(shifted, (term, powers))
        before[key] = shifted
    change = combine(K, (K.number(1), after), (K.number(-1), before))
    need(not change, "the potential changes its form")
    return "the potential never grows, whatever the number of steps"


KINDS = {"interpolation": interpolation, "cycle": cycle, "telescoping": telescoping}


# --------------------------------------------------------------------------------------- files


def sha256(statement):
    """The name of a statement."""
    text = json.dumps(statement, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parse(text):
    """The certificate in a text: no floats, no long integers, no field that is given twice."""

    def number(token):
        need(re.fullmatch(r"-?\d{1,6}", token), f"numbers are written as text, got {token:.30}")
        return int(token)

    def unique(pairs):
        need(len(dict(pairs)) == len(pairs), "a field is given twice")
        return dict(pairs)

    need(len(text) <= 5_000_000, "the file is too large")
    readers = {"parse_float": number, "parse_int": number, "parse_constant": number}
    return json.loads(text, object_pairs_hook=unique, **readers)


def check(text, wanted=None):
    """What the certificate in this text proves, as a sentence.

    Raises:
        Refused: it proves nothing, or not the wanted statement.
    """
    try:
        certificate = fields(parse(text), ("statement", "proof"))
        statement = certificate["statement"]
        name = sha256(statement)
        need(wanted in (None, name), f"this certificate is for another statement, {name}")
        K = Field(statement)
        said = KINDS[statement["kind"]](K, statement, certificate["proof"])
    except Refused:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as e:
        raise Refused(f"malformed: {type(e).__name__}: {e}") from None
    where = f"all {', '.join(K.names)} > 0" if K.names and K.root is None else "these numbers"
    return f"{statement['kind']}: {said}, for {where} [{name}]"


def main(arguments):
    wanted = None
    if "--statement" in arguments:
        at = arguments.index("--statement")
        wanted = "".join(arguments[at + 1 : at + 2])
        del arguments[at : at + 2]
    status = 0
    for path in arguments:
        try:
            with open(path, encoding="utf-8") as file:
                print("accepted", path, check(file.read(), wanted))
        except (Refused, OSError, UnicodeDecodeError) as error:
            status = 1
            print("REFUSED", path, error)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
