"""The tie-out: our sub-ledger's closing against the ledger's control accounts, in the measure each ledger carries.

Reads the breaks of the day, so it runs after the reconcilers. A break that says nothing about its ledger side (nothing
was booked) counts on every ledger that carries its programme; one found on a wrong account counts with its loyalty side,
because nothing of it stands on the liability account. Items in transit explain a difference like any standing break.
"""

from datetime import date

from core.sql import Session


def tie_out(session: Session, as_of_date: date) -> None:
    """Make `tie_out` from `ledger_balance` (rows without a member), `roll_forward` and `break` of the day."""
    session.declared_rule("ledgers", "tie_out", as_of_date=as_of_date)
