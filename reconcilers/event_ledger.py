"""The pair event_ledger: loyalty events (and our entries without an event) against the liability account of each ledger.

Verdicts are a pure function of all rows that have entered so far and, for lines without event, of the matches that stand:
what was matched is not undone by what fits as well later. Only keys that can have changed today are looked at again
(`everything` looks at all of them and must say the same). What does not belong here: ids and ages of breaks (`register`)
and the tax lines (`redemption_tax`).
"""

from datetime import date

from core.match_rules import EventLedgerRules
from core.sql import Session, rule_text
from reconcilers.dispositions import feed_missing
from reconcilers.ladder import climb, find_loose
from reconcilers.pair import ROOM, declare, extend, is_judged
from reconcilers.wording import teach

PAIR = "event_ledger"

FEWEST_BIASED = 16
"""Differences that a test for rounding bias (AM-05) needs at least; fewer are not looked at."""

_SETTLED = """create or replace view event_ledger_settled as
    select * from event_ledger_named where is_settled and event_id not in (select event_id from event_ledger_rest)"""


def compare(session: Session, as_of_date: date, *, everything: bool = False) -> None:
    """Make `event_ledger_finding`, `_match`, `_ledger_link`, `_account_difference` and `_disposition` of the day (contract sections 6 and 7),
    and `event_ledger_in_transit` for the balances of members.

    Reads the input tables, `feed_status`, `input_total`, `event_value`, `prior_event_value`, `prior_break`, `prior_match`,
    `prior_ledger_link`, `prior_account_difference` and the parameter tables; amounts and points in the results are owed +, difference = left - right.
    A day on which one side has no delivery is not judged: what was open stays open.
    """
    rules = teach(session, PAIR)
    if not (is_judged(session, ["loyalty_event"]) and (is_judged(session, ["ledger_line"]) or is_judged(session, ["posting_manifest"]))):
        _stand(session, as_of_date)
        return
    first_day = _settle(session, as_of_date, everything=everything)
    _judge(session, rules, as_of_date, first_day)
    for name in ("event_finding", "line_finding", "difference"):
        session.rule(ROOM, f"{PAIR}_{name}")
    session.rule(ROOM, "event_ledger_agreement", as_of_date=as_of_date, first_day=first_day)
    for name in ("link", "line_outcome", "ending"):
        session.rule(ROOM, f"{PAIR}_{name}", as_of_date=as_of_date)
    session.rule(ROOM, "event_ledger_account")
    _declare(session)


def _stand(session: Session, as_of_date: date) -> None:
    """The tables of a day that cannot be judged: everything stands as it stood at the last close."""
    feed_missing(session, as_of_date, PAIR, has_links=True)
    _say_in_transit(session, "event_ledger_transit_standing")
    session.rule(ROOM, "event_ledger_account_standing")
    declare(session, "event_ledger_account_difference", "account_difference", "event_ledger_account_standing")


def _judge(session: Session, rules: EventLedgerRules, as_of_date: date, first_day: date) -> None:
    """Make `event_ledger_verdict` of what the exact passes left, by the whole ladder, and what is in transit."""
    for name in ("touched", "active_batch", "active_event"):
        session.rule(ROOM, f"{PAIR}_{name}", first_day=first_day)
    has_loose = find_loose(session, rules)
    session.rule(ROOM, "event_ledger_left", first_day=first_day)
    session.rule(ROOM, "event_ledger_entry")
    session.rule(ROOM, "event_ledger_manifest", first_day=first_day)
    session.rule(ROOM, "event_ledger_batch")
    if has_loose:
        climb(session, rules)
    session.rule(ROOM, "event_ledger_carrier")
    session.rule(ROOM, "event_ledger_side")
    session.rule(ROOM, "event_ledger_verdict", as_of_date=as_of_date)
    _say_in_transit(session, "event_ledger_transit", as_of_date=as_of_date)


def _declare(session: Session) -> None:
    """Give the results their declared shapes; a rounding bias (AM-05) is one more finding where there are enough differences to test."""
    declare(session, "event_ledger_finding", "finding", "event_ledger_difference", copied=True)
    if session.value("select count(*) from event_ledger_verdict where code in ('AM-02', 'AM-03')") >= FEWEST_BIASED:
        session.rule(ROOM, "event_ledger_bias")
        extend(session, "event_ledger_finding", "finding", "event_ledger_bias")
    declare(session, "event_ledger_account_difference", "account_difference", "event_ledger_account")
    declare(session, "event_ledger_match", "match", "event_ledger_agreement")
    declare(session, "event_ledger_ledger_link", "ledger_link", "event_ledger_link")
    declare(session, "event_ledger_disposition", "disposition", "event_ledger_ending")


def _say_in_transit(session: Session, rule: str, **parameters: date) -> None:
    session.rule(ROOM, rule, **parameters)
    session.statement(f"create or replace view event_ledger_in_transit as select * from {rule}")


def _settle(session: Session, as_of_date: date, *, everything: bool) -> date:
    """Make `event_ledger_settled` of what the exact passes decide at once, and `event_ledger_rest` of the events that the whole ladder looks at.

    Nearly every event of a good day is settled: one line or one batch names it, in its units and money and inside its window. Later rules see the rest.
    Returns the first day whose arrivals are looked at again.
    """
    for name in ("scope", "liability"):
        session.rule(ROOM, f"{PAIR}_{name}")
    first_day: date = session.value(rule_text(ROOM, "event_ledger_window"), as_of_date=as_of_date, everything=everything)
    session.rule(ROOM, "event_ledger_open_key")
    session.rule(ROOM, "event_ledger_own_entry", as_of_date=as_of_date)
    session.rule(ROOM, "event_ledger_reversal")
    session.rule(ROOM, "event_ledger_netted")
    session.rule(ROOM, "event_ledger_doubt", first_day=first_day)
    session.rule(ROOM, "event_ledger_named", first_day=first_day)
    session.rule(ROOM, "event_ledger_rest")
    session.statement(_SETTLED)
    return first_day
