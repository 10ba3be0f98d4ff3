"""Chain ladder, tail, Bornhuetter-Ferguson: how many units of each cohort will ever be redeemed, from how many were by each age.

Pure and exact: a triangle of decimals in, decimals out, at 60 digits; no SQL, no programme. Which cohorts make a triangle and
what is done with an estimate belongs to `urr`. Methods: Mack (1993) for the volume-weighted factors, an exponential decay fitted to the
development for the tail, Bornhuetter and Ferguson (1972) for cohorts too young to speak for themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from core.money import EXACT

ONE, ZERO = Decimal(1), Decimal(0)
Triangle = Sequence[Sequence[Decimal]]
"""Cumulative figures: one row a cohort, oldest first; column n is age n. Later cohorts have fewer columns."""
LONGEST_TAIL = 240
"""Ages a fitted tail is followed for where points never expire: twenty years of months."""
NEGLIGIBLE = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Development:
    """Age-to-age factors, the tail beyond the last of them, and from each age to ultimate."""

    factors: tuple[Decimal, ...]
    tail: Decimal

    @property
    def to_ultimate(self) -> tuple[Decimal, ...]:
        """Factor from age n to ultimate; the last is the tail."""
        found = [self.tail]
        with localcontext(EXACT):
            for factor in reversed(self.factors):
                found.append(found[-1] * factor)
        return tuple(reversed(found))


def factors(triangle: Triangle) -> tuple[Decimal, ...]:
    """Volume-weighted age-to-age factors: sum of the next age over sum of this age, of the cohorts that have both. An age without volume: 1."""
    ages = max((len(row) for row in triangle), default=0)
    found = []
    with localcontext(EXACT):
        for age in range(ages - 1):
            both = [row for row in triangle if len(row) > age + 1]
            before = sum((row[age] for row in both), ZERO)
            found.append(sum((row[age + 1] for row in both), ZERO) / before if before > 0 else ONE)
    return tuple(found)


def fitted_tail(development: Sequence[Decimal], last_age: int | None = None) -> Decimal:
    """What still comes after the last factor: f(n) - 1 = a x exp(b x n), least squares on the logarithms of the factors above 1.

    `last_age` is the age at which points expire: no development beyond it. 1 where the last factor has
    ended at 1, fewer than two are above it, or they do not decay.
    """
    observed = [(Decimal(n), (f - 1).ln(EXACT)) for n, f in enumerate(development) if f > 1]
    first = len(development)
    end = LONGEST_TAIL if last_age is None else min(last_age, LONGEST_TAIL)
    if len(observed) < 2 or development[-1] <= 1 or first >= end:
        return ONE
    with localcontext(EXACT):
        count = Decimal(len(observed))
        mean_n, mean_y = sum((n for n, _ in observed), ZERO) / count, sum((y for _, y in observed), ZERO) / count
        slope = sum(((n - mean_n) * (y - mean_y) for n, y in observed), ZERO) / sum(((n - mean_n) ** 2 for n, _ in observed), ZERO)
        if slope >= 0:
            return ONE
        tail = ONE
        for age in range(first, end):
            step = (mean_y + slope * (Decimal(age) - mean_n)).exp()
            if step < NEGLIGIBLE:
                break
            tail *= 1 + step
        return tail


def develop(triangle: Triangle, tail: Decimal | None = None, last_age: int | None = None) -> Development:
    """The development of a triangle; without a `tail` of your own it is fitted."""
    found = factors(triangle)
    return Development(found, fitted_tail(found, last_age) if tail is None else tail)


def chain_ladder(latest: Decimal, age: int, development: Development) -> Decimal:
    """Ultimate = latest x factor from its age to ultimate; beyond the observed ages the latest is the ultimate."""
    to_ultimate = development.to_ultimate
    with localcontext(EXACT):
        return latest * (to_ultimate[age] if age < len(to_ultimate) else ONE)


def bornhuetter_ferguson(latest: Decimal, age: int, development: Development, expected: Decimal) -> Decimal:
    """Ultimate = latest + what is still expected of the prior: expected x (1 - 1 / factor to ultimate)."""
    with localcontext(EXACT):
        return latest + expected * (1 - developed(age, development))


def developed(age: int, development: Development) -> Decimal:
    """Share of the ultimate that is redeemed by an age: 1 / factor to ultimate."""
    to_ultimate = development.to_ultimate
    with localcontext(EXACT):
        return ONE / to_ultimate[age] if age < len(to_ultimate) and to_ultimate[age] > 0 else ONE


def without_latest(triangle: Triangle, diagonals: int) -> list[list[Decimal]]:
    """The triangle as it was known some periods ago: the latest diagonals taken off, cohorts that did not exist yet left out."""
    shorter = [list(row[: len(row) - diagonals]) for row in triangle]
    return [row for row in shorter if row]
