"""Business days as partitions."""

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg

HORIZON = date(2100, 12, 31)
"""Days are delivered ahead up to here; a name that is dated later is mistyped, and listing the days up to 9999 would take half a minute, then fail."""


def daily(first: date, last: date) -> dg.DailyPartitionsDefinition:
    """Every business day from the first delivered one through `last`, which is not before today."""
    return dg.DailyPartitionsDefinition(start_date=first.isoformat(), end_offset=(last - datetime.now(UTC).date()).days + 1)


def books_folder() -> Path:
    """The books this process works on: $TIEOUT_BOOKS, else ./books."""
    return Path(os.environ.get("TIEOUT_BOOKS", "books")).resolve()


def first_day(folder: Path) -> date:
    """The first dated file of the inbox; 2020-01-01 for books without any."""
    return min(_delivered(folder), default=date(2020, 1, 1))


def last_day(folder: Path) -> date:
    """The last day that can be closed: today, since a day may be closed on its evening, or what was delivered for days to come."""
    return max([datetime.now(UTC).date(), *(d for d in _delivered(folder) if d <= HORIZON)])


def _delivered(folder: Path) -> set[date]:
    return {found for path in (folder / "inbox").glob("*/*") if (found := _dated(path.name))}


def _dated(name: str) -> date | None:
    found = re.search(r"_(\d{4}-\d{2}-\d{2})[_.]", name)
    try:
        return date.fromisoformat(found.group(1)) if found else None
    except ValueError:
        return None


LAST_DAY = last_day(books_folder())
DAILY = daily(first_day(books_folder()), LAST_DAY)
