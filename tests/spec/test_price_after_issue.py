"""Points that were sold and get another price later: the liability without new points, delivered as docs/lots.md says."""

from decimal import Decimal
from pathlib import Path

from tests.spec.worked_books import close, deliver_late, event, programme

D = Decimal


def test_a_new_price_of_open_points_moves_the_liability_by_the_difference(tmp_path: Path) -> None:
    """100 points sold for 10.00, 40 of them used: at 80% half is released. The 60 left are priced at 0.12 a unit: 1.20 more, and nothing is earned by it."""
    sold = {"earn_class": "cobrand", "expires_on": "2028-03-30", "reason": "as agreed"}
    folder = tmp_path / "books"
    events = [event("a", "2026-03-30", "accrual", 100, deferred_amount="10", **sold), event("r", "2026-03-31", "redemption", -40)]
    closed = close(folder, programme('value_per_point = "0.05"\nurr_for_ssp = "0.8"'), events)
    assert closed.roll("2026-03-31")["closing"] == 5
    back = event("v", "2026-04-01", "reversal", -60, reverses_event_id="a")
    deliver_late(folder, "2026-04-01", [back, event("a2", "2026-03-30", "accrual", 60, deferred_amount="7.20", **sold)])
    moved = closed.roll("2026-04-01")
    assert (moved["deferred"], moved["reversed"], moved["re_estimated"], moved["released"], moved["closing"]) == (D("7.2"), -6, 0, 0, D("6.2"))
    assert closed.entry("2026-04-01") == {"1150": D("1.2"), "2100": D("-1.2")}
