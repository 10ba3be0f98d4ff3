"""Changes to closed periods: late events and lines (CL-03), reversals that cross one (RV-04); no figure changes, and other findings keep their word."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.schema import table
from core.sql import Session
from reconcilers.periods import CLOSED_PERIOD
from reconcilers.register import register
from tests.fold import Fold, books_rows, programme

JANUARY, D1, D2 = date(2017, 1, 20), date(2017, 2, 3), date(2017, 2, 4)


def event(event_id: str, points: int, on: date, **more: Any) -> dict[str, Any]:
    row = {"event_id": event_id, "programme_id": "p1", "member_id": "m1", "global_id": "m1", "kind": "accrual" if points > 0 else "redemption"}
    row |= {
        "points": Decimal(points),
        "effective_date": on,
        "currency": "USD",
        "face_amount": Decimal(abs(points)) / 100,
        "occurred_at": f"{on}T12:00:00+00:00",
    }
    return row | more


def line(document: str, owed: str, on: date, **more: Any) -> dict[str, Any]:
    row = {"ledger_id": "gl", "company_id": "1000", "document_id": document, "line_id": "1", "posting_date": on, "effective_date": on, "account": "2100"}
    return row | {"amount": -Decimal(owed), "currency": "USD", "points": -Decimal(owed) * 100, "programme_id": "p1"} | more


def finding(code: str, key: str, left: str, right: str, pair: str = "event_ledger") -> dict[str, Any]:
    row = {"pair": pair, "code": code, "programme_id": "p1", "business_key": key, "currency": "USD", "explanation": f"found {code}"}
    return row | {"left_points": 0, "right_points": 0, "left_amount": left, "right_amount": right}


def close(
    events: Sequence[dict[str, Any]],
    lines: Sequence[dict[str, Any]] = (),
    found: Sequence[dict[str, Any]] = (),
    *,
    known: Sequence[dict[str, Any]] = (),
    known_lines: Sequence[dict[str, Any]] = (),
    closed: bool = True,
    limit: str | None = None,
    worth: Sequence[dict[str, Any]] = (),
) -> list[dict[str, Any]]:
    """The breaks of D1, the known events and lines having entered before; January is closed unless said otherwise."""
    books = books_rows(programme())
    if limit is not None:
        books["break_work"] = [{**books["break_work"][0], "prior_period_error_amount": Decimal(limit)}]
    fold = Fold(books)
    fold.enter(D1 if not known else JANUARY, "loyalty_event", known)
    fold.enter(D1, "ledger_line", lines)
    fold.enter(JANUARY, "ledger_line", known_lines)

    def step(session: Session, as_of_date: date) -> None:
        session.rows("finding", table("finding"), found)
        session.rows("event_value", table("event_value"), worth)
        if closed:
            january = {"period_id": "2017-01", "first_day": date(2017, 1, 1), "last_day": date(2017, 1, 31), "is_locked": False, "closed_by": "Ann"}
            session.rows(CLOSED_PERIOD, table("closed_period"), [january])
        register(session, as_of_date)

    rows: list[dict[str, Any]] = fold.day(D1, events, (step,), look=lambda s: s.fetch('select * from "break" order by pair, code, business_key'))
    return rows


def told(rows: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(r["pair"], r["code"], r["business_key"]) for r in rows]


def test_a_late_event_of_a_closed_period_is_named_and_blocks() -> None:
    (row,) = close([event("late", 100, JANUARY), event("new", 5, D1)])
    assert (row["pair"], row["code"], row["business_key"], row["blocks_signoff"]) == ("event_ledger", "CL-03", "late", True)
    assert (row["left_amount"], row["right_amount"], row["difference_amount"], row["effective_date"]) == (1, 1, 0, JANUARY)
    assert "period 2017-01 is closed" in row["explanation"]


def test_nothing_is_said_while_the_period_is_open() -> None:
    assert close([event("late", 100, JANUARY)], closed=False) == []


def test_a_line_posted_into_a_closed_period_is_named_once_with_its_event() -> None:
    assert told(close([], [line("d9", "3.00", JANUARY)])) == [("event_ledger", "CL-03", "gl/1000/d9/1")]
    assert told(close([event("late", 100, JANUARY)], [line("d1", "1.00", JANUARY, event_id="late")])) == [("event_ledger", "CL-03", "late")]
    assert close([], [line("d9", "3.00", JANUARY, account="9999"), line("d8", "3.00", JANUARY, is_tax_line=True), line("d7", "3.00", D1)]) == []


def test_what_entered_before_the_period_was_closed_changes_nothing() -> None:
    assert close([], known=[event("punctual", 100, JANUARY)], known_lines=[line("d1", "1.00", JANUARY, event_id="punctual")]) == []


def test_a_finding_of_something_else_stays_as_it_is() -> None:
    other = finding("AM-02", "e9", "2.00", "1.00")
    assert told(close([event("late", 100, JANUARY)], found=[other])) == [("event_ledger", "AM-02", "e9"), ("event_ledger", "CL-03", "late")]


def test_what_blocks_keeps_its_code_and_what_does_not_gives_way() -> None:
    (missing,) = close([event("late", 100, JANUARY)], found=[finding("MS-03", "late", "1.00", "0")])
    assert (missing["code"], missing["difference_amount"]) == ("MS-03", 1)
    assert "also CL-03" in missing["explanation"]
    (within,) = close([event("late", 100, JANUARY)], found=[finding("AM-03", "late", "1.00", "0.9999")])
    assert (within["code"], within["difference_amount"]) == ("CL-03", Decimal("0.0001"))
    assert "also AM-03: found AM-03" in within["explanation"]


def test_a_large_late_event_is_a_possible_prior_period_error() -> None:
    rows = close([event("large", 100, JANUARY), event("small", 99, JANUARY)], limit="1.00")
    assert [("possible prior-period error" in r["explanation"]) for r in rows] == [True, False]


@pytest.mark.parametrize(("deferred", "cost", "is_large"), [("5.00", "0", True), ("-5.00", "0", True), ("0", "5.00", True), ("4.99", "-4.99", False)])
def test_what_is_booked_for_an_event_decides_too_whether_it_is_large(deferred: str, cost: str, is_large: bool) -> None:
    """100 points of one dollar's face that were sold for five."""
    worth = {"event_id": "sold", "programme_id": "p1", "deferred_amount": deferred, "cost_amount": cost}
    (row,) = close([event("sold", 100, JANUARY)], limit="5.00", worth=[worth])
    assert ("possible prior-period error" in row["explanation"]) is is_large


def test_a_reversal_crosses_a_closed_period() -> None:
    sale = event("r1", -100, JANUARY, order_id="o1")
    back = event("v1", 100, D1, kind="reversal", reverses_event_id="r1")
    (row,) = close([back], known=[sale])
    assert (row["pair"], row["code"], row["business_key"], row["blocks_signoff"], row["queue"]) == ("order_event", "RV-04", "o1", False, "finance")
    assert row["difference_amount"] == 0
    (other,) = close([back], known=[sale], found=[finding("RV-01", "o1", "1.00", "0", "order_event")])
    assert (other["code"], "also RV-04" in other["explanation"]) == ("RV-01", True)
    assert close([event("v2", 100, D1, kind="reversal", reverses_event_id="r2")], known=[event("r2", -100, D1)]) == []


def test_wrong_period_follows_the_fiscal_calendar() -> None:
    from tests.reconcilers.event_ledger.ledger_books import LedgerBooks, codes

    def found(calendar: str, on: date, posted: date) -> set[tuple[str, str]]:
        books = LedgerBooks(calendar=calendar)
        books.event("e1", "100", on)
        books.line("d1", "1.00", posted, points="100", event_id="e1", late=on)
        return codes(books.close(on))

    # 28 January 2017 ends the fiscal year of the retail calendar; 31 January and 1 February lie in the same period of it
    assert found("4-5-4", date(2017, 1, 31), date(2017, 2, 1)) == set()
    assert found("calendar_months", date(2017, 1, 31), date(2017, 2, 1)) == {("CL-02", "e1")}
    assert found("4-5-4", date(2017, 1, 28), date(2017, 1, 29)) == {("CL-02", "e1")}
    assert found("calendar_months", date(2017, 1, 28), date(2017, 1, 29)) == set()
