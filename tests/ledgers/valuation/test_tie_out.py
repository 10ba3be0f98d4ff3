"""The sub-ledger's closing against the control account: 0.01 % of the larger side, and what the listed breaks explain."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.schema import PARAMETERS, table
from core.sql import Limits, Session
from ledgers.tie_out import tie_out
from tests.ledgers.valuation.valued_day import PROGRAMME

DAY = date(2026, 1, 31)
DATED = ("business_date",)
D = Decimal


def run(
    owed: dict[str, str],
    stated: list[dict[str, Any]],
    breaks: list[dict[str, Any]] | None = None,
    ledgers: dict[str, str] | None = None,
    **policy: Any,
) -> list[dict[str, Any]]:
    """Tie out one day: `owed` is measure -> closing of programme club, `stated` control rows, `breaks` of event_ledger."""
    with Session(Limits((Path("/nonexistent"),), memory="500MB")) as session:
        for parameter in PARAMETERS:
            session.rows(parameter.name, parameter, [])
        session.rows("programme", table("programme"), [{**PROGRAMME, **policy}])
        session.rows("programme_account", table("programme_account"), [{"programme_id": "club", "role": "liability", "account": "2100"}])
        session.rows(
            "programme_ledger", table("programme_ledger"), [{"programme_id": "club", "ledger_id": k, "measure": v} for k, v in (ledgers or {}).items()]
        )
        key = {"company_id": "1000", "programme_id": "club", "currency": "USD", "earn_class": "purchase", "cohort": "2026-01"}
        session.rows("roll_forward", table("roll_forward"), [{**key, "measure": m, "closing_amount": D(a)} for m, a in owed.items()])
        given = {"as_of_date": DAY, "ledger_id": "erp", "company_id": "1000", "account": "2100", "currency": "USD", "business_date": DAY}
        session.rows("ledger_balance", table("ledger_balance"), [{**given, **row} for row in stated], prefix=DATED)
        common = {"code": "MS-01", "pair": "event_ledger", "programme_id": "club", "currency": "USD", "status": "open"}
        rows = [{**common, "break_id": f"b{n}", **row} for n, row in enumerate(breaks or [])]
        session.rows("break", table("break"), rows)
        tie_out(session, DAY)
        return session.fetch("select * from tie_out order by ledger_id, account, programme_id, measure")


VERDICTS = [
    # ledger amount (credit -), breaks, cap -> status, difference, unexplained; the sub-ledger owes 100.0000
    ("-100", [], None, "tied", "0", "0"),
    ("-99.99", [], None, "within_tolerance", "0.01", "0.01"),
    ("-99.9899", [], None, "untied", "0.0101", "0.0101"),
    ("-99.99", [], "0.005", "untied", "0.01", "0.01"),
    ("-105", ["-5"], None, "tied_by_breaks", "-5", "0"),
    ("-105", ["-8", "3"], None, "tied_by_breaks", "-5", "0"),
    ("-105", ["-4"], None, "untied", "-5", "-1"),
    ("-105", ["-4.9999"], None, "tied_by_breaks", "-5", "-0.0001"),
    ("5", [], None, "untied", "105", "105"),
]


@pytest.mark.parametrize(("ledger", "breaks", "cap", "status", "difference", "unexplained"), VERDICTS)
def test_verdict(ledger: str, breaks: list[str], cap: str | None, status: str, difference: str, unexplained: str) -> None:
    (row,) = run({"deferred": "100", "face": "7"}, [{"amount": D(ledger)}], [{"difference_amount": D(b)} for b in breaks], tolerance_cap=cap)
    assert (row["status"], row["difference_amount"], row["unexplained_amount"]) == (status, D(difference), D(unexplained))
    assert (row["measure"], row["programme_id"], row["sub_ledger_amount"], row["ledger_amount"]) == ("deferred", "club", 100, -D(ledger))
    assert row["gross_breaks"] == sum(abs(D(b)) for b in breaks)


def test_relative_difference_is_exact() -> None:
    (row,) = run({"deferred": "90"}, [{"amount": D(-70)}])
    assert row["relative_difference"] == D("0.222222222222")
    (row,) = run({}, [{"amount": D(0)}])
    assert row["relative_difference"] is None and row["status"] == "tied"


def test_each_ledger_in_its_own_measure() -> None:
    stated = [{"ledger_id": "a", "amount": D(-100)}, {"ledger_id": "b", "amount": D(-70)}, {"ledger_id": "c", "amount": D(-1)}]
    rows = run({"face": "100", "deferred": "70"}, stated, ledgers={"a": "face", "b": "deferred"})
    assert [(r["ledger_id"], r["measure"], r["status"]) for r in rows] == [("a", "face", "tied"), ("b", "deferred", "tied")]


def test_only_standing_breaks_of_this_account_explain() -> None:
    breaks: list[dict[str, Any]] = [
        {"difference_amount": D(1)},
        {"difference_amount": D(2), "status": "expected", "code": "TM-01"},
        {"difference_amount": D(4), "status": "accepted"},
        {"difference_amount": D(8), "status": "closed"},
        {"difference_amount": D(16), "pair": "member_balance"},
        {"difference_amount": D(32), "programme_id": "other"},
        {"difference_amount": D(64), "right_ref": "other/1000/d/1"},
        {"difference_amount": D(128), "right_ref": "erp/1000/d/1"},
        {"difference_amount": D(256), "right_ref": "erp/1000/d/2", "programme_id": ""},
        {"difference_amount": D(0), "left_amount": D(512), "code": "CL-01", "right_ref": "erp/2000/d/3"},
        {"difference_amount": D(1024), "currency": "EUR"},
    ]
    (row,) = run({"deferred": "1000"}, [{"amount": D(-97)}], breaks)
    assert row["net_breaks"] == 1 + 2 + 4 + 128 + 256 + 512
    assert row["status"] == "tied_by_breaks"


def test_members_and_other_days_are_not_control_rows() -> None:
    stated: list[dict[str, Any]] = [
        {"amount": D(-100)},
        {"amount": D(-60), "member_id": "m"},
        {"amount": D(-1), "as_of_date": date(2026, 1, 30)},
        {"amount": D(-9), "account": "4000"},
    ]
    (row,) = run({"deferred": "100"}, stated)
    assert row["status"] == "tied"
