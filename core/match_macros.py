"""What a pair's rule file says, as SQL macros: the days of its calendar and how far money may lie apart.

The rules of every pair count days and compare money by these names alone. What does not belong here: what may be written in a file (`match_rules`).
"""

from collections.abc import Iterator
from typing import Any

from core.match_rules import WEEKDAYS, DateLag, Limit, LineDateLag, Tolerance
from core.strict import exact


def macros(rules: Any) -> Iterator[str]:
    """SQL macros that say what a pair's file says: `due_on`, `longest_span`, `latest_on`, `earliest_on`, `beyond_limit`.

    `due_on(d, n)` is the last day an entry of day d may be posted; `latest_on`, `earliest_on` bound lines without event; `longest_span(n)` calendar
    days cover n of the calendar's. `beyond_limit(a, b, tolerance, currency)` compares left a and right b, equality is within.
    """
    yield from day_macros(rules)
    tolerance = getattr(rules, "tolerance", Tolerance())
    if not tolerance.limits:
        yield "create or replace macro beyond_limit(a, b, tolerance, currency) as beyond_tolerance(a, b, tolerance);"
        return
    named = sorted(tolerance.limits, key=lambda x: x.currency, reverse=True)
    cases = " ".join(f"when currency = '{x.currency}' then {_beyond(x)}" for x in named if x.currency)
    last = next((_beyond(x) for x in named if not x.currency), "beyond_tolerance(a, b, tolerance)")
    yield f"create or replace macro beyond_limit(a, b, tolerance, currency) as {f'(case {cases} else {last} end)' if cases else last};"


def day_macros(rules: Any) -> Iterator[str]:
    """Of the macros those that count days: they need nothing else in the session."""
    lag = getattr(rules, "date_lag", DateLag())
    later, earlier = (lag.later_days, lag.earlier_days) if isinstance(lag, LineDateLag) else (0, 0)
    yield from _calendar(lag)
    yield f"create or replace macro latest_on(d, n) as due_on(d, n + {later});"
    yield f"create or replace macro earliest_on(d) as (d - {earlier});"


def _calendar(lag: DateLag) -> Iterator[str]:
    if lag.calendar == "calendar_days":
        yield "create or replace macro due_on(d, n) as (d + n::integer);"
        yield "create or replace macro longest_span(n) as n;"
        return
    free = ", ".join(str(WEEKDAYS.index(w)) for w in sorted(set(lag.weekend), key=WEEKDAYS.index)) or "7"
    holidays = ", ".join(f"date '{d}'" for d in sorted(set(lag.holidays))) or "date '0001-01-01'"
    per_week = len(WEEKDAYS) - len(set(lag.weekend))
    span = f"((n::integer // {per_week} + 1) * 7 + {len(set(lag.holidays))})"
    yield f"create or replace macro longest_span(n) as {span};"
    days = f"list_transform(generate_series(1, {span}), lambda i: d + i::integer)"
    business = f"list_filter({days}, lambda x: dayofweek(x) not in ({free}) and x not in ({holidays}))"
    yield f"create or replace macro due_on(d, n) as (case when n = 0 then d else ({business})[n::integer] end);"


def _beyond(limit: Limit) -> str:
    """Whether left a and right b lie further apart than the limit of their direction; in ten-thousandths, exact."""
    higher, lower = _allowed(limit.right_higher), _allowed(limit.right_lower)
    apart = "abs(units4(a) - units4(b)) * 1000000000000::hugeint"
    beyond = f"{apart} > (case when abs(units4(b)) >= abs(units4(a)) then {higher} else {lower} end)"
    if limit.cap is not None:
        beyond = f"({beyond} or abs(units4(a) - units4(b)) > {_units(limit.cap)})"
    return f"({beyond})"


def _allowed(limit: str) -> str:
    """The allowed distance, times 10^12."""
    larger = "greatest(abs(units4(a)), abs(units4(b)))"
    if limit == "programme":
        return f"units12(tolerance) * {larger}"
    if limit.endswith("%"):
        return f"{int(exact(limit).scaleb(12))}::hugeint * {larger}"
    return f"{_units(limit)} * 1000000000000::hugeint"


def _units(money: str) -> str:
    return f"{int(exact(money).scaleb(4))}::hugeint"
