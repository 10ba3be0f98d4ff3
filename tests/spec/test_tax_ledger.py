"""The month's tax beside the ledger's own lines: which tax a line is, where its account does not say."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.schema import table
from core.sql import Limits, Session

DAY = date(2026, 3, 10)


def ledger(folder: Path, place: str, tax_types: dict[str, str], lines: list[tuple[str, str, str]]) -> list[tuple[Any, ...]]:
    """(tax type, owed, booked, difference) of a place with one redemption taxed as said, and tax lines as (line, account, tax)."""
    drafts = [
        {"tax_entry_id": t, "event_id": "r1", "redemption_event_id": "r1", "programme_id": "club", "order_id": "o1", "currency": "CAD", "effective_date": DAY,
         "business_date": DAY} for t in tax_types
    ]  # fmt: skip
    entries = [
        {"tax_entry_id": t, "event_id": "r1", "redemption_event_id": "r1", "jurisdiction": place, "tax_type": t, "tax_amount": tax, "is_reviewed": True,
         "business_date": DAY} for t, tax in tax_types.items()
    ]  # fmt: skip
    booked = [
        {"ledger_id": "gl", "company_id": "1000", "document_id": "d1", "line_id": line, "account": account, "amount": tax, "currency": "CAD",
         "event_id": "r1", "is_tax_line": True, "business_date": DAY} for line, account, tax in lines
    ]  # fmt: skip
    accounts = [{"programme_id": "club", "role": "vat", "account": "2160"}]
    with Session(Limits((folder,))) as session:
        session.rows("programme", table("programme"), [{"programme_id": "club", "company_id": "1000"}])
        session.rows("programme_account", table("programme_account"), accounts)
        session.rows("tax_draft", table("tax_draft"), drafts, prefix=("business_date",))
        session.rows("tax_entry", table("tax_entry"), entries, prefix=("business_date", "close_id"))
        session.rows("ledger_line", table("ledger_line"), booked, prefix=("business_date",))
        session.rule("ledgers", "tax_ledger", as_of_date=DAY)
        found = session.fetch("select tax_type, tax_amount, ledger_amount, difference_amount from tax_ledger order by tax_type")
    return [tuple(r.values()) for r in found]


D = Decimal


@pytest.mark.parametrize(
    ("place", "tax_types", "lines", "rows"),
    [
        ("CA-AB", {"GST": "5.00"}, [("1", "2150", "-5.00")], [("GST", D(5), D(5), D(0))]),  # the place's one tax on sales
        ("SE", {"VAT": "5.00"}, [("1", "2150", "-5.00")], [("VAT", D(5), D(5), D(0))]),
        ("US-WA", {"SALES": "5.00", "USE": "1.00"}, [("1", "2150", "-5.00")], [("SALES", D(5), D(5), D(0)), ("USE", D(1), D(0), D(1))]),
        ("CA-AB", {"GST": "5.00"}, [("1", "2160", "-5.00")], [("GST", D(5), D(0), D(5)), ("VAT", D(0), D(5), D(-5))]),  # its account says VAT
    ],
)
def test_which_tax_a_line_of_the_ledger_is(tmp_path: Path, place: str, tax_types: dict[str, str], lines: Any, rows: list[tuple[Any, ...]]) -> None:
    assert ledger(tmp_path, place, tax_types, lines) == rows
