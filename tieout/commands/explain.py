"""`tieout explain BREAK_ID`: both sides of a break, what was tried, the nearest candidates, the history."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.workspace import Workspace
from core.errors import UsageFault
from core.kinds import BREAK_CODES
from core.sql import Session
from tieout.reading import open_workspace, published

READS = ("break", "loyalty_event", "ledger_line", "posting_manifest", "payment", "event_value", "tax_entry", "match", "ledger_link")
CANDIDATES = 5


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
        line(f"  first seen {s['first_seen']}, age {s['age_days']} days, " + ("blocks sign-off" if s["blocks_signoff"] else "does not block sign-off"))
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
        key = standing["business_key"]
        left, right = _left(session, standing), _right(session, standing)
        steps = [{"business_date": h["business_date"], "status": h["status"], "explanation": h["explanation"]} for h in history]
        return ExplainResult(
            standing,
            left,
            right,
            _trail(session, standing, left, right),
            _candidates(session, standing, key, left),
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


def _trail(session: Session, standing: dict[str, Any], left: list[dict[str, Any]], right: list[dict[str, Any]]) -> list[str]:
    """Each rung of the ladder for this key and why it did not settle it."""
    if standing["pair"] not in {"event_ledger", "redemption_tax"}:
        return [f"{standing['pair']}: compared by {standing['business_key']}; {standing['explanation']}"]
    key = standing["business_key"]
    exact = sum(1 for r in right if r["event_id"] == key)
    manifests = session.fetch("select batch_id, points, amount from posting_manifest where event_id = $key order by batch_id", key=key)
    trail = [f"exact_id: {exact} ledger lines carry {key}" + ("" if exact else "; nothing to compare")]
    trail.append(f"manifest: listed in {len(manifests)} batches" + "".join(f"; {m['batch_id']} with {m['points']} points and {m['amount']}" for m in manifests))
    if left and right:
        trail.append(
            f"tolerance: {standing['left_amount']} against {standing['right_amount']} {standing['currency']}, difference {standing['difference_amount']}"
        )
    trail.append(f"classified {standing['code']}: {BREAK_CODES[standing['code']].meaning}")
    return trail


def _candidates(session: Session, standing: dict[str, Any], key: str, left: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines no event claims that look nearest: same order or member first, then the smallest gap in money; never matched by themselves."""
    if standing["pair"] != "event_ledger" or not left:
        return []
    rows = session.fetch(
        """with wanted as (select * from loyalty_event where event_id = $key)
        select l.ledger_id || '/' || l.company_id || '/' || l.document_id || '/' || l.line_id as ref, l.posting_date, l.account, l.amount,
            l.points, l.event_id, l.order_id, concat_ws(', ',
                case when l.order_id is not distinct from w.order_id and w.order_id <> '' then null else 'order' end,
                case when l.global_id is not distinct from w.global_id then null else 'member' end,
                case when abs(l.amount) = w.face_amount then null else 'amount' end,
                case when l.posting_date = w.effective_date then null else 'date' end) as differs_in
        from ledger_line l cross join wanted w
        join programme p on p.programme_id = w.programme_id
        where l.company_id = p.company_id and not coalesce(l.is_tax_line, false)
            and coalesce(l.event_id, '') not in (select event_id from loyalty_event) and coalesce(l.batch_id, '') not in (select batch_id from posting_manifest)
            and abs(date_diff('day', l.posting_date, w.effective_date)) <= 7 and sign(l.amount) = -sign(w.points)
        order by (l.order_id is not distinct from w.order_id and w.order_id <> '') desc, (l.global_id is not distinct from w.global_id) desc,
            abs(abs(l.amount) - w.face_amount), ref limit 20""",
        key=key,
    )
    return rows[:CANDIDATES]


def _changes(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Days on which something about the break changed, and the last one."""
    return [
        s for n, s in enumerate(steps) if n in (0, len(steps) - 1) or (s["status"], s["explanation"]) != (steps[n - 1]["status"], steps[n - 1]["explanation"])
    ]
