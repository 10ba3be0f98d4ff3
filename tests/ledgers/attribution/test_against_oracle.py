"""The SQL against the plain-Python oracle on random histories, day by day: every movement and every open lot."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.sql import Session
from ledgers import journal, valuation
from ledgers.attribution import attribute, invariants
from ledgers.lots import lot_state
from tests.fold import Fold, books_rows, programme
from tests.ledgers.attribution.histories import DAYS, History
from tests.ledgers.attribution.oracle import Oracle

POLICIES = ("expiring_first", "fifo", "lifo", "subtype_sequence", "weighted_average", "source_trace")
RESTORED = (("expire", None, "from_earning"), ("grace:3", None, "from_earning"), ("new_expiry", None, "from_earning"), ("new_expiry", 1, "from_last_activity"))
SEQUENCE = ("bonus", "purchase")
_MOVED = "select event_id, taking_event_id, lot_id, global_id, sum(points) as points, sum(deferral) as deferral from lot_movement group by all"
_OPEN = """select lot_id, global_id, earn_class, earned_on, expires_on, points, remaining_points, deferral, remaining_deferral
from lot_position where remaining_points <> 0"""


def _expected_movements(rows: Any) -> dict[tuple[Any, ...], tuple[Decimal, Decimal]]:
    total: dict[tuple[Any, ...], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for row in rows:
        key = (row.event_id, row.taking_event_id, row.lot_id, row.holder)
        total[key] = (total[key][0] + row.points, total[key][1] + row.deferral)
    return dict(total)


def _expected_lots(oracle: Oracle) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {key: (x.earn_class, x.earned_on, x.expires_on, x.points, x.left, x.deferral, x.carries(x.left)) for key, x in oracle.lots.items() if x.left != 0}


def _value(session: Session, day: date) -> None:
    journal.post(session, day, is_translated=valuation.value(session, day))


def _look(session: Session, day: date, is_valued: bool) -> tuple[list[str], Any, Any]:
    violations = invariants(session, day) + (valuation.invariants(session, day) if is_valued else [])
    lot_state(session, day)
    moved = {(r["event_id"], r["taking_event_id"], r["lot_id"], r["global_id"]): (r["points"], r["deferral"]) for r in session.fetch(_MOVED)}
    held = {(r["lot_id"], r["global_id"]): tuple(r.values())[2:] for r in session.fetch(_OPEN)}
    return violations, moved, held


def check(seed: int, *, programmes: int = 12, members: int = 3, busiest: int = 8, shuffled: bool = False, valued: bool = False) -> None:
    """Histories of several programmes with the same members, both ways, compared after each day.

    `shuffled`: the days are closed once more from shuffled rows, on one thread. `valued`: they are valued too, so that entries balance, roll-forwards foot.
    """
    ids = [f"p{n}" for n in range(programmes)]
    policies = {p: POLICIES[n % len(POLICIES)] for n, p in enumerate(ids)}
    restored = {p: RESTORED[n % len(RESTORED)] for n, p in enumerate(ids)}
    rules = {p: {"restore_expired": how, "expiry": {"kind": kind} | ({"months": months} if months else {})} for p, (how, months, kind) in restored.items()}
    books = books_rows(*(programme(id=p, lot_policy=policies[p], earn_class_sequence=SEQUENCE, **rules[p]) for p in ids))
    folds = [Fold(books), Fold(books, threads=1)] if shuffled else [Fold(books)]
    histories = {p: History(seed + n, programme_id=p, members=members, busiest=busiest) for n, p in enumerate(ids)}
    oracles = {p: Oracle(policy=policies[p], sequence=SEQUENCE, restore_expired=restored[p][0], months=restored[p][1]) for p in ids}
    for day in DAYS:
        events = {p: histories[p].day(day) for p in ids}
        traces = {p: histories[p].traces() for p in ids}
        expected = _expected_movements(row for p in ids for row in oracles[p].day(events[p], traces[p]))
        open_lots = {k: v for p in ids for k, v in _expected_lots(oracles[p]).items()}
        for fold in folds:
            order = Random(seed).sample if fold is not folds[0] else lambda rows, _: rows
            named, entering = [t for p in ids for t in traces[p]], [e for p in ids for e in events[p]]
            fold.enter(day, "lot_trace", order(named, len(named)))
            violations, moved, held = fold.day(
                day, order(entering, len(entering)), [attribute, _value] if valued else [attribute], look=lambda s, d=day: _look(s, d, valued)
            )
            assert violations == [], (seed, day, violations)
            assert moved == expected, (seed, day)
            assert held == open_lots, (seed, day)


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_every_day_of_random_histories_equals_the_oracle(seed: int) -> None:
    check(seed)
