"""Any table file of any origin as text in a session, for `tieout compare`: no books, no declared columns, no quarantine.

What belongs here: structure, strictly; the first thing that is wrong stops with file:line:column. What does not: types and meaning.
"""

import codecs
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from connectors.files import csv_text, sheet
from connectors.files.columnar import stored_columns
from connectors.files.csv_text import Unreadable
from connectors.files.text_scan import scan
from core.errors import UsageFault
from core.sql import Session, literal

if TYPE_CHECKING:
    from core.policy import Dialect

LINE = "file_line"
"""Added column: the line of each row, header = 1 (row of the sheet; row of a Parquet file + 1)."""
_WHY = "comparing a file that is not read exactly as it was written would show differences that are not there, or hide some"
_BATCH, _HEAD = 50_000, 65_536
_DELIMITERS = (",", ";", "\t", "|")
_EXACT = re.compile(r"DECIMAL\(\d+,\d+\)|U?(TINY|SMALL|BIG)INT|U?INTEGER")
_SEPARATORS = tuple(chr(c) for c in (0x1E, 0x1F, 0x1D, 0x1C, *range(0xE000, 0xF8FF)))


def load_text(session: Session, name: str, path: Path, dialect: "Dialect | None" = None, *, wanted: Sequence[str] = ()) -> list[str]:
    """Make table or view `name` of a CSV, Parquet or XLSX file: its columns as VARCHAR (empty = NULL; exact numbers of a Parquet file as
    they are stored) and `file_line` BIGINT. Returns the column names.

    `wanted`: keep only these of the file's columns (none: all). The session must be allowed to read the folder of the file. Raises UsageFault naming
    file:line:column for anything that is not a well-formed table: extra or missing fields, open quotes, bytes of another encoding, double or empty
    column names, lossy cells.
    """
    suffix = path.suffix.lower().lstrip(".")
    try:
        if suffix == "parquet":
            return _load_parquet(session, name, path, wanted)
        if suffix == "xlsx":
            return _load_sheet(session, name, path, path.read_bytes())
        if suffix not in ("csv", "txt", "tsv"):
            raise UsageFault(f"{suffix or 'no'} files are not read", str(path), "only CSV, Parquet and XLSX are tables here", "convert the file to one of them")
        encoding, delimiter = (dialect.encoding, dialect.delimiter) if dialect else _written(path, wanted)
        return _load_csv(session, name, path, encoding, delimiter, wanted)
    except FileNotFoundError:
        raise UsageFault("there is no such file", str(path), "both sides are needed to compare", "check the path") from None
    except (IsADirectoryError, PermissionError) as fault:
        raise UsageFault(f"the file cannot be opened ({type(fault).__name__})", str(path), "both sides are needed to compare", "check the path") from None
    except Unreadable as fault:
        raise UsageFault(fault.reason, f"{path}:{fault.line}:{fault.column}", _WHY, "correct the file or export it again") from None


def _written(path: Path, wanted: Sequence[str]) -> tuple[str, str]:
    """Encoding and delimiter of a file that nobody declared, told by what it says itself and not guessed from its rows: a byte-order mark, and the one
    usual delimiter under which its header names every wanted column. Else UTF-8 and a comma, and what does not fit is refused."""
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    encoding = "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
    first = head.decode(encoding, "replace").removeprefix("\ufeff").splitlines()[:1]
    fitting = [d for d in _DELIMITERS if first and wanted and set(wanted) <= set(_names(first[0], d))]
    return encoding, fitting[0] if len(fitting) == 1 else ","


def _names(header: str, delimiter: str) -> list[str]:
    try:
        return csv_text.header_of(header, delimiter)
    except Unreadable:
        return []


def _load_csv(session: Session, name: str, path: Path, encoding: str, delimiter: str, wanted: Sequence[str]) -> list[str]:
    if encoding == "utf-8" and (names := _fast(session, name, path, delimiter, wanted)) is not None:
        return names
    text = csv_text.decode(path.read_bytes(), encoding)
    names = _checked(csv_text.header_of(text, delimiter), path)
    found = csv_text.records(text, delimiter, len(names), frozenset(range(len(names))))
    if found.bad:
        first = min(found.bad, key=lambda b: b.line)
        raise UsageFault(first.reason, f"{path}:{first.line}:1", _WHY, f"correct line {first.line} or export the file again")
    for line, fields in zip(found.lines, found.fields, strict=True):
        for position, value in enumerate(fields):
            if "\0" in value:
                where = f"{path}:{line}:{position + 1}"
                raise UsageFault(f"a NUL character in column {names[position]}", where, _WHY, f"correct line {line} or export the file again")
    _fill(session, name, names, found.lines, found.fields)
    return names


def _fast(session: Session, name: str, path: Path, delimiter: str, wanted: Sequence[str]) -> list[str] | None:
    """Load by the engine's own reader; None where it would find a record of another shape, which the exact reader then names."""
    seen = scan(path, delimiter)
    if seen is None or seen.records < 0:
        return None
    with path.open("rb") as handle:
        names = _checked(csv_text.header_of(csv_text.decode(handle.readline(), "utf-8").removesuffix("\n"), delimiter), path)
    kept = ", ".join(f"c{n} as {_quoted(column)}" for n, column in enumerate(names) if not wanted or column in wanted)
    reader = csv_text.engine_reader(literal(str(path)), delimiter, seen.quote, len(names))
    cells = _quoted(f"{name} cells")
    try:
        session.statement(f"create or replace table {cells} as select {kept or 'c0'} from {reader}")
    except duckdb.InvalidInputException:
        return None
    if session.value(f"select count(*) from {cells}") != seen.records:
        return None
    # rows lie in the order of the file: numbering them needs no pass of its own
    session.statement(f"create or replace view {_quoted(name)} as select *, rowid + 2 as {LINE} from {cells}")
    return names


def _load_sheet(session: Session, name: str, path: Path, content: bytes) -> list[str]:
    found = sheet.read_sheet(content, {}, "")
    names = _checked(found.header, path)
    if found.problems:
        first = min(found.problems, key=lambda p: (p.line, p.position))
        where = f"{path}:{first.line}:{first.position + 1}"
        raise UsageFault(f"column {names[first.position]}: {first.reason}", where, _WHY, f"correct row {first.line} of the sheet")
    _fill(session, name, names, found.lines, found.fields)
    return names


def _load_parquet(session: Session, name: str, path: Path, wanted: Sequence[str]) -> list[str]:
    if not path.is_file():
        raise FileNotFoundError(path)
    stored = stored_columns(session, str(path))
    names = _checked(list(stored), path)
    nested = sorted(n for n, kind in stored.items() if re.search(r"[\[(]", kind) and not kind.startswith("DECIMAL"))
    if nested:
        raise UsageFault(f"column {nested[0]} is stored as {stored[nested[0]]}", str(path), "a nested value is no cell", "write one column per value")
    kept = [n for n in names if not wanted or n in wanted] or names[:1]
    shown = ", ".join(_parquet_cell(n, stored[n]) for n in kept)
    rows = f"from read_parquet({literal(str(path))}, hive_partitioning = false, file_row_number = true)"
    session.statement(f"create or replace view {_quoted(name)} as select {shown}, file_row_number + 2 as {LINE} {rows}")
    return names


def _parquet_cell(column: str, kind: str) -> str:
    cell = _quoted(column)
    if kind == "VARCHAR":
        return f"nullif({cell}, '') as {cell}"
    # decimals and integers lose nothing by staying what they are, and are far cheaper to compare than their text
    return cell if _EXACT.fullmatch(kind) else f"nullif(cast({cell} as varchar), '') as {cell}"


def _fill(session: Session, name: str, names: Sequence[str], lines: Sequence[int], fields: Sequence[Sequence[str | None]]) -> None:
    """Hand over records in batches, each column as one text around a separator that occurs in no value: binding lists costs 40 times as much."""
    session.statement(f"create or replace table {_quoted(name)} ({', '.join(f'{_quoted(n)} varchar' for n in names)}, {LINE} bigint)")
    shown = ", ".join(f"nullif(unnest(string_split($c{n}, $separator)), '')" for n in range(len(names)))
    for start in range(0, len(lines), _BATCH):
        batch = [["" if v is None else v for v in column] for column in zip(*fields[start : start + _BATCH], strict=True)]
        separator = next(c for c in _SEPARATORS if not any(c in v for column in batch for v in column))
        cells = {f"c{n}": separator.join(column) for n, column in enumerate(batch)}
        numbers = separator.join(str(n) for n in lines[start : start + _BATCH])
        session.statement(
            f"insert into {_quoted(name)} select {shown}, unnest(string_split($lines, $separator))::bigint", lines=numbers, separator=separator, **cells
        )


def _checked(names: Sequence[str], path: Path) -> list[str]:
    """Column names fit for SQL, which does not tell capitals apart."""
    folded = [n.lower() for n in names]
    for position, column in enumerate(names):
        where = f"{path}:1:{position + 1}"
        if not column.strip() or not column.isprintable():
            raise UsageFault("a column without a readable name", where, "columns are compared by name", "name every column in the header")
        if folded.index(folded[position]) != position:
            raise UsageFault(f"the header names {column} twice", where, "which one counts is not guessed", "rename one of them")
        if folded[position] == LINE:
            raise UsageFault(f"{LINE} is the name of our own line number", where, "the column would be lost", "rename the column")
    return list(names)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
