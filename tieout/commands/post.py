"""`tieout post`: approved adjusting entries into the ledger. Without --send nothing leaves: it shows what would."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from assets import posting, sending
from assets.posting import Item
from assets.workspace import Workspace
from core.errors import UsageFault
from store.postings import DONE, KIND, UNKNOWN, Standing
from tieout.reading import derived, open_workspace, published

ACTIONS = ("prepare", "approve", "withdraw", "send")


@dataclass(slots=True)
class PostResult:
    """Every entry of the day and where it stands."""

    day: date
    action: str
    items: list[Item] = field(default_factory=list)
    unresolved: list[Standing] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return 3 if any(i.failed for i in self.items) else 0

    def as_dict(self) -> dict[str, Any]:
        return {"business_date": self.day.isoformat(), "action": self.action, "entries": [_told(i) for i in self.items],
                "unresolved": [{"source": u.source, "key": u.key, "business_date": u.day.isoformat()} for u in self.unresolved]}  # fmt: skip

    def show(self) -> None:
        from tieout.commands.show import console

        screen = console()
        for item in self.items:
            for line in _lines(item, with_bodies=self.action == "show"):
                screen.print(line, soft_wrap=True, markup=False, highlight=False)
        for left in self.unresolved:
            what = f"{left.key} of {left.day} -> {left.source}: unknown, no longer proposed, and no close shows it; look for this key in the system"
            screen.print(what, soft_wrap=True, markup=False, highlight=False)
        if not self.items:
            screen.print("Nothing is proposed.")
        elif self.action == "show":
            screen.print("Nothing was sent. Then: --prepare --by NAME, --approve --by ANOTHER, --send --by NAME.")


def run(folder: Path, day: date, source: str, keys: Sequence[str], action: str, person: str, why: str) -> PostResult:
    """Show, prepare, approve, withdraw or send the entries proposed for a closed day."""
    workspace, person = open_workspace(folder), " ".join(person.split())
    if day not in workspace.store.closes():
        raise UsageFault(f"{day} has not been closed", str(folder), "entries are proposed from a closed day", f"tieout close {day}")
    if action != "send":
        return _run(workspace, day, source, keys, action, person, why)
    if not person:
        raise UsageFault("nobody sends it", "the command line", "the record says who did what", f"tieout post {day} --send --by NAME")
    try:
        workspace.hold("tieout post")
        return _run(workspace, day, source, keys, action, person, why)
    finally:
        workspace.release()


def _run(workspace: Workspace, day: date, source: str, keys: Sequence[str], action: str, person: str, why: str) -> PostResult:
    with derived(workspace, "adjusting_entry", day) as session:
        rows = session.fetch("select * from adjusting_entry order by entry_id, line_no")
    seen = _seen(workspace)
    items = posting.items_of(workspace, day, rows, seen, source, keys)
    if action == "send":
        items = sending.send(workspace, day, items, person)
        sending.resolve(workspace, posting.unresolved(workspace, items, seen), person)
    elif action != "show":
        act = {"prepare": posting.prepare, "approve": posting.approve, "withdraw": posting.withdraw}[action]
        items = act(workspace, day, items if keys else [i for i in items if _is_due(i, action)], person, why)
    return PostResult(day, action, items, posting.unresolved(workspace, items, seen))


def _is_due(item: Item, action: str) -> bool:
    """Whether an act is meant for an entry that nobody named."""
    at = item.standing
    if action == "withdraw":
        return bool(at and at.prepared and item.state not in (UNKNOWN, *DONE))
    if item.objections or item.is_approved or item.state in DONE:
        return False
    return action == "prepare" or bool(at and at.prepared)


def _seen(workspace: Workspace) -> dict[str, date]:
    """Our references that ledger lines carry in their text -> the first close that has them."""
    acts = workspace.store.acts.rows(KIND)
    if not acts:
        return {}
    with published(workspace, ("ledger_line",), first=min(a.effective_date for a in acts)) as session:
        found = session.fetch(
            "select regexp_extract(text, 'tieout ([0-9a-f]{12,24})( |$)', 1) as reference, min(business_date) as first_day from ledger_line "
            "where text like '%tieout %' group by all"
        )
    return {r["reference"]: r["first_day"] for r in found if r["reference"]}


def _told(item: Item) -> dict[str, Any]:
    at = item.standing
    prepared = item.prepared.as_dict() if item.prepared else {**item.entry.content(), "text": item.entry.text}
    return {
        **prepared, "source": item.source, "state": item.state, "objections": list(item.objections), "approved": item.is_approved, "said": item.said,
        "prepared_by": at.prepared.person if at and at.prepared else "", "approved_by": at.approved.person if at and at.approved else "",
        "document": at.outcome.body["document"] if at and at.outcome else "", "attempts": len(at.attempts) if at else 0,
        "seen_on": item.seen.isoformat() if item.seen else None,
    }  # fmt: skip


def _lines(item: Item, *, with_bodies: bool) -> list[str]:
    e, at = item.entry, item.standing
    where = f"-> {item.source}" if item.source else "-> nowhere"
    document = f", document {at.outcome.body['document']}" if at and at.outcome and at.outcome.body["document"] else ""
    seen = f", seen in the close of {item.seen}" if item.seen else ""
    shown = [f"{e.key} {e.reason_code} {e.business_key} {where}: {item.state}{document}{seen}" + (f" ({item.said})" if item.said else "")]
    shown += [f"    {n.account}  debit {n.debit}  credit {n.credit} {e.currency}" for n in e.lines]
    shown += [f"    not sendable: {said}" for said in item.objections]
    if with_bodies and item.prepared:
        shown += [f"    {' '.join(v for k, v in d.shown().items() if k != 'body')}\n    {d.shown()['body']}" for d in item.prepared.drafts]
        shown.append(f"    hash {item.prepared.fingerprint}")
    return shown
