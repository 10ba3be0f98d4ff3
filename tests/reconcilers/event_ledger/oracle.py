"""The comparison said again in plain Python, row by row, from the words of the contract: an independent witness for the SQL.

One ledger, one currency, no transfers; lines name their event or a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction


@dataclass(frozen=True)
class Event:
    id: str
    units: int
    on: date
    enters: date


@dataclass(frozen=True)
class Line:
    document: str
    event: str
    batch: str
    account: str
    units: int
    cents100: int  # ten-thousandths
    on: date
    enters: date


@dataclass(frozen=True)
class Member:
    batch: str
    event: str
    units: int
    cents100: int
    enters: date


def beyond(a: int, b: int) -> bool:
    return abs(a - b) > Fraction(1, 10_000) * max(abs(a), abs(b))


def differences(day: date, window: int, events: Sequence[Event], lines: Sequence[Line], members: Sequence[Member]) -> set[tuple[str, str]]:
    """(code, business key) of every difference at the close of a day."""
    known = {e.id: e for e in events if e.enters <= day}
    booked = [x for x in lines if x.enters <= day and x.account == "2100"]
    manifest = [m for m in members if m.enters <= day]
    found: set[tuple[str, str]] = set()
    for x in booked:
        stated = [m for m in manifest if m.batch == x.batch]
        if (x.event and x.event not in known) or (x.batch and not stated) or any(m.event not in known for m in stated if x.batch):
            found.add(("MS-02", f"gl/1000/{x.document}/1"))
        elif x.batch and (sum(m.units for m in stated) != x.units or sum(m.cents100 for m in stated) != x.cents100):
            found.add(("AM-08", f"gl/1000/{x.document}/1"))
    for e in known.values():
        code = _code(day, window, e, [x for x in lines if x.enters <= day], booked, manifest)
        if code:
            found.add((code, e.id))
    return found


def _code(day: date, window: int, e: Event, lines: Sequence[Line], booked: Sequence[Line], manifest: Sequence[Member]) -> str:
    worth = e.units * 100
    carried = [(x.units, x.cents100, x.on) for x in booked if x.event == e.id]
    carried += [(m.units, m.cents100, x.on) for m in manifest if m.event == e.id for x in booked if x.batch == m.batch]
    due = e.on + timedelta(days=window)
    if not carried:
        if any(x.event == e.id and x.account != "2100" and x.cents100 == worth for x in lines):
            return "CL-01"
        return "TM-01" if day < due else ("MS-03" if e.units > 0 else "MS-01")
    units, money = sum(c[0] for c in carried), sum(c[1] for c in carried)
    sign = 1 if e.units > 0 else -1
    if len(carried) > 1 and (units * sign > abs(e.units) or (money * sign > abs(worth) and beyond(money, worth))):
        return "DU-01"
    if any(not e.on <= on <= due and (on.year, on.month) != (e.on.year, e.on.month) for _, _, on in carried):
        return "CL-02"
    if units != e.units:
        return "AM-01"
    if beyond(money, worth):
        return "AM-02"
    return "AM-03" if money != worth else ""
