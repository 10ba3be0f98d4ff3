"""Unclaimed property: which open lots a state may claim, and from which day.

Law is data (`escheat_rule`); this only applies it to the lots of a day. What does not belong here: the journal of escheatable
breakage (a programme's `breakage = "escheat"`), and reporting to a state.
"""

from datetime import date

from core.sql import Session


def schedule(session: Session, as_of_date: date) -> None:
    """Make `escheat_schedule` of a day from `lot`, `loyalty_event`, `programme` and `escheat_rule`; points and amounts add up to the open lots.

    The owner's state is that of the member's last event that names a jurisdiction: no input carries a domicile. Activity is what the
    owner does (accrual, redemption, transfer), not expiry, adjustment or reversal.
    """
    session.declared_rule("ledgers", "escheat_schedule", as_of_date=as_of_date)
