"""Which days a close has to take, and what identifies each: the chain of canonical input.

Closing D closes missing or changed earlier days first and takes every later unsigned day again, so that any order of commands ends
in the same books.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from assets.workspace import Close, Workspace
from connectors.files.archive import Delivery, collect, fingerprints
from connectors.files.late import redated
from core.calendar import days_between
from core.errors import UsageFault
from core.schema import TABLES
from core.version import code_version
from store import decisions, periods
from store.acts import Act, fingerprint
from store.signatures import last_signed


@dataclass(frozen=True, slots=True)
class Range:
    """The days to take, in order, with what has been delivered and each day's delivery fingerprint."""

    days: tuple[date, ...]
    deliveries: tuple[Delivery, ...]
    fingerprints: dict[date, str]
    closes: dict[date, Close]
    decisions: dict[date, list[dict[str, Any]]]
    """What people decided about breaks, by the day it takes effect; as much input of a close as what was delivered."""
    periods: tuple[Act, ...]
    """What people did to fiscal periods."""


def plan_range(workspace: Workspace, first: date, last: date, *, again: bool) -> Range:
    """The days to close so that first..last stand on current input; empty if they already do and `again` is false.

    `again` takes first..last anew even if nothing changed. Raises UsageFault if nothing has been delivered by `last`.
    """
    deliveries = collect(workspace.inbox, workspace.lake / "raw", workspace.lake / "parsed", workspace.books)
    closes = workspace.store.closes()
    acts = workspace.store.acts.rows(decisions.KIND, periods.KIND)
    deliveries = _late(workspace, deliveries, closes, acts)
    dated = [d.file_date for d in deliveries if d.file_date <= last]
    if not dated:
        raise UsageFault(
            f"nothing has been delivered up to {last}",
            str(workspace.inbox),
            "a day is closed from the files dated up to it",
            "drop files as inbox/<source>/<table>_<YYYY-MM-DD>.csv, or choose a later day",
        )
    signed = last_signed(closes)
    origin = signed + timedelta(days=1) if signed else min(dated)
    if last < origin:
        raise UsageFault(f"{last} is signed or lies before the books", str(workspace.folder), "a signed day never changes", f"close a day from {origin} on")
    end = max([last, *(d for d, c in closes.items() if c.status != "signed")])
    prints = _with_acts(fingerprints(deliveries, days_between(min(dated), end)), acts)
    stale = next((d for d in days_between(origin, end) if d not in closes or closes[d].delivery_hash != prints[d]), None)
    start = min([d for d in (stale, max(first, origin) if again else None) if d is not None], default=None)
    days = days_between(start, end) if start is not None else []
    decided = decisions.table_rows([a for a in acts if a.kind == decisions.KIND])
    return Range(tuple(days), tuple(deliveries), prints, closes, decided, tuple(a for a in acts if a.kind == periods.KIND))


def _late(workspace: Workspace, deliveries: list[Delivery], closes: dict[date, Close], acts: Sequence[Act]) -> list[Delivery]:
    """The deliveries with those of signed days that came after the signature moved to the first open day."""
    last = last_signed(closes)
    if last is None or _with_acts(fingerprints(deliveries, [last]), acts)[last] == closes[last].delivery_hash:
        return deliveries
    signed: dict[tuple[str, str], dict[str, tuple[date, int]]] = {}
    with workspace.session() as session:
        session.view("control_total", TABLES["control_total"], workspace.store.files("control_total", last=last))
        for row in session.fetch("select business_date, source, file, sha256, rows_read from control_total order by business_date desc"):
            signed.setdefault((row["source"], row["file"]), {})[row["sha256"]] = (row["business_date"], row["rows_read"] or 0)
    return redated(deliveries, signed, last)


def _with_acts(prints: dict[date, str], acts: Sequence[Act]) -> dict[date, str]:
    """What identifies the input of each day: the deliveries and, where there are any, the decisions and closed periods in force."""
    if not acts:
        return prints
    return {day: hashlib.sha256(f"{found}{known}".encode()).hexdigest() if (known := fingerprint(acts, day)) else found for day, found in prints.items()}


def input_hash_before(closes: dict[date, Close], first: date) -> str:
    """Where the chain of canonical input stands before a day."""
    earlier = [d for d in closes if d < first]
    return closes[max(earlier)].input_hash if earlier else ""


def chain(previous: str, day: date, contents: Sequence[tuple[str, str]]) -> str:
    """The canonical input up to a day: the chain before it and the hash of each table's sorted rows that enter today."""
    return hashlib.sha256(json.dumps([previous, day.isoformat(), sorted(contents)]).encode()).hexdigest()


def close_before(closes: dict[date, Close], first: date) -> str:
    """The close that a day builds on; empty before any."""
    earlier = [d for d in closes if d < first]
    return closes[max(earlier)].close_id if earlier else ""


def close_id(day: date, input_hash: str, config_hash: str, before: str) -> str:
    """Hash of business date, canonical input, code and configuration, and of the close it builds on: a day reads what the days before it made,
    which may have been closed by other code or under another configuration."""
    return hashlib.sha256(json.dumps([day.isoformat(), input_hash, code_version(), config_hash, before]).encode()).hexdigest()[:32]
