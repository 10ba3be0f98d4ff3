"""One day of tax and settlement in memory: rows in, rows out, the day's results carried into the next as `prior_` tables."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.schema import table
from core.sql import Limits, Session
from ledgers import settlement, tax

Row = Mapping[str, Any]
DAY = date(2026, 4, 1)
PROGRAMME: Row = {
    "programme_id": "p", "name": "P", "currency": "USD", "company_id": "1000", "minor_unit": 2, "instrument": "points", "posting_days": 0,
    "ledger_measure": "face",
}  # fmt: skip


def rule(rule_id: str, jurisdiction: str, treatment: str, **more: object) -> dict[str, Any]:
    """A rule as tax_rules.csv would give it: empty text where nothing is named."""
    row: dict[str, Any] = {
        "rule_id": rule_id, "rule_version": "1", "jurisdiction": jurisdiction, "tax_type": "SALES", "treatment": treatment,
        "effective_from": date(2000, 1, 1), "effective_to": None, "instrument": "", "earn_class": "", "funded_by": "", "receipt_evidence": "",
        "rounding_level": "item", "priority": 100, "citation": f"law {rule_id}", "reviewed_by": "", "reviewed_at": None,
    }  # fmt: skip
    return row | more


def rate(jurisdiction: str, value: str, **more: object) -> dict[str, Any]:
    row: dict[str, Any] = {
        "jurisdiction": jurisdiction, "rate": Decimal(value), "effective_from": date(2000, 1, 1), "effective_to": None, "tax_type": "SALES", "citation": "c",
    }  # fmt: skip
    return row | more


def redemption(event_id: str, points: str, **more: object) -> dict[str, Any]:
    """A redemption as it stands in the books: points negative, face value 0.05 a point unless told."""
    value = Decimal(points) * Decimal("0.05")
    row: dict[str, Any] = {
        "event_id": event_id, "programme_id": "p", "member_id": "m", "global_id": "m", "kind": "redemption", "points": -Decimal(points),
        "effective_date": DAY, "business_date": DAY, "tax_jurisdiction": "US-WA", "face_amount": value, "redemption_value": value,
    }  # fmt: skip
    return row | more


def event(event_id: str, kind: str, points: str, on: date = DAY, **more: object) -> dict[str, Any]:
    row: dict[str, Any] = {
        "event_id": event_id, "programme_id": "p", "member_id": "m", "global_id": "m", "kind": kind, "points": Decimal(points),
        "effective_date": on, "business_date": on, "face_amount": Decimal(0),
    }  # fmt: skip
    return row | more


def units(
    event_id: str, lot_id: str, points: str, earn_class: str = "purchase", of: str = "", sequence: int = 1, value: str | None = None, **more: object
) -> dict[str, Any]:
    """An allocation; `value` is the share of the money off, 0.05 a point unless told."""
    row: dict[str, Any] = {
        "event_id": event_id, "redemption_event_id": of or event_id, "lot_id": lot_id, "sequence": sequence, "programme_id": "p", "global_id": "m",
        "cohort": "2026-01", "earn_class": earn_class, "currency": "USD", "points": Decimal(points), "released_amount": Decimal(1),
        "breakage_amount": Decimal(0), "released_cost": Decimal(0),
        "redemption_value": Decimal(points) * Decimal("0.05") if value is None else Decimal(value),
    }  # fmt: skip
    return row | more


class Books:
    """What stands before the day, and the days closed so far."""

    def __init__(self, rules: Sequence[Row] = (), rates: Sequence[Row] = (), programmes: Sequence[Row] = (PROGRAMME,), threads: int = 1) -> None:
        self.rules, self.rates, self.programmes, self.threads = list(rules), list(rates), list(programmes), threads
        self.events: list[Row] = []
        self.prior: list[Row] = []
        self.allocated: list[Row] = []
        self.problems: list[str] = []

    def close(self, on: date, events: Sequence[Row], allocations: Sequence[Row], order: int = 1, law_changed: bool = False) -> list[dict[str, Any]]:
        """Close one day and give its tax entries, sorted by event, lot, tax type and sequence. `order` -1 loads every row backwards."""
        self.events += [{"occurred_at": datetime(on.year, on.month, on.day, tzinfo=UTC), "business_date": on} | dict(e) for e in events]
        with Session(Limits(folders=(Path("/nonexistent"),), threads=self.threads)) as session:
            self.load(session, on, allocations, order)
            tax.assess(session, on, law_changed=law_changed)
            self.problems += tax.invariants(session, on)
            rows = session.fetch("select * from tax_draft order by event_id, redemption_event_id, lot_id, tax_type, sequence, reversal_of")
        self.prior += [r | {"business_date": on} for r in rows]
        self.allocated += [{"business_date": on} | dict(a) for a in allocations]
        return rows

    def load(self, session: Session, on: date, allocations: Sequence[Row], order: int = 1) -> None:
        """Put the day's tables into a session."""
        session.rows("loyalty_event", table("loyalty_event"), self.events[::order], prefix=("business_date",))
        session.rows("allocation_draft", table("allocation_draft"), [{"business_date": on} | dict(a) for a in allocations][::order], prefix=("business_date",))
        session.rows("prior_allocation_draft", table("allocation_draft"), self.allocated[::order], prefix=("business_date",))
        session.rows("prior_tax_draft", table("tax_draft"), self.prior[::order], prefix=("business_date",))
        session.rows("programme", table("programme"), self.programmes[::order])
        session.rows("tax_rule", table("tax_rule"), self.rules[::order])
        session.rows("tax_rate", table("tax_rate"), self.rates[::order])


def total(rows: Sequence[Row], column: str, **where: object) -> Decimal:
    """Exact sum of a column over the rows that match."""
    return sum((r[column] or Decimal(0) for r in rows if all(r[k] == v for k, v in where.items())), Decimal(0))


__all__ = ["DAY", "PROGRAMME", "Books", "event", "rate", "redemption", "rule", "settlement", "total", "units"]
