"""One export taken apart: text in the declared dialect, a workbook, or a zip of texts; its header among titles, its cells as text.

What belongs here: rows and columns of one file. What does not: which file (`exports`, `soap.reports`), what fields mean (mapping SQL).
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

from connectors.extraction.definition import Stream
from connectors.extraction.records import Columns, Drift, Page
from connectors.files.csv_text import Unreadable, decode, header_of, records
from connectors.files.sheet import cell_text
from core.policy import Dialect
from core.schema import Column, Type

_LOOKED_AT = 40
"""A list may begin with titles: its header is looked for in so many lines."""
_MOST = 4 << 30
"""A zip that unpacks to more is refused."""
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def table_page(stream: Stream, content: bytes, dialect: Dialect, names: Mapping[str, str], must: frozenset[str] = frozenset()) -> Page:
    """All rows of one file. `must` are mapped fields that have to be there beside the stream's own. Raises Drift."""
    wanted = {**{f: f for f in stream.fields}, **names}
    try:
        if content[:4] != b"PK\x03\x04":
            return _page(stream, _text_rows(content, dialect, stream), wanted, must)
        with _opened(content) as packed:
            if "[Content_Types].xml" in packed.namelist():
                return _page(stream, _sheet_rows(content, stream, dialect), wanted, must)
            texts = _unpacked(packed)
    except Unreadable as fault:
        raise Drift(fault.reason) from None
    return _joined([table_page(stream, t, dialect, names, must) for t in texts])


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise Drift("the zip is cut off or damaged") from None


def _unpacked(packed: zipfile.ZipFile) -> list[bytes]:
    """The CSV files of a zip, their checksums judged."""
    inside = [i for i in packed.infolist() if i.filename.lower().endswith(".csv")]
    if not inside or sum(i.file_size for i in inside) > _MOST:
        raise Drift("the zip holds no CSV file" if not inside else "the zip unpacks to more than 4 GB")
    try:
        return [packed.read(i) for i in inside]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        raise Drift(f"a file in the zip is damaged or locked ({type(fault).__name__})") from None


def _joined(pages: Sequence[Page]) -> Page:
    columns: Columns = {c: [v for p in pages for v in p.columns[c]] for c in pages[0].columns}
    return Page(columns, sum(p.count for p in pages), sum(p.records for p in pages), unknown=frozenset().union(*(p.unknown for p in pages)))


def _page(stream: Stream, rows: Iterator[Sequence[str | None]], wanted: Mapping[str, str], must: frozenset[str]) -> Page:
    header = _header(stream, rows, {f.casefold(): f for f in wanted})
    absent = [f for f in (*stream.fields, *sorted(must)) if f not in header and f not in stream.optional]
    if absent:
        raise Drift(f"the export has no column {', '.join(absent)}; add the column to the layout, or its heading to the definition")
    kept = [r for r in rows if any(r) and not (r[0] or "").startswith("*")]  # * and ** begin the sums of a list
    cells = list(zip_longest(*kept))
    columns: Columns = {}
    for field, column in wanted.items():
        position = header.get(field, len(cells))
        found = [(c.strip() or None) if c else None for c in cells[position]] if position < len(cells) else [None] * len(kept)
        columns[column] = [c.translate(_SPACES).strip() if c else c for c in found] if field in stream.number_fields else found
    unknown = frozenset(h for h in header if h and h not in wanted)
    return Page(columns, len(kept), len(kept), unknown=unknown)


def _header(stream: Stream, rows: Iterator[Sequence[str | None]], spelt: Mapping[str, str]) -> dict[str, int]:
    """Field -> position, from the first row that names every field that must be there, in small letters or in capitals."""
    needed, best = set(stream.fields) - set(stream.optional), dict[str, int]()
    for _, row in zip(range(_LOOKED_AT), rows, strict=False):
        headed = [stream.headings.get((c or "").strip(), (c or "").strip()) for c in row]
        named = [(spelt.get(h.casefold(), h), n) for n, h in enumerate(headed)]
        twice = {f for f, _ in named if f and f in needed and [x for x, _ in named].count(f) > 1}
        if twice:
            raise Drift(f"two columns of the export are headed {', '.join(sorted(twice))}; which one counts is not guessed")
        positions = dict(named)
        if needed <= positions.keys():
            return positions
        if len(needed & positions.keys()) > len(needed & best.keys()):
            best = positions
    return best


def _text_rows(content: bytes, dialect: Dialect, stream: Stream) -> Iterator[Sequence[str | None]]:
    text = decode(content, dialect.encoding)
    if stream.is_positional:
        yield from _positional(text, dialect, stream)
        return
    lines = text.split("\n")
    for n, line in enumerate(lines[:_LOOKED_AT]):
        if line.count(dialect.delimiter) >= len(stream.fields) - len(stream.optional) - 1 and line.strip():
            header = header_of("\n".join(lines[n:]), dialect.delimiter)
            yield list(header)
            multiline = frozenset(i for i, h in enumerate(header) if h.casefold() in {f.casefold() for f in stream.text_fields})
            found = records("\n".join(lines[n:]), dialect.delimiter, len(header), multiline)
            bad = [b for b in found.bad if b.text.strip()]
            if bad:
                raise Drift(f"line {bad[0].line + n} of the export: {bad[0].reason}")
            yield from found.fields
            return
    raise Drift(f"no header was found in the first {_LOOKED_AT} lines; declare the delimiter of this source")


def _positional(text: str, dialect: Dialect, stream: Stream) -> Iterator[Sequence[str | None]]:
    """The fields' names, then every line: all as wide as the first."""
    width = len(header_of(text, dialect.delimiter))
    if width < len(stream.fields):
        raise Drift(f"the export has {width} columns where {len(stream.fields)} are expected")
    yield [*stream.fields, *("" for _ in range(width - len(stream.fields)))]
    multiline = frozenset(stream.fields.index(f) for f in stream.text_fields)
    found = records(f"\n{text}", dialect.delimiter, width, multiline)
    bad = [b for b in found.bad if b.text.strip()]
    if bad:
        raise Drift(f"line {bad[0].line - 1} of the export: {bad[0].reason}")
    yield from found.fields


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
