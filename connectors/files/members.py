"""Who a member is: the Global ID of every entering row, members without identity (DQ-05), members that look alike (ID-01).

What belongs here: the join with `identity`. What does not: merging anybody; look-alikes stay apart and are shown.
"""

from datetime import date

from connectors.files.look_alike import look_alike_letters
from core.schema import INPUTS, Table
from core.sql import Session

WITH_MEMBER = tuple(t.name for t in INPUTS if "global_id" in t.names and t.name != "identity")


def known_identities(session: Session) -> bool:
    """Make `identity_known` (every identity entered so far, today included; an open one whose end was told later by that end alone); whether there is any."""
    columns = "source_id, member_id, global_id, valid_from, valid_to"
    session.statement(
        f"""create or replace table identity_known as
        with told as (select {columns} from identity union all select {columns} from entered_identity)
        select t.* from told as t
        anti join (select * from told where valid_to is not null) as e
            on t.valid_to is null and e.source_id = t.source_id and e.member_id = t.member_id and e.global_id = t.global_id
            and e.valid_from is not distinct from t.valid_from"""
    )
    return bool(session.value("select exists (select 1 from identity_known)"))


def with_global_id(declared: Table, rows: str, has_identities: bool) -> str:
    """SELECT of the rows with `global_id`: the identity in force on the row's own business date, else the member id itself."""
    if declared.name not in WITH_MEMBER:
        return f"select * from {rows}"
    if not has_identities:
        return f"select *, member_id as global_id from {rows}"
    return f"""
        with person as (select distinct source, member_id, effective_date from {rows} where member_id is not null),
        named as (
            select p.source, p.member_id, p.effective_date, i.global_id
            from person p join identity_known i on i.source_id = p.source and i.member_id = p.member_id
                and p.effective_date between coalesce(i.valid_from, p.effective_date) and coalesce(i.valid_to, p.effective_date)
            qualify row_number() over (
                partition by p.source, p.member_id, p.effective_date order by i.valid_from desc nulls last, i.valid_to nulls last, i.global_id
            ) = 1
        )
        select r.*, coalesce(n.global_id, r.member_id) as global_id
        from {rows} r left join named n on n.source = r.source and n.member_id = r.member_id and n.effective_date = r.effective_date"""


def name_merged_transfers(session: Session) -> None:
    """Points follow a merge by the platform's own transfer: its giving leg is of the person the member was, even once both legs name one person."""
    if not session.value("select exists (select 1 from entered_loyalty_event where kind = 'transfer_out')"):
        return
    session.rule("connectors", "event_former")
    session.statement(
        """create or replace table entered_loyalty_event as
        select e.* replace (coalesce(f.global_id, e.global_id) as global_id)
        from entered_loyalty_event as e left join event_former as f on f.event_id = e.event_id order by e.event_id"""
    )


def make_member_findings(session: Session, as_of_date: date, has_identities: bool) -> None:
    """Make `member_finding`: DQ-05 and ID-01 of today and those of yesterday (`prior_finding`) whose cause still stands."""
    foreign, latin = look_alike_letters()
    session.statement("create or replace table look_alike_letters as select $foreign as foreign_letters, $latin as latin_letters", foreign=foreign, latin=latin)
    session.rule("connectors", "member_skeleton")
    session.statement(f"create or replace table unidentified as {_unidentified(as_of_date, has_identities)}")
    session.rule("connectors", "member_finding")


def _unidentified(as_of_date: date, has_identities: bool) -> str:
    """SELECT of (source, member_id): members of today's rows without identity, of all rows on the day identities first appear, and of yesterday's findings
    those that no identity delivered today or in force today settles: one that had ended before was no identity then, and is none now."""
    if not has_identities:
        return "select cast(null as varchar) as source, cast(null as varchar) as member_id where false"
    today = " union ".join(f"select source, member_id, effective_date from entered_{t} where member_id is not null" for t in WITH_MEMBER)
    earlier = " union ".join(
        f"select source, member_id, effective_date from {t} where member_id is not null and not exists (select 1 from identity)" for t in WITH_MEMBER
    )
    return f"""
        with person as ({today} union {earlier}),
        standing as (
            select unnest(string_split(regexp_extract(explanation, 'sources? (.*) has no identity', 1), ', ')) as source, business_key as member_id
            from prior_finding where code = 'DQ-05'
        ),
        settling as (
            select source_id, member_id from entered_identity
            union
            select source_id, member_id from identity_known
            where date '{as_of_date}' between coalesce(valid_from, date '{as_of_date}') and coalesce(valid_to, date '{as_of_date}')
        ),
        without as (
            select p.source, p.member_id from person p anti join identity_known i on i.source_id = p.source and i.member_id = p.member_id
                and p.effective_date between coalesce(i.valid_from, p.effective_date) and coalesce(i.valid_to, p.effective_date)
            union
            select s.source, s.member_id from standing s anti join settling i on i.source_id = s.source and i.member_id = s.member_id
        )
        select distinct source, member_id from without"""
