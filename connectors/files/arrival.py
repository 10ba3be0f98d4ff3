"""From parsed files to the rows that enter the books on one day, for any input table: SQL generated from core.schema.

What belongs here: when a row enters, and which of several rows of one key stands. What does not: members (`members`), files (`verdicts`).
A key belongs to the first delivered row: rows of earlier days stand in the books, of today's files the first by date and part stands, and
inside one file rows that contradict each other all fall. The one exception is the end of an identity that was open: it is told by a later file and
contradicts nobody. What was decided on the day of a file is not decided again when a row that waited is released.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from connectors.files.typed_rows import business_date
from connectors.files.verdicts import Verdict
from core.policy import Books
from core.schema import Table
from core.sql import Session, literal


@dataclass(frozen=True, slots=True)
class ArrivingFile:
    """A parsed file that matters today: its place in the order of delivery and what became of it."""

    path: Path
    source: str
    file_date: date
    position: int
    fate: str


def arriving_files(verdicts: Sequence[Verdict], table: str, as_of_date: date) -> list[ArrivingFile]:
    """Files dated today that have rows, and used files of earlier days with rows that may still wait for today."""
    files = []
    for position, verdict in enumerate(verdicts):
        d = verdict.delivery
        if d.table != table or d.rows is None or d.row_count == 0:
            continue
        waits = verdict.is_used and d.last_date is not None and d.last_date >= as_of_date
        if d.file_date == as_of_date or waits:
            fate = "used" if verdict.is_used else verdict.status
            files.append(ArrivingFile(d.rows, d.source, d.file_date, position, fate))
    return files


def arrive(session: Session, declared: Table, files: Sequence[ArrivingFile], books: Books, as_of_date: date) -> None:
    """Make `fate_<table>`: every row of the files with effective_date, entry_date and fate.

    fate: enters, future, duplicate, key_conflict, bad_row, refused, settled (decided on an earlier day).
    Reads the table's rows of earlier days; for payments also loyalty_event and entered_loyalty_event.
    """
    name, keys = declared.name, declared.key
    session.statement(f"create or replace table arrived_{name} as {_arrived(declared, files, books)}", as_of_date=as_of_date)
    disputed = session.value(
        f"select (select count(*) from (select 1 from arrived_{name} where fate = 'used' group by {_listed(keys)} having count(*) > 1))"
        f' + (select count(*) from arrived_{name} a semi join "{name}" b on {_same(declared, "a", "b")})'
    )
    verdict = _disputed(declared) if disputed else f"select *, cast(null as varchar) as verdict from arrived_{name}"
    session.statement(
        f"""create or replace table fate_{name} as
        select * exclude (fate, verdict, is_clash, earliest_date, latest_date), case
            when fate <> 'used' then fate
            when is_clash then case when file_date = $as_of_date then 'key_conflict' else 'settled' end
            when verdict is not null then case when file_date = $as_of_date then verdict else 'settled' end
            when entry_date <= $as_of_date then 'enters'
            when file_date = $as_of_date then 'future'
            else 'settled' end as fate, is_clash
        from ({verdict})""",
        as_of_date=as_of_date,
    )


def content_of(declared: Table, alias: str) -> str:
    """SQL for the exact text of what a row delivers."""
    cells = ", ".join(f'coalesce(cast({alias}."{c.name}" as varchar), chr(1))' for c in declared.delivered)
    return f"concat_ws(chr(31), {cells})"


def key_text(declared: Table, alias: str) -> str:
    """SQL for the table's key as one business key."""
    return "concat_ws('/', " + ", ".join(f"coalesce(cast({alias}.\"{k}\" as varchar), '')" for k in declared.key) + ")"


# -------------------------------------------------------------------------------------------------------------------- pieces


def _arrived(declared: Table, files: Sequence[ArrivingFile], books: Books) -> str:
    """All rows of the files that are dated today or may enter today, with file facts, effective_date and entry_date."""
    paths = ", ".join(dict.fromkeys(literal(str(f.path)) for f in files))
    facts = ", ".join(f"({literal(str(f.path))}, {literal(f.source)}, date {literal(str(f.file_date))}, {f.position}, {literal(f.fate)})" for f in files)
    names = ", ".join(f'r."{c.name}"' for c in declared.delivered)
    dated, extra = _effective(declared, books)
    return f"""
        with file (path, source, file_date, position, fate) as (values {facts}),
        row as (
            select f.source, f.file_date, f.position, case when f.fate = 'used' and r.is_bad then 'bad_row' else f.fate end as fate,
                r.line, r.is_clash, r.earliest_date, r.latest_date, {names}
            from read_parquet([{paths}], filename = true, hive_partitioning = false) r join file f on f.path = r.filename
            where f.file_date = $as_of_date or (r.latest_date >= $as_of_date and not r.is_bad)
        ){extra},
        dated as (select row.*, {dated} as effective_date from row{" left join order_programme o on o.order_id = row.order_id" if extra else ""})
        select *, greatest(effective_date, file_date) as entry_date from dated"""


def _effective(declared: Table, books: Books) -> tuple[str, str]:
    """SQL for the business date, and a step that finds the programme of each payment's order where zones differ."""
    zones = {p.id: (p.timezone, p.cut_off) for p in sorted(books.programmes, key=lambda p: p.id)}
    if declared.name != "payment" or len(set(zones.values())) == 1:
        return "coalesce(row.earliest_date, row.file_date)", ""
    first = next(iter(zones))
    cases = " ".join(f"when {literal(i)} then {business_date('row.occurred_at', *z)}" for i, z in zones.items())
    step = """,
        order_event as (
            select order_id, programme_id from loyalty_event union all select order_id, programme_id from entered_loyalty_event
        ),
        order_programme as (
            select order_id, min(programme_id) as programme_id from order_event
            where order_id in (select order_id from row) group by order_id
        )"""
    return f"coalesce(case coalesce(o.programme_id, {literal(first)}) {cases} end, row.file_date)", step


def _disputed(declared: Table) -> str:
    """Every arrived row with `verdict`: NULL for the row that stands (or is alone), else duplicate or key_conflict."""
    name, keys = declared.name, _listed(declared.key)
    is_end = "(k.valid_to is not null and b.content is not null and b.valid_to is null)" if name == "identity" else "false"
    ends = "b.valid_to" if name == "identity" else "null"
    return f"""
        with contested as (
            select {keys} from arrived_{name} where fate = 'used' group by {keys} having count(*) > 1
            union
            select {_listed(declared.key, "a.")} from arrived_{name} a semi join "{name}" b on {_same(declared, "a", "b")}
        ),
        in_books as (
            select {_listed(declared.key, "b.")}, {ends} as valid_to, {content_of(declared, "b")} as content
            from "{name}" b semi join contested c on {_same(declared, "b", "c")}
            qualify row_number() over (partition by {_listed(declared.key, "b.")} order by b.business_date desc) = 1
        ),
        contender as (
            select a.position, a.line, a.is_clash, {_listed(declared.key, "a.")}, {ends.replace("b.", "a.")} as valid_to, {content_of(declared, "a")} as content
            from arrived_{name} a semi join contested c on {_same(declared, "a", "c")} where a.fate = 'used'
        ),
        ranked as (
            select k.*, case when not {is_end} then b.content end as book_content,
                coalesce(case when not {is_end} then b.content end, first_value(k.content) over (by_delivery)) as standing_content,
                row_number() over (by_delivery) as place
            from contender k left join in_books b on {_same(declared, "k", "b")}
            window by_delivery as (partition by {_listed(declared.key, "k.")}, {is_end} order by k.is_clash, k.position, k.line)
        ),
        decided as (
            select position, line, case
                when is_clash or content <> standing_content then 'key_conflict'
                when book_content is not null or place > 1 then 'duplicate' end as verdict
            from ranked
        )
        select a.*, d.verdict from arrived_{name} a left join decided d on d.position = a.position and d.line = a.line"""


def _same(declared: Table, left: str, right: str) -> str:
    """Join condition on the key; columns that can be empty compare as values."""
    return " and ".join(f'{left}."{k}" {"=" if declared[k].required else "is not distinct from"} {right}."{k}"' for k in declared.key)


def _listed(keys: Sequence[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{k}"' for k in keys)
