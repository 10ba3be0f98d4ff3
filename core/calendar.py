"""Business dates: when a day begins and ends for a programme, and which fiscal period it belongs to. No clock is read here; dates come in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise

MINUTES_PER_DAY = 24 * 60
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKS = {"4-4-5": (4, 4, 5) * 4, "4-5-4": (4, 5, 4) * 4, "5-4-4": (5, 4, 4) * 4, "13_periods": (4,) * 13}
"""Weeks of each period of a 52-week year; a 53rd week belongs to the last one."""


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


@dataclass(frozen=True, slots=True)
class Period:
    """A fiscal period: its id and its first and last day."""

    period_id: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """Calendar months, or years of 52 or 53 weeks that end on a weekday: the last one of a month, or the one nearest to that month's end.

    Source of the week calendars: the retail 4-5-4 calendar of the National Retail Federation (Saturday nearest to 31 January, named by
    the year in which it begins) is kind 4-5-4, month 1, saturday, nearest, named by start.
    """

    kind: str = "calendar_months"
    month: int = 1
    weekday: str = "saturday"
    ends: str = "nearest"
    named: str = "start"

    def period_of(self, day: date) -> Period:
        """The period a day belongs to.

        >>> FiscalCalendar().period_of(date(2017, 2, 14))
        Period(period_id='2017-02', first=datetime.date(2017, 2, 1), last=datetime.date(2017, 2, 28))
        >>> FiscalCalendar("4-5-4").period_of(date(2024, 2, 3)).period_id
        '2023-P12'
        """
        if self.kind == "calendar_months":
            first = day.replace(day=1)
            return Period(f"{day:%Y-%m}", first, _month_end(first))
        for year in (day.year - 1, day.year, day.year + 1):
            if day <= self._year_end(year):
                return next(p for p in self._periods(year) if p.first <= day <= p.last)
        raise ValueError(f"no fiscal year holds {day}")

    def period(self, period_id: str) -> Period:
        """The period of an id, `2017-01` or `2016-P12`. Raises ValueError for an id this calendar does not have."""
        year, _, number = period_id.partition("-")
        if year.isdigit() and len(year) == 4:
            if self.kind == "calendar_months" and number.isdigit() and len(number) == 2 and 1 <= int(number) <= 12:
                return self.period_of(date(int(year), int(number), 1))
            if self.kind != "calendar_months":
                ending = int(year) + (1 if self._crosses else 0)
                found = [p for p in self._periods(ending) if p.period_id == period_id]
                if found:
                    return found[0]
        example = self.period_of(date(2017, 1, 15)).period_id
        raise ValueError(f"{period_id!r} is no period of the calendar {self.kind}; for example {example}")

    def is_end(self, day: date) -> bool:
        """Whether a day is the last of its period."""
        return self.period_of(day).last == day

    def listed(self, first_year: int, last_year: int) -> list[Period]:
        """Every period of the fiscal years that end in these calendar years, in order; none for calendar months, which need no list."""
        return [] if self.kind == "calendar_months" else [p for year in range(first_year, last_year + 1) for p in self._periods(year)]

    @property
    def _crosses(self) -> bool:
        """Whether a fiscal year bears the number of the year before the one it ends in."""
        return self.named == "start"

    def _year_end(self, year: int) -> date:
        """Last day of the fiscal year that ends in (or, nearest, at the end of) the month of a calendar year."""
        end = _month_end(date(year, self.month, 1))
        back = (end.weekday() - WEEKDAYS.index(self.weekday)) % 7
        return end - timedelta(days=back) if self.ends == "last" or back <= 3 else end + timedelta(days=7 - back)

    def _periods(self, year: int) -> Iterator[Period]:
        """The periods of the fiscal year that ends in a calendar year, in order."""
        first, last = self._year_end(year - 1) + timedelta(days=1), self._year_end(year)
        weeks = list(accumulate(WEEKS[self.kind], initial=0))
        name = year - 1 if self._crosses else year
        for number, (start, end) in enumerate(pairwise(weeks), start=1):
            closing = last if number == len(weeks) - 1 else first + timedelta(days=7 * end - 1)
            yield Period(f"{name}-P{number:02d}", first + timedelta(days=7 * start), closing)


def _month_end(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
