"""The break register: today's findings become breaks with ids, ages, urgency and queues; what is no longer found is closed.

What people decided acts here, on queue and status. What does not belong here: finding differences, and recording decisions.
"""

from datetime import date

from core.sql import Session
from reconcilers import periods
from reconcilers.pair import ROOM

KNOWN = "known_decision"
"""Every decision in force by its effective date: rows of `decision` up to the day. Absent where nobody decided anything."""


def register(session: Session, as_of_date: date) -> None:
    """Make `break` from `finding` and `prior_break` (contract section 4), and let the known decisions act on it.

    One row per open difference, first_seen kept on reopening; one row with status `closed` on the day a difference is gone,
    carrying what it last showed. TM-01 is `expected` and blocks nothing. A decision changes queue and status, never a difference.
    """
    made = session.names()
    if periods.CLOSED_PERIOD in made:
        periods.name_changes(session, as_of_date)
    session.declared_rule(ROOM, "break", as_of_date=as_of_date)
    if KNOWN in made:
        session.rule(ROOM, "break_decided", as_of_date=as_of_date)
        session.statement('create or replace table "break" as select * from break_decided')
