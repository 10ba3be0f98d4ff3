"""Text cells in the session to typed rows on disk: rows.parquet (with defaults filled), quarantine.parquet, and the facts of meta.json.

What belongs here: the SQL of one file, generated from core.schema. What does not: rules over several files or days.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from connectors.files import strict_cast
from connectors.files.row_rules import row_rules
from connectors.files.strict_cast import PLACES
from connectors.files.text_rows import Header
from core.calendar import MINUTES_PER_DAY, cut_off_minutes
from core.policy import Books, Dialect
from core.schema import Column, Table, Type
from core.sql import Session, literal

_REASONS = 'select "column", reason from bad_cell group by "column", reason order by count(*) desc, "column", reason limit 3'
_DATED_BY = {"loyalty_balance": "as_of_date", "ledger_balance": "as_of_date", "ledger_line": "posting_date", "fx_rate": "rate_date"}
_BY_INSTANT = ("loyalty_event", "payment")


def write_typed(session: Session, header: Header, declared: Table, dialect: Dialect, books: Books, work: Path) -> dict[str, object]:
    """Write rows.parquet and quarantine.parquet; return what meta.json says."""
    session.statement(f"create or replace table typed_rows as {typed_select(header, declared, dialect)}")
    session.statement(f"create or replace table judged_rows as {_judged_select(header, declared, books)}")
    bad = int(session.value("select count(*) from judged_rows where is_bad") or 0)
    if bad:
        session.statement(f"create or replace table bad_cell as {_bad_cells(header, declared, dialect, books)}")
        session.statement(f'copy (from bad_cell order by line, "column") to {literal(str(work / "quarantine.parquet"))} (format parquet)')
    session.statement(f"copy (from judged_rows order by line) to {literal(str(work / 'rows.parquet'))} (format parquet)")
    reasons = session.fetch(_REASONS) if bad else []
    bounds = session.fetch("select min(earliest_date) as first_date, max(latest_date) as last_date, count(*) as row_count from judged_rows")[0]
    numbers = [c for c in declared.delivered if c.type in PLACES and c.name in header.cells]
    sums = session.fetch("select " + ", ".join(f'sum("{c.name}") as "{c.name}"' for c in numbers) + " from judged_rows")[0] if numbers else {}
    return {
        "row_count": bounds["row_count"],
        "bad_count": bad,
        "content": None if bad else session.value(_content_hash(declared)),
        "problems": "; ".join(f"{r['column'] or 'whole row'}: {r['reason']}" for r in reasons),
        "sums": [[c.name, format(sums[c.name] or Decimal(0), "f")] for c in sorted(numbers, key=lambda c: c.name)],
        "first_date": _iso(bounds["first_date"]),
        "last_date": _iso(bounds["last_date"]),
        "extra_columns": list(header.extra),
    }


def typed_select(header: Header, declared: Table, dialect: Dialect) -> str:
    """SELECT of line, every delivered column in its declared type, and `is_broken`: some filled cell is not a value, or a required one is empty."""
    columns, broken = [], ["structural is not null"]
    for column in declared.delivered:
        cell = header.cells.get(column.name)
        if cell is None:
            columns.append(f'cast(null as {column.type.sql}) as "{column.name}"')
            continue
        columns.append(f'{strict_cast.typed(column, cell, dialect, clean=header.clean)} as "{column.name}"')
        broken.append(f'"{column.name}" is null' if column.required else f'({cell} is not null and "{column.name}" is null)')
    inner = f"select line, structural, {', '.join(dict.fromkeys(header.cells.values()))}, {', '.join(columns)} from text_rows"
    names = ", ".join(f'"{c.name}"' for c in declared.delivered)
    return f"select line, {names}, {' or '.join(broken)} as is_broken from ({inner})"


def _judged_select(header: Header, declared: Table, books: Books) -> str:
    """SELECT of the typed rows with defaults filled: `is_bad` (row rules and cell problems added), `is_clash` (the key is there again with other
    content, so neither stands), the first and last business date each row may have, and the delivered columns."""
    rules = [f"coalesce({r.broken}, false)" for r in row_rules(declared.name, [p.id for p in books.programmes])]
    filled = defaults(declared, books)
    names = ", ".join(f'"{c.name}"' for c in declared.delivered)
    values = ", ".join(f'{filled[c.name]} as "{c.name}"' if c.name in filled else f'"{c.name}"' for c in declared.delivered)
    keys = ", ".join(f'"{k}"' for k in declared.key)
    is_bad = " or ".join(["is_broken", "line in (select line from cell_problem)", *rules])
    earliest, latest = _date_bounds(declared, books)
    content = f"hash({names})"
    return f"""
        with judged as (select line, {is_bad} as is_bad, {values} from typed_rows),
        clashing as (
            select {keys} from judged where not is_bad group by {keys} having min({content}) <> max({content})
        )
        select line, is_bad, not is_bad and exists (
                select 1 from clashing c where {" and ".join(f'c."{k}" is not distinct from j."{k}"' for k in declared.key)}
            ) as is_clash,
            case when not is_bad then {earliest} end as earliest_date,
            case when not is_bad then {latest} end as latest_date,
            {names}
        from judged j"""


def defaults(declared: Table, books: Books) -> dict[str, str]:
    """SQL for the columns whose empty cells mean something (contract section 3), by column."""
    filled = {c.name: f'coalesce("{c.name}", false)' for c in declared.delivered if c.type is Type.BOOL}
    if declared.name in ("loyalty_event", "loyalty_balance"):
        filled["currency"] = f"coalesce(currency, {_of_programme({p.id: p.currency for p in books.programmes})})"
    if declared.name == "loyalty_event":
        filled["instrument"] = f"coalesce(instrument, {_of_programme({p.id: str(p.instrument) for p in books.programmes})})"
        filled["funded_by"] = "coalesce(funded_by, 'seller')"
        filled["earn_class"] = (
            "coalesce(earn_class, case when kind = 'accrual' then case when transaction_amount is not null then 'purchase' else 'bonus' end end)"
        )
    return filled


def _of_programme(values: Mapping[str, str]) -> str:
    whens = " ".join(f"when {literal(i)} then {literal(v)}" for i, v in values.items())
    return f"(case programme_id {whens} end)"


def _content_hash(declared: Table) -> str:
    """SELECT of what the rows say, whatever their order, file format or spelling of numbers and times: count, sum and xor of row hashes."""
    content = "hash(" + ", ".join(f'"{c.name}"' for c in declared.delivered) + ")"
    return f"select concat_ws('-', count(*), coalesce(sum({content}::hugeint), 0), coalesce(bit_xor({content}), 0)) from judged_rows"


def business_date(instant: str, zone: str, cut_off: str) -> str:
    """SQL for the business date of an instant: local time, and at or after the cut-off the next day.

    >>> business_date("occurred_at", "America/New_York", "24:00")
    "cast(timezone('America/New_York', occurred_at) + interval '0 minutes' as date)"
    """
    return f"cast(timezone({literal(zone)}, {instant}) + interval '{MINUTES_PER_DAY - cut_off_minutes(cut_off)} minutes' as date)"


def _date_bounds(declared: Table, books: Books) -> tuple[str, str]:
    """SQL for the earliest and latest business date of a row; equal except for payments, whose programme is known only later."""
    if declared.name in _DATED_BY:
        return (f'"{_DATED_BY[declared.name]}"',) * 2
    if declared.name not in _BY_INSTANT:
        return ("cast(null as date)",) * 2
    dates = {p.id: business_date("occurred_at", p.timezone, p.cut_off) for p in books.programmes}
    if declared.name == "loyalty_event":
        by_programme = " ".join(f"when {literal(i)} then {d}" for i, d in dates.items())
        return (f"(case programme_id {by_programme} end)",) * 2
    each = ", ".join(sorted(set(dates.values())))
    return f"least({each})", f"greatest({each})"


def _bad_cells(header: Header, declared: Table, dialect: Dialect, books: Books) -> str:
    """SELECT of line, column, value_masked, reason: every reason of every bad row; one per line and column."""
    parts = [f'select line, {_position_name(header)} as "column", text as value, reason, 0 as rank from cell_problem']
    bad_text = "(select * from text_rows semi join judged_rows j on text_rows.line = j.line and j.is_bad)"
    for rank, column in enumerate(declared.delivered, start=1):
        parts += _column_reasons(header, declared, column, dialect, bad_text, rank)
    for rule in row_rules(declared.name, [p.id for p in books.programmes]):
        value = f"t.{header.cells[rule.column]}" if rule.column in header.cells else "null"
        rows = "typed_rows r join text_rows t on t.line = r.line"
        parts.append(f"select r.line, {literal(rule.column)}, {value}, {literal(rule.reason)}, 100 from {rows} where {rule.broken}")
    return (
        f'select line, "column", {masked("value")} as value_masked, reason from ({" union all ".join(parts)}) '
        'qualify row_number() over (partition by line, "column" order by rank, reason) = 1'
    )


def masked(value: str) -> str:
    """SQL for the shape of a value: letters a, digits 9, everything invisible a space, 40 characters at most."""
    shape = value
    for kind, letter in (("\\p{L}", "a"), ("\\p{N}", "9"), ("[\\p{C}\\p{Z}]", " ")):
        shape = f"regexp_replace({shape}, {literal(kind)}, {literal(letter)}, 'g')"
    return f"left({shape}, 40)"


def _column_reasons(header: Header, declared: Table, column: Column, dialect: Dialect, bad_text: str, rank: int) -> list[str]:
    cell = header.cells.get(column.name)
    if cell is None:
        return []
    name, why = literal(column.name), strict_cast.reason(column, f"t.{cell}", dialect)
    filled = f'{bad_text} t join typed_rows r on r.line = t.line where t.{cell} is not null and r."{column.name}" is null'
    parts = [f"select t.line, {name}, t.{cell}, {why}, {rank} from {filled}"]
    if column.required:
        missing = literal(strict_cast.is_missing(column, declared))
        parts.append(
            f"select t.line, {name}, null, {missing}, {rank} from {bad_text} t "
            f"where t.{cell} is null and t.structural is null and (t.line, {cell[1:]}) not in (select (line, position) from cell_problem)"
        )
    return parts


def _position_name(header: Header) -> str:
    whens = " ".join(f"when {cell[1:]} then {literal(name)}" for name, cell in header.cells.items())
    return f"(case position {whens} else '' end)"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
