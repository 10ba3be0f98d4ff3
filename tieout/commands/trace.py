"""`tieout trace EVENT_ID`: redemption → lots → accruals → ledger lines → tax entries, and back, as a tree."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import UsageFault
from core.sql import Session
from tieout.reading import open_workspace, published

READS = (
    "loyalty_event",
    "allocation",
    "tax_entry",
    "lot_issue",
    "lot_movement",
    "ledger_link",
    "ledger_line",
    "match",
    "journal_source",
    "journal_line",
    "break",
)


@dataclass(frozen=True, slots=True)
class Node:
    """One thing in the chain, and what follows from it."""

    kind: str
    ref: str
    facts: dict[str, str]
    follows: list["Node"] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "ref": self.ref, **self.facts, "follows": [n.as_dict() for n in self.follows]}


@dataclass(frozen=True, slots=True)
class TraceResult:
    root: Node

    exit_code = 0

    def as_dict(self) -> dict[str, Any]:
        return self.root.as_dict()

    def show(self) -> None:
        from rich.tree import Tree

        from tieout.commands.show import console

        def grow(node: Node, tree: Tree) -> None:
            for follower in node.follows:
                grow(follower, tree.add(_label(follower)))

        tree = Tree(_label(self.root))
        grow(self.root, tree)
        console().print(tree, highlight=False, markup=False, soft_wrap=True)


def run(folder: Path, event_id: str) -> TraceResult:
    """The chain of one event as it is known today. Raises UsageFault for an event the books do not hold."""
    workspace = open_workspace(folder)
    with published(workspace, READS) as session:
        event = session.fetch("select * from loyalty_event where event_id = $event_id", event_id=event_id)
        if not event:
            raise UsageFault(
                f"no event {event_id} in the books",
                str(folder),
                "only events that entered a closed day can be followed",
                "tieout export loyalty_event | grep ...",
            )
        return TraceResult(_event(session, event[0]))


def _event(session: Session, event: dict[str, Any]) -> Node:
    """An event with its ledger entries, journal, open breaks, and what it took from or gave to."""
    event_id = event["event_id"]
    follows = [
        *_ledger(session, event_id),
        *_journal(session, event_id),
        *_taken(session, event_id),
        *_given(session, event_id),
        *_later(session, event_id),
        *_breaks(session, event_id),
    ]
    return Node(
        event["kind"],
        event_id,
        _facts(event, "points", "global_id", "occurred_at", "order_id", "transaction_amount", "redemption_value", "tax_jurisdiction"),
        follows,
    )


def _taken(session: Session, event_id: str) -> list[Node]:
    """Forward: the lots this redemption used, each with its accrual, its entry, and its tax."""
    rows = session.fetch(
        """select business_date, event_id, lot_id, points, released_amount, breakage_amount, redemption_value, ledger_ref, lot_ledger_ref, tax_entry_id, status
        from allocation where redemption_event_id = $event_id or event_id = $event_id order by business_date, event_id, sequence""",
        event_id=event_id,
    )
    return [
        Node(
            "allocation",
            f"{row['event_id']} from lot {row['lot_id']}",
            _facts(row, "business_date", "points", "released_amount", "breakage_amount", "redemption_value", "status"),
            [*_lot(session, row["lot_id"]), *_tax(session, row["tax_entry_id"])],
        )
        for row in rows
    ]


def _lot(session: Session, lot_id: str) -> list[Node]:
    rows = session.fetch(
        """select lot_id, earn_class, earned_on, expires_on, points, deferred_amount, cohort, origin from lot_issue
        where lot_id = $lot_id order by business_date, global_id""",
        lot_id=lot_id,
    )
    return [
        Node("lot", r["lot_id"], _facts(r, "earn_class", "earned_on", "expires_on", "points", "deferred_amount", "cohort"), _ledger(session, lot_id))
        for r in rows[:1]
    ]


def _given(session: Session, event_id: str) -> list[Node]:
    """Backward: the lot this accrual opened and every event that used it."""
    issued = session.fetch("select lot_id from lot_issue where lot_id = $event_id limit 1", event_id=event_id)
    if not issued:
        return []
    rows = session.fetch(
        """select m.business_date, m.event_id, m.taking_kind, m.points, e.kind from lot_movement m left join loyalty_event e on e.event_id = m.event_id
        where m.lot_id = $event_id and m.event_id <> $event_id order by m.business_date, m.sequence""",
        event_id=event_id,
    )
    used = [
        Node(
            f"used by {r['kind'] or r['taking_kind']}",
            r["event_id"],
            _facts(r, "business_date", "points"),
            [*_ledger(session, r["event_id"]), *_taxes_of(session, r["event_id"], event_id)],
        )
        for r in rows
    ]
    return [Node("lot", event_id, _lot(session, event_id)[0].facts, used)]


def _later(session: Session, event_id: str) -> list[Node]:
    rows = session.fetch(
        "select event_id, kind, points, occurred_at from loyalty_event where reverses_event_id = $event_id order by event_id", event_id=event_id
    )
    return [Node(f"reversed by {r['kind']}", r["event_id"], _facts(r, "points", "occurred_at"), _ledger(session, r["event_id"])) for r in rows]


def _ledger(session: Session, event_id: str) -> list[Node]:
    """The ledger entries of an event as known at the latest close: single ones, or the batch it went into."""
    links = session.fetch(
        """select pair, ledger_refs from ledger_link where event_id = $event_id
        qualify row_number() over (partition by pair order by business_date desc) = 1 order by pair""",
        event_id=event_id,
    )
    nodes: list[Node] = []
    for link in links:
        for ref in filter(None, (link["ledger_refs"] or "").split(";")):
            lines = session.fetch(
                """select posting_date, account, amount, currency, points, batch_id, tax_jurisdiction, tax_base from ledger_line
                where ledger_id || '/' || company_id || '/' || document_id || '/' || line_id = $ref""",
                ref=ref,
            )
            nodes.append(Node("ledger tax line" if link["pair"] == "redemption_tax" else "ledger entry", ref, _facts(lines[0], *lines[0]) if lines else {}))
    return nodes or [Node("ledger entry", "none", {"known": "at the latest close the ledger holds no entry of this event"})]


def _journal(session: Session, event_id: str) -> list[Node]:
    rows = session.fetch(
        """select l.business_date, s.entry_id, s.line_no, l.account, l.event_kind, l.cohort, sum(s.points) as points, sum(s.amount) as amount, l.currency
        from journal_source s join journal_line l using (entry_id, line_no, business_date) where s.event_id = $event_id
        group by all order by l.business_date, s.entry_id, s.line_no""",
        event_id=event_id,
    )
    return [
        Node("journal line", f"{r['entry_id']}/{r['line_no']}", _facts(r, "business_date", "account", "event_kind", "cohort", "points", "amount", "currency"))
        for r in rows
    ]


_TAX_FACTS = ("jurisdiction", "tax_type", "treatment", "taxable_base", "rate", "tax_amount", "rule_id", "rule_version", "ledger_ref", "status")


def _tax(session: Session, tax_entry_ids: str | None) -> list[Node]:
    rows = session.fetch(
        "select * from tax_entry where list_contains(string_split($ids, ';'), tax_entry_id) order by business_date, tax_entry_id", ids=tax_entry_ids or ""
    )
    return [_tax_node(r) for r in rows]


def _taxes_of(session: Session, event_id: str, lot_id: str) -> list[Node]:
    rows = session.fetch(
        "select * from tax_entry where event_id = $event_id and lot_id = $lot_id order by business_date, tax_entry_id", event_id=event_id, lot_id=lot_id
    )
    return [_tax_node(r) for r in rows]


def _tax_node(row: dict[str, Any]) -> Node:
    reviewed = {} if row["is_reviewed"] else {"note": "rule not reviewed"}
    return Node("tax entry", row["tax_entry_id"], _facts(row, *_TAX_FACTS) | reviewed)


def _breaks(session: Session, event_id: str) -> list[Node]:
    rows = session.fetch(
        """select break_id, code, pair, status, first_seen, explanation from break where business_key = $event_id
        qualify row_number() over (partition by break_id order by business_date desc) = 1 order by break_id""",
        event_id=event_id,
    )
    return [Node(f"break {r['code']}", r["break_id"], _facts(r, "pair", "status", "first_seen", "explanation")) for r in rows]


def _facts(row: dict[str, Any], *names: str) -> dict[str, str]:
    return {n: str(row[n]) for n in names if row.get(n) not in (None, "")}


def _label(node: Node) -> str:
    facts = " · ".join(f"{k.replace('_', ' ')} {v}" for k, v in node.facts.items())
    return f"{node.kind} {node.ref}" + (f" — {facts}" if facts else "")
