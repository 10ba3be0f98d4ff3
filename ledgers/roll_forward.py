"""The roll-forward: opening to closing of what is owed, per cohort, in units and in each measure.

The face measure moves by the face money of the events; open units are re-estimated only when the value per point of the
day differs from the one they are carried at, so that rounding of single events never shows up as a re-estimate. A cohort
without opening, movement and closing drops out of the day. What cohorts are worth is `valuation`.
"""

from datetime import date

from core.sql import Session


def roll(session: Session, as_of_date: date) -> None:
    """Make `face_revaluation` and `roll_forward` from `prior_roll_forward`, `movement_value` and `cohort_step`."""
    session.rule("ledgers", "face_revaluation", as_of_date=as_of_date)
    session.declared_rule("ledgers", "roll_forward")
