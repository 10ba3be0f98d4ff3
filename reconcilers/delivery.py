"""The pair `delivery`: what was announced against what arrived. Finds DQ-01 ... DQ-06.

Intake names what was wrong (`delivery_finding`); here it becomes findings, beside accounts our journal lacks (`missing_account`, where the ledgers made
it). What does not belong here: reading files, and differences between two sides that did arrive.
"""

from datetime import date

from core.sql import Session
from reconcilers.pair import ROOM, publish


def compare(session: Session, as_of_date: date) -> None:
    """Make `delivery_pair_finding`, `delivery_match` (empty) and `delivery_disposition` of the day.

    `delivery_finding` is intake's own table (core.schema), so the pair's findings have a name of their own.
    """
    if "missing_account" not in session.names():
        session.statement("create table missing_account (programme_id varchar, role varchar)")
    session.rule(ROOM, "delivery_account")
    session.rule(ROOM, "delivery_difference")
    session.rule(ROOM, "delivery_arrived", as_of_date=as_of_date)
    session.rule(ROOM, "delivery_ending")
    publish(session, "delivery", judged=True, findings="delivery_pair_finding")
