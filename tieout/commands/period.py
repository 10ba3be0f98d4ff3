"""`tieout period close|lock|reopen|show PERIOD`: fiscal periods, and what is known now of a period that differs from what was signed."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from assets.workspace import Workspace
from core.calendar import Period
from core.errors import UsageFault
from core.money import minor_unit, round_to
from reconcilers.decisions import same_person, text_fault
from store.periods import CLOSED, KIND, LOCKED, REOPENED, PeriodState, record, states
from store.signatures import last_signed
from tieout.reading import open_workspace, published

EXPLAINED = {"face": "face_amount", "deferred": "deferred_amount", "cost": "cost_amount"}
"""Measures an event states its money in, and the column it does it in."""
ACTIONS = {"close": CLOSED, "lock": LOCKED, "reopen": REOPENED}


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """A period after the command, and from which business date it holds."""

    period: Period
    state: str
    effective: date

    exit_code = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "period": self.period.period_id, "first": self.period.first.isoformat(), "last": self.period.last.isoformat(), "state": self.state,
            "effective_date": self.effective.isoformat(),
        }  # fmt: skip

    def show(self) -> None:
        from tieout.commands.show import console

        p = self.period
        console().print(f"{p.period_id} ({p.first} to {p.last}): {self.state}; holds for closes from {self.effective} on", highlight=False)


@dataclass(frozen=True, slots=True)
class RestatedResult:
    """What was owed at the end of a period: as signed then, as known now, and every event between the two."""

    period: Period
    state: str
    figures: list[dict[str, Any]]
    explained: list[dict[str, Any]]
    is_signed: bool

    exit_code = 0

    def as_dict(self) -> dict[str, Any]:
        return {"period": self.period.period_id, "state": self.state, "signed": self.is_signed, "figures": self.figures, "explained_by": self.explained}

    def show(self) -> None:
        from tieout.commands.show import console

        screen = console()

        def line(text: str) -> None:
            screen.print(text, soft_wrap=True, markup=False, highlight=False)

        then = "as signed" if self.is_signed else "as closed, not signed:"
        line(f"{self.period.period_id} ({self.period.first} to {self.period.last}): {self.state}")
        for f in self.figures:
            line(f"  {f['programme_id']} {f['currency']} {f['measure']}: {then} {f['signed_points']} points, {f['signed_amount']}")
            known = (
                "not told event by event"
                if f["known_amount"] is None
                else f"{f['known_amount']} (difference {f['difference_points']}, {f['difference_amount']})"
            )
            line(f"    as known now {f['known_points']} points, {known}")
        for e in self.explained:
            cost = f", cost {e['cost_amount']}" if e["cost_amount"] else ""
            worth = f"{e['points']} points, face {e['face_amount']}, deferred {e['deferred_amount']}{cost} {e['currency']}"
            line(f"  {e['event_id']} {e['kind']} of {e['effective_date']}, entered {e['entered_on']}: {worth}")


def change(folder: Path, action: str, period_id: str, person: str, second: str, reason: str) -> PeriodResult:
    """Close, lock or reopen a period. Raises UsageFault with every reason against it."""
    workspace = open_workspace(folder)
    period, wanted = _period(workspace, period_id), ACTIONS[action]
    known = states(workspace.store.acts.rows(KIND))
    faults = [f"{name} {fault}" for name, text in (("the name", person), ("the second person", second), ("the reason", reason)) if (fault := text_fault(text))]
    faults += ["the name is empty"] if not person.strip() else []
    standing = known[period_id].state if period_id in known else "open"
    check = {CLOSED: _against_closing, LOCKED: _against_locking, REOPENED: _against_reopening}[wanted]
    faults += check(workspace, period, standing, known, (person, second, reason))
    if faults:
        raise UsageFault(f"{period_id} cannot be {wanted}: {'; '.join(faults)}", str(folder), "closed periods are relied on", "tieout period show " + period_id)
    signed = last_signed(workspace.store.closes())
    effective = signed + timedelta(days=1) if signed else period.last + timedelta(days=1)
    record(workspace.store.acts, period, wanted, effective, " ".join(person.split()), " ".join(second.split()), reason.strip())
    return PeriodResult(period, wanted, effective)


def _period(workspace: Workspace, period_id: str) -> Period:
    try:
        return workspace.books.file.company.calendar.period(period_id)
    except ValueError as fault:
        raise UsageFault(str(fault), "the command line", "periods are those of company.fiscal_calendar", "see tieout.toml") from None


Words = tuple[str, str, str]


def _against_closing(workspace: Workspace, period: Period, standing: str, known: dict[str, PeriodState], _: Words) -> list[str]:
    closes = workspace.store.closes()
    faults = [f"it is {standing} already"] if standing in (CLOSED, LOCKED) else []
    signed = last_signed(closes)
    if signed is None or signed < period.last:
        faults.append(f"its days are not all signed (signed up to {signed})" if signed else "none of its days is signed")
    before = workspace.books.file.company.calendar.period_of(period.first - timedelta(days=1))
    if min(closes) <= before.last and (before.period_id not in known or known[before.period_id].state == REOPENED):
        faults.append(f"{before.period_id} before it is open")
    return faults


def _against_locking(_: Workspace, __: Period, standing: str, ___: dict[str, PeriodState], ____: Words) -> list[str]:
    return [] if standing == CLOSED else [f"it is {standing}; only a closed period can be locked"]


def _against_reopening(_: Workspace, period: Period, standing: str, known: dict[str, PeriodState], words: Words) -> list[str]:
    person, second, reason = words
    faults = [] if standing == CLOSED else [f"it is {standing}" + ("; a locked period stays as it is" if standing == LOCKED else "")]
    if not reason.strip():
        faults.append("the reason is empty")
    if not second.strip() or same_person(person, second):
        faults.append("a second person has to agree (--second NAME)")
    later = [s.period.period_id for s in known.values() if s.period.first > period.last and s.state in (CLOSED, LOCKED)]
    if later:
        faults.append(f"{min(later)} after it is closed")
    return faults


# ------------------------------------------------------------------------------------------------------ as signed, as known now


def show(folder: Path, period_id: str) -> RestatedResult:
    """The closing of a period as it was published, and with the events that entered later but belong to it; the difference is those events."""
    workspace = open_workspace(folder)
    period = _period(workspace, period_id)
    known = states(workspace.store.acts.rows(KIND))
    last = workspace.store.closes().get(period.last)
    if last is None:
        raise UsageFault(f"{period.last} has not been closed", str(folder), "a period is read at its last day", f"tieout close {period.last}")
    with published(workspace, ("roll_forward",), first=period.last, last=period.last) as session:
        owed = session.fetch("""select programme_id, currency, measure, sum(closing_points) as points, sum(closing_amount) as amount
            from roll_forward group by all order by all""")
    with published(workspace, ("event_value",), first=period.last + timedelta(days=1)) as session:
        late = session.fetch(
            """select event_id, kind, programme_id, currency, effective_date, business_date as entered_on, points, face_amount, deferred_amount, cost_amount
            from event_value where effective_date <= $last and kind <> 're_estimate' order by business_date, event_id""",
            last=period.last,
        )
    places = {p.id: p.places for p in workspace.books.programmes}
    for programme_id, currency in {(e["programme_id"], e["currency"]) for e in late}:
        mine = [e for e in late if (e["programme_id"], e["currency"]) == (programme_id, currency)]
        _as_posted(mine, places.get(programme_id, minor_unit(currency)))
        owed += [
            {"programme_id": programme_id, "currency": currency, "measure": m, "points": Decimal(0), "amount": Decimal(0)}
            for m, column in EXPLAINED.items()
            if (m != "cost" or any(e[column] for e in mine))
            and not any((r["programme_id"], r["currency"], r["measure"]) == (programme_id, currency, m) for r in owed)
        ]
    owed.sort(key=lambda r: (r["programme_id"], r["currency"], r["measure"]))
    functional = workspace.books.file.company.functional_currency
    figures = [_figure(row, [e for e in late if _belongs(e, row, functional)]) for row in owed]
    return RestatedResult(period, known[period_id].state if period_id in known else "open", figures, late, last.status == "signed")


def _belongs(event: dict[str, Any], row: dict[str, Any], functional: str) -> bool:
    """Whether an event moved what a row measures: the units of its currency, or where money is translated all of the programme, or those of a foreign one."""
    if event["programme_id"] != row["programme_id"]:
        return False
    if row["measure"] == "presentation":
        return True
    return bool(event["currency"] != functional) if row["measure"] == "functional" else bool(event["currency"] == row["currency"])


def _as_posted(late: list[dict[str, Any]], places: int) -> None:
    """Their deferral and cost in the unit money is posted in, each rounded with those before it, so that what is read adds up to the last cent."""
    for column in ("deferred_amount", "cost_amount"):
        exact = rounded = Decimal(0)
        for event in late:
            if event[column] is not None:  # a day closed before its cost was kept by event
                exact += event[column]
                event[column] = round_to(exact, places) - rounded
                rounded += event[column]


def _figure(row: dict[str, Any], late: list[dict[str, Any]]) -> dict[str, Any]:
    """Signed, known and what lies between: in the measures that events carry; what is translated is not told event by event."""
    points = sum((e["points"] for e in late), Decimal(0))
    column = EXPLAINED.get(row["measure"])
    told = [e[column] for e in late if column and e[column] is not None]
    amount = sum(told, Decimal(0)) if len(told) == len(late) else None
    return {
        "programme_id": row["programme_id"], "currency": row["currency"], "measure": row["measure"], "signed_points": row["points"],
        "signed_amount": row["amount"], "known_points": row["points"] + points, "known_amount": None if amount is None else row["amount"] + amount,
        "difference_points": points, "difference_amount": amount,
    }  # fmt: skip
