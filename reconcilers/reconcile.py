"""The reconcile step of a day: every pair in the contract's order, their results in one place, then the register.

What does not belong here: any rule of a pair (its own module) and the ids of breaks (`register`).
"""

from collections.abc import Callable, Sequence
from datetime import date

from core.kinds import Pair
from core.schema import INPUTS, table
from core.sql import Session
from reconcilers import balances, delivery, dispositions, event_ledger, orders, redemption_tax
from reconcilers.pair import rows_unaccounted
from reconcilers.register import register

PAIRS: tuple[tuple[Pair, Callable[[Session, date], None]], ...] = (
    (Pair.DELIVERY, delivery.compare),
    (Pair.BALANCE_EVENTS, balances.compare_balance_events),
    (Pair.ORDER_EVENT, orders.compare),
    (Pair.EVENT_LEDGER, event_ledger.compare),
    (Pair.REDEMPTION_TAX, redemption_tax.compare),
    (Pair.MEMBER_BALANCE, balances.compare_member_balance),
    (Pair.CONTROL_ACCOUNT, balances.compare_control_account),
    (Pair.LEDGER_ROLL, balances.compare_ledger_roll),
)

ACCOUNTED: dict[str, Sequence[str]] = {
    "delivery": [t.name for t in INPUTS],
    "order_event": orders.INPUTS,
    **dispositions.INPUTS,
    **balances.DELIVERED,
}
"""Input tables of each pair whose every row ends in one disposition."""

_LINKED = (Pair.EVENT_LEDGER, Pair.REDEMPTION_TAX)


def reconcile(session: Session, as_of_date: date, tell: Callable[[Pair], None] = lambda _: None) -> None:
    """Make `finding`, `match`, `disposition`, `ledger_link`, `account_difference` and `break` of the day (core.schema).

    Reads the tables named in docs/architecture. Everything is owed +, difference = left - right. Wrong data becomes rows; nothing is raised for it.
    `tell` hears of each pair before it is compared.
    """
    for pair, compare in PAIRS:
        tell(pair)
        compare(session, as_of_date)
    gather(session, [pair for pair, _ in PAIRS])
    register(session, as_of_date)


def gather(session: Session, pairs: Sequence[Pair]) -> None:
    """Put the pairs' own tables together as `finding`, `match`, `disposition`, `ledger_link` and `account_difference`."""
    # intake's own `delivery_finding` has the name the pair's findings would have
    _union(session, "finding", ["delivery_pair_finding" if p is Pair.DELIVERY else f"{p}_finding" for p in pairs])
    _union(session, "match", [f"{p}_match" for p in pairs])
    _union(session, "disposition", [f"{p}_disposition" for p in pairs])
    _union(session, "ledger_link", [f"{p}_ledger_link" for p in pairs if p in _LINKED])
    if Pair.EVENT_LEDGER in pairs:
        _union(session, "account_difference", ["event_ledger_account_difference"])


def invariants(session: Session, as_of_date: date) -> list[str]:
    """What must hold of the reconciled day and does not, one sentence each; empty when all is well."""
    return [*rows_unaccounted(session, ACCOUNTED, as_of_date), *dispositions.violations(session)]


def _union(session: Session, name: str, parts: Sequence[str]) -> None:
    columns = ", ".join(f'cast("{c.name}" as {c.type.sql}) as "{c.name}"' for c in table(name).columns)
    rows = " union all ".join(f'select {columns} from "{part}"' for part in parts)
    session.statement(f'create or replace table "{name}" as {rows}')
