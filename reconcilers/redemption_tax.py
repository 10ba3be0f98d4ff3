"""The pair redemption_tax: tax owed on redeemed units (our tax entries) against the ledger's tax lines.

What does not belong here: which rule holds and what it does to the base (the ledgers room), and ordinary sale tax, which
no redemption explains: such lines are excluded as `sale_tax`.
"""

from datetime import date

from core.sql import Session
from reconcilers.dispositions import feed_missing
from reconcilers.pair import ROOM, declare, is_judged
from reconcilers.wording import teach

PAIR = "redemption_tax"


def compare(session: Session, as_of_date: date, *, everything: bool = False) -> None:
    """Make `redemption_tax_finding`, `_match`, `_ledger_link` and `_disposition` of the day (contract section 7).

    Reads `loyalty_event`, `ledger_line`, `tax_draft`, `prior_tax_draft`, `prior_break`, `prior_match`, `prior_ledger_link`,
    `feed_status`, `input_total`. Tax and base are owed +; a line's base takes the direction of its tax. Lines that name an
    event belong to it; lines that name only an order are compared with what is left of the order, in one sum.
    """
    teach(session, PAIR)
    if not is_judged(session, ["loyalty_event", "ledger_line"]):
        feed_missing(session, as_of_date, PAIR, has_links=True)
        return
    session.rule(ROOM, "redemption_tax_window", as_of_date=as_of_date, everything=everything)
    session.rule_once(ROOM, "event_ledger_netted")
    session.rule(ROOM, "redemption_tax_touched")
    session.rule(ROOM, "redemption_tax_draft", as_of_date=as_of_date)
    for name in ("owed", "line", "compared"):
        session.rule(ROOM, f"redemption_tax_{name}")
    session.rule(ROOM, "redemption_tax_verdict", as_of_date=as_of_date)
    for name in ("difference", "agreement", "link"):
        session.rule(ROOM, f"redemption_tax_{name}")
    session.rule(ROOM, "redemption_tax_ending", as_of_date=as_of_date)
    declare(session, "redemption_tax_finding", "finding", "redemption_tax_difference")
    declare(session, "redemption_tax_match", "match", "redemption_tax_agreement")
    declare(session, "redemption_tax_ledger_link", "ledger_link", "redemption_tax_link")
    declare(session, "redemption_tax_disposition", "disposition", "redemption_tax_ending")
