"""The roll of a fiscal period and the revenue recognised out of its opening balance (IFRS 15.116(b), ASC 606-10-50-8(b)).

All constructed: a cohort of 100 at a rate of redemption of 100 %, and one of 80 % whose breakage is escheatable.
"""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.spec.worked_books import HEAD, Closed, close, event, programme
from tieout.commands.roll_forward import run

D = Decimal
FIRST, LAST = "2026-03-28", "2026-03-29"
"""The last day of fiscal March (4-4-5, years ending on the Saturday nearest to the end of January), and the first of the next period."""


def sold(programme_id: str) -> dict[str, str]:
    return {"programme_id": programme_id, "member_id": programme_id, "earn_class": "purchased", "transaction_amount": "100"}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    settings = 'value_per_point = "0.1"\nurr_for_ssp = "{}"\nbreakage = "{}"'
    terms = (("plain", "1", "proportional"), ("state", "0.8", "escheat"))
    programmes = {n: programme(settings.format(rate, breakage), head=HEAD.replace("example", n)) for n, rate, breakage in terms}
    events = [
        row
        for n in programmes
        for row in (
            event(f"{n}-a", FIRST, "accrual", 1000, **sold(n)),
            event(f"{n}-r", LAST, "redemption", -500, programme_id=n, member_id=n),
            event(f"{n}-v", "2026-03-30", "reversal", 200, programme_id=n, member_id=n, reverses_event_id=f"{n}-r"),
            event(f"{n}-b", "2026-03-30", "reversal", -100, programme_id=n, member_id=n, reverses_event_id=f"{n}-a", transaction_amount="10"),
        )
    ]
    weeks = 'functional_currency = "USD"\nfiscal_calendar = "4-4-5"\nfiscal_year = { month = 1, weekday = "saturday", ends = "nearest", named = "start" }'
    return close(tmp_path_factory.mktemp("period") / "books", programmes, events, company=weeks)


def test_revenue_out_of_the_opening_is_what_was_released_and_not_given_back(books: Closed, tmp_path: Path) -> None:
    """500 of 1,000 used and 200 of them returned; 100 taken back with the sale are no revenue. Breakage owed to a state is none either."""
    run(books.folder, date(2026, 3, 29), date(2026, 3, 30), "programme", "csv", tmp_path / "range.csv")
    rows = {r["programme_id"]: r for r in csv.DictReader((tmp_path / "range.csv").open(encoding="utf-8")) if r["measure"] == "deferred"}
    names = ("opening_amount", "released_amount", "reversed_amount", "re_estimated_amount", "closing_amount", "released_from_opening_amount")
    assert [D(rows["plain"][n]) for n in names] == [100, -50, 10, 0, 60, 30]
    # 90 issued, 30 of 72 expected used: 37.50 released, 30 of it to members
    assert D(rows["state"]["closing_amount"]) == D("52.5") and D(rows["state"]["released_from_opening_amount"]) == 30


@pytest.mark.parametrize(("day", "there"), [(FIRST, True), (LAST, False)])
def test_a_calendar_of_weeks_has_the_roll_of_its_own_period(books: Closed, day: str, there: bool) -> None:
    book = load_workbook(books.folder / "reports" / day / "liability.xlsx", data_only=True)
    assert "MonthRoll" not in book.sheetnames and ("PeriodRoll" in book.sheetnames) == there
    if there:
        header, *rows = book["PeriodRoll"].iter_rows(values_only=True)
        (row,) = [r for r in (dict(zip(header, r, strict=True)) for r in rows) if (r["Programme"], r["Measure"]) == ("plain", "deferred")]
        assert [str(row[c])[:10] for c in ("From", "To")] == ["2026-03-01", "2026-03-28"] and D(str(row["Closing"])) == 100
