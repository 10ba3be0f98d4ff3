"""`tieout explain BREAK_ID`: both sides of a break, what was tried, the nearest candidates, the history."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.workspace import Workspace
from core.errors import UsageFault
from core.kinds import BREAK_CODES, RELEASING
from core.sql import Session
from tieout.commands.explain_trail import nearest_candidates, trail
from tieout.reading import open_workspace, published

READS = ("break", "loyalty_event", "ledger_line", "posting_manifest", "payment", "event_value", "tax_entry", "match", "ledger_link")


@dataclass(frozen=True, slots=True)
class ExplainResult:
    """A break as it stands, its rows on both sides, its rule trail, candidates and history."""

    standing: dict[str, Any]
    left: list[dict[str, Any]]
    right: list[dict[str, Any]]
    trail: list[str]
    candidates: list[dict[str, Any]]
    history: list[dict[str, Any]]
    decisions: list[dict[str, Any]]

    exit_code = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "break": self.standing, "meaning": BREAK_CODES[self.standing["code"]].meaning, "left": self.left, "right": self.right, "trail": self.trail,
            "candidates": self.candidates, "history": self.history, "decisions": self.decisions,
        }  # fmt: skip

    def show(self) -> None:
        from tieout.commands.show import console

        screen = console()

        def line(text: str) -> None:
            screen.print(text, soft_wrap=True, highlight=False, markup=False)

        s = self.standing
        line(f"{s['code']} {BREAK_CODES[s['code']].meaning} — {s['pair']} {s['business_key']} ({s['status']}, queue {s['queue']})")
        line(f"  {s['explanation']}")
        blocks = s["blocks_signoff"] and s["status"] not in RELEASING
        line(f"  first seen {s['first_seen']}, age {s['age_days']} days, " + ("blocks sign-off" if blocks else "does not block sign-off"))
        for title, rows in (("Left", self.left), ("Right", self.right), ("Nearest candidates", self.candidates)):
            line(f"\n{title}:")
            for row in rows or [{"": "nothing"}]:
                line("  " + " · ".join(f"{k} {v}".strip() for k, v in row.items() if v not in (None, "")))
        line("\nRules tried:")
        for step in self.trail:
            line(f"  {step}")
        line("\nHistory:")
        for row in self.history:
            line(f"  {row['business_date']} {row['status']}: {row['explanation']}")
        line("\nDecisions:")
        for row in self.decisions or [{"": "none"}]:
            line("  " + " · ".join(f"{k} {v}".strip() for k, v in row.items() if v not in (None, "")))


def run(folder: Path, break_id: str) -> ExplainResult:
    """Everything stored about a break. Raises UsageFault for an id no close knows."""
    workspace = open_workspace(folder)
    with published(workspace, READS) as session:
        history = session.fetch("select * from break where break_id = $break_id order by business_date", break_id=break_id)
        if not history:
            raise UsageFault(
                f"no break {break_id}", str(folder), "ids are in discrepancies.xlsx and in tieout export break", "tieout export break --format csv"
            )
        standing = history[-1]
        left, right = _left(session, standing), _right(session, standing)
        steps = [{"business_date": h["business_date"], "status": h["status"], "explanation": h["explanation"]} for h in history]
        return ExplainResult(
            standing,
            left,
            right,
            trail(session, standing, workspace.books.match_rules, {p.id: p.windows.posting_days for p in workspace.books.programmes}),
            nearest_candidates(session, standing),
            _changes(steps),
            _decisions(workspace, standing),
        )


def _decisions(workspace: Workspace, standing: dict[str, Any]) -> list[dict[str, Any]]:
    """What people decided about the break, or about the same thing under another code, oldest first; also what has not acted yet."""
    same = ("pair", "business_key", "programme_id", "currency")
    return [
        {
            "effective_date": act.effective_date, "action": act.body["action"], "by": act.person, "approved_by": act.body.get("approved_by"),
            "why": act.body["reason"], "queue": act.body.get("queue"), "until": act.body.get("until"), "evidence": act.body.get("evidence"),
            "code": act.body["code"], "difference_amount": act.body.get("difference_amount"), "recorded_at": act.instant.isoformat(timespec="seconds"),
        }
        for act in workspace.store.acts.rows("decision")
        if act.subject == standing["break_id"] or all(act.body.get(n) == standing[n] for n in same)
    ]  # fmt: skip


def _left(session: Session, standing: dict[str, Any]) -> list[dict[str, Any]]:
    """What loyalty (or the till) says of the key."""
    key = standing["business_key"]
    columns = "event_id, kind, points, face_amount, occurred_at, effective_date, order_id, transaction_amount, redemption_value, tax_jurisdiction, source"
    events = session.fetch(f"select {columns} from loyalty_event where $key in (event_id, order_id) order by occurred_at, event_id", key=key)
    if standing["pair"] == "order_event":
        return session.fetch(
            "select payment_id, kind, occurred_at, amount, tax_amount, currency, tender from payment where order_id = $key order by occurred_at, payment_id",
            key=key,
        )
    return events


def _right(session: Session, standing: dict[str, Any]) -> list[dict[str, Any]]:
    """What the ledger (or, for orders, loyalty) says of the key."""
    key = standing["business_key"]
    if standing["pair"] == "order_event":
        return session.fetch(
            """select event_id, kind, points, transaction_amount, occurred_at, reverses_event_id from loyalty_event
            where order_id = $key order by occurred_at, event_id""",
            key=key,
        )
    refs = [r for r in (standing["right_ref"] or "").split(";") if r]
    return session.fetch(
        """select ledger_id || '/' || company_id || '/' || document_id || '/' || line_id as ref, posting_date, account, amount, currency, points,
            event_id, batch_id, order_id, is_tax_line, tax_jurisdiction, tax_base
        from ledger_line where event_id = $key or list_contains($refs, ledger_id || '/' || company_id || '/' || document_id || '/' || line_id)
            or batch_id in (select batch_id from posting_manifest where event_id = $key)
            or ledger_id || '/' || company_id || '/' || document_id || '/' || line_id = $key
        order by posting_date, ref""",
        key=key,
        refs=refs,
    )


def _changes(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Days on which something about the break changed, and the last one."""
    return [
        s for n, s in enumerate(steps) if n in (0, len(steps) - 1) or (s["status"], s["explanation"]) != (steps[n - 1]["status"], steps[n - 1]["explanation"])
    ]
