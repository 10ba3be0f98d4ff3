"""Auto-certification: every condition, each with its reason code, and nothing certified that one of them forbids."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.certification import REASONS, Facts, Item, refusals
from core.policy import Certification

POLICY = Certification.model_validate({"version": "1", "approved_by": "Cid", "approved_on": date(2017, 1, 1)})
CLEAN = Facts((), {"USD": Decimal(10_000)}, 0, 0, False, True, True, False)


def item(code: str = "AM-03", net: str = "0", gross: str = "0", **more: Any) -> Item:
    made = Item("event_ledger", code, "USD", 1, 0, Decimal(net), Decimal(gross), Decimal(0), 0, 0, Decimal(0))
    return replace(made, **more)


def test_a_clean_day_is_certified() -> None:
    assert refusals(POLICY, CLEAN) == []


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (replace(CLEAN, is_period_end=True), "period_end"),
        (replace(CLEAN, failed_files=1), "inputs_incomplete"),
        (replace(CLEAN, items=[item("DQ-01")]), "inputs_incomplete"),
        (replace(CLEAN, is_current=False), "input_changed"),
        (replace(CLEAN, is_of_this_configuration=False), "configuration_changed"),
        (replace(CLEAN, items=[item("MS-01", blocking=1)]), "blocking_break"),
        (replace(CLEAN, items=[item(gross_points=Decimal("0.0001"))]), "points_differ"),
        (replace(CLEAN, items=[item(net="-1.0001", gross="0")]), "net_beyond_tolerance"),
        (replace(CLEAN, items=[item(gross="0.6"), item(gross="0.4001")]), "gross_beyond_tolerance"),
        (replace(CLEAN, items=[replace(item(gross="0.0001"), currency="EUR")]), "gross_beyond_tolerance"),
        (replace(CLEAN, items=[item(oldest_days=31)]), "item_too_old"),
        (replace(CLEAN, items=[item("BL-04")]), "drift"),
        (replace(CLEAN, items=[item("BL-03")]), "roll_forward_open"),
        (replace(CLEAN, untied_accounts=1), "roll_forward_open"),
        (replace(CLEAN, is_day_before_signed=False), "day_before_unsigned"),
        (replace(CLEAN, items=[item(decided=1)]), "decided_above_cap"),
        (replace(CLEAN, items=[item(decided_gross=Decimal("0.01"))]), "decided_above_cap"),
        (replace(CLEAN, is_sample_outstanding=True), "sample_outstanding"),
        (replace(CLEAN, uncompared=frozenset({"order_event"})), "not_compared"),
    ],
)
def test_each_condition_refuses_with_its_reason(facts: Facts, reason: str) -> None:
    assert refusals(POLICY, facts) == [reason]
    assert reason in REASONS


def test_a_policy_without_a_name_certifies_nothing() -> None:
    assert refusals(POLICY.model_copy(update={"approved_by": " "}), CLEAN) == ["policy_not_approved"]


def test_exactly_at_the_limits_is_within() -> None:
    facts = replace(CLEAN, items=[item(net="1", gross="1", oldest_days=30)])
    assert refusals(POLICY, facts) == []


def test_opposite_differences_are_caught_by_the_gross() -> None:
    assert refusals(POLICY, replace(CLEAN, items=[item(net="5", gross="5"), item(net="-5", gross="5")])) == ["gross_beyond_tolerance"]


def test_a_pair_answers_for_its_own_breaks_and_the_day_for_all() -> None:
    facts = replace(CLEAN, items=[item("MS-01", blocking=1)], uncompared=frozenset({"redemption_tax"}))
    assert refusals(POLICY, facts, "event_ledger") == ["blocking_break"]
    assert refusals(POLICY, facts, "member_balance") == []
    assert refusals(POLICY, facts, "redemption_tax") == ["not_compared"]
    assert refusals(POLICY, facts) == ["blocking_break", "not_compared"]
    assert refusals(POLICY, replace(facts, is_period_end=True), "member_balance") == ["period_end"]


@given(
    st.lists(st.builds(lambda b, n: item("MS-01", net=str(n), gross=str(abs(n)), blocking=b), st.integers(0, 1), st.integers(-3, 3)), max_size=5), st.booleans()
)
def test_more_breaks_never_make_a_day_certifiable(items: list[Item], is_end: bool) -> None:
    few, many = replace(CLEAN, items=items[:2], is_period_end=is_end), replace(CLEAN, items=items, is_period_end=is_end)
    exact = {"net_beyond_tolerance"}
    assert set(refusals(POLICY, few)) - exact <= set(refusals(POLICY, many))
