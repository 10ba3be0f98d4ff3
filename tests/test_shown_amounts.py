"""What a terminal shows is as exact as the reports."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tieout.commands.close import CloseResult, DayResult
from tieout.commands.show import show_close


def test_a_liability_is_shown_in_its_currencys_own_places(capsys: pytest.CaptureFixture[str]) -> None:
    owed = {"JPY": Decimal("24041340"), "KWD": Decimal("136817.505"), "USD": Decimal("12.5")}
    show_close(CloseResult(Path("books"), [DayResult(date(2026, 3, 4), "c", 1, 1, {}, 0, owed, {}, {}, None)], []))
    shown = capsys.readouterr().out
    assert all(text in shown for text in (" 24,041,340 JPY", " 136,817.505 KWD", " 12.50 USD"))
