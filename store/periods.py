"""Fiscal periods as people closed, locked and reopened them, recorded as acts; read back by the business date from which each holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.calendar import Period
from store.acts import Act, Acts, Draft

KIND = "period"
CLOSED, LOCKED, REOPENED = "closed", "locked", "reopened"


@dataclass(frozen=True, slots=True)
class PeriodState:
    """A period as it stands: closed, locked or reopened, by whom and when."""

    period: Period
    state: str
    person: str
    reason: str
    act: Act


def record(acts: Acts, period: Period, state: str, effective: date, person: str, second: str, reason: str) -> Act:
    """Record what happened to a period; it holds for closes of `effective` and later."""
    body = {"state": state, "first": period.first.isoformat(), "last": period.last.isoformat(), "second": second, "reason": reason}
    return acts.append([Draft(KIND, period.period_id, effective, person, body)])[0]


def states(found: Sequence[Act], day: date | None = None) -> dict[str, PeriodState]:
    """The latest state of each period that anybody touched, as it holds on a business date (None: as recorded last)."""
    made: dict[str, PeriodState] = {}
    for act in found:
        if act.kind == KIND and (day is None or act.effective_date <= day):
            period = Period(act.subject, date.fromisoformat(act.body["first"]), date.fromisoformat(act.body["last"]))
            made[act.subject] = PeriodState(period, act.body["state"], act.person, act.body["reason"], act)
    return made


def open_day(found: Sequence[Act], day: date) -> date:
    """The first day from `day` on that lies in no closed or locked period, as recorded last: where an entry can still be posted."""
    for period in sorted((s.period for s in states(found).values() if s.state in (CLOSED, LOCKED)), key=lambda p: p.first):
        if period.first <= day <= period.last:
            day = period.last + timedelta(1)
    return day


def table_rows(found: Sequence[Act], day: date) -> list[dict[str, Any]]:
    """The periods closed on a business date as rows of the declared table `closed_period`."""
    return [
        {"period_id": s.period.period_id, "first_day": s.period.first, "last_day": s.period.last, "is_locked": s.state == LOCKED, "closed_by": s.person}
        for s in states(found, day).values()
        if s.state in (CLOSED, LOCKED)
    ]
