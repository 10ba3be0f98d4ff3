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
    differences: list[dict[str, Any]] | None = None,
    ledgers: dict[str, str] | None = None,
    **policy: Any,
) -> list[dict[str, Any]]:
    """Tie out one day: `owed` is measure -> closing of programme club, `stated` control rows, `differences` listed on accounts."""
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
        common = {"ledger_id": "erp", "company_id": "1000", "account": "2100", "programme_id": "club", "stated_programme_id": "club", "currency": "USD"}
        session.rows("account_difference", table("account_difference"), [{**common, **row} for row in differences or []])
        tie_out(session, DAY)
        return session.fetch("select * from tie_out order by ledger_id, account, programme_id, measure")


def _listed(*breaks: str) -> list[dict[str, Any]]:
    return [{"net_amount": sum(map(D, breaks)), "gross_amount": sum(abs(D(b)) for b in breaks)}] if breaks else []


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
    (row,) = run({"deferred": "100", "face": "7"}, [{"amount": D(ledger)}], _listed(*breaks), tolerance_cap=cap)
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


def test_only_differences_on_this_account_explain() -> None:
    amounts: list[dict[str, Any]] = [
        {"net_amount": D(1), "gross_amount": D(3)},
        {"net_amount": D(2), "gross_amount": D(2), "stated_programme_id": ""},
        {"net_amount": D(32), "gross_amount": D(32), "programme_id": "other", "stated_programme_id": "other"},
        {"net_amount": D(64), "gross_amount": D(64), "ledger_id": "parallel"},
        {"net_amount": D(128), "gross_amount": D(128), "company_id": "2000"},
        {"net_amount": D(256), "gross_amount": D(256), "account": "2200"},
        {"net_amount": D(1024), "gross_amount": D(1024), "currency": "EUR"},
    ]
    (row,) = run({"deferred": "100"}, [{"amount": D(-97)}], amounts)
    assert (row["net_breaks"], row["gross_breaks"], row["status"]) == (3, 5, "tied_by_breaks")


def test_money_under_no_programme_of_ours_is_untied() -> None:
    stated = [{"amount": D(a), "programme_id": p} for a, p in ((-100, "club"), (-5, None), (-3, "gone"), (0, "old"))]
    rows = run({"deferred": "100"}, stated, [{"net_amount": D(-5), "gross_amount": D(5), "stated_programme_id": ""}])
    assert [(r["programme_id"], r["sub_ledger_amount"], r["unexplained_amount"], r["status"]) for r in rows] == [
        ("", 0, 0, "tied_by_breaks"),
        ("club", 100, 0, "tied"),
        ("gone", 0, -3, "untied"),
    ]


def test_members_and_other_days_are_not_control_rows() -> None:
    stated: list[dict[str, Any]] = [
        {"amount": D(-100)},
        {"amount": D(-60), "member_id": "m"},
        {"amount": D(-1), "as_of_date": date(2026, 1, 30)},
        {"amount": D(-9), "account": "4000"},
    ]
    (row,) = run({"deferred": "100"}, stated)
    assert row["status"] == "tied"
