"""The pairs about balances: balance_events, member_balance, control_account, ledger_roll (contract section 7).

Points are exact; money is compared in the measure each ledger carries, within the programme's tolerance, per row, and for an account on what listed
differences leave unexplained too. Balances that agree are counted in `disposition` and leave no match rows: a balance is not a movement.
member_balance has a module of its own. What does not belong here: single events against ledger lines, and the tie-out table.
"""

from datetime import date

from core.schema import table
from core.sql import Session
from reconcilers.identities import name_identities
from reconcilers.member_balance import INPUTS as MEMBER_BALANCE
from reconcilers.member_balance import compare_member_balance as compare_member_balance
from reconcilers.pair import ROOM, is_judged, publish
from reconcilers.wording import teach

INPUTS = {
    "balance_events": ("loyalty_balance", "loyalty_event"),
    "member_balance": MEMBER_BALANCE,
    "control_account": ("loyalty_event", "ledger_balance"),
    "ledger_roll": ("ledger_line", "ledger_balance"),
}
DELIVERED = {**INPUTS, "control_account": ("ledger_balance",)}
"""Whose rows each pair has to account for: the left side of control_account is made by us."""


def compare_balance_events(session: Session, as_of_date: date) -> None:
    """Stated balances against the sum of events: BL-01, BL-02, ID-01, ID-02; lots past their last day: MS-04; lots other than the platform's: LT-01.

    LT-01 stands here because it compares what the loyalty side says with what its events make of it; it needs no balances.
    """
    teach(session)
    judged = is_judged(session, INPUTS["balance_events"])
    # lots need events alone: books without a balance feed still see lots that should have expired
    lots_judged = is_judged(session, ("loyalty_event",))
    session.rule(ROOM, "delivery_standing", pair="balance_events")
    session.rule(ROOM, "balance_events_stated", as_of_date=as_of_date)
    session.rule(ROOM, "balance_events_derived")
    session.rule(ROOM, "balance_events_row")
    name_identities(session, "balance_events", as_of_date)
    session.rule(ROOM, "balance_events_past_date", as_of_date=as_of_date)
    _compare_traces(session, as_of_date)
    session.rule(ROOM, "balance_events_difference", judged=judged, lots_judged=lots_judged)
    session.rule(ROOM, "balance_events_ending", as_of_date=as_of_date, judged=judged)
    publish(session, "balance_events", judged=True)


def _compare_traces(session: Session, as_of_date: date) -> None:
    """Make `balance_events_trace`; books without any trace have nothing to compare."""
    if session.value("select exists (from lot_trace) or exists (from programme where lot_policy = 'source_trace')"):
        session.rule(ROOM, "balance_events_trace", as_of_date=as_of_date)
    else:
        session.empty("balance_events_trace", table("finding"))


def compare_control_account(session: Session, as_of_date: date) -> None:
    """Our roll-forward against each control account: AM-02, AM-03 on the whole difference; BL-03, BL-04; AM-08 where members do not add up to it.

    Reads `roll_forward` and `event_ledger_account_difference` of the day; where single events were not judged, what stood before still explains.
    """
    teach(session, "control_account")
    judged = is_judged(session, INPUTS["control_account"])
    session.rule(ROOM, "control_account_delivered", as_of_date=as_of_date)
    session.rule_once(ROOM, "control_account_scope", as_of_date=as_of_date)
    session.rule(ROOM, "control_account_row")
    session.rule(ROOM, "control_account_explained", as_of_date=as_of_date)
    session.rule(ROOM, "control_account_drift", as_of_date=as_of_date)
    session.rule(ROOM, "control_account_restated", as_of_date=as_of_date)
    session.rule(ROOM, "control_account_verdict", as_of_date=as_of_date)
    session.rule(ROOM, "control_account_difference")
    session.rule(ROOM, "control_account_ending", as_of_date=as_of_date, judged=judged)
    publish(session, "control_account", judged=judged)


def compare_ledger_roll(session: Session, as_of_date: date) -> None:
    """The ledger's balance of the day before plus its lines since against its balance of the day: DQ-02 where the extract is incomplete."""
    teach(session)
    judged = is_judged(session, INPUTS["ledger_roll"])
    session.rule(ROOM, "ledger_roll_previous", as_of_date=as_of_date)
    session.rule(ROOM, "ledger_roll_row", as_of_date=as_of_date)
    session.rule(ROOM, "ledger_roll_difference")
    session.rule(ROOM, "ledger_roll_ending", as_of_date=as_of_date, judged=judged)
    publish(session, "ledger_roll", judged=judged)


def compare(session: Session, as_of_date: date) -> None:
    """All four pairs of the day; event_ledger is compared before."""
    compare_balance_events(session, as_of_date)
    compare_member_balance(session, as_of_date)
    compare_control_account(session, as_of_date)
    compare_ledger_roll(session, as_of_date)
