"""Adjusting entries that would bring a ledger to our books: proposals for people to approve, never posted by us.

Derived from the breaks, the tie-out and the roll-forward of a closed day whenever they are asked for, so that a close pays nothing for
them. Which account a kind of movement meets is `journal`; whether a proposal is approved and sent is the register's and the ERP connectors'.

Decided here: only what moves the liability account is proposed (differences of event_ledger, what an untied account leaves
unexplained, the bridge of a face-valued ledger to the deferred measure); AM-03 is within tolerance and stays listed.
"""

from datetime import date

from core.sql import Session
from ledgers.journal import accounts

READS = ("break", "loyalty_event", "ledger_line", "tie_out", "roll_forward")


def propose(session: Session, as_of_date: date, posting_date: date) -> None:
    """Make `adjusting_entry` of a closed day from its `break`, `tie_out` and `roll_forward`, and the `loyalty_event` and `ledger_line` known by then.

    `posting_date`: the day itself, or the first of the open period where its own has been closed since; the effective date is the event's. The
    same difference has the same idempotency key every day.
    """
    accounts(session)
    session.rule("ledgers", "adjusting_proposal", as_of_date=as_of_date)
    session.declared_rule("ledgers", "adjusting_entry", posting_date=posting_date)
