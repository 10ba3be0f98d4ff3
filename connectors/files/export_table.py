"""One export taken apart: text in the declared dialect, a workbook, or a zip of texts; its header among titles, its cells as text.

What belongs here: columns of one file, and which rows are sums of a list. What does not: which file (`exports`, `soap.reports`), where its
rows are (`export_rows`), what fields mean (mapping SQL).
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from connectors.extraction.definition import Stream
from connectors.extraction.records import Columns, Drift, Page
from connectors.files.csv_text import Unreadable
from connectors.files.export_rows import LOOKED_AT, Row, sheet_rows, text_rows
from core.policy import Dialect

_MOST = 4 << 30
"""A zip that unpacks to more is refused."""
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})
_NUMBERS = ("x_points", "x_tax_base")
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_STARS = re.compile(r"\*+")


def table_page(stream: Stream, content: bytes, dialect: Dialect, names: Mapping[str, str], must: frozenset[str] = frozenset()) -> Page:
    """All rows of one file. `must` are mapped fields that have to be there beside the stream's own. Raises Drift."""
    wanted = {**{f: f for f in stream.fields}, **names}
    numbers = frozenset(stream.number_fields) | {f for f, column in names.items() if column in _NUMBERS}
    if content.startswith(_OLD_WORKBOOK):
        raise Drift("a workbook in the old .xls format is not read; save it as .xlsx, or export text")
    try:
        if content[:4] != b"PK\x03\x04":
            return _page(stream, text_rows(content, dialect, stream), wanted, must, numbers)
        with _opened(content) as packed:
            if "[Content_Types].xml" in packed.namelist():
                rows = sheet_rows(content, dialect, numbers, frozenset(wanted), lambda row: _headed(stream, row, wanted))
                return _page(stream, rows, wanted, must, numbers)
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
    """The tables of a zip, their checksums judged."""
    inside = [i for i in packed.infolist() if i.filename.lower().endswith((".csv", ".xlsx"))]
    if not inside or sum(i.file_size for i in inside) > _MOST:
        raise Drift("the zip holds no CSV file and no workbook" if not inside else "the zip unpacks to more than 4 GB")
    try:
        return [packed.read(i) for i in inside]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        raise Drift(f"a file in the zip is damaged or locked ({type(fault).__name__})") from None


def _joined(pages: Sequence[Page]) -> Page:
    columns: Columns = {c: [v for p in pages for v in p.columns[c]] for c in pages[0].columns}
    return Page(columns, sum(p.count for p in pages), sum(p.records for p in pages), unknown=frozenset().union(*(p.unknown for p in pages)))


def _page(stream: Stream, rows: Iterator[Row], wanted: Mapping[str, str], must: frozenset[str], numbers: frozenset[str]) -> Page:
    header = _header(stream, rows, wanted)
    absent = [f for f in (*stream.fields, *sorted(must)) if f not in header and f not in stream.optional]
    if absent:
        raise Drift(f"the export has no column {', '.join(absent)}; add the column to the layout, or its heading to the definition")
    kept = [(n, r) for n, r in rows if any(r)]
    cells = list(zip_longest(*(r for _, r in kept)))
    columns: Columns = {"file_line": [str(n) for n, _ in kept]}
    for field, column in wanted.items():
        position = header.get(field, len(cells))
        found = [(c.strip() or None) if c else None for c in cells[position]] if position < len(cells) else [None] * len(kept)
        columns[column] = [c.translate(_SPACES).strip() if c else c for c in found] if field in numbers else found
    if stream.sums_lack:
        columns["sum_level"] = _sum_levels(stream, [r for _, r in kept], columns)
    return Page(columns, len(kept), len(kept), unknown=frozenset(h for h in header if h and h not in wanted))


def _sum_levels(stream: Stream, rows: Sequence[Sequence[str | None]], columns: Columns) -> list[str | None]:
    """What is no line of a list but a sum of its lines: the number of its asterisks, 0 without; None for a line."""
    blank = [not any(values) for values in zip(*(columns[f] for f in stream.sums_lack), strict=True)]
    filled = [any(values) for values in zip(*(columns[f] for f in stream.number_fields), strict=True)]
    first = [next((c.strip() for c in row if c and c.strip()), "") if b else "" for row, b in zip(rows, blank, strict=True)]
    stars = [_STARS.match(text) for text in first]
    return [(str(s.end()) if s else "0" if f else None) if b else None for b, f, s in zip(blank, filled, stars, strict=True)]


def _header(stream: Stream, rows: Iterator[Row], wanted: Mapping[str, str]) -> dict[str, int]:
    """Field -> position, from the first row that names every field that must be there; else what the best row names."""
    needed, best = set(stream.fields) - set(stream.optional), dict[str, int]()
    for _, (_, row) in zip(range(LOOKED_AT), rows, strict=False):
        positions = _headed(stream, row, wanted)
        if positions:
            return positions
        found = {f: n for n, f in enumerate(_named(stream, row, wanted))}
        best = found if len(needed & found.keys()) > len(needed & best.keys()) else best
    return best


def _headed(stream: Stream, row: Sequence[str | None], wanted: Mapping[str, str]) -> dict[str, int]:
    """Field -> position by a row that names every field that must be there; empty for another row."""
    named = _named(stream, row, wanted)
    if not set(stream.fields) - set(stream.optional) <= set(named):
        return {}
    twice = {f for f in named if f in wanted and named.count(f) > 1}
    if twice:
        raise Drift(f"two columns of the export are headed {', '.join(sorted(twice))}; which one counts is not guessed")
    return {f: n for n, f in enumerate(named)}


def _named(stream: Stream, row: Sequence[str | None], wanted: Mapping[str, str]) -> list[str]:
    """The fields a row's headings stand for, in small letters or in capitals."""
    spelt = {f.casefold(): f for f in wanted}
    headed = [stream.headings.get((c or "").strip(), (c or "").strip()) for c in row]
    return [spelt.get(h.casefold(), h) for h in headed]
