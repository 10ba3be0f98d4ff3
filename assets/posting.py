"""Adjusting entries into ledgers: which entry goes to which source, where each stands, and who may take it a step further.

What belongs here: the path proposed -> prepared -> approved -> sent, kept in the record of acts. What does not: how a system is spoken to
(`connectors.posting`), where proposals come from (`ledgers.adjusting`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from assets.workspace import Close, Workspace
from connectors.posting.entry import Entry, entries_of
from connectors.posting.gateway import Gateway, Prepared
from core.errors import UsageFault
from core.policy import PostingTo
from reconcilers.decisions import same_person, text_fault
from store import postings
from store.periods import CLOSED, LOCKED, states

BRIDGE = "BRIDGE"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry, where it would go (no source: nowhere, `objections` say why) and where it stands."""

    entry: Entry
    source: str
    prepared: Prepared | None
    objections: tuple[str, ...]
    standing: postings.Standing | None
    seen: date | None = None
    """The first close whose ledger lines show it."""
    said: str = ""
    failed: bool = False
    """The system did not take it, nobody knows, or a later close does not show it."""

    @property
    def state(self) -> str:
        return self.standing.state if self.standing else postings.PROPOSED

    @property
    def is_approved(self) -> bool:
        """Whether somebody approved exactly this."""
        at = self.standing
        return bool(at and at.approved and self.prepared and at.approved.body["hash"] == self.prepared.fingerprint)


def targets(workspace: Workspace, only: str) -> dict[str, PostingTo]:
    """The sources that take entries. Raises UsageFault where there are none."""
    found = {n: s.posting for n, s in sorted(workspace.books.file.sources.items()) if s.posting and only in ("", n)}
    if not found:
        raise UsageFault(
            f"no source {only} takes entries" if only else "no source takes entries", str(workspace.folder / "tieout.toml"),
            "nothing is posted where the books do not say so", '[sources.<name>.posting] ledgers = ["..."] (docs/posting.md)',
        )  # fmt: skip
    return found


def items_of(workspace: Workspace, day: date, rows: Sequence[Mapping[str, Any]], seen: Mapping[str, date], only: str, keys: Sequence[str]) -> list[Item]:
    """The entries proposed for a day, each prepared for its source. `seen`: reference -> the first close that shows it."""
    taking = targets(workspace, only)
    acts = workspace.store.acts
    found = postings.standings(acts.rows(postings.KIND))
    shut = [s.period for s in states(acts.rows("period")).values() if s.state in (CLOSED, LOCKED)]
    gateways = {n: Gateway(n, workspace.books.file.sources[n], workspace.folder) for n in taking}
    closes = workspace.store.closes()
    chosen = _chosen(entries_of(rows), keys, day)
    made = []
    for proposed in chosen:
        name, entry = _routed(proposed, taking)
        objections = [f"{entry.posting_date} is in period {p.period_id}, which is closed" for p in shut if p.first <= entry.posting_date <= p.last]
        if entry.reason_code == BRIDGE:
            objections.append("a bridge is reversed on the next day: it is booked by hand, with its reversal")
        if not name and only:
            continue
        if not name:
            made.append(Item(entry, "", None, (*objections, f"no source takes entries of ledger {entry.ledger_id or '(none named)'}"), None))
            continue
        standing, shown = found.get((name, entry.key)), seen.get(gateways[name].reference(entry.key))
        prepared = gateways[name].prepare(entry, standing.again if standing else 0)
        objections += [*prepared.objections, *_on_its_way(entry, day, name, found, seen, gateways[name])]
        if shown and not (standing and standing.state in postings.DONE):
            objections.append(f"the ledger shows it since the close of {shown}")
        late = _overdue(standing, closes, gateways[name]) if standing and not shown else ""
        made.append(Item(entry, name, prepared, tuple(objections), standing, shown, late, bool(late)))
    return made


def unresolved(workspace: Workspace, items: Sequence[Item], seen: Mapping[str, date]) -> list[postings.Standing]:
    """Entries of other days, or no longer proposed, whose outcome nobody knows and no close shows."""
    listed = {(i.source, i.entry.key) for i in items}
    found = postings.standings(workspace.store.acts.rows(postings.KIND))
    shown = tuple(seen)
    return [at for key, at in found.items() if key not in listed and at.state == postings.UNKNOWN and not any(at.key.startswith(s) for s in shown)]


def _overdue(standing: postings.Standing, closes: Mapping[date, Close], gateway: Gateway) -> str:
    """A close made after the entry was posted, of a later day, that does not show it."""
    outcome = standing.outcome
    if standing.state not in postings.DONE or outcome is None:
        return ""
    later = [d for d, c in closes.items() if d > standing.day and c.started_at > outcome.instant]
    if later and outcome.body.get("handed"):
        return (
            f"it was handed over, but the close of {min(later)} does not show it: import and post it; where the system refused it, delete the rows it refused, "
            "withdraw it (--entry KEY) and prepare it again"
        )
    if later and gateway.then:
        return f"the close of {min(later)} does not show it: {gateway.then}"
    return f"it was posted, but the close of {min(later)} does not show it: look for it in the system" if later else ""


def _routed(entry: Entry, taking: Mapping[str, PostingTo]) -> tuple[str, Entry]:
    """The source an entry goes to. One that names no ledger goes to the only ledger there is, else nowhere."""
    ledgers = [(n, ledger) for n, to in taking.items() for ledger in to.ledgers]
    if not entry.ledger_id and len(ledgers) == 1:
        return ledgers[0][0], replace(entry, ledger_id=ledgers[0][1])
    return next((n for n, ledger in ledgers if ledger == entry.ledger_id), ""), entry


def _chosen(entries: Sequence[Entry], keys: Sequence[str], day: date) -> list[Entry]:
    strange = [k for k in keys if len(k) < 6 or sum(e.key.startswith(k) for e in entries) != 1]
    if strange:
        raise UsageFault(
            f"{strange[0]!r} is not the key of one entry", f"tieout post {day}", "an entry is named by its key, or six or more of its first letters",
            f"tieout post {day}",
        )  # fmt: skip
    return [e for e in entries if not keys or any(e.key.startswith(k) for k in keys)]


def _on_its_way(
    entry: Entry, day: date, source: str, found: Mapping[tuple[str, str], postings.Standing], seen: Mapping[str, date], gateway: Gateway
) -> list[str]:  # fmt: skip
    """Another entry about the same difference that these books do not show yet: this one would be added to it."""
    return [
        f"entry {at.key} about the same difference is {at.state} and the ledger as of {day} does not show it"
        for (name, key), at in found.items()
        if name == source and key != entry.key and at.concerns == entry.concerns and at.may_be_there
        and not seen.get(gateway.reference(key), date.max) <= day
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------------------------ people
def prepare(workspace: Workspace, day: date, items: Sequence[Item], person: str, why: str) -> list[Item]:
    """Record that somebody prepared these entries, all or none."""
    return _recorded(workspace, day, items, postings.PREPARED, person, why, lambda item: _may_prepare(item, workspace, person))


def approve(workspace: Workspace, day: date, items: Sequence[Item], person: str, why: str) -> list[Item]:
    """Record that another person approved exactly what was prepared, all or none."""
    return _recorded(workspace, day, items, postings.APPROVED, person, why, lambda item: _may_approve(item, workspace, person))


def withdraw(workspace: Workspace, day: date, items: Sequence[Item], person: str, why: str) -> list[Item]:
    """Take preparation and approval back."""
    return _recorded(workspace, day, items, postings.WITHDRAWN, person, why, lambda item: _may_withdraw(item, why))


def _recorded(workspace: Workspace, day: date, items: Sequence[Item], what: str, person: str, why: str, may: Any) -> list[Item]:
    faults = [f"{name} {fault}" for name, said in (("the name", person), ("the reason", why)) if (fault := text_fault(said))]
    faults += [] if person.strip() else ["the name is empty (--by NAME)"]
    faults += [] if items else ["nothing is proposed"]
    for item in items:
        faults += [f"{item.entry.key}: {said}" for said in (*(() if what == postings.WITHDRAWN else item.objections), *may(item))]
    if faults:
        raise UsageFault(
            f"nothing is {what}: {'; '.join(faults)}", str(workspace.folder), "an entry is prepared by one person and approved by another, as it stands",
            f"tieout post {day} shows every entry; choose with --entry KEY",
        )  # fmt: skip
    name = " ".join(person.split())
    drafts = [
        postings.draft(what, i.source, i.entry.key, day, name, hash=i.prepared.fingerprint, concerns=i.entry.concerns, reason=why.strip())
        for i in items
        if i.prepared
    ]  # fmt: skip
    workspace.store.acts.append(drafts)
    found = postings.standings(workspace.store.acts.rows(postings.KIND))
    return [replace(i, standing=found.get((i.source, i.entry.key))) for i in items]


def _may_withdraw(item: Item, why: str) -> list[str]:
    if item.seen:
        return [f"the close of {item.seen} shows it: it is in the ledger"]
    return [] if why.strip() else ["a withdrawal needs a reason (--why)"]


def _may_prepare(item: Item, workspace: Workspace, person: str) -> list[str]:
    allowed = _named(workspace, item, "preparers")
    if item.state in postings.DONE:
        return [f"it is {item.state} already"]
    return [f"{person} is not one of the preparers: {', '.join(allowed)}"] if allowed and not any(same_person(person, a) for a in allowed) else []


def _may_approve(item: Item, workspace: Workspace, person: str) -> list[str]:
    at, allowed = item.standing, _named(workspace, item, "approvers")
    if at is None or at.prepared is None:
        return ["nobody has prepared it"]
    if item.prepared is None or at.prepared.body["hash"] != item.prepared.fingerprint:
        return ["it is not what was prepared: it has changed since; prepare it again"]
    if same_person(at.prepared.person, person):
        return [f"{person} prepared it and cannot approve it"]
    return [f"{person} is not one of the approvers: {', '.join(allowed)}"] if allowed and not any(same_person(person, a) for a in allowed) else []


def _named(workspace: Workspace, item: Item, people: Literal["preparers", "approvers"]) -> tuple[str, ...]:
    """Who alone may, if the source names anybody. An entry that no source takes is refused by its objections, whoever asks."""
    source = workspace.books.file.sources.get(item.source)
    return tuple(getattr(source.posting, people)) if source and source.posting else ()
