"""Where rows end when a pair of this room is not judged, and the proofs that dispositions, matches and findings add up.

What does not belong here: any rule that compares.
"""

from datetime import date
from typing import Any

from core.kinds import BreakStatus, Disposition
from core.schema import table
from core.sql import Session, rule_text
from reconcilers.pair import ROOM, declare

INPUTS = {"event_ledger": ("loyalty_event", "ledger_line", "posting_manifest"), "redemption_tax": ("loyalty_event", "ledger_line")}


def feed_missing(session: Session, as_of_date: date, pair: str, *, has_links: bool = False) -> None:
    """The tables of `pair` for a day on which one side has no delivery.

    Findings open at the last close stand as they were, nothing is matched, every row that arrived is excluded as `feed_missing`.
    """
    session.rule(ROOM, "delivery_standing", pair=pair)
    declare(session, f"{pair}_finding", "finding", "delivery_standing", copied=True)
    session.empty(f"{pair}_match", table("match"))
    if has_links:
        session.empty(f"{pair}_ledger_link", table("ledger_link"))
    session.rule(ROOM, "disposition_feed_missing", pair=pair, as_of_date=as_of_date)
    declare(session, f"{pair}_disposition", "disposition", "disposition_feed_missing", copied=True)


def violations(session: Session) -> list[str]:
    """Sentences about what does not add up in the reconciled day; empty when all holds.

    No row in two matches; one finding per key; closed vocabularies; Σ matched differences + Σ break differences = left total - right total
    of event_ledger.
    """
    broken = []
    broken += [f"{r['pair']}: {r['side']} row {r['ref']} is in two matches" for r in _found(session, "match_twice")]
    broken += [f"{r['pair']}: {r['business_key']} has two findings in {r['currency']}" for r in _found(session, "finding_twice")]
    broken += _foreign_words(session, "break", "status", {str(s) for s in BreakStatus})
    broken += _foreign_words(session, "disposition", "disposition", {str(d) for d in Disposition})
    if "event_ledger_verdict" in session.names():
        broken += [
            f"event_ledger: sides differ by {r['sides']} {r['currency']}, findings and matches by {r['named']}" for r in _found(session, "finding_conservation")
        ]
    return broken


def _found(session: Session, proof: str) -> list[dict[str, Any]]:
    """What a proof finds, in a fixed order."""
    return session.fetch(f"select * from ({rule_text(ROOM, proof)}) order by all")


def _foreign_words(session: Session, name: str, column: str, words: set[str]) -> list[str]:
    met = session.fetch(f'select distinct coalesce("{column}", \'\') as word from "{name}" order by word')
    return [f"{name}.{column} is {r['word']!r}, which is no word of its vocabulary" for r in met if r["word"] not in words]
