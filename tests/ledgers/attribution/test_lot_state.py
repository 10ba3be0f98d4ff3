"""The state `lot` at the close: what is shown, how a cohort's liability and cost are shared, and the entry of the accrual."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from core.schema import table
from core.sql import Session
from ledgers.attribution import attribute
from ledgers.lots import lot_state
from tests.fold import Fold, books_rows, programme

JAN_5, JAN_6 = date(2026, 1, 5), date(2026, 1, 6)
COHORT = {"company_id": "1000", "programme_id": "p1", "currency": "USD", "earn_class": "purchase", "cohort": "2026-01"}


def _event(event_id: str, kind: str, points: int, day: date, **more: Any) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    base = {"event_id": event_id, "programme_id": "p1", "member_id": "m", "global_id": "m", "kind": kind, "points": Decimal(points)}
    return {**base, "occurred_at": at, "effective_date": day, **more}


def _owed(session: Session, _day: date) -> None:
    purchase = {**COHORT, "issued_amount": Decimal("1.00"), "released_amount": Decimal("0.00"), "cost_owed_amount": Decimal(0)}
    bonus = {**COHORT, "earn_class": "bonus", "issued_amount": Decimal(0), "released_amount": Decimal(0), "cost_owed_amount": Decimal("0.10")}
    session.rows("cohort_state", table("cohort_state"), [purchase, bonus])


def _linked(session: Session, _day: date) -> None:
    session.rows("ledger_link", table("ledger_link"), [{"pair": "event_ledger", "event_id": "a", "ledger_refs": "L/1/D/2"}])


def _lots(session: Session) -> dict[str, dict[str, Any]]:
    return {r["lot_id"]: r for r in session.fetch("select * from lot order by lot_id")}


def test_the_lots_of_a_cohort_share_what_it_owes_and_add_up() -> None:
    fold = Fold(books_rows(programme(free_points="accrue_cost", cost_per_point="0.01")))
    lots = [_event(i, "accrual", 10, JAN_5, transaction_amount=Decimal(100)) for i in "abc"] + [_event("f", "accrual", 10, JAN_5)]
    shown = fold.day(JAN_5, lots, [attribute, _owed, _linked, lot_state], look=_lots)
    assert [shown[i]["remaining_amount"] for i in "abc"] == [Decimal("0.3333"), Decimal("0.3334"), Decimal("0.3333")]
    assert (shown["f"]["remaining_amount"], shown["f"]["remaining_cost"], shown["f"]["cost_amount"]) == (Decimal(0), Decimal("0.1"), Decimal("0.1"))
    assert (shown["a"]["ledger_ref"], shown["b"]["ledger_ref"]) == ("L/1/D/2", "")


def test_a_lot_is_shown_while_it_is_open_and_on_the_day_it_is_used_up() -> None:
    fold = Fold(books_rows(programme()))
    fold.day(JAN_5, [_event("a", "accrual", 10, JAN_5), _event("b", "accrual", 5, JAN_5)], [attribute])
    on_day = fold.day(JAN_6, [_event("r", "redemption", -17, JAN_6)], [attribute, lot_state], look=_lots)
    assert {k: v["remaining_points"] for k, v in on_day.items()} == {"ARREARS/r": Decimal(-2), "a": Decimal(0), "b": Decimal(0)}
    after = fold.day(date(2026, 1, 7), [], [attribute, lot_state], look=_lots)
    assert {k: v["remaining_points"] for k, v in after.items()} == {"ARREARS/r": Decimal(-2)}
    assert (after["ARREARS/r"]["earn_class"], after["ARREARS/r"]["cohort"]) == ("", ""), "as in the roll-forward, so that lots add up to it class by class"
