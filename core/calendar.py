"""Business dates: when a day begins and ends for a programme. No clock is read here; dates come in."""

from datetime import date, timedelta

MINUTES_PER_DAY = 24 * 60


def cut_off_minutes(cut_off: str) -> int:
    """Minutes after local midnight at which the next business day begins; "24:00" is the calendar day (1440).

    >>> cut_off_minutes("22:00")
    1320
    """
    hours, _, minutes = cut_off.partition(":")
    total = int(hours) * 60 + int(minutes)
    if not 0 < total <= MINUTES_PER_DAY or not 0 <= int(minutes) < 60:
        raise ValueError(f'cut_off must be between "00:01" and "24:00", not "{cut_off}"')
    return total


def days_between(first: date, last: date) -> list[date]:
    """Every calendar day from first to last, both included; empty if last is before first."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
