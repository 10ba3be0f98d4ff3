"""The walk over a cohort's day against an oracle in fractions that shares no line with it."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgers.release import CLASSES, Change, Figures, Posted, Terms, released_to_date, walk

MONEY = st.decimals(min_value=0, max_value=1000, places=6)
CENT = Fraction(1, 100)


def cents(amount: Fraction) -> Fraction:
    """Half away from zero, to hundredths."""
    shifted = abs(amount) * 100 + Fraction(1, 2)
    return (1 if amount >= 0 else -1) * Fraction(shifted.numerator // shifted.denominator, 100)


def oracle(d: Fraction, r: Fraction, e: Fraction, rate: Fraction, breakage: str) -> Fraction:
    if breakage == "remote":
        return r + e
    whole = max(r, min(rate * d, d - e))
    return d * r / whole if whole else (d if d == e else Fraction(0))


def fraction(value: Decimal) -> Fraction:
    return Fraction(str(value))


@st.composite
def days(draw: st.DrawFn) -> tuple[Figures, Terms, Decimal, list[Change]]:
    """A cohort whose takings never exceed what is open, and a day of issues, takings and an optional new rate."""
    open_, redeemed, expired = draw(MONEY), draw(MONEY), draw(MONEY)
    opening = Figures(open_ + redeemed + expired, redeemed, expired, open_, Decimal(0), Decimal(0))
    rates = st.decimals(min_value=0, max_value=1, places=3)
    breakage = draw(st.sampled_from(["proportional", "remote", "escheat"]))
    terms = Terms(draw(rates), breakage, 2, Decimal("0.0125"))
    changes = []
    left = open_
    for group in sorted(draw(st.sets(st.integers(1, 8)))):
        part = draw(st.integers(0, 100))
        units = Decimal(part)
        if group in (1, 3, 4):
            issued = draw(MONEY)
            left += issued
            changes.append(Change(group, {1: "accrued", 3: "adjusted", 4: "transferred"}[group], Figures(issued=issued, issued_points=units)))
        elif group == 2:
            back = (redeemed * part / 100).quantize(Decimal("0.000001"))
            left += back
            redeemed -= back
            changes.append(Change(group, "reversed", Figures(redeemed=-back)))
        else:
            taken = (left * part / 100).quantize(Decimal("0.000001"))
            left -= taken
            figures = {5: Figures(redeemed=taken, redeemed_points=units), 8: Figures(expired=taken)}.get(group, Figures(issued=-taken))
            changes.append(Change(group, {5: "redeemed", 6: "reversed", 7: "adjusted", 8: "expired"}[group], figures))
    return opening, terms, draw(rates), changes


@settings(max_examples=300, deadline=None, derandomize=True)
@given(days())
def test_the_walk_agrees_with_the_oracle(day: tuple[Figures, Terms, Decimal, list[Change]]) -> None:
    opening, terms, yesterdays_rate, changes = day
    d, r, e = (fraction(x) for x in (opening.issued, opening.redeemed, opening.expired))
    rate = fraction(terms.rate)
    booked = cents(oracle(d, r, e, fraction(yesterdays_rate), terms.breakage))
    steps, figures, closing = walk(opening, Posted(_decimal(cents(d)), _decimal(booked), Decimal(0)), terms, changes)

    expected: dict[str, Fraction] = {}
    last = booked
    for group in range(9):
        of_group = [c for c in changes if c.group_no == group]
        d += sum(fraction(c.figures.issued) for c in of_group)
        r += sum(fraction(c.figures.redeemed) for c in of_group)
        e += sum(fraction(c.figures.expired) for c in of_group)
        if group == 0 or of_group:
            now = cents(oracle(d, r, e, rate, terms.breakage))
            name = {2: "reversed", 5: "redeemed", 8: "expired"}.get(group, "re_estimated")
            expected[name] = expected.get(name, Fraction(0)) + now - last
            last = now

    found: dict[str, Fraction] = {}
    for step in steps:
        if step.part == "release":
            found[step.movement_class] = found.get(step.movement_class, Fraction(0)) + fraction(step.amount)
    assert {k: v for k, v in found.items() if v} == {k: v for k, v in expected.items() if v}
    assert (fraction(closing.issued), fraction(closing.released)) == (cents(d), last)
    assert (fraction(figures.issued), fraction(figures.redeemed), fraction(figures.expired)) == (d, r, e)
    assert fraction(closing.issued) == cents(fraction(opening.issued)) + sum(fraction(s.amount) for s in steps if s.part == "issue")
    assert closing.cost == sum((s.amount for s in steps if s.part == "cost"), Decimal(0))


def _decimal(amount: Fraction) -> Decimal:
    return Decimal(int(amount * 100)).scaleb(-2)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(MONEY, MONEY, MONEY, st.decimals(min_value=0, max_value=1, places=3))
def test_the_liability_stays_between_nothing_and_the_deferral(open_: Decimal, redeemed: Decimal, expired: Decimal, rate: Decimal) -> None:
    issued = open_ + redeemed + expired
    released = released_to_date(Figures(issued, redeemed, expired), Terms(rate, "proportional", 2))
    assert 0 <= released <= issued + Decimal("1e-40")
    if open_ == 0 and redeemed + expired > 0:
        assert abs(released - issued) < Decimal("1e-40"), "nothing is owed once everything is redeemed or expired"


def test_every_class_has_its_place() -> None:
    assert set(CLASSES) == {"accrued", "reversed", "adjusted", "transferred", "redeemed", "expired"}
