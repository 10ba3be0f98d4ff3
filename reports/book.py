"""A workbook under construction: styles, page set-up, statement rows and record sheets, turned into bytes.

xlsxwriter makes the workbook around the cells (styles, names, page set-up); the cells are ours, so that a million rows cost
seconds and never become Python objects. What a sheet says belongs to liability, discrepancies, ledger_export.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import chain
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from core.money import EXACT
from core.schema import Type
from core.sql import Session
from reports.cells import EXCEL_TEXT, ODD_TEXT, odd_shown, record_value, sql_cell
from reports.sheet import NUMBERED, PLACE, Bulk, CellSheet, Expected, Field, Sheet, grown
from reports.styles import STYLES, header_of, style_of, width_of

EXCEL_ROWS = 1_048_576
PAGE_ROWS = 40_000
FEW = 600
_SUMMED = (Type.POINTS, Type.AMOUNT, Type.SUM, Type.COUNT)
_A3, _A4 = 8, 9
_A4_CHARACTERS = 190
"""Columns together as wide as this are still legible on A4 across; wider ones are printed on A3."""
_CREATED = datetime(2000, 1, 1)  # fixed: the same content must be the same bytes


class Book:
    """A workbook of one close. `footer` is printed on every page beside the page numbers."""

    def __init__(self, title: str, subject: str, footer: str) -> None:
        self._bytes = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._bytes, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        self._book.set_properties({"title": title, "subject": subject, "author": "tieout", "created": _CREATED})
        self._book.set_calc_mode("auto")
        self.styles = {name: self._book.add_format(properties)._get_xf_index() for name, properties in STYLES.items()}
        self.title, self.footer = title, footer
        self.points, self.few, self.page_rows = "points", FEW, PAGE_ROWS
        self.sheets: list[Sheet] = []
        self.expected: list[Expected] = []

    def sheet(self, name: str, heading: str = "", *, portrait: bool = False, tab: str = "") -> Sheet:
        """Add a sheet, set up for print: landscape, one page wide, page x of y and the close in the footer."""
        page = self._book.add_worksheet(name, worksheet_class=CellSheet)
        page.set_paper(_A4)
        if not portrait:
            page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        page.set_header(f"&L&B{_ampersand(heading or name)}&R{_ampersand(self.title)}")
        page.set_footer(f"&L{_ampersand(self.footer)}&RPage &P of &N")
        page.hide_gridlines(2)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        if tab:
            page.set_tab_color(tab)
        made = Sheet(name, page, self.styles)
        self.sheets.append(made)
        return made

    def records(
        self, session: Session, name: str, fields: Sequence[Field], select: str, order_by: Sequence[str], *, limit: int = EXCEL_ROWS, printed: int = 0
    ) -> list[str]:
        """Record sheets of a whole select in a total order, split into numbered sheets of `limit` rows where one is too small.

        `printed` columns from the left go to paper (0: all). Gives the sheet names. A second reader will be asked for row counts and totals.
        """
        room = limit - 1
        few = session.fetch(f"select * from ({select}) order by {_order(order_by)} limit {min(room, self.few) + 1}")
        if len(few) <= min(room, self.few):
            self._few(self._record_sheet(name, name, fields, len(few), printed), fields, few)
            return [name]
        total = int(session.value(f"select count(*) from ({select})"))
        parts = -(-total // room)
        names = [name] if parts == 1 else [f"{name} {i + 1}" for i in range(parts)]
        for part, sheet_name in enumerate(names):
            rows = min(room, total - part * room)
            sheet = self._record_sheet(sheet_name, f"{name}, part {part + 1} of {parts}" if parts > 1 else name, fields, rows, printed)
            window = f" order by {_order(order_by)} limit {rows} offset {part * room}" if parts > 1 else ""
            source = f"select * from ({select}){window}"
            known = _survey(session, fields, source)
            sheet.bulk = Bulk(source, _order(order_by), self._row_sql(session, fields, source, known), rows)
            totals = tuple((xl_col_to_name(i), known[f"sum_{i}"]) for i in range(len(fields)) if f"sum_{i}" in known)
            self.expected.append(Expected(sheet_name, 2, rows, totals))
        return names

    def _record_sheet(self, name: str, heading: str, fields: Sequence[Field], rows: int, printed: int) -> Sheet:
        sheet = self.sheet(name, heading)
        sheet.head([f.header or _words(f.column) for f in fields], [header_of(f) for f in fields], filtered=rows, freeze_columns=1)
        if printed:
            sheet.page.print_area(0, 0, rows, printed - 1)
        widths = [f.width or width_of(f) for f in fields]
        sheet.page.set_paper(_A4 if sum(widths[: printed or None]) <= _A4_CHARACTERS else _A3)
        sheet.widths(widths)
        return sheet

    def _few(self, sheet: Sheet, fields: Sequence[Field], rows: Sequence[dict[str, Any]]) -> None:
        """Rows so few that planning a statement would cost more than making their cells here."""
        styles = ["wrap" if f.wraps else self._style(f) for f in fields]
        wrapped = [f for f in fields if f.wraps]
        with localcontext(EXACT):
            totals = {i: sum((row[f.column] or 0 for row in rows), Decimal(0)) for i, f in enumerate(fields) if f.kind in _SUMMED}
        for row in rows:
            values = [record_value(row[f.column], f.kind) for f in fields]
            height = grown((str(row[f.column] or ""), f.width or width_of(f)) for f in wrapped)
            sheet.row(values, [s if v is not None else "" for s, v in zip(styles, values, strict=True)], height=height)
        self.expected.append(Expected(sheet.name, 2, len(rows), tuple((xl_col_to_name(i), t) for i, t in totals.items())))

    def _row_sql(self, session: Session, fields: Sequence[Field], source: str, known: dict[str, Any]) -> str:
        """A select that gives each row of `{numbered}`, rows with their number `rn` as text, as XML; in no order."""
        made, shown = [], []
        for i, f in enumerate(fields):
            is_long = known.get(f"max_{i}", 0) >= (1_000 if f.kind is Type.RATE else 100_000_000_000)
            styles = self.styles[self._style(f)], self.styles["long"], self.styles["guarded"]
            made.append(sql_cell(f.column, f.kind, xl_col_to_name(i), *styles, is_long=is_long))
            if known.get(f"odd_{i}"):
                shown.append(f'coalesce((select shown from report_odd_text where raw = "{f.column}"), "{f.column}") as "{f.column}"')
                _show_odd_texts(session, f.column, source)
        clean = f"select * replace ({', '.join(shown)}) from ({NUMBERED})" if shown else NUMBERED
        return f"""select rn::bigint as rn, concat('<row r="', rn, '">', {", ".join(made)}, '</row>') as xml from ({clean})"""

    def _style(self, record: Field) -> str:
        style = record.style or style_of(record)
        return self.points if style == "points" else style

    def colours(self, background: str, ink: str) -> Any:
        """A format for conditional formatting: only colours, everything else stays the cell's."""
        return self._book.add_format({"bg_color": background, "font_color": ink})

    def to_bytes(self, session: Session) -> bytes:
        """The finished workbook. Record rows stream from SQL into the archive; memory holds one page of them at a time."""
        for sheet in self.sheets:
            sheet.page.dim_rowmin, sheet.page.dim_colmin = 0, 0
            sheet.page.dim_rowmax, sheet.page.dim_colmax = max(sheet.height_with_bulk - 1, 0), sheet.breadth - 1
        self._book.close()
        by_file = {f"xl/worksheets/sheet{i}.xml": s for i, s in enumerate(self.sheets, start=1)}
        out = io.BytesIO()
        with zipfile.ZipFile(self._bytes) as skeleton, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=2) as archive:
            for item in skeleton.infolist():
                content = skeleton.read(item)
                entry = zipfile.ZipInfo(item.filename, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                made = by_file.get(item.filename)
                if made is None:
                    archive.writestr(entry, content)
                    continue
                before, after = content.split(PLACE.encode())
                with archive.open(entry, "w", force_zip64=made.bulk is not None and made.bulk.rows > 100_000) as member:
                    member.write(before)
                    for text in chain(made.rows, _pages(session, made.bulk, self.page_rows)):
                        member.write(text.encode("utf-8"))
                    member.write(after)
        return out.getvalue()


def _pages(session: Session, bulk: Bulk | None, page_rows: int) -> Iterator[str]:
    """The record rows of a sheet; of a large one a page at a time: sorted rows may spill, a page of XML fits into memory whatever the sheet."""
    if bulk is None:
        return
    if bulk.rows <= page_rows:
        yield _xml(session, bulk, f"select *, (row_number() over (order by {bulk.order}) + 1)::varchar as rn from ({bulk.source})")
        return
    session.statement(f"create or replace temp table report_rows as select * from ({bulk.source}) order by {bulk.order}")
    for first in range(0, bulk.rows, page_rows):
        # rows of a table made in order are numbered in it
        yield _xml(session, bulk, f"select *, (rowid + 2)::varchar as rn from report_rows where rowid >= {first} and rowid < {first + page_rows}")
    session.statement("drop table report_rows")


def _xml(session: Session, bulk: Bulk, numbered: str) -> str:
    return "".join([r["xml"] for r in session.fetch(f"select xml from ({bulk.xml.replace(NUMBERED, numbered)}) order by rn")])


def _survey(session: Session, fields: Sequence[Field], source: str) -> dict[str, Any]:
    """One pass over a select: sums (for the second reader), greatest sizes (for Excel's 15 digits), odd texts (to be shown)."""
    asked = []
    for i, f in enumerate(fields):
        name = f'"{f.column}"'
        if f.kind in _SUMMED:
            asked.append(f"coalesce(sum({name}), 0)::decimal(38, 4) as sum_{i}")
        if f.kind in (*_SUMMED, Type.RATE):
            asked.append(f"coalesce(max(abs({name})), 0) as max_{i}")
        if f.kind is Type.TEXT:
            asked.append(f"coalesce(bool_or({_is_odd(name)}), false) as odd_{i}")
    return session.fetch(f"select {', '.join(asked)} from ({source})")[0] if asked else {}


def _is_odd(name: str) -> str:
    return f"regexp_matches({name}, '{ODD_TEXT}') or length({name}) > {EXCEL_TEXT}"


def _show_odd_texts(session: Session, column: str, source: str) -> None:
    """Put the odd texts of a column and how they are shown where the row statement can look them up."""
    session.statement("create temp table if not exists report_odd_text (raw varchar primary key, shown varchar)")
    for row in session.fetch(f'select distinct "{column}" as raw from ({source}) where {_is_odd(chr(34) + column + chr(34))} order by raw'):
        session.statement("insert or ignore into report_odd_text values ($raw, $shown)", raw=row["raw"], shown=odd_shown(row["raw"]))


def _order(columns: Sequence[str]) -> str:
    return ", ".join(f'"{c}" nulls first' for c in columns)


def _words(column: str) -> str:
    return column.replace("_", " ")


def _ampersand(text: str) -> str:
    """An ampersand is a command in page headers; written twice it is itself."""
    return text.replace("&", "&&")[:200]
