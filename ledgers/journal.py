"""Our own daily journal: which account each rounded movement of a cohort meets (templates: docs of the contract's section 8).

Posts daily aggregates per company, programme, currency, cohort, earn class and kind of movement; events and lots stay
behind each line as its sources. What a movement is worth is `valuation`; whether a ledger carries it is the reconcilers'.

Decided here where the contract is silent: the other side of an issue is sales (purchase, bonus), cash (purchased),
partner_receivable (cobrand, partner), sales_returns (service: goodwill tied to a sale), and for migrated lots suspense,
else sales; transfers post only where legs fall on different days or companies, against interco; an entry carries its
events' effective date where they share one, else the day; under "full_sale" the sale is posted without tax (cash against
sales for the transaction amount), the till's tax lines stay the till's.
"""

from datetime import date

from core.schema import Column, Kind, Table, Type
from core.sql import Session

FALL_BACKS: dict[str, tuple[str, ...]] = {
    "liability": (),
    "sales": ("revenue_redeemed",),
    "sales_returns": ("sales", "revenue_redeemed"),
    "revenue_redeemed": ("sales",),
    "breakage": ("revenue_redeemed", "sales"),
    "re_estimate": ("revenue_redeemed", "sales"),
    "cash": ("receivable",),
    "partner_receivable": ("receivable", "cash"),
    "migration": ("suspense", "sales"),
    "adjustment_loss": ("marketing_expense", "sales_returns", "sales"),
    "interco": (),
    "unclaimed_property": (),
    "accrued_cost": (),
    "marketing_expense": ("adjustment_loss", "redemption_cost"),
    "redemption_cost": ("marketing_expense",),
}
"""Role -> roles that may stand in, in order; `suspense` is the last resort of all, then the account is `unassigned:<role>`."""

_ROLE_FALLBACK = Table(
    "role_fallback", Kind.PARAMETER, "Which role stands in for which.", ("role", "place"),
    (Column("role", Type.TEXT, "needed"), Column("place", Type.COUNT, "order of trying"), Column("candidate", Type.TEXT, "tried")),
)  # fmt: skip


def post(session: Session, as_of_date: date) -> None:
    """Make `journal_line`, `journal_source` and `missing_account` (programme_id, role) from `cohort_step` and `movement_value`."""
    rows: list[dict[str, object]] = []
    for role, others in FALL_BACKS.items():
        rows += [{"role": role, "place": n, "candidate": c} for n, c in enumerate((role, *others, "suspense"))]
    session.rows("role_fallback", _ROLE_FALLBACK, rows)
    session.rule("ledgers", "journal_account")
    session.rule("ledgers", "journal_part")
    session.rule("ledgers", "sale_part", as_of_date=as_of_date)
    session.rule("ledgers", "journal_posting", as_of_date=as_of_date)
    session.rule("ledgers", "source_part")
    session.declared_rule("ledgers", "journal_source")
    session.declared_rule("ledgers", "journal_line", as_of_date=as_of_date)
    session.rule("ledgers", "missing_account")
