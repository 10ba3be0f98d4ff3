"""The first step of a day: which rows enter the books on it, and what is wrong with what arrived.

What belongs here: putting deliveries, arrivals and members together into the tables of the day. What does not: parsing, comparing sides.
"""

from collections.abc import Sequence
from datetime import date

from connectors.files.arrival import arrive, arriving_files, key_text
from connectors.files.delivery import Delivery
from connectors.files.late import late_findings
from connectors.files.members import known_identities, make_member_findings, name_merged_transfers, with_global_id
from connectors.files.verdicts import Finding, Verdict, absent_feeds, computed_sums, judge, stated_sums
from core.policy import Books
from core.schema import INPUTS, Table, table
from core.sql import Session, literal

_ORDER = ("identity", *(t.name for t in INPUTS if t.name not in ("identity", "payment")), "payment")
"""Identities name the members of all others; events name the programme of a payment's order."""


def enter_day(session: Session, as_of_date: date, deliveries: Sequence[Delivery], books: Books) -> None:
    """Make `entered_<input table>` for each input table, and quarantine, control_total, delivery_finding, input_total, feed_status.

    The session has each input table with the rows of earlier days (business_date and declared columns), the parameter tables, and
    `prior_delivery_finding` (all earlier days; absent or empty on the first). Only deliveries dated up to the day count, so any day can be
    closed again at any time. Points and amounts DECIMAL(18,4) in the input's sign. Wrong data never raises.
    """
    verdicts = judge(deliveries, as_of_date)
    _prior_findings(session)
    session.statement(
        "create or replace table key_conflict (table_name varchar, business_key varchar, programme_id varchar, global_id varchar, is_clash boolean)"
    )
    has_identities, totals = False, []
    for name in _ORDER:
        declared, files = table(name), arriving_files(verdicts, name, as_of_date)
        if files:
            arrive(session, declared, files, books, as_of_date)
            _enter(session, declared, has_identities)
            _note_conflicts(session, declared, as_of_date)
            totals.append(_totals(declared))
        else:
            session.empty(f"entered_{name}", declared)
        if name == "identity":
            has_identities = known_identities(session)
    make_member_findings(session, as_of_date, has_identities)
    _make_input_total(session, totals, as_of_date)
    today = [v for v in verdicts if v.delivery.file_date == as_of_date]
    _make_file_tables(session, today)
    _make_findings(session, verdicts, [*late_findings(session, verdicts, as_of_date)], books, as_of_date)


# ---------------------------------------------------------------------------------------------------------------- rows entering


def _enter(session: Session, declared: Table, has_identities: bool) -> None:
    name = declared.name
    rows = f"(select * from fate_{name} where fate = 'enters')"
    if name == "loyalty_event":
        session.rule("connectors", "event_face")
        rows = "(select f.*, v.value_per_point, v.face_amount from fate_loyalty_event f join event_face v on v.event_id = f.event_id where f.fate = 'enters')"
    columns = ", ".join(f'cast("{c.name}" as {c.type.sql}) as "{c.name}"' for c in declared.columns)
    order = ", ".join(f'"{k}" nulls first' for k in declared.key)
    session.statement(f"create or replace table entered_{name} as select {columns} from ({with_global_id(declared, rows, has_identities)}) order by {order}")
    if name == "loyalty_event" and has_identities:
        name_merged_transfers(session)


def _note_conflicts(session: Session, declared: Table, as_of_date: date) -> None:
    """Add the keys of today's files that contradict another row to key_conflict."""
    programme = "programme_id" if "programme_id" in declared.names else "cast(null as varchar)"
    member = "member_id" if "global_id" in declared.names and "member_id" in declared.names else "cast(null as varchar)"
    session.statement(
        f"insert into key_conflict select distinct {literal(declared.name)}, {key_text(declared, 'f')}, {programme}, {member}, is_clash "
        f"from fate_{declared.name} f where fate = 'key_conflict' and file_date = $as_of_date",
        as_of_date=as_of_date,
    )


def _totals(declared: Table) -> str:
    """SELECT of the input_total rows of one table: what today's files hold and today's books do not, less what waited until today."""
    kind, currency, points, amount = (
        f'"{c}"' if c in declared.names else f"cast(null as {t})"
        for c, t in (("kind", "varchar"), ("currency", "varchar"), ("points", "decimal(18, 4)"), ("amount", "decimal(18, 4)"))
    )
    sign = "case when why = 'released' then -1 else 1 end"
    return f"""
        select {literal(declared.name)} as "table", case when why in ('bad_row', 'refused') then 'quarantined' else 'excluded' end as disposition,
            why as reason, {currency} as currency, {kind} as kind,
            sum({sign}) as row_count, coalesce(sum({sign} * {points}), 0) as points, coalesce(sum({sign} * {amount}), 0) as amount
        from (
            select *, case when file_date < $as_of_date and fate = 'enters' then 'released'
                when file_date = $as_of_date and fate <> 'enters' then fate end as why
            from fate_{declared.name}
        )
        where why is not null
        group by all"""


def _make_input_total(session: Session, totals: Sequence[str], as_of_date: date) -> None:
    session.empty("input_total", table("input_total"))
    if totals:
        columns = ", ".join(f'cast("{c.name}" as {c.type.sql}) as "{c.name}"' for c in table("input_total").columns)
        session.statement(f"insert into input_total select {columns} from ({' union all '.join(totals)})", as_of_date=as_of_date)


# ------------------------------------------------------------------------------------------------------------- facts of the files


def _make_file_tables(session: Session, today: Sequence[Verdict]) -> None:
    """control_total, quarantine and feed_status from the files dated today."""
    known = [v for v in today if v.delivery.table and not v.delivery.name.endswith(".json")]
    session.rows("control_total", table("control_total"), [_control_row(v) for v in known])
    used = {t.name: [v for v in known if v.is_used and v.delivery.table == t.name] for t in INPUTS}
    status = [{"table": n, "is_delivered": bool(files), "file_count": len(files)} for n, files in used.items()]
    session.rows("feed_status", table("feed_status"), status)
    session.empty("quarantine", table("quarantine"))
    for verdict in (v for v in known if v.is_used and v.delivery.quarantine is not None):
        d = verdict.delivery
        session.statement(
            f'insert into quarantine select $source, $table, $file, line, "column", value_masked, reason from read_parquet({literal(str(d.quarantine))})',
            source=d.source, table=d.table, file=d.name,
        )  # fmt: skip


def _control_row(verdict: Verdict) -> dict[str, object]:
    d = verdict.delivery
    return {
        "source": d.source, "table": d.table, "file": d.name, "rows_stated": d.control.rows if d.control else None, "rows_read": d.row_count,
        "rows_quarantined": d.bad_count, "sums_stated": stated_sums(d), "sums_computed": computed_sums(d), "sha256": d.sha256, "status": verdict.status,
    }  # fmt: skip


# --------------------------------------------------------------------------------------------------------------------- findings


def _prior_findings(session: Session) -> None:
    """Make `prior_finding`: the findings that stood at the close before this one."""
    columns = ", ".join(f'"{n}"' for n in table("delivery_finding").names)
    if "prior_delivery_finding" in session.names():
        last = "(select max(business_date) from prior_delivery_finding)"
        session.statement(f"create or replace table prior_finding as select {columns} from prior_delivery_finding where business_date = {last}")
    else:
        session.empty("prior_finding", table("delivery_finding"))


def _make_findings(session: Session, verdicts: Sequence[Verdict], late: Sequence[Finding], books: Books, as_of_date: date) -> None:
    findings = [*late, *(f for v in verdicts for f in v.findings), *absent_feeds(verdicts, books.file.feeds, as_of_date)]
    rows = [{"code": f.code, "business_key": f.business_key, "explanation": f.explanation} for f in findings]
    session.rows("file_finding", table("delivery_finding"), rows)
    session.rule("connectors", "key_finding")
    session.declared_rule("connectors", "delivery_finding")
