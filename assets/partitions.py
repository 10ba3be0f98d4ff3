"""Business days as partitions."""

import os
import re
from datetime import date
from pathlib import Path

import dagster as dg


def daily(first: date) -> dg.DailyPartitionsDefinition:
    """Every business day from the first delivered one on; today included, since a day may be closed on its evening."""
    return dg.DailyPartitionsDefinition(start_date=first.isoformat(), end_offset=1)


def books_folder() -> Path:
    """The books this process works on: $TIEOUT_BOOKS, else ./books."""
    return Path(os.environ.get("TIEOUT_BOOKS", "books")).resolve()


def first_day(folder: Path) -> date:
    """The first dated file of the inbox; 2020-01-01 for books without any."""
    days = [found for path in (folder / "inbox").glob("*/*") if (found := _dated(path.name))]
    return min(days, default=date(2020, 1, 1))


def _dated(name: str) -> date | None:
    found = re.search(r"_(\d{4}-\d{2}-\d{2})[_.]", name)
    try:
        return date.fromisoformat(found.group(1)) if found else None
    except ValueError:
        return None


DAILY = daily(first_day(books_folder()))
