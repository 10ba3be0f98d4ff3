"""Books for worked examples: a programme file and file-drop rows in, exported tables out, through the code of a real close.

What belongs here: writing the files, closing, reading what `tieout export` would give. What must come out is said in the specs.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from assets.workspace import Workspace
from tests.system.system_books import close_plainly
from tieout.commands.init import write_books
from tieout.reading import published

DAY_COLUMN = {"loyalty_event": "occurred_at", "payment": "occurred_at", "fx_rate": "rate_date", "ledger_balance": "as_of_date", "ledger_line": "posting_date"}
ACCOUNTS = {
    "stored_value": "2105",
    "liability": "2100", "sales": "4000", "sales_returns": "4010", "revenue_redeemed": "4050", "breakage": "4060", "re_estimate": "4065", "sales_tax": "2150",
    "cash": "1010", "receivable": "1100", "partner_receivable": "1150", "partner_payable": "2130", "accrued_cost": "2120", "unclaimed_property": "2170",
    "marketing_expense": "6100", "redemption_cost": "5050", "commission": "4070", "cta": "3900", "fx": "7100", "adjustment_loss": "6120", "suspense": "2190",
}  # fmt: skip
HEAD = """
id = "example"
name = "Example"
currency = "USD"
company_id = "1000"
timezone = "UTC"
ledger_measure = "deferred"
"""
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Closed:
    """Closed books to read from."""

    folder: Path

    def rows(self, sql: str, *tables: str) -> list[dict[str, Any]]:
        """Rows over published tables, as exported."""
        with published(Workspace(self.folder), tables) as session:
            return session.fetch(sql)

    def roll(self, day: date | str, measure: str = "deferred") -> dict[str, Decimal]:
        """The roll-forward of a day in one measure, over all cohorts."""
        names = ("opening", "deferred", "released", "expired", "re_estimated", "reversed", "adjusted", "transferred", "translated", "closing")
        sums = ", ".join(f"sum({n}_amount) as {n}" for n in names)
        where = f"business_date = '{day}' and measure = '{measure}'"
        found = self.rows(f"select {sums} from roll_forward where {where}", "roll_forward")[0]
        return {n: found[n] if found[n] is not None else Decimal(0) for n in names}

    def entry(self, day: date | str, kind: str = "") -> dict[str, Decimal]:
        """Signed money of a day's journal by account number, debit +; of one kind of movement, or all."""
        where = f"business_date = '{day}'" + (f" and event_kind = '{kind}'" if kind else "")
        found = self.rows(f"select account, sum(debit - credit) as amount from journal_line where {where} group by all order by all", "journal_line")
        return {r["account"]: r["amount"] for r in found if r["amount"] != 0}


def programme(settings: str, *, accounts: Mapping[str, str] = ACCOUNTS, urr: Sequence[tuple[str, str]] = (), head: str = HEAD) -> str:
    """A programme file: settings as TOML text, approved recognition rates as (effective day, rate)."""
    lines = [f'[[urr]]\neffective = {d}\nrate = "{r}"\napproved_by = "A. Controller"\nreason = "example"' for d, r in urr]
    return "\n".join([head, settings, *lines, "[windows]\nposting_days = 0", "[accounts]", *[f'{k} = "{v}"' for k, v in accounts.items()], ""])


def close(
    folder: Path,
    programmes: str | Mapping[str, str],
    events: Sequence[Row],
    *,
    last: str = "",
    company: str = "",
    more: Mapping[str, Sequence[Row]] | None = None,
) -> Closed:
    """Write books, drop the rows by day, close every day up to `last` (default: of the last row)."""
    write_books(folder)
    (folder / "programmes" / "your-programme.toml").unlink()
    for name, content in ({"example": programmes} if isinstance(programmes, str) else programmes).items():
        (folder / "programmes" / f"{name}.toml").write_text(content, encoding="utf-8")
    if company:
        path = folder / "tieout.toml"
        text = path.read_text(encoding="utf-8")
        head, _, tail = text.partition("[company]")
        path.write_text(head + "[company]\n" + company + "\n" + "\n".join(_after_company(tail)), encoding="utf-8")
    days = {date.fromisoformat(last)} if last else set()
    for table, rows in {"loyalty_event": events, **(more or {})}.items():
        for day, todays in _by_day(table, rows).items():
            _write(folder / "inbox" / "examples" / f"{table}_{day}.csv", todays)
            days.add(day)
    close_plainly(folder, min(days), max(days))
    return Closed(folder)


def deliver_late(folder: Path, day: str, events: Sequence[Row]) -> None:
    """Events that arrive in the file of a later day than they happened on, and that day's close."""
    _write(folder / "inbox" / "examples" / f"loyalty_event_{day}.csv", events)
    close_plainly(folder, date.fromisoformat(day), date.fromisoformat(day))


def event(event_id: str, day: str, kind: str, points: object, **more: object) -> Row:
    """One loyalty event at noon."""
    head = {"event_id": event_id, "programme_id": "example", "member_id": "M1", "kind": kind, "points": points, "occurred_at": f"{day}T12:00:00Z"}
    return {**head, **more}


def _after_company(text: str) -> list[str]:
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith("[")), len(lines))
    return lines[start:]


def _by_day(table: str, rows: Sequence[Row]) -> dict[date, list[Row]]:
    days: dict[date, list[Row]] = defaultdict(list)
    for row in rows:
        days[date.fromisoformat(str(row[DAY_COLUMN[table]])[:10])].append(row)
    return days


def _write(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(c for r in rows for c in r))
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
