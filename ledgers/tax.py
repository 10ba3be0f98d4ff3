"""The tax consequence of redeemed units: which rule holds for each lot, what it does to the base, and what tax is owed and collected.

Contract section 9. Law is data (`tax_rule`, `tax_rate`); this room only applies it. What does not belong here: the ERP's tax
lines (they are compared in reconcilers and attached in `ledgers.settlement`) and the ordinary sales tax of goods without a reward.
"""

from datetime import date

from core.schema import table
from core.sql import Session, rule_text
from ledgers import currencies

_ROOM = "ledgers"


def assess(session: Session, as_of_date: date, *, law_changed: bool = False) -> None:
    """Make `tax_draft` of the day: entries of redemptions, their reversals, and hand-overs of arrears to real lots.

    Reads `allocation_draft`, `loyalty_event`, `prior_tax_draft`, `programme`, `tax_rule`, `tax_rate`. Units are DECIMAL points, money
    is in the redemption's currency, 4 places, tax rounded half up to the currency's coin once per redemption or order. Redemptions of
    one order that enter the books on different days are rounded apart: a day computes what it knows.

    `law_changed`: rules or rates may differ from those of the day before. Earlier redemptions (`prior_allocation_draft`) are then
    judged again, and where another rule or rate holds the old entries are taken back and new ones made, both dated today.
    """
    if law_changed:
        session.rule(_ROOM, "tax_reopened")
        _original(session, "tax_reopened")
        session.statement("create or replace table tax_reconsidered as from tax_original")
    _original(session, "allocation_draft")
    for step in ("tax_open", "tax_take"):
        session.rule(_ROOM, step, as_of_date=as_of_date)
    if session.value("select count(*) from tax_take where starts_with(lot_id, 'ARREARS/')"):
        session.rule(_ROOM, "tax_handover")
    else:
        session.empty("tax_handover", table("tax_draft"))
    session.declared_rule(_ROOM, "tax_draft")
    if law_changed:
        session.rule(_ROOM, "tax_delta", as_of_date=as_of_date)
        session.statement("insert into tax_draft by name from tax_delta")


def _original(session: Session, units: str) -> None:
    """Make `tax_original`: what the law says of the units redeemed in `units`, a table shaped like `allocation_draft`."""
    session.statement(f"create or replace view tax_subject as from {units}")
    session.rule(_ROOM, "tax_reward")
    currencies.units(session, (r["currency"] for r in session.fetch("select distinct currency from tax_reward")))
    for step in ("tax_choice", "tax_unit", "tax_base", "tax_original"):
        session.rule(_ROOM, step)


def invariants(session: Session, as_of_date: date) -> list[str]:
    """What must hold of `tax_draft` and does not, in words; empty when all is well. Reads `tax_draft`, `prior_tax_draft`, `allocation_draft`, `tax_unit`."""
    found = session.fetch(rule_text(_ROOM, "tax_violation"))
    return [f"{as_of_date}: tax of {r['redemption_event_id']} {r['tax_type']}: {r['violation']}" for r in found]


def period_ledger(session: Session, as_of_date: date) -> None:
    """Make `tax_ledger`: the month so far by jurisdiction, from published `tax_entry`, `tax_draft` and `ledger_line` up to the day (with `close_id`)."""
    session.declared_rule(_ROOM, "tax_ledger", as_of_date=as_of_date)
