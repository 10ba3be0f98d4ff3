"""The rows of one export, with the line each stands on: delimited text, a list as SAP prints it between rules, or a sheet of a workbook.

What belongs here: where a file's table begins and what is a row of it. What does not: which column is which field (`export_table`).
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from connectors.extraction.definition import Stream
from connectors.extraction.records import Drift
from connectors.files.csv_text import decode, header_of, records
from connectors.files.sheet import cell_text, check_limits
from core.policy import Dialect
from core.schema import Column, Type

LOOKED_AT = 40
"""A list may begin with titles: its header is looked for in so many lines."""
Row = tuple[int, Sequence[str | None]]
Positions = Callable[[Sequence[str | None]], dict[str, int]]
"""Field -> position by a row of headings; empty where the row is not the header."""


def text_rows(content: bytes, dialect: Dialect, stream: Stream) -> Iterator[Row]:
    """The header, then every record after it. Raises Drift for a line that is not as wide."""
    text = decode(content, dialect.encoding)
    if stream.is_positional:
        yield from _positional(text, dialect, stream)
        return
    lines = text.split("\n")
    for n, line in enumerate(lines[:LOOKED_AT]):
        if line.count(dialect.delimiter) < len(stream.fields) - len(stream.optional) - 1 or not line.strip():
            continue
        if dialect.delimiter == "|" and _is_ruled(line):
            yield from _ruled(lines, n)
            return
        header = header_of("\n".join(lines[n:]), dialect.delimiter)
        yield n + 1, list(header)
        multiline = frozenset(i for i, h in enumerate(header) if h.casefold() in {f.casefold() for f in stream.text_fields})
        yield from _recorded("\n".join(lines[n:]), dialect, len(header), multiline, n)
        return
    raise Drift(f"no header was found in the first {LOOKED_AT} lines; declare the delimiter of this source")


def _positional(text: str, dialect: Dialect, stream: Stream) -> Iterator[Row]:
    """The fields' names, then every line: all as wide as the first."""
    width = len(header_of(text, dialect.delimiter))
    if width < len(stream.fields):
        raise Drift(f"the export has {width} columns where {len(stream.fields)} are expected")
    yield 0, [*stream.fields, *("" for _ in range(width - len(stream.fields)))]
    yield from _recorded(f"\n{text}", dialect, width, frozenset(stream.fields.index(f) for f in stream.text_fields), -1)


def _recorded(text: str, dialect: Dialect, width: int, multiline: frozenset[int], before: int) -> Iterator[Row]:
    found = records(text, dialect.delimiter, width, multiline)
    bad = [b for b in found.bad if b.text.strip()]
    if bad:
        raise Drift(f"line {bad[0].line + before} of the export: {bad[0].reason}")
    yield from zip((n + before for n in found.lines), found.fields, strict=True)


def _is_ruled(line: str) -> bool:
    return len(line.strip()) > 1 and line.strip()[0] == "|" == line.strip()[-1]


def _ruled(lines: Sequence[str], n: int) -> Iterator[Row]:
    """A list as printed ("unconverted"): |cell|cell| in frames of dashes, the header again on every page, titles without a bar between pages."""
    header = lines[n].strip()
    width = header.count("|")
    yield n + 1, [c.strip() for c in header[1:-1].split("|")]
    for number, line in enumerate(lines[n + 1 :], start=n + 2):
        bare = line.strip()
        if "|" not in bare or set(bare) <= set("|-+") or bare == header:
            continue
        if not _is_ruled(bare) or bare.count("|") != width:
            raise Drift(f"line {number} of the export: {bare.count('|') - 1} cells where the header has {width - 1}: it is cut off, or a text holds a bar")
        yield number, [c.strip() for c in bare[1:-1].split("|")]


def sheet_rows(content: bytes, dialect: Dialect, numbers: frozenset[str], wanted: frozenset[str], positions: Positions) -> Iterator[Row]:
    """The header and the rows of the one sheet that has it. Cells of columns that nobody wants are not judged."""
    import openpyxl  # imported late: it costs 0.2 s and few days bring a workbook

    check_limits(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        heads = {name: list(islice(_texts(book[name]), LOOKED_AT)) for name in book.sheetnames}
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, zipfile.BadZipFile, OSError, SyntaxError, EOFError) as fault:
        raise Drift(f"not a readable workbook ({type(fault).__name__}); save it again as .xlsx") from None
    headed = [(name, n) for name, rows in heads.items() for n, (_, cells) in enumerate(rows) if positions(cells)]
    sheets = list(dict.fromkeys(name for name, _ in headed))
    if len(sheets) > 1:
        raise Drift(f"the sheets {', '.join(sheets)} of the workbook all have these columns; which one counts is not guessed: leave one")
    if not headed:
        for rows in heads.values():
            yield from rows
        return
    name, skipped = headed[0]
    fields = {n: f for f, n in positions(heads[name][skipped][1]).items() if f in wanted}
    yield heads[name][skipped]
    for line, row in enumerate(islice(book[name].iter_rows(), skipped + 1, None), start=skipped + 2):
        yield line, [_cell(c, fields[n], fields[n] in numbers, dialect, line) if n in fields else None for n, c in enumerate(row)]


def _texts(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()
    for line, row in enumerate(sheet.iter_rows(), start=1):
        yield line, [c.value if isinstance(c.value, str) else None for c in row]


def _cell(cell: Any, field: str, is_number: bool, dialect: Dialect, line: int) -> str | None:
    """A cell as the dialect writes it: a real number or date says the same as its text would."""
    kind = Type.AMOUNT if is_number else Type.DATE if isinstance(cell.value, datetime | date) else Type.TEXT
    text, problem = cell_text(cell.value, cell.data_type, Column(field, kind, ""))
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
