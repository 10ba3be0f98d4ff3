"""Business days as partitions."""

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg


def daily(first: date, last: date | None = None) -> dg.DailyPartitionsDefinition:
    """Every business day from the first delivered one on; today included, since a day may be closed on its evening, and what was delivered for days to come."""
    ahead = (last - datetime.now(UTC).date()).days if last else 0
    return dg.DailyPartitionsDefinition(start_date=first.isoformat(), end_offset=max(ahead, 0) + 1)


def books_folder() -> Path:
    """The books this process works on: $TIEOUT_BOOKS, else ./books."""
    return Path(os.environ.get("TIEOUT_BOOKS", "books")).resolve()


def first_day(folder: Path) -> date:
    """The first dated file of the inbox; 2020-01-01 for books without any."""
    return min(_delivered(folder), default=date(2020, 1, 1))


def _delivered(folder: Path) -> set[date]:
    return {found for path in (folder / "inbox").glob("*/*") if (found := _dated(path.name))}


def _dated(name: str) -> date | None:
    found = re.search(r"_(\d{4}-\d{2}-\d{2})[_.]", name)
    try:
        return date.fromisoformat(found.group(1)) if found else None
    except ValueError:
        return None


DAILY = daily(first_day(books_folder()), max(_delivered(books_folder()), default=None))
