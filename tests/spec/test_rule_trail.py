"""Spec of `tieout explain`: every pass is named with why it did not settle the key, and the nearest candidates say which field differs."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.kinds import Pair
from core.match_rules import EventLedgerRules, MatchRules, shipped_match_rules
from tests.reconcilers.balances.pair_day import D, PairDay
from tieout.commands.explain_trail import nearest_candidates, trail

PASSES = ["exact_id", "manifest", "composite", "reversal", "group_sum member_order", "tolerance", "date_lag", "suggestion"]


def line(document: str, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "ledger_id": "gl", "company_id": "1000", "document_id": document, "line_id": "1", "posting_date": D, "account": "2100", "amount": amount,
        "currency": "USD", **more,
    }  # fmt: skip


def standing(code: str, key: str, pair: str = "event_ledger", **more: Any) -> dict[str, Any]:
    money = {"left_amount": Decimal("1.00"), "right_amount": Decimal(0), "difference_amount": Decimal("1.00"), "relative_difference": Decimal(1)}
    return {
        "code": code,
        "business_key": key,
        "pair": pair,
        "programme_id": "p1",
        "currency": "USD",
        "left_ref": "",
        "right_ref": "",
        "explanation": "why",
        **money,
        **more,
    }


def books() -> PairDay:
    day = PairDay().event("E1", "100", member="m1", order_id="o1", face_amount="1.00")
    day.put("ledger_line", line("d1", "-1.00", event_id="E2"), line("d2", "-1.50", member_id="m1", global_id="m1", order_id="o1", points="-150"))
    return day


def test_every_pass_is_named_for_an_event() -> None:
    with books().open() as session:
        told = trail(session, standing("MS-03", "E1"), shipped_match_rules())
    assert [t.split(":")[0] for t in told[1:-1]] == PASSES
    assert "match_rules/event_ledger.toml" in told[0]
    assert told[1] == "exact_id: no ledger line names E1"
    assert told[3] == "composite: 1 lines of the member name neither event nor batch; 0 of them fit in units or money"
    assert told[-1] == "classified MS-03: accrual not in ledger"


def test_every_pass_is_named_for_a_line() -> None:
    with books().open() as session:
        told = trail(session, standing("MS-02", "gl/1000/d2/1"), shipped_match_rules())
        named = trail(session, standing("MS-02", "gl/1000/d1/1"), shipped_match_rules())
    assert [t.split(":")[0] for t in told[1:-1]] == PASSES
    assert named[1:3] == ["exact_id: names event E2, which loyalty does not know", "manifest: is no batch"]


def test_candidates_say_what_differs() -> None:
    with books().open() as session:
        of_event = nearest_candidates(session, standing("MS-03", "E1"))
        of_line = nearest_candidates(session, standing("MS-02", "gl/1000/d1/1"))
    assert [(r["ref"], r["differs_in"], r.get("id_distance")) for r in of_event] == [
        ("gl/1000/d1/1", "order, member", 1),
        ("gl/1000/d2/1", "amount, points", None),
    ]
    assert [(r["event_id"], r["differs_in"], r["id_distance"]) for r in of_line] == [("E1", "order, member", 1)]


@pytest.mark.parametrize(("calendar", "last"), [("calendar_days", date(2026, 3, 14)), ("business_days", date(2026, 3, 16))])
def test_the_days_of_a_line_are_those_of_the_window_and_its_calendar(calendar: str, last: date) -> None:
    stated = EventLedgerRules.model_validate({"pair": "event_ledger", "version": "2", "date_lag": {"calendar": calendar, "later_days": 1}})
    rules = [MatchRules(pair=Pair.EVENT_LEDGER, rule_version="own", rules=stated)]
    day = books().put("ledger_line", line("d3", "-9.00", member_id="m1", global_id="m1", points="-900", posting_date=last + timedelta(days=1)))
    with day.open() as session:
        told = trail(session, standing("MS-03", "E1"), rules, {"p1": 3})
    [said] = [t for t in told if t.startswith("date_lag")]
    assert said == (
        f"date_lag: posted from {D} to {last} (3 days to post and 1 beyond, in {calendar.replace('_', ' ')}); 1 of those lines are later, 0 earlier"
    )


@pytest.mark.parametrize("pair", ["balance_events", "order_event", "redemption_tax", "member_balance", "control_account", "ledger_roll", "delivery"])
def test_every_pair_has_a_trail(pair: str) -> None:
    with books().open() as session:
        told = trail(session, standing("AM-02", "k", pair), shipped_match_rules())
    assert told[-1] == "classified AM-02: money differs beyond tolerance"
    assert nearest_candidates(books().open(), standing("AM-02", "k", pair)) == []
