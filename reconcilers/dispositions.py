"""Where rows end when a pair of this room is not judged, and the proof that dispositions, matches and findings add up.

What does not belong here: any rule that compares.
"""

from datetime import date

from core.schema import table
from core.sql import Session
from reconcilers.pair import ROOM, declare


def feed_missing(session: Session, as_of_date: date, pair: str, *, has_links: bool = False) -> None:
    """The tables of `pair` for a day on which one side has no delivery.

    Findings open at the last close stand as they were, nothing is matched, every row that arrived is excluded as `feed_missing`.
    """
    session.rule(ROOM, "delivery_standing", pair=pair)
    declare(session, f"{pair}_finding", "finding", "delivery_standing")
    session.empty(f"{pair}_match", table("match"))
    if has_links:
        session.empty(f"{pair}_ledger_link", table("ledger_link"))
    session.rule(ROOM, "disposition_feed_missing", pair=pair, as_of_date=as_of_date)
    declare(session, f"{pair}_disposition", "disposition", "disposition_feed_missing")
