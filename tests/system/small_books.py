"""Books with one member and a few rows a day, typed in by hand: closing a day of them takes as little as a close can.

What belongs here: writing and reading. What must hold is said in the tests.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.system.system_books import close_plainly, query
from tieout.commands.init import write_books

PROGRAMME = """id = "p1"
name = "Points"
currency = "USD"
company_id = "1000"
timezone = "UTC"
value_per_point = "0.01"
urr_for_ssp = "0.8"
[windows]
posting_days = 0
[accounts]
liability = "2100"
"""
EVENT = "event_id,programme_id,member_id,kind,points,occurred_at,reverses_event_id"
LINE = "ledger_id,company_id,document_id,line_id,posting_date,account,amount,currency,points,event_id"


def make(folder: Path, policy: str = "", programme: str = PROGRAMME) -> Path:
    """Empty books with one programme; `policy` is added to tieout.toml."""
    write_books(folder)
    (folder / "programmes" / "your-programme.toml").unlink()
    (folder / "programmes" / "p1.toml").write_text(programme)
    toml = folder / "tieout.toml"
    toml.write_text(toml.read_text() + policy)
    return folder


def event(event_id: str, points: int, on: date, kind: str = "accrual", reverses: str = "") -> str:
    return f"{event_id},p1,m1,{kind},{points},{on}T12:00:00+00:00,{reverses}"


def line(event_id: str, points: int, on: date) -> str:
    """The ledger's entry of an event, at face value, in the ledger's sign."""
    return f"gl,1000,doc-{event_id},1,{on},2100,{-points / 100:.2f},USD,{-points},{event_id}"


def drop(folder: Path, on: date, events: Sequence[str], lines: Sequence[str], part: str = "") -> None:
    """Deliver the files of a day; the same part again is a new version."""
    for source, table, header, rows in (("loyalty", "loyalty_event", EVENT, events), ("erp", "ledger_line", LINE, lines)):
        if rows or not part:
            path = folder / "inbox" / source / f"{table}_{on}{part}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join([header, *rows]) + "\n")


def fill(folder: Path, first: date, days: int) -> None:
    """One posted accrual of 100 points a day, `e1`, `e2`, ..."""
    for n in range(days):
        on = first + timedelta(days=n)
        drop(folder, on, [event(f"e{n + 1}", 100, on)], [line(f"e{n + 1}", 100, on)])


def close(folder: Path, *days: date, again: bool = False) -> list[date]:
    return close_plainly(folder, days[0], days[-1], again=again)


def breaks(folder: Path, day: date) -> list[dict[str, Any]]:
    """Breaks of a day that have not closed."""
    return query(folder, f"select * from \"break\" where business_date = date '{day}' and status <> 'closed' order by code, business_key", "break")
