"""Entries on their way: what is approved is sent once, what is unknown is looked up, and everything that is said is kept.

What belongs here: the record around each call. What does not: who may send what (`posting`), how a system is spoken to (`connectors.posting`).
`lake/postings/<source>/<key>/` holds the entry, and every request and answer as it went, without credentials.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path

from assets.posting import Item
from assets.workspace import Workspace
from connectors.extraction.vault import write_durably
from connectors.posting.entry import Entry, entry_of
from connectors.posting.gateway import Before, Gateway, Outcome, Result
from core.errors import SystemFault
from store import postings

_ENTRY = "entry.json"
_NOT_APPROVED = "not approved as it stands, nothing is sent"


def send(workspace: Workspace, day: date, items: Sequence[Item], person: str) -> list[Item]:
    """Send what is approved, one entry after the other; what is done is not sent again. The caller holds the books."""
    gateways = {n: Gateway(n, workspace.books.file.sources[n], workspace.folder) for n in {i.source for i in items if i.source}}
    return [_sent(workspace, day, item, gateways[item.source], person) if item.source else item for item in items]


def _sent(workspace: Workspace, day: date, item: Item, gateway: Gateway, person: str) -> Item:
    """One entry sent, if it may be; an unknown outcome is looked up even where it may not."""
    if item.state in postings.DONE:
        return replace(item, said=item.said or "it is done, nothing is sent")
    prepared = item.prepared
    can_be_sent = prepared is not None and item.is_approved and not item.objections
    if prepared is None or not (can_be_sent or item.state == postings.UNKNOWN):
        return replace(item, said="; ".join(item.objections) or _NOT_APPROVED)
    kept = _kept(_folder(workspace, item.source, item.entry.key))
    again = item.standing.again if item.standing else 0
    earlier = [gateway.prepare(e, again) for e in kept if e.content() != item.entry.content()]
    try:
        if can_be_sent:
            note = partial(_noted, workspace, day, item, person)
            taken = partial(_taken, workspace, day, item, person)
            outcome: Outcome | None = gateway.post(prepared, note, earlier=earlier, before=_before(item), taken=taken)
        else:
            outcome = gateway.look_up(prepared, earlier)
    except SystemFault as fault:
        return replace(item, standing=_standing(workspace, item), said=fault.what, failed=True)
    if outcome is None and item.seen:
        outcome = Outcome(Result.ALREADY_PRESENT, detail=f"the close of {item.seen} shows it")
    if outcome is None:
        return replace(item, said="; ".join(item.objections) or _NOT_APPROVED, failed=True)
    postings.record(workspace.store.acts, postings.OUTCOME, item.source, item.entry.key, day, person, **_told(outcome), hash=prepared.fingerprint)
    failed = str(outcome.result) not in postings.DONE
    return replace(item, standing=_standing(workspace, item), said=outcome.detail, failed=failed)


def _told(outcome: Outcome) -> dict[str, object]:
    """An outcome for the record."""
    marks = {name: True for name in ("taken", "handed") if getattr(outcome, name)}
    return {"result": str(outcome.result), "document": outcome.document, "detail": outcome.detail, **marks}


def _standing(workspace: Workspace, item: Item) -> postings.Standing | None:
    return postings.standings(workspace.store.acts.rows(postings.KIND)).get((item.source, item.entry.key))


def _before(item: Item) -> Before:
    at = item.standing
    return Before(_seconds_since(item), at.rejections, at.taken, at.document) if at else Before()


def _seconds_since(item: Item) -> int | None:
    """How long ago the last attempt without a known outcome was."""
    if item.standing is None or item.state != postings.UNKNOWN or not item.standing.attempts:
        return None
    return int((time.time_ns() // 1000 - item.standing.attempts[-1].recorded_at) // 1_000_000)


def _noted(workspace: Workspace, day: date, item: Item, person: str, step: str, sent: bytes, answered: bytes | None) -> None:
    """Keep what is sent and the fact that it is, before it is; keep the answer as it came."""
    folder = _folder(workspace, item.source, item.entry.key)
    folder.mkdir(parents=True, exist_ok=True)
    _keep(folder, item.entry)
    number = len(list(folder.glob("*.request")))
    if answered is not None:
        write_durably(folder / f"{number:03d}.answer", answered)
        return
    write_durably(folder / f"{number + 1:03d}.request", sent)
    body = {"step": step, "sent_sha256": sha256(sent).hexdigest(), "hash": item.prepared.fingerprint if item.prepared else ""}
    postings.record(workspace.store.acts, postings.ATTEMPT, item.source, item.entry.key, day, person, **body)


def _taken(workspace: Workspace, day: date, item: Item, person: str, document: str) -> None:
    """Keep that the system says that it took it, before it is asked for it."""
    postings.record(workspace.store.acts, postings.TAKEN, item.source, item.entry.key, day, person, document=document)


def _keep(folder: Path, entry: Entry) -> None:
    """The entry as it is sent; sent again with other dates or lines, it is kept beside the first."""
    kept = _kept(folder)
    if all(e.content() != entry.content() for e in kept):
        name = _ENTRY if not kept else f"entry-{len(kept) + 1}.json"
        write_durably(folder / name, json.dumps({**entry.content(), "text": entry.text}, sort_keys=True).encode())


def _kept(folder: Path) -> list[Entry]:
    return [entry_of(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("entry*.json"))]


def _folder(workspace: Workspace, source: str, key: str) -> Path:
    return workspace.lake / "postings" / source / key


def resolve(workspace: Workspace, left: Sequence[postings.Standing], person: str) -> None:
    """Look up entries whose outcome nobody knows and that are not proposed any more; nothing is sent. Raises SystemFault where a system cannot say."""
    for at in left:
        kept = _kept(_folder(workspace, at.source, at.key))
        source = workspace.books.file.sources.get(at.source)
        if source is None or source.posting is None or not kept:
            continue
        gateway = Gateway(at.source, source, workspace.folder)
        last, *earlier = [gateway.prepare(e, at.again) for e in reversed(kept)]
        outcome = gateway.look_up(last, earlier)
        if outcome is not None:
            postings.record(workspace.store.acts, postings.OUTCOME, at.source, at.key, at.day, person, **_told(outcome), hash="")
