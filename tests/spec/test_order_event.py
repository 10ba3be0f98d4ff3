"""Spec of the pair order_event: payments of an order against what loyalty gave and took back for it.

Every code stands beside a near miss that must not fire. P = payment (kind, amount), E = event (kind, points, money, what it reverses).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from reconcilers import orders
from tests.fold import programme
from tests.reconcilers.balances.pair_day import D, PairDay

SALE = ("sale", "10.00")
FULL = ("refund", "10.00")
HALF = ("partial_refund", "5.00")
EARNED = ("accrual", "100", "10.00", None)
BACK = ("reversal", "-100", None, "E1")
BACK_HALF = ("reversal", "-50", None, "E1")
USED = ("redemption", "-30", None, None)
GIVEN_BACK = ("reversal", "30", None, "E2")
THIRD_BACK = ("reversal", "-33.3333", None, "E1")
THIRDS = ("accrual", "100", "3.00", None)

CASES: list[tuple[str, list[Any], list[Any], str | None]] = [
    ("a sale and what it earned agree", [SALE], [EARNED], None),
    ("several tenders are one sale", [("sale", "6.00"), ("sale", "4.00")], [EARNED], None),
    ("a sale without loyalty is not our matter", [SALE], [], None),
    ("a refunded sale without loyalty is not our matter", [SALE, FULL], [], None),
    # DU-02
    ("DU-02 one movement under two ids", [SALE], [EARNED, EARNED], "DU-02"),
    ("DU-02 not: another number of points", [("sale", "20.00")], [EARNED, ("accrual", "99", "10.00", None)], None),
    ("DU-02 not: the copy was taken back", [SALE], [EARNED, EARNED, ("reversal", "-100", None, "E2")], None),
    ("DU-02 a redemption twice", [SALE], [EARNED, USED, USED], "DU-02"),
    ("DU-02 before FR-01", [], [EARNED, EARNED], "DU-02"),
    # FR-01
    ("FR-01 earned on an order nobody paid", [], [EARNED], "FR-01"),
    ("FR-01 not: a bonus needs no sale", [], [("accrual", "100", None, None)], None),
    ("FR-01 a refund is no sale", [FULL], [EARNED], "FR-01"),
    ("FR-01 not: taken back again", [], [EARNED, BACK], None),
    # RV-02
    ("RV-02 reversed twice", [SALE, FULL], [EARNED, BACK, BACK], "RV-02"),
    ("RV-02 one unit of the fourth place beyond", [SALE, FULL], [EARNED, ("reversal", "-100.0001", None, "E1")], "RV-02"),
    ("RV-02 not: exactly the original", [SALE, FULL], [EARNED, BACK], None),
    ("RV-02 not: the second reversal was itself reversed", [SALE, FULL], [EARNED, BACK, BACK, ("reversal", "100", None, "E3")], None),
    ("RV-02 a redemption given back twice", [SALE], [EARNED, USED, GIVEN_BACK, GIVEN_BACK], "RV-02"),
    ("RV-02 not: a redemption given back once", [SALE], [EARNED, USED, GIVEN_BACK], None),
    # RV-01
    ("RV-01 refund, nothing reversed", [SALE, FULL], [EARNED], "RV-01"),
    ("RV-01 chargeback, nothing reversed", [SALE, ("chargeback", "10.00")], [EARNED], "RV-01"),
    ("RV-01 too little by one fourth place", [SALE, HALF], [EARNED, ("reversal", "-49.9999", None, "E1")], "RV-01"),
    ("RV-01 not: half for half", [SALE, HALF], [EARNED, BACK_HALF], None),
    ("RV-01 not: rounded at four places", [("sale", "3.00"), ("partial_refund", "1.00")], [THIRDS, THIRD_BACK], None),
    ("RV-01 not: a refund in two parts, each rounded", [("sale", "3.00"), ("partial_refund", "1.00"), ("partial_refund", "1.00")],
     [THIRDS, THIRD_BACK, THIRD_BACK], None),
    # RV-03
    ("RV-03 the points part paid out in money", [SALE, ("refund", "12.00")], [EARNED, ("redemption", "-200", "12.00", None), BACK], "RV-03"),
    ("RV-03 not: only what was paid", [SALE, FULL], [EARNED, ("redemption", "-200", "12.00", None), BACK], None),
    ("RV-03 an order paid by points alone, refunded in money", [("refund", "2.00")], [("redemption", "-200", "2.00", None)], "RV-03"),
    # AM-01
    ("AM-01 a full reversal for half a refund", [SALE, HALF], [EARNED, BACK], "AM-01"),
    ("AM-01 not: a reversal without refund is a matter of service", [SALE], [EARNED, BACK_HALF], None),
    # AM-08
    ("AM-08 payments are not the goods told", [("sale", "9.99")], [EARNED], "AM-08"),
    ("AM-08 a tender is missing", [("sale", "6.00")], [EARNED], "AM-08"),
    ("AM-08 not: no money told, nothing to compare", [("sale", "9.99")], [("accrual", "100", None, None)], None),
]  # fmt: skip


def the_order(payments: list[Any], events: list[Any], **more: Any) -> PairDay:
    day = PairDay(**more)
    for n, (kind, amount) in enumerate(payments, 1):
        day.pay(f"P{n}", "o1", amount, kind)
    for n, (kind, points, money, reverses) in enumerate(events, 1):
        day.event(f"E{n}", points, kind, order_id="o1", transaction_amount=money, reverses_event_id=reverses)
    return day


@pytest.mark.parametrize(("says", "payments", "events", "code"), CASES, ids=[c[0] for c in CASES])
def test_order(says: str, payments: list[Any], events: list[Any], code: str | None) -> None:
    found = the_order(payments, events).findings(orders.compare, "order_event", orders.INPUTS)
    assert found == ({} if code is None else {"o1": code}), says


# what each code shows: units and money of either side; units are worth 0.01 each where the code is about units
FIGURES: list[tuple[str, list[Any], list[Any], tuple[str, str, str, str]]] = [
    ("DU-02", [SALE], [EARNED, EARNED, USED], ("100", "200", "1.00", "2.00")),
    ("FR-01", [], [EARNED, ("accrual", "7", None, None)], ("0", "100", "0", "10.00")),
    ("RV-02", [SALE, FULL], [EARNED, BACK, BACK], ("-100", "-200", "-1.00", "-2.00")),
    ("RV-01", [SALE, HALF], [EARNED, ("reversal", "-20", None, "E1")], ("-50", "-20", "-0.50", "-0.20")),
    ("RV-03", [SALE, ("refund", "12.00")], [EARNED, ("redemption", "-200", "12.00", None), BACK], ("0", "0", "-2.00", "0")),
    ("AM-01", [SALE, HALF], [EARNED, BACK], ("-50", "-100", "-0.50", "-1.00")),
    ("AM-08", [("sale", "6.00")], [EARNED], ("0", "0", "6.00", "10.00")),
]


@pytest.mark.parametrize(("code", "payments", "events", "figures"), FIGURES, ids=[f[0] for f in FIGURES])
def test_figures_of_a_code(code: str, payments: list[Any], events: list[Any], figures: tuple[str, str, str, str]) -> None:
    with the_order(payments, events).open() as session:
        orders.compare(session, D)
        (row,) = session.fetch("select * from order_event_finding")
    assert row["code"] == code
    assert [row[c] for c in ("left_points", "right_points", "left_amount", "right_amount")] == [Decimal(f) for f in figures]


def test_money_in_another_currency_is_neither_price_nor_refund() -> None:
    day = the_order([SALE, HALF], [EARNED, BACK_HALF]).pay("P8", "o1", "7.00", currency="EUR").pay("P9", "o1", "5.00", "refund", currency="EUR")
    assert day.findings(orders.compare, "order_event", orders.INPUTS) == {}


def test_tax_is_not_part_of_the_goods() -> None:
    day = PairDay().pay("P1", "o1", "10.80", tax_amount="0.80").event("E1", "100", order_id="o1", transaction_amount="10.00")
    assert day.findings(orders.compare, "order_event", orders.INPUTS) == {}


@pytest.mark.parametrize(("days_ago", "code"), [(0, None), (1, None), (2, "RV-01"), (3, "RV-01")])
def test_a_refund_has_posting_days_to_be_answered(days_ago: int, code: str | None) -> None:
    earlier = D - timedelta(days=days_ago)
    day = PairDay(programmes=[programme(windows={"posting_days": 2})])
    day.pay("P1", "o1", "10.00", business_date=earlier).event("E1", "100", order_id="o1", transaction_amount="10.00", business_date=earlier)
    day.pay("P2", "o1", "10.00", "refund", business_date=earlier)
    assert day.findings(orders.compare, "order_event", orders.INPUTS) == ({} if code is None else {"o1": code})


def test_a_reversal_without_order_is_known_by_the_event_it_reverses() -> None:
    day = PairDay().event("E1", "100", earn_class="bonus")
    day.event("E2", "-100", "reversal", reverses_event_id="E1").event("E3", "-1", "reversal", reverses_event_id="E1")
    assert day.findings(orders.compare, "order_event", orders.INPUTS) == {"E1": "RV-02"}


def test_equal_bonuses_without_order_are_no_copies() -> None:
    day = PairDay().event("E1", "100", earn_class="bonus").event("E2", "100", earn_class="bonus")
    assert day.findings(orders.compare, "order_event", orders.INPUTS) == {}


def test_a_reversal_belongs_to_the_order_of_its_original() -> None:
    day = PairDay().pay("P1", "o1", "10.00").pay("P2", "o1", "10.00", "refund").event("E1", "100", order_id="o1", transaction_amount="10.00")
    day.event("E2", "-100", "reversal", reverses_event_id="E1", order_id="return-7")
    assert day.findings(orders.compare, "order_event", orders.INPUTS) == {}


def test_a_day_without_payments_delivered_is_not_judged_and_closes_nothing() -> None:
    day = PairDay(missing=["payment"]).event("E1", "100", order_id="o1", transaction_amount="10.00")
    stood = {"pair": "order_event", "code": "RV-01", "business_key": "o0", "status": "open", "explanation": "stood", "business_date": date(2026, 3, 9)}
    day.put("prior_break", stood)
    assert day.findings(orders.compare, "order_event", orders.INPUTS) == {"o0": "RV-01"}


def test_the_other_codes_are_named() -> None:
    with the_order([("sale", "9.00"), ("refund", "9.00")], [EARNED]).open() as session:
        orders.compare(session, D)
        row = session.fetch("select * from order_event_finding")[0]
    assert row["code"] == "RV-01"
    assert row["explanation"].endswith("Also: AM-08.")
    assert (row["left_points"], row["right_points"]) == (-100, 0)


def test_no_row_is_matched_twice() -> None:
    day = the_order([SALE, FULL], [EARNED, BACK])
    day.put("prior_match", {"match_id": "x", "pair": "order_event", "left_refs": "P1", "right_refs": "E1", "business_date": D})
    with day.open() as session:
        orders.compare(session, D)
        assert [(r["left_refs"], r["right_refs"]) for r in session.fetch("select * from order_event_match")] == [("P2", "E2")]
