"""The passes for lines without event said again in plain Python, one row at a time: an independent witness for the SQL of the ladder.

One ledger, one currency, the shipped rules; every event and line enters on the day of the close.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from tests.reconcilers.event_ledger.oracle import beyond

MOST_ITEMS = 12


@dataclass(frozen=True)
class Earned:
    id: str
    member: str
    order: str
    units: int
    on: date

    @property
    def worth(self) -> int:
        """Ten-thousandths."""
        return self.units * 100


@dataclass(frozen=True)
class Loose:
    document: str
    member: str
    order: str
    units: int | None
    cents100: int
    on: date

    @property
    def ref(self) -> str:
        return f"gl/1000/{self.document}/1"


def judge(day: date, window: int, events: Sequence[Earned], lines: Sequence[Loose]) -> set[tuple[str, str]]:
    """(code, business key) of every difference at the close of a day."""
    fits = [(x, e) for x in lines for e in events if _fits(x, e, window)]
    settled = _unique(fits)
    grouped_lines, grouped_events = _groups(window, set(lines) - settled.keys(), set(events) - set(settled.values()))
    gone = {*settled.values(), *grouped_events}
    rest = [(x, e) for x, e in fits if x not in settled and x not in grouped_lines and e not in gone]
    settled |= _unique(rest)
    ambiguous = {x for x, _ in rest} - settled.keys()
    waiting = [e for e in events if e not in settled.values() and e not in grouped_events]
    found = {(_absent(day, window, e), e.id) for e in waiting}
    for x in set(lines) - settled.keys() - grouped_lines:
        found.add(("AB-01" if x in ambiguous else _searched(window, x, waiting), x.ref))
    for x, e in settled.items():
        if x.cents100 != e.worth:
            found.add(("AM-02" if beyond(x.cents100, e.worth) else "AM-03", e.id))
    return found


def _in_window(x: Loose, e: Earned, window: int) -> bool:
    return e.on <= x.on <= e.on + timedelta(days=window)


def _fits(x: Loose, e: Earned, window: int) -> bool:
    same = x.units == e.units if x.units is not None else not beyond(x.cents100, e.worth)
    return same and x.member == e.member and x.order in ("", e.order) and _in_window(x, e, window) and (x.cents100 >= 0) == (e.worth >= 0)


def _unique(pairs: Iterable[tuple[Loose, Earned]]) -> dict[Loose, Earned]:
    of_line, of_event = defaultdict(list), defaultdict(list)
    for x, e in pairs:
        of_line[x].append(e)
        of_event[e].append(x)
    return {x: es[0] for x, es in of_line.items() if len(es) == 1 and len(of_event[es[0]]) == 1}


def _groups(window: int, lines: set[Loose], events: set[Earned]) -> tuple[set[Loose], set[Earned]]:
    """Equal sums by member and order, the order known."""
    used_lines: set[Loose] = set()
    used_events: set[Earned] = set()
    for key in {(x.member, x.order) for x in lines if x.order}:
        some = [x for x in lines if (x.member, x.order) == key]
        others = [e for e in events if (e.member, e.order) == key]
        if not others or sum(x.cents100 for x in some) != sum(e.worth for e in others):
            continue
        units = [x.units for x in some if x.units is not None]
        in_time = min(e.on for e in others) <= min(x.on for x in some) and max(x.on for x in some) <= max(e.on for e in others) + timedelta(days=window)
        if in_time and (len(units) < len(some) or sum(units) == sum(e.units for e in others)):
            used_lines |= set(some)
            used_events |= set(others)
    return used_lines, used_events


def _searched(window: int, x: Loose, waiting: Sequence[Earned]) -> str:
    items = [e for e in waiting if e.member == x.member and (not x.order or e.order in ("", x.order)) and _in_window(x, e, window)]
    if len(items) > MOST_ITEMS:
        return "AB-02"
    sums = 0
    for size in range(2, len(items) + 1):
        for some in combinations(items, size):
            sums += sum(e.worth for e in some) == x.cents100 and (x.units is None or sum(e.units for e in some) == x.units)
    return "AB-01" if sums > 1 else "MS-02"


def _absent(day: date, window: int, e: Earned) -> str:
    if day < e.on + timedelta(days=window):
        return "TM-01"
    return "MS-03" if e.units > 0 else "MS-01"
