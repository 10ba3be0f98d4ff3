"""XLSX workbooks: one sheet, typed cells to canonical text, with every cell whose type would lose or guess something.

What belongs here: limits before opening, and what a cell of each type may become. What does not: rules of columns (`strict_cast`).
A number cell is a binary double: it is accepted only for number columns, and only while its shortest text has at most 15 digits.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from connectors.files.csv_text import Unreadable
from core.schema import Column, Type

MAX_ENTRIES, MAX_UNPACKED, MAX_RATIO, RATIO_FROM = 2_000, 1 << 30, 200, 10 << 20
_NUMBERS = (Type.POINTS, Type.AMOUNT, Type.RATE)


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A cell that cannot become text without loss: sheet row, position of the column, its text for masking, and why."""

    line: int
    position: int
    text: str
    reason: str


@dataclass(slots=True)
class Sheet:
    header: list[str]
    lines: list[int] = field(default_factory=list)
    fields: list[list[str | None]] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)


def read_sheet(content: bytes, columns: dict[str, Column], table: str) -> Sheet:
    """Rows of the only sheet (or the one named as the table). `columns` are the known columns by header. Raises Unreadable."""
    check_limits(content)
    import openpyxl  # imported late: it costs 0.2 s and few days bring a workbook

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        rows = _sheet_rows(book, table)
        first = next(rows, None)
        if first is None or all(c.value is None for c in first):
            raise Unreadable("the sheet is empty; expected a header row")
        return _collect(first, rows, columns)
    except Unreadable:
        raise
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, zipfile.BadZipFile, OSError, SyntaxError, EOFError) as fault:
        raise Unreadable(f"not a readable workbook ({type(fault).__name__}); save it again as .xlsx or deliver CSV") from None


def check_limits(content: bytes) -> None:
    if not content:
        raise Unreadable("the file is empty; expected a workbook")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as fault:
        raise Unreadable(f"not a workbook ({type(fault).__name__}); save it as .xlsx or deliver CSV") from None
    unpacked = sum(e.file_size for e in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED:
        raise Unreadable(f"the workbook holds {len(entries)} parts of {unpacked} bytes, more than is opened; deliver CSV or Parquet")
    if any(e.file_size > RATIO_FROM and e.file_size > MAX_RATIO * max(1, e.compress_size) for e in entries):
        raise Unreadable(f"a part of the workbook unpacks to more than {MAX_RATIO} times its size; deliver CSV or Parquet")
    if any(e.filename.startswith(("/", "\\")) or ".." in e.filename.replace("\\", "/").split("/") for e in entries):
        raise Unreadable("a part of the workbook points outside of it; deliver CSV or Parquet")


def _sheet_rows(book: Any, table: str) -> Iterator[Sequence[Any]]:
    names = list(book.sheetnames)
    name = table if table in names else names[0]
    if len(names) > 1 and table not in names:
        raise Unreadable(f"the workbook has {len(names)} sheets; deliver one, or name the one to read {table or 'as the table'}")
    sheet = book[name]
    sheet.reset_dimensions()
    return iter(sheet.iter_rows())


def _collect(first: Sequence[Any], rows: Iterator[Sequence[Any]], columns: dict[str, Column]) -> Sheet:
    header = ["" if c.value is None else str(c.value) for c in first]
    while header and not header[-1]:
        header.pop()
    sheet, kinds = Sheet(header), [columns.get(h) for h in header]
    for line, row in enumerate(rows, start=2):
        if all(c.value is None for c in row):
            continue
        values: list[str | None] = []
        for position, cell in enumerate(row):
            if position >= len(header):
                if cell.value is not None:
                    sheet.problems.append(CellProblem(line, len(header) - 1, str(cell.value), "a value right of the header's last column: an extra field"))
                continue
            text, problem = cell_text(cell.value, cell.data_type, kinds[position])
            values.append(text)
            if problem:
                sheet.problems.append(CellProblem(line, position, str(cell.value), problem))
        sheet.lines.append(line)
        sheet.fields.append(values + [None] * (len(header) - len(values)))
    return sheet


def cell_text(value: object, data_type: str, column: Column | None) -> tuple[str | None, str | None]:
    """Canonical text of a cell, or the reason why there is none. An unknown column takes whatever it holds as text."""
    if value is None:
        return None, None
    if data_type == "f":
        return None, "a formula; paste its value instead"
    if data_type == "e":
        return None, "an error value of the spreadsheet; correct it"
    if isinstance(value, str):
        return value, None
    kind = column.type if column else None
    if isinstance(value, bool):
        return ("true" if value else "false", None) if kind in (Type.BOOL, None) else (None, "a true/false cell; enter the value of this column")
    if isinstance(value, datetime | date | time):
        return _moment_text(value, kind)
    if isinstance(value, int | float):
        return _number_text(value, kind)
    return None, f"a cell of a kind that is not read ({type(value).__name__}); format the column as text"


def _moment_text(value: datetime | date | time, kind: Type | None) -> tuple[str | None, str | None]:
    if kind is Type.INSTANT:
        return None, "a date cell has no offset; write the instant as text, YYYY-MM-DDThh:mm:ss+hh:mm"
    if kind not in (Type.DATE, None):
        return None, "a date cell; format the column as text and enter the value again"
    if isinstance(value, datetime):
        if kind is Type.DATE and value.time() != time():
            return None, "a date with a time of day; enter the date alone"
        return (value.date().isoformat() if value.time() == time() else value.isoformat()), None
    return value.isoformat(), None


def _number_text(value: float, kind: Type | None) -> tuple[str | None, str | None]:
    if kind not in (*_NUMBERS, None):
        return None, "a number cell in a column of ids or dates: leading zeros and digits may be lost; format the column as text and enter it again"
    exact = Decimal(repr(value))
    if not exact.is_finite() or len(exact.normalize().as_tuple().digits) > 15:
        return None, "a number cell of more than 15 digits is not exact; enter it as text"
    return format(exact, "f"), None
