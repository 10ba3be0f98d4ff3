"""Bytes of one file to text cells in the session: `text_rows` (line, structural, c0..cn) and `cell_problem`.

What belongs here: choosing the reader of a format, and which cell is which declared column. What does not: what a cell must look like.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.files import columnar, csv_text, sheet
from connectors.files.csv_text import Unreadable
from connectors.files.strict_cast import FREE_TEXT
from core.policy import Dialect
from core.schema import Table
from core.sql import Session, literal


@dataclass(frozen=True, slots=True)
class Header:
    """Which text cell holds which declared column, which columns nobody declared, and whether the bytes are clean ASCII."""

    cells: Mapping[str, str]
    extra: tuple[str, ...]
    clean: bool


def to_text(session: Session, raw: Path, suffix: str, declared: Table, dialect: Dialect, work: Path) -> Header:
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
    quote = csv_text.quote_of(text, delimiter)
    if quote is not None and _is_read_fast(session, text, csv_text.engine_reader(literal(str(_plain(content, text, raw, work))), delimiter, quote, width)):
        return
    found = csv_text.records(text, delimiter, width, multiline)
    _load(session, found.lines, found.fields, [(b.line, b.reason, b.text) for b in found.bad], width, work)


def _plain(content: bytes, text: str, raw: Path, work: Path) -> Path:
    """The file as the fast reader takes it: as delivered where its bytes are its text."""
    if b"\r" not in content and content.isascii() and len(content) == len(text):
        return raw
    path = work / "text.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def _is_read_fast(session: Session, text: str, reader: str) -> bool:
    """Read by the engine's own reader; False where it finds a record of another shape or another number of them: the exact reader names line and reason."""
    try:
        _text_rows(session, f"select row_number() over () + 1 as line, cast(null as varchar) as structural, * from {reader}")
    except duckdb.InvalidInputException:
        return False
    read: int = session.value("select count(*) from text_rows")
    return read == text.count("\n") + (not text.endswith("\n")) - 1


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


def _load(session: Session, lines: Sequence[int], fields: Sequence[Sequence[str | None]], bad: Sequence[tuple[int, str, str]], width: int, work: Path) -> None:
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
