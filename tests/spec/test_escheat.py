"""Specification: which open lots become unclaimed property, of which state and when."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.schema import table
from core.sql import Limits, Session
from core.tax_tables import read_escheat_rules
from ledgers import escheat
from tests.ledgers.tax.day import PROGRAMME

SHIPPED = read_escheat_rules(Path(__file__).parents[2] / "tieout" / "templates" / "escheat_rules.csv")
ON = date(2026, 4, 30)


def lot(lot_id: str, member: str, earn_class: str, points: str, amount: str) -> dict[str, Any]:
    return {
        "lot_id": lot_id, "global_id": member, "programme_id": "p", "earn_class": earn_class, "earned_on": date(2020, 1, 5), "currency": "USD",
        "remaining_points": Decimal(points), "remaining_amount": Decimal(amount),
    }  # fmt: skip


def event(event_id: str, member: str, kind: str, on: date, place: str = "", instrument: str = "") -> dict[str, Any]:
    return {
        "event_id": event_id, "programme_id": "p", "member_id": member, "global_id": member, "kind": kind, "points": Decimal(1), "effective_date": on,
        "business_date": on, "occurred_at": datetime(on.year, on.month, on.day, tzinfo=UTC), "tax_jurisdiction": place, "instrument": instrument,
    }  # fmt: skip


EVENTS = [
    event("A1", "ann", "accrual", date(2020, 1, 5)), event("A2", "ann", "redemption", date(2021, 3, 1), "US-DE-SUSSEX"),
    event("A3", "ann", "expiry", date(2026, 1, 1)),
    event("B1", "bob", "accrual", date(2020, 1, 5), "US-DE"), event("B2", "bob", "redemption", date(2023, 6, 1), "US-DE"),
    event("C1", "cid", "accrual", date(2020, 1, 5), "US-KY", "gift_card"), event("D1", "dee", "accrual", date(2020, 1, 5)),
]  # fmt: skip
LOTS = [
    lot("A1", "ann", "purchased", "100", "1.00"), lot("A9", "ann", "purchase", "50", "0.40"), lot("B1", "bob", "purchased", "70", "0.70"),
    lot("C1", "cid", "purchased", "30", "0.30"), lot("D1", "dee", "purchased", "20", "0.20"),
]  # fmt: skip
# state, class, dormant on, status, points, rule: five years after the owner's last own act, whatever expired since
EXPECTED = {
    ("US-DE", "purchased", date(2026, 3, 1), "dormant", 100, "us-de-purchased"),
    ("US-DE", "purchased", date(2028, 6, 1), "running", 70, "us-de-purchased"),
    ("US-DE", "purchase", None, "exempt", 50, "us-earned-purchase"),
    ("US-KY", "purchased", None, "exempt", 30, "us-ky-gift-card"),
    ("", "purchased", None, "no_rule", 20, ""),
}


def scheduled(rules: Sequence[Mapping[str, object]], on: date) -> list[dict[str, Any]]:
    with Session(Limits(folders=(Path("/nonexistent"),), threads=1)) as session:
        session.rows("lot", table("lot"), LOTS)
        session.rows("loyalty_event", table("loyalty_event"), EVENTS, prefix=("business_date",))
        session.rows("programme", table("programme"), [PROGRAMME])
        session.rows("escheat_rule", table("escheat_rule"), rules)
        escheat.schedule(session, on)
        return session.fetch("select * from escheat_schedule")


def test_open_lots_by_state_and_day_of_dormancy() -> None:
    rows = scheduled(SHIPPED, ON)
    assert {tuple(r[c] for c in ("jurisdiction", "earn_class", "dormant_on", "status", "remaining_points", "rule_id")) for r in rows} == EXPECTED
    assert sum(r["remaining_amount"] for r in rows) == sum(row["remaining_amount"] for row in LOTS)
    assert not any(r["is_reviewed"] for r in rows)
    assert all(r["citation"] and not r["reviewed_by"] for r in SHIPPED)


@pytest.mark.parametrize(("on", "version"), [(date(2025, 12, 31), "1"), (date(2026, 1, 1), "2"), (date(2026, 6, 30), "2"), (date(2026, 7, 1), "3")])
def test_a_rule_holds_from_its_first_day_through_its_last(on: date, version: str) -> None:
    rule = {"rule_id": "kept", "jurisdiction": "US", "treatment": "exempt", "citation": "made up"}
    days = (("1", "2020-01-01", "2025-12-31"), ("2", "2026-01-01", "2026-06-30"), ("3", "2026-07-01", None))
    rules = [{**rule, "rule_version": v, "effective_from": first, "effective_to": last} for v, first, last in days]
    assert {r["rule_version"] for r in scheduled(rules, on) if r["jurisdiction"] == "US-DE"} == {version}


@pytest.mark.parametrize(("on", "status"), [(date(2026, 2, 28), "running"), (date(2026, 3, 1), "dormant")])
def test_property_is_dormant_on_the_very_day(on: date, status: str) -> None:
    """Ann's last own act was on 2021-03-01; Delaware waits five years."""
    (found,) = [r for r in scheduled(SHIPPED, on) if r["dormant_on"] == date(2026, 3, 1)]
    assert (found["status"], found["member_count"], found["lot_count"]) == (status, 1, 1)
