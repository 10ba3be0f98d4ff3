"""Specs of attribution as text: event tables in, movements and open lots out. Mechanics only, no expectation lives here."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from core.sql import Session
from ledgers.attribution import attribute, invariants
from tests.fold import Fold, books_rows, programme

_AMOUNTS = ("transaction_amount", "goods_ssp", "deferred_amount")


def event(line: str, day: date) -> dict[str, Any]:
    """One line of an event table."""
    event_id, kind, member, points, hour, *more = line.split()
    row: dict[str, Any] = dict(pair.split("=", 1) for pair in more)
    own = date.fromisoformat(row.pop("on", day.isoformat()))
    row |= {k: Decimal(row[k]) for k in _AMOUNTS if k in row}
    at = datetime(own.year, own.month, own.day, int(hour), tzinfo=UTC)
    base = {"event_id": event_id, "programme_id": "p1", "member_id": member, "global_id": member, "kind": kind, "points": Decimal(points)}
    return {"expires_on": None, **base, "occurred_at": at, "effective_date": own, **row}


class Books:
    """One programme closed day by day."""

    def __init__(self, **changes: Any) -> None:
        self.fold = Fold(books_rows(programme(**changes)))

    def close(self, day: date, events: str, traces: str = "") -> list[str]:
        """Movements of the day in order: event, lot@holder, units, taken by. Traces: redemption, accrual, units."""
        named = [line.split() for line in _lines(traces)]
        self.fold.enter(day, "lot_trace", [{"redemption_event_id": r, "accrual_event_id": a, "points": Decimal(n)} for r, a, n in named])
        rows = [event(line, day) for line in _lines(events)]
        return self.fold.day(day, rows, [attribute], look=lambda s: _movements(s, day))  # type: ignore[no-any-return]

    def issue(self, lot_id: str) -> dict[str, Any]:
        (row,) = [r for r in self.fold.made["lot_issue"] if r["lot_id"] == lot_id]
        return row

    def deferral(self, event_id: str) -> Decimal:
        """Change of open deferral by an event, 12 places."""
        return sum((r["deferral"] for r in self.fold.made["lot_movement"] if r["event_id"] == event_id), Decimal(0))

    def last_day(self, lot_id: str, day: date) -> str:
        """Last usable day of an open lot at a month end."""
        (row,) = [r for r in self.fold.made["lot_schedule"] if r["business_date"] == day and r["lot_id"] == lot_id]
        return str(row["expires_on"])

    def schedule(self, day: date) -> list[str]:
        rows = [r for r in self.fold.made.get("lot_schedule", []) if r["business_date"] == day]
        return sorted(f"{r['lot_id']}@{r['global_id']} {_plain(r['remaining_points'])}" for r in rows)


def _movements(session: Session, day: date) -> list[str]:
    assert invariants(session, day) == []
    rows = session.fetch("select event_id, lot_id, global_id, points, taking_event_id from lot_movement order by sequence")
    return [f"{r['event_id']} {r['lot_id']}@{r['global_id']} {_plain(r['points'])} {r['taking_event_id'] or '-'}" for r in rows]


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "+f")


def _lines(table: str) -> list[str]:
    return [" ".join(line.split()) for line in table.strip().splitlines() if line.strip()]
