"""The tie-out: our sub-ledger's closing against the ledger's control accounts, in the measure each ledger carries.

Reads what the differences of the day come to on each account, so it runs after the reconcilers: an event that is missing
in one of two parallel ledgers explains the account of that ledger only; one found on a wrong account counts with its loyalty
side, because nothing of it stands on the liability account. Items in transit explain a difference like any standing break.
"""

from datetime import date

from core.sql import Session


def tie_out(session: Session, as_of_date: date) -> None:
    """Make `tie_out` from `ledger_balance` (rows without a member), `roll_forward` and `account_difference` of the day."""
    session.declared_rule("ledgers", "tie_out", as_of_date=as_of_date)
