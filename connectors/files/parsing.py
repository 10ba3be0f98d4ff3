"""One archived file becomes typed rows, set-aside rows and totals, once, in `parsed/<key>/`.

What belongs here: the way from bytes to `rows.parquet`, `quarantine.parquet`, `meta.json`. What does not: anything that depends on other
files or on the day. The folder appears by one rename: a killed parse leaves nothing usable. The key hashes content, reader version,
dialect and the parts of the programmes that decide dates, so that a change of any of them parses again.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.files import columnar, csv_text, sheet, strict_cast
from connectors.files.csv_text import Unreadable
from connectors.files.row_rules import row_rules
from connectors.files.strict_cast import FREE_TEXT, PLACES, literal
from core.calendar import MINUTES_PER_DAY, cut_off_minutes
from core.policy import Books, Dialect
from core.schema import Column, Table, Type
from core.sql import Session

READER_VERSION = 1
_REASONS = 'select "column", reason from bad_cell group by "column", reason order by count(*) desc, "column", reason limit 3'
_DATED_BY = {"loyalty_balance": "as_of_date", "ledger_balance": "as_of_date", "ledger_line": "posting_date", "fx_rate": "rate_date"}
_BY_INSTANT = ("loyalty_event", "payment")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What parsing one file gave. `refused` files have no rows."""

    folder: Path
    row_count: int = 0
    bad_count: int = 0
    problems: str = ""
    content: str | None = None
    sums: tuple[tuple[str, Decimal], ...] = ()
    first_date: date | None = None
    last_date: date | None = None
    extra_columns: tuple[str, ...] = ()
    refused: str | None = None

    @property
    def rows(self) -> Path | None:
        return None if self.refused else self.folder / "rows.parquet"

    @property
    def quarantine(self) -> Path | None:
        return self.folder / "quarantine.parquet" if self.bad_count and not self.refused else None


def parse_key(sha256: str, table: str, suffix: str, dialect: Dialect, books: Books) -> str:
    """Names the result of parsing one content as one table under one configuration."""
    programmes = [[p.id, p.currency, p.timezone, p.cut_off, str(p.instrument)] for p in sorted(books.programmes, key=lambda p: p.id)]
    settings = json.dumps([READER_VERSION, duckdb.__version__, table, suffix, dialect.model_dump(), programmes], sort_keys=True)
    return f"{sha256[:32]}-{hashlib.sha256(settings.encode()).hexdigest()[:16]}"


def parse(session: Session, raw: Path, suffix: str, declared: Table, dialect: Dialect, books: Books, folder: Path) -> Parsed:
    """Parse one file into `folder`, or return what is there already. Wrong data never raises; a refused file says why."""
    if (folder / "meta.json").is_file():
        return load(folder)
    work = folder.parent / f".tmp-{os.getpid()}-{folder.name}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        header = _to_text(session, raw, suffix, declared, dialect, work)
        meta = _cast(session, header, declared, dialect if suffix == "csv" else Dialect(), books, work)
    except Unreadable as fault:
        meta = {"refused": fault.reason}
    with (work / "meta.json").open("w", encoding="utf-8") as handle:
        json.dump(meta, handle, sort_keys=True)
    if folder.is_dir():
        shutil.rmtree(folder)
    work.replace(folder)
    return load(folder)


def load(folder: Path) -> Parsed:
    """Read what an earlier parse found."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    if meta.get("refused"):
        return Parsed(folder, refused=meta["refused"])
    first, last = (date.fromisoformat(meta[k]) if meta[k] else None for k in ("first_date", "last_date"))
    sums = tuple((c, Decimal(v)) for c, v in meta["sums"])
    return Parsed(folder, meta["row_count"], meta["bad_count"], meta["problems"], meta["content"], sums, first, last, tuple(meta["extra_columns"]))


# ------------------------------------------------------------------------------------------------------- bytes to text cells


@dataclass(frozen=True, slots=True)
class Header:
    """Which text cell holds which declared column, which columns nobody declared, and whether the bytes are clean ASCII."""

    cells: Mapping[str, str]
    extra: tuple[str, ...]
    clean: bool


def _to_text(session: Session, raw: Path, suffix: str, declared: Table, dialect: Dialect, work: Path) -> Header:
    """Make `text_rows` (line, structural, c0..cn) and `cell_problem` (line, position, text, reason)."""
    session.statement("create or replace table cell_problem (line bigint, position bigint, text varchar, reason varchar)")
    if suffix == "parquet":
        stored = columnar.stored_columns(session, str(raw))
        cells, extra = check_header(list(stored), declared, dialect)
        known = {_name(n, dialect): declared[_name(n, dialect)] for n in stored if _name(n, dialect) in cells}
        by_stored = {n: known[_name(n, dialect)] for n in stored if _name(n, dialect) in known}
        _text_rows(session, columnar.text_select(str(raw), stored, by_stored))
        return Header(cells, extra, False)
    content = raw.read_bytes()
    if suffix == "xlsx":
        return _from_sheet(session, content, declared, dialect, work)
    text = csv_text.decode(content, dialect.encoding)
    names = csv_text.header_of(text, dialect.delimiter)
    cells, extra = check_header(names, declared, dialect)
    read_csv(session, content, text, dialect.delimiter, len(names), _multiline(names, dialect), raw, work)
    return Header(cells, extra, csv_text.is_clean_ascii(content))


def check_header(names: Sequence[str], declared: Table, dialect: Dialect) -> tuple[dict[str, str], tuple[str, ...]]:
    """Declared column -> text cell, and the unknown columns. Raises Unreadable with the difference between expected and found."""
    found = [_name(n, dialect) for n in names]
    twice = sorted({n for n in found if found.count(n) > 1})
    if twice:
        raise Unreadable(f"the header names {', '.join(twice)} twice; which one counts is not guessed")
    known = {c.name for c in declared.delivered}
    missing = [c.name for c in declared.delivered if c.required and c.name not in found]
    extra = tuple(n for n in found if n not in known)
    if missing:
        also = f"; unknown here: {', '.join(_printable(n) for n in extra)}" if extra else ""
        raise Unreadable(f"the header lacks {', '.join(missing)}{also}; declare renamed columns in the dialect of this source")
    return {n: f"c{i}" for i, n in enumerate(found) if n in known}, tuple(_printable(n) for n in extra)


def read_csv(session: Session, content: bytes, text: str, delimiter: str, width: int, multiline: frozenset[int], raw: Path, work: Path) -> None:
    """Make `text_rows` by the fast reader where the file is plain and by the exact one everywhere else."""
    if csv_text.is_plain(text, content) and delimiter.isascii():
        path = raw
        if b"\r" in content or not content.isascii() or len(content) != len(text):
            path = work / "text.csv"
            path.write_text(text, encoding="utf-8", newline="")
        names = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width))
        reader = (
            f"read_csv({literal(str(path))}, header = false, skip = 1, auto_detect = false, columns = {{{names}}}, delim = {literal(delimiter)}, "
            "quote = '', escape = '', comment = '', strict_mode = true, null_padding = false, new_line = '\\n')"
        )
        expected = text.count("\n") + (not text.endswith("\n")) - 1
        try:
            _text_rows(session, f"select row_number() over () + 1 as line, cast(null as varchar) as structural, * from {reader}")
            if session.value("select count(*) from text_rows") == expected:
                return
        except duckdb.Error:
            pass  # a record of another shape: the exact reader below names its line and reason
    found = csv_text.records(text, delimiter, width, multiline)
    _load(session, found.lines, found.fields, [(b.line, b.reason, b.text) for b in found.bad], width, work)


def _from_sheet(session: Session, content: bytes, declared: Table, dialect: Dialect, work: Path) -> Header:
    by_name = {c.name: c for c in declared.delivered}
    renamed = {theirs: by_name[ours] for theirs, ours in dialect.columns.items() if ours in by_name}
    found = sheet.read_sheet(content, {**by_name, **renamed}, declared.name)
    cells, extra = check_header(found.header, declared, dialect)
    _load(session, found.lines, found.fields, [], len(found.header), work)
    for problem in found.problems:
        session.statement(
            "insert into cell_problem values ($line, $position, $text, $reason)",
            line=problem.line, position=problem.position, text=problem.text, reason=problem.reason,
        )  # fmt: skip
    return Header(cells, extra, False)


def _load(
    session: Session, lines: Sequence[int], fields: Sequence[Sequence[str | None]], bad: Sequence[tuple[int, str, str]], width: int, work: Path
) -> None:
    """Hand Python records to the session through a Parquet file of text cells."""
    columns: list[Sequence[str | None]] = list(zip(*fields, strict=True)) if fields else [[]] * width
    blank: list[str | None] = [None] * len(bad)
    data = {
        "line": pa.array([*lines, *(b[0] for b in bad)], pa.int64()),
        "structural": pa.array([*([None] * len(lines)), *(b[1] for b in bad)], pa.string()),
        "whole": pa.array([*([None] * len(lines)), *(b[2] for b in bad)], pa.string()),
        **{f"c{n}": pa.array([*column, *blank], pa.string()) for n, column in enumerate(columns)},
    }
    path = work / "text.parquet"
    pq.write_table(pa.table(data), path)
    cells = ", ".join(f"nullif(c{n}, '') as c{n}" for n in range(width))
    _text_rows(session, f"select line, structural, {cells} from read_parquet({literal(str(path))})")
    session.statement(
        "insert into cell_problem select line, -1, whole, structural "
        f"from read_parquet({literal(str(path))}) where structural is not null"
    )  # fmt: skip
    path.unlink()


def _text_rows(session: Session, select: str) -> None:
    session.statement(f"create or replace table text_rows as {select}")


def _name(theirs: str, dialect: Dialect) -> str:
    return dialect.columns.get(theirs, theirs)


def _multiline(names: Sequence[str], dialect: Dialect) -> frozenset[int]:
    return frozenset(n for n, name in enumerate(names) if _name(name, dialect) in FREE_TEXT)


def _printable(name: str) -> str:
    """A foreign column name, short and without control characters, fit to be shown."""
    return "".join(c if c.isprintable() else "?" for c in name)[:40]


# ------------------------------------------------------------------------------------------------------ text cells to typed rows


def _cast(session: Session, header: Header, declared: Table, dialect: Dialect, books: Books, work: Path) -> dict[str, object]:
    """Write rows.parquet and quarantine.parquet; return what meta.json says."""
    session.statement(f"create or replace table typed_rows as {typed_select(header, declared, dialect)}")
    session.statement(f"create or replace table judged_rows as {_judged_select(header, declared, books)}")
    bad = int(session.value("select count(*) from judged_rows where is_bad") or 0)
    if bad:
        session.statement(f"create or replace table bad_cell as {_bad_cells(header, declared, dialect, books)}")
        session.statement(f"copy (from bad_cell order by line, \"column\") to {literal(str(work / 'quarantine.parquet'))} (format parquet)")
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
    parts = [f"select line, {_position_name(header)} as \"column\", text as value, reason, 0 as rank from cell_problem"]
    bad_text = "(select * from text_rows semi join judged_rows j on text_rows.line = j.line and j.is_bad)"
    for rank, column in enumerate(declared.delivered, start=1):
        parts += _column_reasons(header, declared, column, dialect, bad_text, rank)
    for rule in row_rules(declared.name, [p.id for p in books.programmes]):
        value = f't.{header.cells[rule.column]}' if rule.column in header.cells else "null"
        parts.append(
            f"select r.line, {literal(rule.column)}, {value}, {literal(rule.reason)}, 100 from typed_rows r join text_rows t on t.line = r.line where {rule.broken}"
        )
    masked = "left(translate(regexp_replace(regexp_replace(regexp_replace(value, '\\p{L}', 'a', 'g'), '\\p{N}', '9', 'g'), '[\\p{C}\\p{Z}]', ' ', 'g'), chr(0), ''), 40)"
    return (
        f'select line, "column", {masked} as value_masked, reason from ({" union all ".join(parts)}) '
        'qualify row_number() over (partition by line, "column" order by rank, reason) = 1'
    )


def _column_reasons(header: Header, declared: Table, column: Column, dialect: Dialect, bad_text: str, rank: int) -> list[str]:
    cell, parts = header.cells.get(column.name), []
    if cell is None:
        return parts
    name = literal(column.name)
    why = strict_cast.reason(column, f"t.{cell}", dialect)
    parts.append(
        f'select t.line, {name}, t.{cell}, {why}, {rank} from {bad_text} t join typed_rows r on r.line = t.line where t.{cell} is not null and r."{column.name}" is null'
    )
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
