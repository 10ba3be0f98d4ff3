"""When open points run out, and what of the liability is current: steps of the last usable day, twelve months and not 365 days (IAS 1.69(c))."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.spec.worked_books import Closed, close, event, programme

MONTH_END, DAY = "2027-02-28", "2027-03-01"
LAST_DAYS = {
    MONTH_END: {"2027-02-28": 1, "2027-03-07": 2, "2027-03-08": 4, "2027-08-28": 8, "2028-02-28": 16, "2028-02-29": 32, "2028-03-01": 64, "": 128},
    DAY: {"2028-03-01": 256, "2028-03-02": 512},
}
"""By the day points are issued: their last usable day and what is owed for them."""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    lots = [
        event(f"{day}-{n}", day, "accrual", 10 * owed, earn_class="migrated", deferred_amount=str(owed), reason="opening", expires_on=last)
        for day, ends in LAST_DAYS.items()
        for n, (last, owed) in enumerate(ends.items())
    ]
    terms = programme('value_per_point = "0.1"\nurr_for_ssp = "1"', urr=[("2027-01-01", "1")])
    return close(tmp_path_factory.mktemp("maturity") / "books", terms, lots)


def sheet(folder: Path, day: str, name: str) -> list[dict[str, Any]]:
    header, *rows = load_workbook(folder / "reports" / day / "liability.xlsx", data_only=True)[name].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("day", "current", "later"),
    [
        (MONTH_END, 1 + 2 + 4 + 8 + 16 + 32, 64),
        (DAY, 1 + 2 + 4 + 8 + 16 + 32 + 64 + 256, 512),
    ],
    ids=["a month end ends with the month, a leap day later", "any other day with its own date, 366 days later"],
)
def test_what_can_be_used_up_within_twelve_months_is_current(books: Closed, day: str, current: int, later: int) -> None:
    [row] = sheet(books.folder, day, "Maturity")
    found = [Decimal(str(row[h])) for h in ("Current: last day within 12 months", "Non-current: last day later", "Without a last day", "Liability")]
    assert found == [current, later, 128, current + later + 128]
    assert found[-1] == books.roll(day)["closing"]


def test_the_ladder_has_a_step_for_each_and_adds_up(books: Closed) -> None:
    rows = {r["Expires"]: (r["Open lots"], Decimal(str(r["Liability left"]))) for r in sheet(books.folder, MONTH_END, "ExpiryLadder")}
    assert rows == {
        "next 7 days": (2, 3), "8 to 30 days": (1, 4), "181 days to 12 months": (3, 56), "after 12 months": (1, 64), "never": (1, 128),
    }  # fmt: skip
