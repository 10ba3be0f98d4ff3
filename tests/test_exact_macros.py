"""The arithmetic every rule stands on, against Python's exact fractions: halves, signs, zeros and the largest figures the columns hold."""

import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.sql import Limits, Session

HUGE = 2**127 - 1
whole = st.integers(-(10**37), 10**37)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session(Limits(folders=(Path("/nonexistent"),), threads=1)) as opened:
        yield opened


def half_up(value: Fraction) -> int:
    """Half away from zero."""
    nearest = math.floor(abs(value) + Fraction(1, 2))
    return nearest if value >= 0 else -nearest


@given(n=whole, d=whole.filter(bool))
@example(n=5, d=-2)
@example(n=-5, d=10)
@example(n=10**37, d=1)
@example(n=0, d=-7)
def test_a_quotient_is_rounded_half_away_from_zero(session: Session, n: int, d: int) -> None:
    assert session.value("select div_half_up($n::hugeint, $d::hugeint)", n=str(n), d=str(d)) == half_up(Fraction(n, d))


@given(amount=st.integers(-(10**20), 10**20), whole_units=st.integers(0, 10**17), part=st.integers(0, 10**17))
@example(amount=10**20, whole_units=10**17, part=10**17)
@example(amount=1, whole_units=2, part=1)
@example(amount=5, whole_units=0, part=0)
def test_a_share_is_exact_at_four_places(session: Session, amount: int, whole_units: int, part: int) -> None:
    part = min(part, whole_units)
    (row,) = session.fetch(
        "select share_of($a::decimal(38, 4), $p::hugeint, $w::hugeint) as money, share_units(units4($a::decimal(38, 4)), $p::hugeint, $w::hugeint) as units",
        a=str(Decimal(amount).scaleb(-4)), p=str(part), w=str(whole_units),
    )  # fmt: skip
    expected = half_up(Fraction(amount * part, whole_units)) if whole_units else 0
    assert (row["money"], row["units"]) == (Decimal(expected).scaleb(-4), expected)


@given(amount=st.integers(0, 5 * 10**18), part=st.integers(0, 10**13), whole_units=st.one_of(st.integers(1, 10**5), st.integers(1, 3 * 10**12)))
@example(amount=4 * 10**18, part=2 * 10**12, whole_units=2 * 10**12)
@example(amount=4 * 10**18 - 1, part=2 * 10**12 - 1, whole_units=2 * 10**12)
@example(amount=4 * 10**18 + 1, part=2 * 10**12, whole_units=2 * 10**12 + 1)
@example(amount=1, part=1, whole_units=2)
@example(amount=-1, part=1, whole_units=2)
@example(amount=10**12, part=3, whole_units=2)
@example(amount=10**26 - 1, part=10**18 - 3, whole_units=10**18 - 1)
@example(amount=-(10**26) + 7, part=10**18 - 1, whole_units=10**18 - 1)
@example(amount=25 * 10**23 + 1, part=4 * 10**15 + 1, whole_units=25 * 10**15)
def test_a_share_by_short_numbers_is_the_share_by_long_ones(session: Session, amount: int, part: int, whole_units: int) -> None:
    made = session.value("select quick_share($n::hugeint, $p::hugeint, $w::hugeint)", n=str(amount), p=str(part), w=str(whole_units))
    assert made == half_up(Fraction(amount * part, whole_units))


@given(amount=st.integers(0, 10**18), weights=st.lists(st.integers(1, 10**26), min_size=1, max_size=5))
@example(amount=10**18, weights=[10**26])
@example(amount=25 * 10**15, weights=[10**24, 24 * 10**23])
@example(amount=9 * 10**13, weights=[10**22, 1])
def test_shares_by_the_longest_weights_add_up_and_are_within_their_last_place(session: Session, amount: int, weights: list[int]) -> None:
    """Liabilities beyond ten thousand million units of money (won, rupiah): weights of 12 places times the money would not fit."""
    ends = [sum(weights[:n]) for n in range(len(weights) + 1)]
    amount = min(amount, ends[-1] // 10**8)  # what is owed never exceeds what was deferred
    found = session.fetch(
        "select share_of($a::decimal(38, 4), unnest($ends::varchar[])::hugeint, $w::hugeint) as money",
        a=str(Decimal(amount).scaleb(-4)), ends=[str(e) for e in ends], w=str(ends[-1]),
    )  # fmt: skip
    money = [r["money"].scaleb(4) for r in found]
    assert (money[0], money[-1]) == (0, amount)
    assert all(abs(Fraction(m) - Fraction(amount * e, ends[-1])) <= 2 for m, e in zip(money, ends, strict=True))


@given(units=st.integers(-(10**38) + 1, 10**38 - 1))
def test_an_amount_and_its_count_of_ten_thousandths_are_one_number(session: Session, units: int) -> None:
    text = f"{'-' if units < 0 else ''}{abs(units) // 10**4}.{abs(units) % 10**4:04}"
    (row,) = session.fetch("select units4($a::decimal(38, 4)) as units, from_units4($n::hugeint)::varchar as amount", a=text, n=str(units))
    assert (row["units"], row["amount"].removeprefix("-")) == (units, text.removeprefix("-"))


def test_the_quick_count_of_ten_thousandths_is_the_same_beside_figures_it_cannot_hold(session: Session) -> None:
    (row,) = session.fetch(
        """with amounts as (
            select unnest([(i * 12345 + 0.0001)::decimal(38, 4), -i::decimal(38, 4), 1e9::decimal(38, 4), -1e9::decimal(38, 4), 1000000000.0001::decimal(38, 4),
                i::decimal(38, 4) * 9999999999999999999999999999::decimal(28, 0), null]) as a
            from range(200000) t(i)
        )
        select count(*) as figures, count(*) filter (quick_units4(a) is distinct from units4(a)) as differ,
            count(*) filter (quick_units4(try_cast(a as decimal(18, 4))) is distinct from units4(try_cast(a as decimal(18, 4)))) as differ_short
        from amounts"""
    )
    assert row == {"figures": 1_400_000, "differ": 0, "differ_short": 0}


@pytest.mark.parametrize(("n", "d"), [(HUGE, 1), (-HUGE, 3), (10**38, HUGE)])
def test_what_does_not_fit_is_refused_never_wrapped(session: Session, n: int, d: int) -> None:
    with pytest.raises(duckdb.OutOfRangeException):
        session.value("select div_half_up($n::hugeint, $d::hugeint)", n=str(n), d=str(d))
