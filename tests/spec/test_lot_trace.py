"""Spec of LT-01: the engine's lots beside the platform's own trace of a redemption, under policies that follow it and that do not."""

from datetime import timedelta
from typing import Any

import pytest

from reconcilers import balances
from tests.fold import programme
from tests.reconcilers.balances.pair_day import D, PairDay

YESTERDAY = D - timedelta(days=1)

CASES: list[tuple[str, str, str, str | None]] = [
    # says, what the platform traced, what our lots gave (by: the event that gave or repaid), code
    ("the same lots", "A 60, B 40", "A 60, B 40", None),
    ("other lots", "A 100", "A 60, B 40", "LT-01"),
    ("the same lots, other units", "A 50, B 50", "A 60, B 40", "LT-01"),
    ("traced in part", "A 60", "A 60, B 40", "LT-01"),
    ("more than was redeemed", "A 60, B 50", "A 60, B 40", "LT-01"),
    ("one fourth place", "A 60.0001, B 39.9999", "A 60, B 40", "LT-01"),
    ("arrears have no lot to trace", "A 60", "A 60, ARREARS/R 40", None),
    ("arrears repaid and not traced", "A 60", "A 60, ARREARS/R 40, ARREARS/R -40 by C, C 40 by C", None),
    ("arrears repaid and traced", "A 60, C 40", "A 60, ARREARS/R 40, ARREARS/R -40 by C, C 40 by C", None),
    ("arrears repaid by another lot than traced", "A 60, B 40", "A 60, ARREARS/R 40, ARREARS/R -40 by C, C 40 by C", "LT-01"),
    ("given back in part", "A 60, B 40", "A 60, B 40, B -30 by X", None),
    ("other lots, all given back", "A 100", "B 100, B -100 by X", None),
    ("a redemption that is not in the books", "A 100", "", "LT-01"),
]


def _allocations(text: str) -> list[dict[str, Any]]:
    rows = []
    for n, part in enumerate(p for p in text.split(", ") if p):
        lot_id, points, *by = part.split()
        event = by[1] if by else "R"
        row = {"event_id": event, "redemption_event_id": "R", "lot_id": lot_id, "sequence": n + 1, "points": points}
        rows.append(row | {"programme_id": "p1", "global_id": "m1", "currency": "USD"})
    return rows


def _traces(text: str) -> list[dict[str, Any]]:
    return [dict(zip(("accrual_event_id", "points"), part.split(), strict=True)) | {"redemption_event_id": "R"} for part in text.split(", ") if part]


def _found(day: PairDay) -> dict[str, str]:
    return day.findings(balances.compare_balance_events, "balance_events")


@pytest.mark.parametrize("policy", ["fifo", "source_trace"])
@pytest.mark.parametrize(("says", "traced", "taken", "code"), CASES, ids=[c[0] for c in CASES])
def test_lots_beside_the_trace(policy: str, says: str, traced: str, taken: str, code: str | None) -> None:
    day = PairDay(programmes=[programme(lot_policy=policy)]).put("lot_trace", *_traces(traced)).put("allocation_draft", *_allocations(taken))
    assert _found(day) == ({} if code is None else {"R": code}), says


@pytest.mark.parametrize(("policy", "code"), [("fifo", None), ("source_trace", "LT-01")])
def test_a_redemption_without_trace_is_shown_where_the_trace_decides(policy: str, code: str | None) -> None:
    day = PairDay(programmes=[programme(lot_policy=policy)]).put("allocation_draft", *_allocations("A 60"))
    assert _found(day) == ({} if code is None else {"R": code})


@pytest.mark.parametrize(("traced", "code"), [("A 100", None), ("B 100", "LT-01")])
def test_a_trace_that_comes_later_is_judged_when_it_comes(traced: str, code: str | None) -> None:
    earlier = [{"business_date": YESTERDAY, **r} for r in _allocations("A 100")]
    day = PairDay(programmes=[programme(lot_policy="source_trace")]).put("prior_allocation_draft", *earlier).put("lot_trace", *_traces(traced))
    assert _found(day) == ({} if code is None else {"R": code})


def test_a_difference_stands_until_it_is_gone_whatever_is_delivered_today() -> None:
    earlier = [{"business_date": YESTERDAY, **r} for r in _allocations("B 100")]
    opened = {
        "business_date": YESTERDAY,
        "pair": "balance_events",
        "code": "LT-01",
        "business_key": "R",
        "currency": "USD",
        "status": "open",
        "programme_id": "p1",
    }
    traced = [{"business_date": YESTERDAY, **t} for t in _traces("A 100")]
    day = PairDay(missing=["loyalty_balance", "loyalty_event", "lot_trace"]).put("prior_break", opened).put("lot_trace", *traced)
    assert _found(day.put("prior_allocation_draft", *earlier)) == {"R": "LT-01"}
