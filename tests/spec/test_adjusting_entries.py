"""Proposed adjusting entries: which difference asks for which entry, on which accounts, dated and keyed so that a ledger takes it once."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.schema import PARAMETERS, table
from core.sql import Limits, Session
from ledgers.adjusting import propose

D = Decimal
DAY, EVENT_DAY = date(2026, 4, 2), date(2026, 3, 31)
ACCOUNTS = {"liability": "2100", "sales": "4000", "revenue_redeemed": "4050", "breakage": "4060", "suspense": "2190"}


def proposals(
    folder: Path,
    breaks: list[dict[str, Any]],
    *,
    day: date = DAY,
    measure: str = "deferred",
    ties: tuple[dict[str, Any], ...] = (),
    rolls: tuple[Any, ...] = (),
    posts: tuple[dict[str, Any], ...] = (),
    posted_on: date | None = None,
) -> list[dict[str, Any]]:
    """Rows of `adjusting_entry` for some open breaks of one programme."""
    dated = ("business_date",)
    events = [
        {"event_id": "R1", "member_id": "m1", "programme_id": "club", "kind": "redemption", "points": -100, "effective_date": EVENT_DAY},
        {"event_id": "A1", "programme_id": "club", "kind": "accrual", "points": 100, "transaction_amount": 10, "effective_date": EVENT_DAY},
        {"event_id": "X1", "programme_id": "club", "kind": "expiry", "points": -5, "effective_date": EVENT_DAY},
    ]
    lines = [{"ledger_id": "gl", "company_id": "1000", "document_id": d, "line_id": "1", "account": a} for d, a in (("D9", "2100"), ("D7", "2999"))]
    with Session(Limits((folder,))) as session:
        for declared in PARAMETERS:
            session.empty(declared.name, declared)
        session.rows("programme", table("programme"), [{"programme_id": "club", "company_id": "1000", "ledger_measure": measure}])
        session.rows("programme_ledger", table("programme_ledger"), [{"programme_id": "club", "ledger_id": "gl", "measure": measure}])
        session.rows("programme_account", table("programme_account"), [{"programme_id": "club", "role": r, "account": a} for r, a in ACCOUNTS.items()])
        session.rows("programme_post", table("programme_post"), [{"programme_id": "club", **p} for p in posts])
        standing = [{"break_id": b["code"], "pair": "event_ledger", "programme_id": "club", "currency": "USD", "status": "open", "business_date": day, **b}
                    for b in breaks]  # fmt: skip
        session.rows("break", table("break"), standing, prefix=dated)
        session.rows("loyalty_event", table("loyalty_event"), [{**e, "business_date": EVENT_DAY} for e in events], prefix=dated)
        session.rows("ledger_line", table("ledger_line"), [{**row, "business_date": day} for row in lines], prefix=dated)
        session.rows("tie_out", table("tie_out"), list(ties), prefix=dated)
        session.rows("roll_forward", table("roll_forward"), list(rolls), prefix=dated)
        propose(session, day, posted_on or day)
        return session.fetch("select * from adjusting_entry order by entry_id, line_no")


@pytest.mark.parametrize(
    ("standing", "entry"),
    [
        ({"code": "MS-01", "business_key": "R1", "difference_amount": -8}, {"2100": 8, "4050": -8}),  # a redemption not booked: Dr liability, Cr revenue
        ({"code": "MS-03", "business_key": "A1", "difference_amount": 8}, {"2100": -8, "4000": 8}),  # an accrual not booked: Dr sales, Cr liability
        ({"code": "MS-04", "business_key": "X1", "difference_amount": -1}, {"2100": 1, "4060": -1}),
        ({"code": "AM-02", "business_key": "A1", "difference_amount": D("-0.5"), "right_ref": "gl/1000/D9/1"}, {"2100": D("0.5"), "4000": D("-0.5")}),
        ({"code": "MS-02", "business_key": "gl/1000/D9/1", "difference_amount": -3, "right_ref": "gl/1000/D9/1"}, {"2100": 3, "2190": -3}),
        ({"code": "CL-01", "business_key": "A1", "left_amount": 8, "difference_amount": 0, "right_ref": "gl/1000/D7/1"}, {"2100": -8, "2999": 8}),
        ({"code": "AM-03", "business_key": "A1", "difference_amount": D("0.01")}, {}),  # within tolerance: listed, not adjusted
        ({"code": "TM-01", "business_key": "A1", "difference_amount": 8, "status": "expected"}, {}),
        ({"code": "MS-01", "business_key": "R1", "difference_amount": -8, "status": "closed"}, {}),
    ],
)
def test_what_a_difference_asks_for(tmp_path: Path, standing: dict[str, Any], entry: dict[str, Any]) -> None:
    rows = proposals(tmp_path, [standing])
    assert {r["account"]: r["debit"] - r["credit"] for r in rows} == entry
    assert all(r["reason_code"] == standing["code"] and r["posting_date"] == DAY and r["ledger_id"] == "gl" for r in rows)


def test_a_proposal_of_a_closed_month_is_posted_in_the_open_one_and_stays_the_same_proposal(tmp_path: Path) -> None:
    missing = [{"code": "MS-03", "business_key": "A1", "difference_amount": 8}]
    now, later = proposals(tmp_path, missing), proposals(tmp_path, missing, posted_on=date(2026, 5, 1))
    assert [{**r, "posting_date": None} for r in now] == [{**r, "posting_date": None} for r in later]
    assert {(r["posting_date"], r["effective_date"]) for r in later} == {(date(2026, 5, 1), EVENT_DAY)}


def test_a_proposal_meets_the_account_the_company_posts_such_an_issue_against(tmp_path: Path) -> None:
    posts = ({"event_kind": "accrual", "earn_class": "purchase", "role": "suspense"}, {"event_kind": "accrual", "earn_class": "", "role": "sales"})
    entry = proposals(tmp_path, [{"code": "MS-03", "business_key": "A1", "difference_amount": 8}], posts=posts)
    assert {r["account"]: r["debit"] - r["credit"] for r in entry} == {"2100": -8, "2190": 8}


def test_an_entry_names_what_it_takes_back_and_keeps_its_key_while_the_difference_stands(tmp_path: Path) -> None:
    wrong = {"code": "MS-02", "business_key": "gl/1000/D9/1", "difference_amount": -3, "right_ref": "gl/1000/D9/1"}
    today, tomorrow = (proposals(tmp_path, [wrong], day=d) for d in (DAY, date(2026, 4, 3)))
    assert {r["reverses_document_id"] for r in today} == {"D9"}
    assert {r["idempotency_key"] for r in today} == {r["idempotency_key"] for r in tomorrow}
    (late,) = {r["effective_date"] for r in proposals(tmp_path, [{"code": "MS-01", "business_key": "R1", "difference_amount": -8}])}
    assert late == EVENT_DAY, "posted in the open period, effective on the event's day"


def test_the_liability_line_carries_event_member_and_points_as_the_ledger_should_have_had_them(tmp_path: Path) -> None:
    rows = proposals(tmp_path, [{"code": "MS-01", "business_key": "R1", "difference_amount": -8, "difference_points": -100, "left_points": -100}])
    assert [(r["account"], r["event_id"], r["member_id"], r["points"]) for r in rows] == [("2100", "R1", "m1", 100), ("4050", "R1", "m1", None)]
    astray = {
        "code": "CL-01",
        "business_key": "A1",
        "left_amount": 8,
        "left_points": 100,
        "difference_points": 0,
        "difference_amount": 0,
        "right_ref": "gl/1000/D7/1",
    }
    assert [r["points"] for r in proposals(tmp_path, [astray])] == [-100, None]


def test_a_face_valued_ledger_is_bridged_to_the_deferred_measure(tmp_path: Path) -> None:
    row = {"business_date": DAY, "company_id": "1000", "programme_id": "club", "currency": "USD", "cohort": "2026-03"}
    owed = [("purchase", "face", 100), ("purchase", "deferred", 72), ("bonus", "face", 20), ("bonus", "deferred", 0)]
    rolls = tuple({**row, "earn_class": c, "measure": m, "closing_amount": a} for c, m, a in owed)
    rows = proposals(tmp_path, [], measure="face", rolls=rolls)
    assert {r["account"]: r["debit"] - r["credit"] for r in rows} == {"2100": 48, "4000": -48}
    assert "Face 120.0000, of it given without a purchase 20.0000, expected breakage and allocation 28.0000, deferred 72.0000" in rows[0]["text"]
    assert proposals(tmp_path, [], measure="deferred", rolls=rolls) == []


def test_what_nothing_explains_goes_to_suspense(tmp_path: Path) -> None:
    tie = {"business_date": DAY, "ledger_id": "gl", "company_id": "1000", "account": "2100", "programme_id": "club", "currency": "USD", "measure": "deferred",
           "unexplained_amount": 5, "status": "untied"}  # fmt: skip
    rows = proposals(tmp_path, [], ties=(tie,))
    assert {r["account"]: r["debit"] - r["credit"] for r in rows} == {"2100": -5, "2190": 5}
    assert proposals(tmp_path, [], ties=({**tie, "status": "tied_by_breaks"},)) == []
