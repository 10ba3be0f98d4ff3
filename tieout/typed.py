"""What people type, read strictly: the books, days, ranges and files a command is given.

What does not belong here: what a command does with them.
"""

import os
from datetime import date, datetime
from pathlib import Path

from core.errors import UsageFault, quoted


def books_folder(chosen: Path | None) -> Path:
    """The books a command works on."""
    return (chosen or Path(os.environ.get("TIEOUT_BOOKS", "books"))).resolve()


def business_date(text: str) -> date:
    """A date as typed."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise UsageFault(f"{text!r} is not a date", "the command line", "business days are named YYYY-MM-DD", "for example: tieout close 2026-03-31") from None


def date_range(first: str | None, last: str | None) -> tuple[date | None, date | None]:
    """The two ends of a range, in order; an end that is not named is open."""
    begins, ends = (business_date(d) if d else None for d in (first, last))
    if begins and ends and begins > ends:
        raise UsageFault(f"{begins} is after {ends}", "the command line", "a range runs forward", f"the other way round: {ends} first, then {begins}")
    return begins, ends


def days_of(first: str, last: str) -> tuple[date, date]:
    """A range both of whose ends are named."""
    date_range(first, last)  # refuses ends in the wrong order
    return business_date(first), business_date(last)


def file_to_write(chosen: Path | None) -> Path | None:
    """A file a command is to write, in a folder that is there; found out before the work, not after it."""
    if chosen is not None and chosen.is_dir():
        raise UsageFault(f"{chosen} is a folder", "--out", "rows are written to a file", f"name a file, for example {chosen / 'rows.csv'}")
    if chosen is not None and not chosen.parent.is_dir():
        raise UsageFault(f"there is no folder {chosen.parent}", "--out", "nothing is made where nobody looks for it", f"mkdir -p {quoted(chosen.parent)}")
    return chosen
