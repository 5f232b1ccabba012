"""Coin betting with the Krichevsky-Trofimov fraction: subgradient descent without a step size.

Orabona and Pal, "Coin betting and parameter-free online learning", NeurIPS 2016. Here one bettor for every
entry of x, with the full gradient; their method in several dimensions bets on the vector. The bets are those
of the paper for |g_i| <= ``bound``.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.vocabulary import axpy, gradient, put, value


class BetsAndWealth(NamedTuple):
    x: Any
    origin: Any  # where it started: the bet is x - origin
    heads: Any  # the sum of the coins, each minus the gradient over its bound
    wealth: Any
    clock: Any


@method(state=BetsAndWealth, degrees=(0, 0, 0, 0, 0))
class CoinBetting(NamedTuple):
    r"""With the coins $c_s = -g_s / G$ and the wealth $w_t = w_0 + \sum_{s < t} c_s (x_s - x_1)$ the bet is
    $x_t = x_1 + \frac{w_t}{t} \sum_{s < t} c_s$, entry by entry; $w_0$ = ``wealth``, $G$ = ``bound``."""

    wealth: Any = sp.Integer(1)
    bound: Any = sp.Integer(1)

    def start(self, problem: Any, x: Any) -> BetsAndWealth:
        return BetsAndWealth(x, x * 1, x * 0, x * 0 + self.wealth, x[:, :1] * 0 + 1)

    def update(self, problem: Any, state: BetsAndWealth, i: Any) -> None:
        coin = -gradient(problem, state.x) / self.bound
        t = value(state.clock) + 1
        put(state.clock, t)
        axpy(state.wealth, 1, coin * (state.x - state.origin))
        axpy(state.heads, 1, coin)
        put(state.x, state.origin + state.wealth * state.heads / t)
