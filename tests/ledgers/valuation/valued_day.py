"""A hand-made sub-ledger: lots and takings in, the tables of the valuation out, day after day. No attribution is involved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.money import minor_unit
from core.schema import PARAMETERS, table
from core.sql import Limits, Session
from ledgers import journal
from ledgers.valuation import invariants, value

DATED = ("business_date",)
PROGRAMME: dict[str, Any] = {
    "programme_id": "club", "name": "Club", "currency": "USD", "company_id": "1000", "timezone": "UTC", "cut_off_minutes": 1440, "tolerance": "0.0001",
    "ledger_measure": "deferred", "value_places": 4, "value_mode": "half_up", "lot_policy": "fifo", "restore_expired": "expire",
    "breakage": "proportional", "free_points": "recognise_at_redemption", "cost_per_point": "0", "instrument": "points", "issuer": "own",
    "posting_days": 1, "journal_scope": "loyalty",
}  # fmt: skip
ACCOUNTS = {
    "liability": "2100", "sales": "4000", "sales_returns": "4010", "revenue_redeemed": "4050", "breakage": "4060", "re_estimate": "4065", "cash": "1010",
    "partner_receivable": "1150", "accrued_cost": "2120", "marketing_expense": "6100", "adjustment_loss": "6120", "unclaimed_property": "2170",
}  # fmt: skip
MADE = (
    "cohort_state", "cohort_movement", "allocation_draft", "event_value", "roll_forward", "journal_line", "journal_source", "urr_estimate",
)  # fmt: skip


@dataclass
class SubLedger:
    """One programme's history, kept as rows; `close` values a day and carries its state tables to the next."""

    policy: dict[str, Any] = field(default_factory=dict)
    values: Mapping[str, Sequence[tuple[date, str]]] = field(default_factory=dict)
    urr: list[tuple[date, str, str, str]] = field(default_factory=list)
    accounts: Mapping[str, str] = field(default_factory=lambda: ACCOUNTS)
    posts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    threads: int = 2
    events: list[dict[str, Any]] = field(default_factory=list)
    inputs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    prior: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"cohort_state": [], "roll_forward": []})
    moves: list[dict[str, Any]] = field(default_factory=list)
    made: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    missing: list[dict[str, Any]] = field(default_factory=list)

    def event(self, event_id: str, kind: str, points: str, on: date, **more: Any) -> None:
        """A delivered event; its face money is priced at 0.01 a unit unless given."""
        rate = Decimal(more.pop("value_per_point", "0.01"))
        row = {
            "event_id": event_id, "programme_id": "club", "member_id": "m", "global_id": "m", "kind": kind, "points": Decimal(points),
            "occurred_at": datetime.combine(on, time(12), UTC), "currency": self.row["currency"], "effective_date": on, "business_date": on,
            "value_per_point": rate, "face_amount": abs(Decimal(points)) * rate,
        }  # fmt: skip
        self.events.append({**row, **more})

    def move(
        self, group: int, event_id: str, lot: str, points: str, deferral: str, *, cohort: str = "", taking: tuple[str, str] = ("", ""), **more: Any
    ) -> None:
        """A change of a lot's open units; `taking` is (taking_event_id, taking_kind), empty for an issue."""
        row = {
            "group_no": group, "event_id": event_id, "taking_event_id": taking[0], "taking_kind": taking[1], "lot_id": lot, "global_id": "m",
            "programme_id": "club", "currency": self.row["currency"], "earn_class": "purchase" if cohort else "", "cohort": cohort,
            "points": Decimal(points), "deferral": Decimal(deferral),
        }  # fmt: skip
        self.moves.append({**row, **more})

    @property
    def row(self) -> dict[str, Any]:
        merged = {**PROGRAMME, **self.policy}
        return {"minor_unit": minor_unit(str(merged["currency"])), **merged}

    def parameters(self) -> dict[str, list[dict[str, Any]]]:
        rows: dict[str, list[dict[str, Any]]] = {t.name: [] for t in PARAMETERS}
        rows["programme"] = [self.row]
        for name, default in (("value_per_point", "0.01"), ("ssp_per_point", "0.01"), ("urr_for_ssp", "1")):
            dated = sorted(self.values.get(name, [(date(1, 1, 1), default)]))
            for n, (first, amount) in enumerate(dated):
                last = date.fromordinal(dated[n + 1][0].toordinal() - 1) if n + 1 < len(dated) else date(9999, 12, 31)
                rows["programme_value"].append({"programme_id": "club", "parameter": name, "effective_from": first, "effective_to": last, "value": amount})
        rows["urr_version"] = [
            {"programme_id": "club", "effective": e, "rate": r, "cohort": c, "earn_class": k, "approved_by": "x", "reason": "y"} for e, r, c, k in self.urr
        ]
        rows["programme_post"] = [{"programme_id": "club", "event_kind": k, "earn_class": c, "role": r} for (k, c), r in self.posts.items()]
        rows["programme_account"] = [{"programme_id": "club", "role": r, "account": a} for r, a in self.accounts.items()]
        return rows

    def session(self, *, shuffled: bool = False) -> Session:
        """A session that sees the parameters, the events so far, today's movements and the last close."""
        session = Session(Limits((Path("/nonexistent"),), memory="1GB", threads=self.threads))
        turn = -1 if shuffled else 1
        for name, rows in self.parameters().items():
            session.rows(name, table(name), rows)
        moves = [{**m, "sequence": n} for n, m in enumerate(sorted(self.moves, key=lambda m: m["group_no"]), 1)]
        session.rows("loyalty_event", table("loyalty_event"), self.events[::turn], prefix=DATED)
        session.rows("lot_movement", table("lot_movement"), moves[::turn])
        for name in ("payment", "fx_rate", "ledger_balance"):
            session.rows(name, table(name), self.inputs.get(name, [])[::turn], prefix=DATED)
        for name, rows in self.prior.items():
            session.rows(f"prior_{name}", table(name), rows[::turn], prefix=DATED)
        return session

    def close(self, on: date, *, shuffled: bool = False) -> dict[str, list[dict[str, Any]]]:
        """Value the day; raises AssertionError where an invariant of ours fails."""
        with self.session(shuffled=shuffled) as session:
            journal.post(session, on, is_translated=value(session, on))
            self.made = {n: self._sorted(session, n) for n in MADE}
            self.missing = session.fetch("select * from missing_account order by all")
            assert invariants(session, on) == []
        if not shuffled:
            self.moves = []
            for name in self.prior:
                self.prior[name] = [{**r, "business_date": on} for r in self.made[name]]
        return self.made

    @staticmethod
    def _sorted(session: Session, name: str) -> list[dict[str, Any]]:
        order = ", ".join(f'"{c}"' for c in table(name).key)
        described = [(r["column_name"], r["column_type"]) for r in session.fetch(f"describe {name}")]
        assert described == [(c.name, c.type.sql) for c in table(name).columns], name
        return session.fetch(f"select * from {name} order by {order}")

    def journal(self) -> list[tuple[str, str, str, Decimal]]:
        """Lines as (kind, cohort, account, debit - credit)."""
        return sorted((r["event_kind"], r["cohort"], r["account"], r["debit"] - r["credit"]) for r in self.made["journal_line"])

    def rolled(self, cohort: str, measure: str = "deferred") -> dict[str, Any]:
        return next(r for r in self.made["roll_forward"] if r["cohort"] == cohort and r["measure"] == measure)
