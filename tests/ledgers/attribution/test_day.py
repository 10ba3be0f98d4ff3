"""A day as a whole: the same bytes whatever the threads, row order or schedule, and a member with very many events."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.sql import Session
from ledgers.attribution import attribute, invariants
from tests.fold import Fold, books_rows, programme
from tests.ledgers.attribution.histories import DAYS, History

DAY = date(2026, 1, 5)
_MADE = ("lot_issue", "lot_movement")


def _run(seed: int, *, threads: int, shuffle: bool, scheduled: bool) -> list[Any]:
    history, order = History(seed, members=3, busiest=25), Random(seed + 1)
    fold = Fold(books_rows(programme()), threads=threads)
    for day in DAYS[2:5]:
        events = history.day(day)
        if shuffle:
            order.shuffle(events)
        if not scheduled:
            fold.made.pop("lot_schedule", None)
        fold.day(day, events, [attribute])
    return [sorted(fold.made.get(t, []), key=lambda r: (r["business_date"], r.get("sequence", 0), r["lot_id"], r["global_id"])) for t in _MADE]


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 2**32))
def test_threads_row_order_and_the_month_end_schedule_change_nothing(seed: int) -> None:
    plain = _run(seed, threads=1, shuffle=False, scheduled=True)
    assert _run(seed, threads=2, shuffle=True, scheduled=False) == plain


def _event(event_id: str, kind: str, points: int, second: int, **more: Any) -> dict[str, Any]:
    at = datetime(2026, 1, 5, 8, second // 60 % 60, second % 60, tzinfo=UTC)
    base = {"event_id": event_id, "programme_id": "p1", "member_id": "m", "global_id": "m", "kind": kind, "points": Decimal(points)}
    return {**base, "occurred_at": at, "effective_date": DAY, **more}


def _solvent(moves: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """Events of members who never take more than they have by then: instants come twice, ids in no order of time."""
    have: dict[str, int] = {}
    events = []
    for n, (member, kind, units) in enumerate(moves):
        units = units if kind != "redemption" else -min(units, have.get(member, 0))
        have[member] = have.get(member, 0) + units
        paid = {"transaction_amount": Decimal(units) / 7} if kind == "accrual" and n % 3 else {}
        events.append(_event(f"{'cab'[n % 3]}{n}", kind, units, n // 2, member_id=member, global_id=member, **paid))
    return [e for e in events if e["points"]]


_MOVES = st.tuples(st.sampled_from("mno"), st.sampled_from(["accrual", "accrual", "redemption", "adjustment"]), st.integers(1, 40))


@settings(max_examples=4, deadline=None)
@given(st.lists(_MOVES, min_size=20, max_size=60), st.sampled_from(["fifo", "lifo", "expiring_first"]))
def test_lots_opened_at_once_are_those_opened_step_by_step(moves: list[tuple[str, str, int]], policy: str) -> None:
    """One debtor of another programme lets every lot of the day come in by way of repayment; nobody else may notice."""
    made = []
    for is_owed in (False, True):
        fold = Fold(books_rows(programme(lot_policy=policy), programme(id="p2")))
        fold.day(DAY - timedelta(days=1), [_event("z", "redemption", -1, 0, programme_id="p2")] if is_owed else [], [attribute])
        fold.day(DAY, [*_solvent(moves), *([_event("zz", "redemption", -1, 0, programme_id="p2")] if is_owed else [])], [attribute])
        kept = {t: [r for r in fold.made[t] if r["programme_id"] == "p1"] for t in _MADE}
        moved = sorted(kept["lot_movement"], key=lambda r: r["sequence"])
        made.append((sorted(kept["lot_issue"], key=lambda r: r["lot_id"]), [{k: v for k, v in r.items() if k != "sequence"} for r in moved]))
    assert made[0] == made[1]
    assert [r["event_id"] for r in made[0][1] if r["group_no"] == 1] == [e["event_id"] for e in sorted(_accruals(moves), key=_at)]


def _accruals(moves: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    return [e for e in _solvent(moves) if e["kind"] == "accrual"]


def _at(event: dict[str, Any]) -> tuple[datetime, str]:
    return event["occurred_at"], event["event_id"]


def test_ten_thousand_events_of_one_member_in_one_day() -> None:
    n = 2_500
    events = [_event(f"a{i:05}", "accrual", 10, i) for i in range(n)]
    events += [_event(f"r{i:05}", "redemption", -5, i) for i in range(n)]
    events += [_event(f"x{i:05}", "reversal", -10, i, reverses_event_id=f"a{i:05}") for i in range(n)]
    events += [_event(f"t{i:05}", "transfer_in", 1, i, transfer_id=f"t{i}") for i in range(n)]

    def look(session: Session) -> tuple[list[str], int, Decimal]:
        arrears = session.value("select sum(points) from lot_movement where lot_id like 'ARREARS/%'")
        return invariants(session, DAY), session.value("select count(distinct event_id) from lot_movement"), arrears

    assert Fold(books_rows(programme())).day(DAY, events, [attribute], look=look) == ([], 4 * n, Decimal(n * (10 + 1 - 5 - 10)))
