"""The pair `order_event`: what was paid for an order against what loyalty gave and took back for it.

Finds DU-02, FR-01, RV-02, RV-01, RV-03, AM-01, AM-08 in that order (contract section 7); business key is the order, or the reversed event where there is
no order. Where a programme sets limits, patterns over several orders too: FR-02 by actor, FR-03 and FR-04 by member. Only orders that can have changed
are looked at: arrivals since the posting window or since both sides last arrived, and orders with an open
difference. What does not belong here: the ledger.
"""

from datetime import date

from core.sql import Session
from reconcilers.pair import ROOM, extend, is_judged, publish
from reconcilers.wording import teach

INPUTS = ("payment", "loyalty_event")


def compare(session: Session, as_of_date: date, *, everything: bool = False) -> None:
    """Make `order_event_finding`, `order_event_match` and `order_event_disposition` of the day.

    `everything` looks at every order of the books instead of those that can have changed; the findings are the same.
    """
    teach(session, "order_event")
    judged = is_judged(session, INPUTS)
    session.rule(ROOM, "order_event_window", as_of_date=as_of_date, everything=everything)
    session.rule(ROOM, "order_event_link")
    session.rule(ROOM, "order_event_key")
    session.rule(ROOM, "order_event_event")
    session.rule(ROOM, "order_event_twin")
    session.rule(ROOM, "order_event_payment")
    session.rule(ROOM, "order_event_paid", as_of_date=as_of_date)
    session.rule(ROOM, "order_event_pro_rata", as_of_date=as_of_date)
    session.rule(ROOM, "order_event_order", as_of_date=as_of_date)
    session.rule(ROOM, "order_event_verdict")
    session.rule(ROOM, "order_event_difference")
    session.rule(ROOM, "order_event_standing")
    session.rule(ROOM, "order_event_agreement", as_of_date=as_of_date)
    session.rule(ROOM, "order_event_ending", as_of_date=as_of_date, judged=judged)
    publish(session, "order_event", judged=judged, has_match=True, extended=True)
    _add_patterns(session, as_of_date)


def _add_patterns(session: Session, as_of_date: date) -> None:
    """FR-02 ... FR-04, where a programme sets limits: patterns of loyalty events alone, so a day without payments has them too."""
    if not session.value("select exists (select 1 from programme_limit)") or not is_judged(session, ("loyalty_event",)):
        return
    session.rule(ROOM, "order_event_pattern", as_of_date=as_of_date)
    session.statement("delete from order_event_finding where code in ('FR-02', 'FR-03', 'FR-04')")  # those that stood at the last close
    extend(session, "order_event_finding", "finding", "order_event_pattern")
