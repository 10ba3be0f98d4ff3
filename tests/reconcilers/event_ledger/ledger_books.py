"""Small books typed in by hand: loyalty events, ledger lines, manifests and tax entries of a few days, closed one after another.

What belongs here: how a day is set up and read back. Expectations live in the specs.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.kinds import Pair
from core.match_rules import EventLedgerRules, MatchRules, shipped_match_rules
from core.schema import table
from core.sql import Session
from reconcilers import dispositions, event_ledger, redemption_tax
from reconcilers.pair import rows_unaccounted
from reconcilers.reconcile import gather
from reconcilers.register import register
from tests.fold import Fold, books_rows, programme

Closed = dict[str, Any]
FEEDS = ("loyalty_event", "ledger_line", "posting_manifest")


def _with(changes: dict[str, Any]) -> tuple[MatchRules, ...]:
    """The shipped rules with keys of event_ledger's file replaced."""
    stated = {"pair": "event_ledger", "version": "2", "group_sum": [{"id": "member_order", "keys": ["member", "order"]}], **changes}
    own = MatchRules(pair=Pair.EVENT_LEDGER, rule_version="changed", rules=EventLedgerRules.model_validate(stated))
    return tuple(own if r.pair is Pair.EVENT_LEDGER else r for r in shipped_match_rules())


class LedgerBooks:
    """Days of one or more programmes. Amounts are typed as owed (+); lines turn them into the ledger's sign."""

    def __init__(
        self,
        *,
        everything: bool = False,
        threads: int = 2,
        others: Sequence[Any] = (),
        calendar: str = "calendar_months",
        rules: dict[str, Any] | None = None,
        without: Sequence[str] = (),
        **terms: Any,
    ) -> None:
        terms.setdefault("windows", {"posting_days": 0})
        parameters = books_rows(programme(**terms), *others, calendar=calendar, match_rules=() if rules is None else _with(rules))
        self._parameters = parameters
        self.without(*without)
        self.fold = Fold(parameters, threads=threads)
        self.everything = everything
        self.missing: dict[date, set[str]] = {}
        self._pending: dict[date, dict[str, list[dict[str, Any]]]] = {}

    def without(self, *codes: str) -> None:
        """No ledger has data for these codes from now on."""
        self._parameters["code_without_data"] = [{"code": c, "reason": "erp: has no place for it"} for c in codes]

    def _add(self, enters: date, name: str, row: dict[str, Any]) -> None:
        self._pending.setdefault(enters, {}).setdefault(name, []).append(row)

    def event(self, event_id: str, points: str, on: date, *, kind: str = "", member: str = "m1", late: date | None = None, **more: Any) -> None:
        units = Decimal(points)
        worth = abs(units) * Decimal(str(more.pop("value", "0.01")))
        row = {
            "event_id": event_id, "programme_id": "p1", "member_id": member, "global_id": member, "points": units, "effective_date": on,
            "kind": kind or ("accrual" if units > 0 else "redemption"), "occurred_at": f"{on}T12:00:00+00:00", "currency": "USD",
            "value_per_point": Decimal("0.01"), "face_amount": worth, "earn_class": "purchase", "source": "loyalty",
        }  # fmt: skip
        self._add(late or on, "loyalty_event", {**row, **more})

    def line(self, document: str, owed: str, on: date, *, points: str | None = None, late: date | None = None, **more: Any) -> str:
        row = {
            "ledger_id": "gl", "company_id": "1000", "document_id": document, "line_id": "1", "posting_date": on, "effective_date": on, "account": "2100",
            "amount": -Decimal(owed), "currency": "USD", "points": None if points is None else -Decimal(points), "programme_id": "p1", "source": "erp",
        }  # fmt: skip
        row.update(more)
        self._add(late or on, "ledger_line", row)
        return f"{row['ledger_id']}/{row['company_id']}/{document}/{row['line_id']}"

    def member(self, batch: str, event_id: str, points: str, owed: str, on: date) -> None:
        self._add(on, "posting_manifest", {"batch_id": batch, "event_id": event_id, "points": Decimal(points), "amount": Decimal(owed), "effective_date": on})

    def tax(self, event_id: str, base: str, tax: str, on: date, *, redemption: str = "", **more: Any) -> None:
        row = {
            "tax_entry_id": f"{event_id}/{len(self._pending.get(on, {}).get('tax_draft', []))}", "event_id": event_id,
            "redemption_event_id": redemption or event_id,
            "lot_id": "lot", "sequence": 1, "effective_date": on, "currency": "USD", "programme_id": "p1", "global_id": "m1", "points": Decimal(100),
            "jurisdiction": "US-WA", "tax_type": "SALES", "treatment": "DISCOUNT_REDUCES_BASE", "taxable_base": Decimal(base), "tax_amount": Decimal(tax),
            "rate": Decimal("0.065"), "rule_id": "r1", "rule_version": "1",
        }  # fmt: skip
        self._add(on, "tax_draft", {**row, **more})

    def own_entry(self, entry_id: str, deferred: str, on: date) -> None:
        row = {
            "event_id": entry_id,
            "programme_id": "p1",
            "global_id": "",
            "kind": "re_estimate",
            "effective_date": on,
            "currency": "USD",
            "points": Decimal(0),
        }
        self._add(on, "event_value", {**row, "face_amount": Decimal(0), "deferred_amount": Decimal(deferred)})

    def deferral(self, event_id: str, points: str, deferred: str, on: date) -> None:
        row = {"event_id": event_id, "programme_id": "p1", "global_id": "m1", "kind": "accrual", "effective_date": on, "currency": "USD"}
        self._add(on, "event_value", {**row, "points": Decimal(points), "face_amount": Decimal(0), "deferred_amount": Decimal(deferred)})

    def rate(self, on: date, from_currency: str, to_currency: str, rate: str) -> None:
        self._add(on, "fx_rate", {"rate_date": on, "from_currency": from_currency, "to_currency": to_currency, "rate": Decimal(rate), "effective_date": on})

    def close(self, day: date) -> Closed:
        """Close one day: findings, matches, links, dispositions, breaks and what does not add up."""
        arrived = self._pending.pop(day, {})
        for name in ("ledger_line", "posting_manifest", "fx_rate"):
            self.fold.enter(day, name, arrived.get(name, ()))

        def open_day(session: Session, as_of_date: date) -> None:
            absent = self.missing.get(as_of_date, set())
            session.rows("feed_status", table("feed_status"), [{"table": t, "is_delivered": t not in absent, "file_count": 1} for t in FEEDS])
            session.rows("input_total", table("input_total"), ())
            session.rows("event_value", table("event_value"), arrived.get("event_value", ()))
            session.rows("tax_draft", table("tax_draft"), arrived.get("tax_draft", ()))

        def compare(session: Session, as_of_date: date) -> None:
            event_ledger.compare(session, as_of_date, everything=self.everything)
            redemption_tax.compare(session, as_of_date, everything=self.everything)
            gather(session, [Pair.EVENT_LEDGER, Pair.REDEMPTION_TAX])
            register(session, as_of_date)

        def look(session: Session) -> Closed:
            made = ("finding", "match", "ledger_link", "disposition", "account_difference", "break")
            seen: Closed = {n: session.fetch(f'select * from "{n}" order by all') for n in made}
            # what the exact passes settled at once, on a day that was judged
            seen["settled"] = session.fetch("select event_id from event_ledger_settled order by all") if "event_ledger_settled" in session.names() else []
            seen["in_transit"] = session.fetch("select * from event_ledger_in_transit order by all")
            seen["violations"] = [*rows_unaccounted(session, dispositions.INPUTS, day), *dispositions.violations(session)]
            return seen

        answer: Closed = self.fold.day(day, arrived.get("loyalty_event", ()), (open_day, compare), look=look)
        return answer

    def run(self, first: date, days: int) -> list[Closed]:
        return [self.close(first + timedelta(days=n)) for n in range(days)]


def codes(closed: Closed, pair: str = "event_ledger") -> set[tuple[str, str]]:
    """(code, business key) of every difference of a pair standing at the close."""
    return {(r["code"], r["business_key"]) for r in closed["break"] if r["pair"] == pair and r["status"] != "closed"}
