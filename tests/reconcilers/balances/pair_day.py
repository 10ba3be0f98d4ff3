"""One day of one pair in memory: small tables in, findings out. What belongs here: the mechanics only; expectations live in the tests."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from core.policy import Programme
from core.schema import INPUTS, TABLES, Kind, table
from core.sql import Limits, Session, rule_text
from reconcilers.pair import rows_unaccounted
from tests.fold import books_rows, programme

Row = Mapping[str, Any]
D = date(2026, 3, 10)
FINDINGS = {"delivery": "delivery_pair"}
"""Where findings of a pair have another name."""


class PairDay:
    """Input rows get `business_date` and `effective_date` of the day unless they say otherwise; every input table counts as delivered unless `missing`."""

    def __init__(self, on: date = D, programmes: Sequence[Programme] = (), missing: Sequence[str] = (), threads: int = 2) -> None:
        self.on = on
        self._threads = threads
        self._books = books_rows(*(programmes or (programme(windows={"posting_days": 0}),)))
        self._missing = set(missing)
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def put(self, name: str, *rows: Row) -> "PairDay":
        for row in rows:
            dates = {"business_date": self.on, "effective_date": row.get("business_date", self.on)} if table_kind(name) is Kind.INPUT else {}
            self._rows.setdefault(name, []).append({**dates, **row})
        return self

    def event(self, event_id: str, points: Any, kind: str = "accrual", *, member: str = "m1", **more: Any) -> "PairDay":
        row = {
            "event_id": event_id, "programme_id": "p1", "member_id": member, "global_id": member, "kind": kind, "points": points,
            "occurred_at": datetime(self.on.year, self.on.month, self.on.day, 12, tzinfo=UTC),
        }  # fmt: skip
        return self.put("loyalty_event", {**row, **more})

    def pay(self, payment_id: str, order_id: str, amount: Any, kind: str = "sale", **more: Any) -> "PairDay":
        return self.put("payment", {"payment_id": payment_id, "order_id": order_id, "kind": kind, "amount": amount, "currency": "USD", **more})

    def open(self) -> Session:
        """The session as the reconcile step sees it."""
        session = Session(Limits(folders=(Path("/nonexistent"),), threads=self._threads))
        for name, declared in TABLES.items():
            if declared.kind is Kind.PARAMETER:
                session.rows(name, declared, self._books.get(name, ()))
            elif declared.kind is Kind.INPUT:
                session.rows(name, declared, self._rows.get(name, ()), prefix=("business_date",))
        for name in ("delivery_finding", "input_total", "lot", "roll_forward", "allocation_draft"):
            session.rows(name, table(name), self._rows.get(name, ()))
        session.rows("event_ledger_finding", table("finding"), self._rows.get("event_ledger_finding", ()))
        session.rule("reconcilers", "event_ledger_transit_standing")
        session.statement("create view event_ledger_in_transit as from event_ledger_transit_standing")
        session.rows("event_ledger_account_difference", table("account_difference"), self._rows.get("account_difference", ()))
        for name in ("break", "match", "allocation_draft", "account_difference"):
            session.rows(f"prior_{name}", table(name), self._rows.get(f"prior_{name}", ()), prefix=("business_date",))
        session.rows("feed_status", table("feed_status"), [{"table": t.name, "is_delivered": t.name not in self._missing, "file_count": 1} for t in INPUTS])
        return session

    def findings(self, compare: Callable[[Session, date], None], pair: str, accounted: Sequence[str] = ()) -> dict[str, str]:
        """business_key -> code of the day; a second code of a key (BL-02 beside BL-01) is joined by +.

        Proves on the way that every row of the tables `accounted` ends in one disposition, and no row is in two matches.
        """
        with self.open() as session:
            compare(session, self.on)
            if accounted:
                assert rows_unaccounted(session, {pair: accounted}, self.on) == []
                session.statement(f'create or replace view "match" as from {pair}_match')
                assert session.fetch(rule_text("reconcilers", "match_twice")) == []
            found: dict[str, str] = {}
            for row in session.fetch(f'select business_key, code, explanation from "{FINDINGS.get(pair, pair)}_finding" order by business_key, code'):
                assert row["explanation"]
                found[row["business_key"]] = f"{found[row['business_key']]}+{row['code']}" if row["business_key"] in found else row["code"]
            return found


def table_kind(name: str) -> Kind:
    return TABLES[name].kind if name in TABLES else Kind.WORKING
