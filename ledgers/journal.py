"""Our own daily journal: which account each rounded movement of a cohort meets (templates: docs of the contract's section 8).

Posts daily aggregates per company, programme, currency, cohort, earn class and kind of movement; events and lots stay
behind each line as its sources. What a movement is worth is `valuation`; whether a ledger carries it is the reconcilers'.

Decided here where the contract is silent: the other side of an issue is sales (purchase, bonus), cash (purchased),
partner_receivable (cobrand, partner), sales_returns (service: goodwill tied to a sale); migrated lots are an opening balance
that stands in the books already: against suspense where there is one, else not posted; transfers post only where legs fall
on different days or companies, against interco; an entry carries its events' effective date where they share one, else the
day; a company or programme may name another role for any of these ([posts]); use tax on goods given for units, which no till
books, is posted where the company names accounts for it and for the expense; under "full_sale" the sale is posted as it was paid (cash
against sales and sales tax), without a payment in its currency on its day at the price it was told, without tax.
"""

from datetime import date

from core.sql import Session
from ledgers import translation

_KEY = "company_id, programme_id, currency, earn_class, cohort, event_kind"
FALL_BACKS: dict[str, tuple[str, ...]] = {
    "liability": (),
    "sales": ("revenue_redeemed",),
    "sales_returns": ("sales", "revenue_redeemed"),
    "revenue_redeemed": ("sales",),
    "breakage": ("revenue_redeemed", "sales"),
    "re_estimate": ("revenue_redeemed", "sales"),
    "cash": ("receivable",),
    "partner_receivable": ("receivable", "cash"),
    "migration": ("suspense", "liability"),
    "adjustment_loss": ("marketing_expense", "sales_returns", "sales"),
    "interco": (),
    "receivable": ("cash",),
    "stored_value": (),
    "unvested": (),
    "arrears": (),
    "unclaimed_property": (),
    "accrued_cost": (),
    "marketing_expense": ("adjustment_loss", "redemption_cost"),
    "redemption_cost": ("marketing_expense",),
    "partner_payable": (),
    "commission": ("revenue_redeemed", "sales"),
    "sales_tax": (),
    "use_tax": (),
    "suspense": (),
    "cta": (),
    "fx": (),
}
"""Role -> roles that may stand in, in order; `suspense` is the last resort of all, then the account is `unassigned:<role>`."""


def accounts(session: Session) -> None:
    """Make `journal_account`: the account each role of each programme posts to; and `class_account`: where a class of units has one of its own."""
    tried = [(role, place, candidate) for role, others in FALL_BACKS.items() for place, candidate in enumerate((role, *others, "suspense"))]
    roles, places, candidates = (list(column) for column in zip(*tried, strict=True))
    session.statement(
        "create or replace table role_fallback as select unnest($roles) as role, unnest($places) as place, unnest($candidates) as candidate",
        roles=roles, places=places, candidates=candidates,
    )  # fmt: skip
    session.rule("ledgers", "journal_account")
    session.rule("ledgers", "class_account")


def post(session: Session, as_of_date: date, *, is_translated: bool = False) -> None:
    """Make `journal_line`, `journal_source` and `missing_account` (programme_id, role) from `cohort_step`, `movement_value` and `tax_draft`."""
    accounts(session)
    session.rule("ledgers", "journal_part")
    added = _sales_and_partners(session, as_of_date) + _use_tax(session)
    if is_translated:
        translation.post(session, as_of_date)
    session.rule("ledgers", "journal_posting", as_of_date=as_of_date)
    session.rule("ledgers", "source_part")
    for select in added:
        session.statement(f"insert into source_part {select}")
    session.declared_rule("ledgers", "journal_source")
    session.declared_rule("ledgers", "journal_line", as_of_date=as_of_date)
    session.rule("ledgers", "missing_account")


def _sales_and_partners(session: Session, as_of_date: date) -> list[str]:
    """Add to `journal_part` what only some programmes post: the whole sale, and what partners are owed. Gives their sources as SELECTs."""
    (used,) = session.fetch(
        "select count(*) filter (journal_scope = 'full_sale') as sales, (select count(*) from programme_partner) as partners from programme",
    )
    sources = []
    if used["sales"]:
        session.rule("ledgers", "sale_part", as_of_date=as_of_date)
        session.statement(f"insert into journal_part select {_KEY}, 'sale', 'sale', role, sum(amount) from sale_part group by all")
        sources.append(f"select {_KEY}, role, event_id, lot_id, amount from sale_part")
    if used["partners"]:
        session.rule("ledgers", "partner_source")
        session.rule("ledgers", "partner_part")
        session.statement("insert into journal_part select * from partner_part")
        exact = "from_units4(div_half_up(exact, 1000000000000::hugeint)) + amount"
        sources.append(f"select {_KEY}, role, event_id, lot_id, {exact} from partner_source")
        counter = "case when is_net then 'commission' else 'redemption_cost' end"
        sources.append(f"select {_KEY}, {counter}, event_id, lot_id, -sum({exact}) from partner_source group by {_KEY}, is_net, event_id, lot_id")
    return sources


def _use_tax(session: Session) -> list[str]:
    """Add the use tax of the day to `journal_part` where an account is named for it: rounded once per programme and currency. Gives its sources."""
    if not session.value("select exists (from journal_account where role = 'use_tax' and found_as = 'use_tax')"):
        return []
    session.rule("ledgers", "use_tax_part")
    session.statement(
        f"insert into journal_part select {_KEY}, 'use_tax', 'use_tax', role, value_rounded(units4(sum(amount)), 4, any_value(minor_unit), 'half_up') "
        f"from use_tax_part group by {_KEY}, role having sum(amount) <> 0"
    )
    return [f"select {_KEY}, role, event_id, lot_id, amount from use_tax_part"]
