"""Every redeemed unit followed to the ledger entries that settle it: its redemption, the accrual of its lot, its tax lines.

Contract sections 4 (allocation, tax_entry) and 6. What does not belong here: deciding whether an entry agrees (reconcilers do)
and computing tax (`ledgers.tax`). Refs and status say what is known at the day's close; what comes later is in `match`.
"""

from datetime import date
from decimal import ROUND_CEILING, Decimal

from core.sql import Session, rule_text

_ROOM = "ledgers"


def settle(session: Session, as_of_date: date) -> None:
    """Make `allocation` and `tax_entry` of the day.

    Reads `allocation_draft`, `tax_draft`, `ledger_link`, `prior_ledger_link`, `finding` of today, the inputs `loyalty_event`,
    `ledger_line` and `ledger_balance`, and the programme parameters. Refs are `ledger_id/company_id/document_id/line_id`, sorted,
    joined by `;`; for lots migrated up to go-live `ledger_id/company_id/account/programme_id` of that day's balance.
    """
    session.rule(_ROOM, "settled_ref", as_of_date=as_of_date)
    session.rule(_ROOM, "settled_sale")
    session.rule(_ROOM, "settled_opening")
    session.declared_rule(_ROOM, "tax_entry", as_of_date=as_of_date)
    session.declared_rule(_ROOM, "allocation")


def unattributed(session: Session) -> dict[str, int]:
    """Units redeemed today without lot, lot entry, ledger entry or tax entry; a part of a unit counts as one. Reads `allocation`, `tax_entry`."""
    (row,) = session.fetch(rule_text(_ROOM, "unattributed"))
    return {name: int(Decimal(units).to_integral_value(rounding=ROUND_CEILING)) for name, units in row.items()}
