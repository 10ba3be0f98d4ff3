"""What a lot starts with: deferral, cost, last usable day, cohort. One event in, the issued lot out."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.ledgers.attribution.tables import Books

JAN_5, JAN_6, JAN_31, FEB_1 = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 31), date(2026, 2, 1)

# -------------------------------------------------------------------------------------------------------- what a lot starts with


@pytest.mark.parametrize(
    ("given", "changes", "deferral"),
    [
        ("transaction_amount=100", {}, "0.793650793651"),  # 100 x 0.8 / 100.8
        ("transaction_amount=100 goods_ssp=99.2", {}, "0.8"),
        ("earn_class=purchased transaction_amount=2.5", {}, "2.5"),
        ("earn_class=cobrand transaction_amount=2.5", {}, "2.5"),
        ("earn_class=partner transaction_amount=2.5", {}, "2.5"),
        ("earn_class=bonus transaction_amount=100", {}, "0"),
        ("", {}, "0"),
        ("earn_class=service", {}, "0"),
        ("earn_class=migrated", {}, "0.8"),
        ("earn_class=migrated deferred_amount=0.7", {}, "0.7"),
        ("transaction_amount=100 deferred_amount=0.3", {}, "0.3"),
        ("transaction_amount=100", {"issuer": "airline"}, "0.793650793651"),  # released as it is issued: valuation
        ("transaction_amount=100", {"ssp_per_point": "1"}, "50"),
    ],
)
def test_deferral_of_a_lot(given: str, changes: dict[str, str], deferral: str) -> None:
    books = Books(**changes)
    books.close(JAN_5, f"a accrual m1 100 8 {given}")
    assert books.issue("a")["deferral"] == Decimal(deferral)


def test_the_price_of_a_point_is_the_one_of_the_events_own_day() -> None:
    prices = [{"effective": date(2026, 1, 1), "value": "0.01"}, {"effective": JAN_6, "value": "0.02"}]
    books = Books(ssp_per_point=prices)
    books.close(JAN_6, f"old accrual m1 100 8 earn_class=migrated on={JAN_5}\n new accrual m1 100 8 earn_class=migrated")
    assert (books.issue("old")["deferral"], books.issue("new")["deferral"]) == (Decimal(1), Decimal(2))


def test_a_late_accrual_keeps_its_own_day_and_cohort() -> None:
    books = Books()
    books.close(FEB_1, f"a accrual m1 100 8 on={JAN_31}")
    assert (books.issue("a")["earned_on"], books.issue("a")["cohort"]) == (JAN_31, "2026-01")


@pytest.mark.parametrize(
    ("expiry", "last_day"),
    [
        ({}, None),
        ({"months": 1}, date(2026, 2, 28)),
        ({"months": 13}, date(2027, 2, 28)),
        ({"months": 2, "kind": "end_of_period"}, date(2026, 3, 31)),
        ({"months": 2, "kind": "from_last_activity"}, None),
    ],
)
def test_last_usable_day_where_none_is_delivered(expiry: dict[str, Any], last_day: date | None) -> None:
    books = Books(expiry=expiry)
    books.close(JAN_31, "a accrual m1 100 8\n b accrual m1 1 8 expires_on=2026-05-05")
    assert (books.issue("a")["expires_on"], books.issue("b")["expires_on"]) == (last_day, date(2026, 5, 5))


def test_only_free_points_of_an_accruing_programme_carry_an_expected_cost() -> None:
    books = Books(free_points="accrue_cost", cost_per_point="0.004")
    books.close(JAN_5, "a accrual m1 10 8\n b accrual m1 10 8 transaction_amount=5")
    assert (books.issue("a")["cost_per_point"], books.issue("b")["cost_per_point"]) == (Decimal("0.004"), Decimal(0))
