"""Whole valued days over random histories: units and money conserved, shares exact, no dependence on row order or threads.

The histories come from a plain first-in-first-out simulation of this file; the money of a cohort from fractions.
"""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledgers.valuation.test_release_properties import cents, oracle
from tests.ledgers.valuation.valued_day import SubLedger

START = date(2026, 1, 30)
ACTIONS = st.lists(
    st.tuples(st.sampled_from(["accrue", "redeem", "give_back", "take_back", "expire"]), st.integers(1, 400), st.integers(0, 99_999)), min_size=1, max_size=6
)
GROUP = {"accrue": 1, "give_back": 2, "redeem": 5, "take_back": 6, "expire": 8}


class Simulation:
    """One member, lots first in first out; writes events and lot movements into a SubLedger."""

    def __init__(self, books: SubLedger) -> None:
        self.books = books
        self.lots: dict[str, list[Any]] = {}
        """lot -> [open units, open deferral, cohort]"""
        self.taken: dict[str, list[tuple[str, int, Decimal]]] = {}
        self.count = 0

    def day(self, on: date, actions: list[tuple[str, int, int]]) -> None:
        given_back: set[str] = set()
        for kind, units, seed in sorted(actions, key=lambda a: GROUP[a[0]]):
            self.count += 1
            name = f"{kind}-{self.count:03d}"
            if kind == "accrue":
                deferral = Decimal(seed).scaleb(-3)
                self.books.event(name, "accrual", str(units), on)
                self.lots[name] = [units, deferral, f"{on:%Y-%m}"]
                self.books.move(1, name, name, str(units), str(deferral), cohort=f"{on:%Y-%m}")
            elif kind == "give_back":
                self._give_back(name, on, given_back)
            else:
                self._take(name, kind, units, on)

    def _take(self, name: str, kind: str, units: int, on: date) -> None:
        word, taking = {"redeem": ("redemption", "redemption"), "expire": ("expiry", "expiry"), "take_back": ("reversal", "reversal")}[kind]
        units = min(units, sum(lot[0] for lot in self.lots.values()))
        if units:
            self.books.event(name, word, str(-units), on)
        for lot, (open_units, open_deferral, cohort) in list(self.lots.items()):
            part = min(units, open_units)
            if part:
                deferral = open_deferral if part == open_units else (open_deferral * part / open_units).quantize(Decimal("1e-12"))
                self.lots[lot] = [open_units - part, open_deferral - deferral, cohort]
                units -= part
                self.books.move(GROUP[kind], name, lot, str(-part), str(-deferral), cohort=cohort, taking=(name, taking))
                self.taken.setdefault(name, []).append((lot, part, deferral))

    def _give_back(self, name: str, on: date, done: set[str]) -> None:
        earlier = next((r for r in sorted(self.taken) if r.startswith("redeem") and r not in done and self.taken[r]), None)
        if earlier is None:
            return
        done.add(earlier)
        lot, part, deferral = self.taken[earlier].pop()
        self.books.event(name, "reversal", str(part), on, reverses_event_id=earlier)
        self.lots[lot] = [self.lots[lot][0] + part, self.lots[lot][1] + deferral, self.lots[lot][2]]
        self.books.move(2, name, lot, str(part), str(deferral), cohort=self.lots[lot][2], taking=(earlier, "redemption"))


def expected_liability(books: SubLedger, cohort: str, rate: Fraction) -> Fraction:
    """D less release to date of a cohort, from its stored figures, in fractions."""
    row = next(r for r in books.made["cohort_state"] if r["cohort"] == cohort)
    d, r, e = (Fraction(str(row[c])) for c in ("issued_deferral", "redeemed_deferral", "expired_deferral"))
    return cents(d) - cents(oracle(d, r, e, rate, "proportional"))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.lists(ACTIONS, min_size=2, max_size=3), st.sampled_from(["0.5", "0.8", "1"]))
def test_days_conserve_units_and_money(history: list[list[tuple[str, int, int]]], new_rate: str) -> None:
    books = SubLedger(urr=[(date(2026, 1, 1), "0.9", "", ""), (START + timedelta(1), new_rate, "", "")])
    simulation = Simulation(books)
    value_of: dict[str, Decimal] = {}
    units_of: dict[str, Decimal] = {}
    for n, actions in enumerate(history):
        on = START + timedelta(n)
        simulation.day(on, actions)
        again = SubLedger(urr=books.urr, events=books.events, prior=books.prior, moves=books.moves, threads=1).close(on, shuffled=True)
        made = books.close(on)  # its invariants: footing, balance, sources, conservation
        assert again == made, "neither the order of rows nor the number of threads matters"

        open_units = {c: sum(lot[0] for lot in simulation.lots.values() if lot[2] == c) for c in ("2026-01", "2026-02")}
        for row in (r for r in made["roll_forward"] if r["measure"] == "deferred"):
            assert row["closing_points"] == open_units[row["cohort"]]
            rate = Fraction(new_rate) if n else Fraction(9, 10)
            assert Fraction(str(row["closing_amount"])) == expected_liability(books, row["cohort"], rate)

        for group, sign in ((5, 1), (2, -1)):
            posted = sum(m["released_amount"] for m in made["cohort_movement"] if m["group_no"] == group)
            assert posted == sum(a["released_amount"] for a in made["allocation_draft"] if a["points"] * sign > 0)
        for row in made["allocation_draft"]:
            name = row["redemption_event_id"]
            value_of[name] = value_of.get(name, Decimal(0)) + row["redemption_value"]
            units_of[name] = units_of.get(name, Decimal(0)) + row["points"]
        for name, units in units_of.items():
            assert units == sum(part for _, part, _ in simulation.taken[name])
            assert value_of[name] == units * Decimal("0.01")
