"""Spec of the patterns beyond a programme's limits: FR-02 (who adjusts), FR-03 (redemption bursts), FR-04 (earn-refund and transfer cycles).

Each pattern beside the near miss of the same shape; a limit is broken when it is exceeded, not when it is met.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reconcilers import orders
from tests.fold import programme
from tests.reconcilers.balances.pair_day import D, PairDay

Setup = Callable[[PairDay], Any]


def adjust(count: int, points: str = "10", actor: str = "agent-7", days_ago: int = 0) -> Setup:
    def run(day: PairDay) -> None:
        for n in range(count):
            day.event(f"J{days_ago}-{n}", points, "adjustment", member=f"m{n}", actor=actor, **dated(days_ago))

    return run


def dated(days_ago: int) -> dict[str, Any]:
    on = D - timedelta(days=days_ago)
    return {"business_date": on, "effective_date": on}


def redeem(count: int, member: str = "m1", points: str = "-10", days_ago: int = 0) -> Setup:
    return lambda day: [day.event(f"R{member}-{days_ago}-{n}", points, "redemption", member=member, **dated(days_ago)) for n in range(count)]


def bought_and_returned(count: int, back: str = "-100", days_ago: int = 0) -> Setup:
    def run(day: PairDay) -> None:
        for n in range(count):
            day.event(f"A{n}", "100", order_id=f"o{n}", earn_class="purchase", transaction_amount="10.00", **dated(days_ago))
            day.event(f"V{n}", back, "reversal", order_id=f"o{n}", reverses_event_id=f"A{n}", **dated(days_ago))

    return run


def transfers(*legs: tuple[str, str], points: str = "50") -> Setup:
    def run(day: PairDay) -> None:
        for n, (giver, taker) in enumerate(legs):
            at = {"occurred_at": f"{D}T{10 + n}:00:00+00:00", "transfer_id": f"t{n}"}
            day.event(f"O{n}", f"-{points}", "transfer_out", member=giver, **at)
            day.event(f"I{n}", points, "transfer_in", member=taker, **at)

    return run


CASES: list[tuple[str, dict[str, Any], Setup, dict[str, str]]] = [
    ("FR-02 one adjustment too many on a day", {"max_daily_adjustments": 3}, adjust(4), {"agent-7": "FR-02"}),
    ("FR-02 not: as many as allowed", {"max_daily_adjustments": 3}, adjust(3), {}),
    ("FR-02 not: nobody keyed them", {"max_daily_adjustments": 3}, adjust(9, actor=""), {}),
    ("FR-02 not: no limit is set", {}, adjust(50), {}),
    ("FR-02 more points than allowed", {"max_daily_adjusted_points": "29.9999"}, adjust(3), {"agent-7": "FR-02"}),
    ("FR-02 not: exactly the points", {"max_daily_adjusted_points": "30"}, adjust(3), {}),
    ("FR-02 not: points taken are not given", {"max_daily_adjusted_points": "30"}, adjust(9, "-10"), {}),
    ("FR-02 three just below what needs approval", {"adjustment_approval_points": "1000"}, adjust(3, "950"), {"agent-7": "FR-02"}),
    ("FR-02 not: two of them", {"adjustment_approval_points": "1000"}, adjust(2, "950"), {}),
    ("FR-02 not: not in the last tenth", {"adjustment_approval_points": "1000"}, adjust(3, "900"), {}),
    ("FR-02 stands while its days are looked at", {"max_daily_adjustments": 3, "pattern_days": 10}, adjust(4, days_ago=9), {"agent-7": "FR-02"}),
    ("FR-02 not: too long ago", {"max_daily_adjustments": 3, "pattern_days": 10}, adjust(4, days_ago=10), {}),
    ("FR-03 a burst of redemptions", {"max_daily_redemptions": 2}, redeem(3), {"p1/m1": "FR-03"}),
    ("FR-03 not: as many as allowed", {"max_daily_redemptions": 2}, redeem(2), {}),
    ("FR-03 not: on two days", {"max_daily_redemptions": 2}, lambda d: (redeem(2)(d), redeem(2, days_ago=1)(d)), {}),
    ("FR-03 not: by two members", {"max_daily_redemptions": 2}, lambda d: (redeem(2)(d), redeem(2, "m2")(d)), {}),
    ("FR-03 more points than allowed", {"max_daily_redeemed_points": "25"}, redeem(3), {"p1/m1": "FR-03"}),
    ("FR-04 purchases taken back again and again", {"max_refund_cycles": 2}, bought_and_returned(3), {"p1/m1": "FR-04"}),
    ("FR-04 not: as often as allowed", {"max_refund_cycles": 3}, bought_and_returned(3), {}),
    ("FR-04 not: taken back in part", {"max_refund_cycles": 2}, bought_and_returned(3, "-99"), {}),
    (
        "FR-04 not: one of the returns was a mistake and taken back",
        {"max_refund_cycles": 2},
        lambda d: (bought_and_returned(3)(d), d.event("W0", "100", "reversal", order_id="o0", reverses_event_id="V0")),
        {},
    ),
    ("FR-04 there and back", {"max_transfer_cycles": 0}, transfers(("m1", "m2"), ("m2", "m1")), {"p1/m1": "FR-04"}),
    ("FR-04 through a third", {"max_transfer_cycles": 0}, transfers(("m1", "m2"), ("m2", "m3"), ("m3", "m1")), {"p1/m1": "FR-04"}),
    ("FR-04 not: given on, not back", {"max_transfer_cycles": 0}, transfers(("m1", "m2"), ("m2", "m3")), {}),
    ("FR-04 not: as often as allowed", {"max_transfer_cycles": 1}, transfers(("m1", "m2"), ("m2", "m1")), {}),
    (
        "FR-03 before FR-04 of one member",
        {"max_daily_redemptions": 2, "max_refund_cycles": 2},
        lambda d: (redeem(3)(d), bought_and_returned(3)(d)),
        {"p1/m1": "FR-03"},
    ),
]


def _patterns(setup: Setup, limits: dict[str, Any], missing: tuple[str, ...] = ()) -> dict[str, str]:
    day = PairDay(programmes=[programme(limits=limits, windows={"posting_days": 0})], missing=missing)
    setup(day)
    found = day.findings(orders.compare, "order_event", orders.INPUTS)
    return {k: c for k, c in found.items() if c in ("FR-02", "FR-03", "FR-04")}


@pytest.mark.parametrize(("says", "limits", "setup", "expected"), CASES, ids=[c[0] for c in CASES])
def test_pattern(says: str, limits: dict[str, Any], setup: Setup, expected: dict[str, str]) -> None:
    assert _patterns(setup, limits) == expected, says


def test_patterns_need_no_payments() -> None:
    assert _patterns(redeem(3), {"max_daily_redemptions": 2}, ("payment",)) == {"p1/m1": "FR-03"}
    assert _patterns(redeem(3), {"max_daily_redemptions": 2}, ("loyalty_event",)) == {}
