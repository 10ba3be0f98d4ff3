"""The pair member_balance: loyalty balances against every ledger that carries members, by programme, Global ID and currency (contract section 7).

What does not belong here: which rows are compared one by one (`member_rows`), the verdicts (sql/member_balance_row.sql), and the other pairs about
balances (`balances`).
"""

from datetime import date

from core.sql import Session
from reconcilers.identities import name_identities
from reconcilers.member_rows import USUAL, Shape, choose_rows
from reconcilers.pair import ROOM, is_judged, publish
from reconcilers.wording import teach

INPUTS = ("loyalty_balance", "ledger_balance")


def compare_member_balance(session: Session, as_of_date: date, shape: Shape = USUAL) -> None:
    """MS-06, MS-07, AM-01 ... AM-03, ID-01, ID-02; TM-01 where the posting lag explains it.

    Reads `event_ledger_in_transit` (TM-01 items of the day), so event_ledger is compared before.
    """
    teach(session, "member_balance")
    judged = is_judged(session, INPUTS)
    session.rule_once(ROOM, "control_account_scope", as_of_date=as_of_date)
    carriers = _carriers(session, as_of_date)
    session.rule(
        ROOM, "member_balance_scope", as_of_date=as_of_date, carriers=sorted(carriers), counters=sorted(ledger for ledger, counts in carriers.items() if counts)
    )
    session.rule_view(ROOM, "member_balance_deferral")
    choose_rows(session, as_of_date, shape, worth_comparing=judged and bool(carriers), has_one_ledger=len(carriers) == 1)
    session.rule(ROOM, "member_balance_row")
    name_identities(session, "member_balance", as_of_date)
    session.rule(ROOM, "member_balance_difference")
    session.rule(ROOM, "member_balance_ending", judged=judged)
    publish(session, "member_balance", judged=judged)


def _carriers(session: Session, as_of_date: date) -> dict[str, bool]:
    """The ledgers that carry members today, and whether the first such balance found has points (a guess: a wrong one costs time only)."""
    ledgers = [r["ledger_id"] for r in session.fetch("select distinct ledger_id from control_account_scope")]
    if not ledgers:
        return {}
    found = " union all ".join(
        f"""(select ledger_id, points is not null as counts from ledger_balance
        where ledger_id = $l{n} and as_of_date = $as_of_date and global_id is not null
            and (company_id, account) in (
                select p.company_id, a.account from programme as p join programme_account as a on a.programme_id = p.programme_id and a.role = 'liability'
            )
        limit 1)"""
        for n in range(len(ledgers))
    )
    rows = session.fetch(found, as_of_date=as_of_date, **{f"l{n}": ledger for n, ledger in enumerate(ledgers)})
    return {r["ledger_id"]: r["counts"] for r in rows}
