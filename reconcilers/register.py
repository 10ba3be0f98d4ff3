"""The break register: today's findings become breaks with ids, ages, queues; what is no longer found is closed.

What does not belong here: finding differences, and people's decisions about them.
"""

from datetime import date

from core.kinds import BREAK_CODES
from core.schema import Column, Kind, Table, Type
from core.sql import Session
from reconcilers.pair import ROOM

_BREAK_CODE = Table(
    "break_code",
    Kind.PARAMETER,
    "The closed list of break codes: who works them and whether they block sign-off.",
    ("code",),
    (Column("code", Type.TEXT, "code"), Column("queue", Type.TEXT, "who works it"), Column("blocks_signoff", Type.BOOL, "a day cannot be signed with it open")),
)


def register(session: Session, as_of_date: date) -> None:
    """Make `break` from `finding` and `prior_break` (contract section 4).

    One row per open difference, first_seen kept on reopening; one row with status `closed` on the day a difference is gone,
    carrying what it last showed. TM-01 is `expected` and blocks nothing.
    """
    session.rows("break_code", _BREAK_CODE, [{"code": c.code, "queue": str(c.queue), "blocks_signoff": c.blocks_signoff} for c in BREAK_CODES.values()])
    session.rule(ROOM, "break_prior")
    session.rule(ROOM, "break_current")
    session.rule(ROOM, "break_first_seen", as_of_date=as_of_date)
    session.declared_rule(ROOM, "break", as_of_date=as_of_date)
