"""A stream from export files: lists and table downloads that people or jobs drop into `exports/<source>/`, in the user's own number format.

What belongs here: finding the day's file, its header among titles, cells as text in the declared dialect. What does not: what fields mean.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from connectors.extraction.definition import Stream
from connectors.extraction.records import Columns, Drift, Page
from connectors.extraction.template import fill
from connectors.files.csv_text import Unreadable, decode, header_of, records
from connectors.files.sheet import cell_text
from core.errors import UsageFault
from core.policy import Dialect, Source
from core.schema import Column, Type

_LOOKED_AT = 40
"""A list may begin with titles: its header is looked for in so many lines."""
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


class NotYet(Exception):
    """The day's export has not arrived: a delivery that is missing, not a fault."""


class ExportFiles:
    """Reads exports of one source."""

    resumes = True

    def __init__(self, name: str, source: Source, books: Path) -> None:
        self._name, self._dialect, self._folder = name, source.dialect, books / "exports" / name

    def fetch(self, stream: Stream, values: Mapping[str, str]) -> tuple[bytes, dict[str, object]]:
        pattern = fill(stream.files, values)
        found = sorted(p for p in self._folder.glob(pattern) if p.is_file()) if self._folder.is_dir() else []
        if not found and stream.is_optional:
            return b"", {"file": "none"}
        if not found:
            raise NotYet(f"exports/{self._name}/{pattern}")
        if len(found) > 1:
            names = ", ".join(p.name for p in found)
            raise UsageFault(f"two exports for one day: {names}", str(self._folder), "which one counts is not guessed", "leave one of them")
        return found[0].read_bytes(), {"file": found[0].name}

    def parse(self, stream: Stream, content: bytes, names: Mapping[str, str]) -> Page:
        if not content:
            return Page({}, 0)
        wanted = {**{f: f for f in stream.fields}, **names}
        try:
            rows = _sheet_rows(content, stream, self._dialect) if zipfile.is_zipfile(io.BytesIO(content)) else _text_rows(content, self._dialect, stream)
            return _page(stream, rows, wanted)
        except Unreadable as fault:
            raise Drift(fault.reason) from None


def _page(stream: Stream, rows: Iterator[Sequence[str | None]], wanted: Mapping[str, str]) -> Page:
    header = _header(stream, rows)
    absent = [f for f in stream.fields if f not in header and f not in stream.optional]
    if absent:
        raise Drift(f"the export has no column {', '.join(absent)}; add the column to the layout, or its heading to the definition")
    kept = [r for r in rows if any(r) and not (r[0] or "").startswith("*")]  # * and ** begin the sums of a list
    columns: Columns = {}
    for field, column in wanted.items():
        position = header.get(field)
        cells = [None if position is None else _cell(r, position) for r in kept]
        columns[column] = [c.translate(_SPACES).strip() if c and field in stream.number_fields else c for c in cells]
    return Page(columns, len(kept), len(kept))


def _header(stream: Stream, rows: Iterator[Sequence[str | None]]) -> dict[str, int]:
    """Field -> position, from the first row that names every field that must be there."""
    needed, best = set(stream.fields) - set(stream.optional), dict[str, int]()
    for _, row in zip(range(_LOOKED_AT), rows, strict=False):
        named = [(stream.headings.get((c or "").strip(), (c or "").strip()), n) for n, c in enumerate(row)]
        twice = {f for f, _ in named if f and f in needed and [x for x, _ in named].count(f) > 1}
        if twice:
            raise Drift(f"two columns of the export are headed {', '.join(sorted(twice))}; which one counts is not guessed")
        positions = dict(named)
        if needed <= positions.keys():
            return positions
        if len(needed & positions.keys()) > len(needed & best.keys()):
            best = positions
    return best


def _cell(row: Sequence[str | None], position: int) -> str | None:
    value = (row[position] or "").strip() if position < len(row) else ""
    return value or None


def _text_rows(content: bytes, dialect: Dialect, stream: Stream) -> Iterator[Sequence[str | None]]:
    text = decode(content, dialect.encoding)
    lines = text.split("\n")
    for n, line in enumerate(lines[:_LOOKED_AT]):
        if line.count(dialect.delimiter) >= len(stream.fields) - len(stream.optional) - 1 and line.strip():
            header = header_of("\n".join(lines[n:]), dialect.delimiter)
            yield list(header)
            found = records("\n".join(lines[n:]), dialect.delimiter, len(header), frozenset())
            bad = [b for b in found.bad if b.text.strip()]
            if bad:
                raise Drift(f"line {bad[0].line + n} of the export: {bad[0].reason}")
            yield from found.fields
            return
    raise Drift(f"no header was found in the first {_LOOKED_AT} lines; declare the delimiter of this source")


def _sheet_rows(content: bytes, stream: Stream, dialect: Dialect) -> Iterator[list[str | None]]:
    import openpyxl  # imported late: it costs 0.2 s and few days bring a workbook

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    positions: dict[int, str] = {}
    for line, row in enumerate(book[book.sheetnames[0]].iter_rows(), start=1):
        cells = [_sheet_cell(c, positions.get(n, ""), stream, dialect, line) for n, c in enumerate(row)]
        if not positions and sum(stream.headings.get(c or "", c) in stream.fields for c in cells) >= len(stream.fields) - len(stream.optional):
            positions = {n: stream.headings.get(c or "", c or "") for n, c in enumerate(cells)}
        yield cells


def _sheet_cell(cell: Any, field: str, stream: Stream, dialect: Dialect, line: int) -> str | None:
    """A cell as the dialect writes it: a real number or date says the same as its text would."""
    kind = Type.AMOUNT if field in stream.number_fields else Type.DATE if isinstance(cell.value, datetime | date) else Type.TEXT
    text, problem = cell_text(cell.value, cell.data_type, Column(field, kind, "") if field else None)
    if problem:
        raise Drift(f"row {line} of the sheet, {field}: {problem}")
    if text is None or isinstance(cell.value, str):
        return text
    if kind is Type.DATE:
        parts = dict(zip("ymd", text.split("-"), strict=True))
        return dialect.date_separator.join(parts[p] for p in dialect.date_order)
    if kind is Type.AMOUNT:
        unsigned = text.removeprefix("-").replace(".", dialect.decimal)
        return unsigned if text[0] != "-" else {"trailing": f"{unsigned}-", "parentheses": f"({unsigned})"}.get(dialect.sign, f"-{unsigned}")
    return text
