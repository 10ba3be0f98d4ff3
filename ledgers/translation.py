"""What is owed in other currencies: foreign cohorts in the functional currency, and all of them on consolidation.

A contract liability is non-monetary (IAS 21.16, IFRIC 22): inside a functional currency it stands at the rates of its issue and is never
revalued; in the presentation currency it is translated at the rate of each day, the difference going to CTA. What partners owe and
are owed is monetary and revalued daily from what the ledger states. Books without a rate pay one query.

Decided here: `roll_forward` gets rows of measure `functional` (in the functional currency, where a cohort is foreign) and `presentation`;
a movement is translated at the rate of its day; a day without a rate uses the last one; a pair without any rate is not translated, and
what is open when its first rate comes enters at that rate. Money is rounded to the coin of the currency it is in.
"""

from datetime import date

from core.sql import Session
from ledgers import currencies

_HAS_RATES = "select exists (select 1 from fx_rate)"
_HAS_FOREIGN_COHORTS = """select exists (
    select 1 from roll_forward r join programme p on p.programme_id = r.programme_id
    where p.functional_currency <> '' and (r.currency <> p.functional_currency or p.presentation_currency not in ('', p.functional_currency)))"""
_HAS_FOREIGN_DEBTS = """select exists (
    select 1 from ledger_balance b join programme p on p.company_id = b.company_id and p.functional_currency <> '' and p.functional_currency <> b.currency
    join programme_account a on a.programme_id = p.programme_id and a.account = b.account and a.role in ('partner_payable', 'partner_receivable'))"""
_KEY = ("company_id", "programme_id", "currency", "earn_class", "cohort")


def translate(session: Session, as_of_date: date) -> bool:
    """Add the translated rows to `roll_forward` and what each cohort carries to `cohort_state`; says whether there was anything to translate.

    Reads `fx_rate`, `ledger_balance`, `programme`, `programme_account`, `prior_cohort_state` and `prior_roll_forward`.
    """
    if not (session.value(_HAS_RATES) and (session.value(_HAS_FOREIGN_COHORTS) or session.value(_HAS_FOREIGN_DEBTS))):
        return False
    stated = session.fetch("select functional_currency as c from programme union select presentation_currency from programme")
    currencies.units(session, (r["c"] for r in stated if r["c"]))
    session.rule("ledgers", "rate_today", as_of_date=as_of_date)
    session.rule("ledgers", "roll_functional")
    session.rule("ledgers", "roll_translated")
    session.statement("insert into roll_forward by name select * from roll_translated")
    same = " and ".join(f"f.{c} = c.{c}" for c in _KEY)
    session.statement(f"update cohort_state c set functional_amount = f.closing_amount from roll_functional f where {same}")
    return True


def post(session: Session, as_of_date: date) -> None:
    """Add translation and revaluation to `journal_part`. Reads `ledger_balance`; call only after `translate` said yes."""
    session.rule("ledgers", "translation_part", as_of_date=as_of_date)
    session.statement("insert into journal_part select * from translation_part")
