"""Differences of members' balances that are a matter of identity: merged or split (ID-01), erased (ID-02).

Nobody is merged here: the rows stay as they were delivered, and only the name of the difference changes. Looked for where a member is on one side
alone, so a day without such a difference costs one question. What does not belong here: Global IDs of entering rows and look-alike ids (intake).
"""

from datetime import date

from core.sql import Session
from reconcilers.pair import ROOM

_DIFFERENCE = {
    "balance_events": """
        select programme_id, '' as ledger_id, global_id, currency, left_points is not null as has_left, right_points is not null as has_right,
            left_points, right_points, 0::decimal(38, 4) as left_amount, 0::decimal(38, 4) as right_amount, 0::decimal(38, 12) as tolerance
        from balance_events_row where is_different""",
    "member_balance": """
        select programme_id, ledger_id, global_id, currency, has_left, has_right, left_points, right_points, left_amount, right_amount, tolerance
        from member_balance_row where status not in ('agrees', 'TM-01')""",
}
_STRANDED = """
    union all
    -- in a deferred ledger: lots of a Global ID that a merge left behind, which nobody states any more
    select l.programme_id, s.ledger_id, l.global_id, l.currency, true, false, null, null, l.amount, 0, s.tolerance
    from member_balance_deferral as l
    join member_balance_scope as s on s.programme_id = l.programme_id and s.measure = 'deferred'
    semi join identity as i on i.global_id = l.global_id
    anti join member_balance_arrived as a on a.programme_id = l.programme_id and a.global_id = l.global_id and a.reason is null
    where l.amount <> 0"""
_MAY_BE_STRANDED = """
    select exists (select 1 from identity) and exists (select 1 from member_balance_row where measure = 'deferred' and status in ('AM-02', 'AM-03'))"""
_NAMED = {"balance_events": ("v.code as identity_code", "''"), "member_balance": ("coalesce(v.code, r.status) as status", "r.ledger_id")}


def name_identities(session: Session, pair: str, as_of_date: date) -> None:
    """Give ID-01 or ID-02 to the differing rows of `<pair>_row` that an identity explains; `pair` is balance_events or member_balance."""
    difference = _DIFFERENCE[pair]
    if pair == "member_balance" and session.value(_MAY_BE_STRANDED):
        difference += _STRANDED
    session.statement(f"create or replace view identity_difference as {difference}")
    if not session.value("select exists (select 1 from identity_difference where not (has_left and has_right)) and exists (select 1 from identity)"):
        return
    session.rule(ROOM, "identity_link", as_of_date=as_of_date)
    session.rule(ROOM, "identity_verdict")
    replaced, ledger = _NAMED[pair]
    session.statement(
        f"""create or replace table {pair}_named as select r.* replace ({replaced}) from {pair}_row as r left join identity_verdict as v
        on v.ledger_id = {ledger} and v.programme_id is not distinct from r.programme_id and v.global_id = r.global_id
        and v.currency is not distinct from r.currency"""
    )
    session.statement("drop view identity_difference")
    session.statement(f"create or replace table {pair}_row as from {pair}_named")
