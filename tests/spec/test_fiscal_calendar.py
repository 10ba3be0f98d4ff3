"""Fiscal calendars against published ones: the retail 4-5-4 calendar, 52- and 53-week years, and that periods tile every year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import WEEKS, FiscalCalendar

NRF = FiscalCalendar("4-5-4")
ALL = [
    FiscalCalendar(k, m, w, e, n)
    for k in WEEKS
    for m, w in ((1, "saturday"), (9, "friday"), (12, "sunday"))
    for e in ("last", "nearest")
    for n in ("start", "end")
]


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [  # National Retail Federation, 4-5-4 calendars 2017, 2023 (53 weeks) and 2024
        (date(2017, 1, 29), date(2017, 2, 25), "2017-P01"),
        (date(2017, 2, 26), date(2017, 4, 1), "2017-P02"),
        (date(2017, 12, 31), date(2018, 2, 3), "2017-P12"),
        (date(2023, 1, 29), date(2023, 2, 25), "2023-P01"),
        (date(2023, 12, 31), date(2024, 2, 3), "2023-P12"),
        (date(2024, 2, 4), date(2024, 3, 2), "2024-P01"),
    ],
)
def test_the_retail_calendar(first: date, last: date, period: str) -> None:
    found = NRF.period(period)
    assert (found.first, found.last) == (first, last)
    assert NRF.period_of(first) == NRF.period_of(last) == found
    assert NRF.is_end(last)
    assert not NRF.is_end(first)


def test_months() -> None:
    months = FiscalCalendar()
    assert [str(months.period("2024-02").last), str(months.period("2023-02").last)] == ["2024-02-29", "2023-02-28"]
    for wrong in ("2024-13", "2024", "2024-P01", "x", "2024-1"):
        with pytest.raises(ValueError, match="is no period"):
            months.period(wrong)
    with pytest.raises(ValueError, match="is no period"):
        NRF.period("2024-P13")


@given(st.sampled_from([FiscalCalendar(), *ALL]), st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_periods_tile_time(calendar: FiscalCalendar, day: date) -> None:
    period = calendar.period_of(day)
    assert period.first <= day <= period.last
    assert calendar.period(period.period_id) == period
    assert calendar.period_of(period.last + timedelta(days=1)).first == period.last + timedelta(days=1)
    assert 28 <= (period.last - period.first).days + 1 <= 42
