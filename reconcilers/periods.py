"""Changes to closed periods: CL-03 and RV-04, beside what the pairs found. Only books in which somebody closed a period come here.

What does not belong here: closing and reopening periods, and wrong posting periods of a ledger (CL-02, event_ledger).
"""

from datetime import date

from core.sql import Session
from reconcilers.pair import ROOM

CLOSED_PERIOD = "closed_period"


def name_changes(session: Session, as_of_date: date) -> None:
    """Add to `finding` what entered today and belongs to a closed period: one finding per pair, business key and currency stays the rule.

    CL-03 wins over a code that does not block the sign-off and is named after one that does; RV-04 is named after any other. Figures of a
    finding that stood already stay as they are, so no total changes.
    """
    session.rule(ROOM, "period_finding", as_of_date=as_of_date)
    session.rule(ROOM, "period_named")
    session.statement('create or replace table "finding" as select * from period_named')
