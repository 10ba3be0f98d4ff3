"""Workbooks of any table: `tieout export TABLE --format xlsx` and `tieout compare --out FILE.xlsx`.

The workbooks of the daily pack live in liability, discrepancies, ledger_export; how cells are made, in book and cells.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from xlsxwriter.utility import xl_col_to_name

from core.schema import Type
from core.sql import Session
from reports.book import EXCEL_ROWS, Book
from reports.front import RULES
from reports.proof import prove
from reports.sheet import Field, Sheet

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def table_workbook(session: Session, select: str, title: str, *, row_limit: int = EXCEL_ROWS) -> bytes:
    """Any select as an xlsx file: one sheet (numbered sheets over `row_limit` rows, header included) and a README.

    Rows are in the order of the columns from left to right. Raises IntegrityFault if the file does not read back.
    """
    book = Book(title, "tieout export", title)
    fields, source = _fields(session, select)
    book.records(session, _sheet_name(title), fields, source, [f.column for f in fields], limit=row_limit)
    _readme(book)
    return _proven(session, book, f"{title}.xlsx")


def compare_workbook(session: Session, summary: Mapping[str, object], *, row_limit: int = EXCEL_ROWS) -> bytes:
    """`tieout compare` as an xlsx file: the summary (words -> value, in order) and every row of table `compare_difference`.

    Numbers of the summary are Decimal or int, other values become text. Raises IntegrityFault if the file does not read back.
    """
    book = Book("Comparison", "tieout compare", "tieout compare")
    sheet = book.sheet("Summary", "Summary", portrait=True, tab="#1F3A5F")
    sheet.widths((44, 60))
    sheet.row(["Comparison of two files"], "title", height=24)
    sheet.gap()
    sheet.head(["What", "Value"])
    for words, value in summary.items():
        shown = value if isinstance(value, Decimal | int | date) and not isinstance(value, bool) else str(value)
        style = "date" if isinstance(shown, date) else "count" if isinstance(shown, int) else "money" if isinstance(shown, Decimal) else "wrap"
        sheet.row([words.replace("_", " "), shown], ("label", style))
    fields, source = _fields(session, "select * from compare_difference")
    fields = [_compared(f) for f in fields if f.kind is not Type.RATE or _is_used(session, f.column)]
    names = book.records(session, "Differences", fields, source, [f.column for f in fields], limit=row_limit)
    for sheet in book.sheets:
        if sheet.name in names:
            _coloured(book, sheet, [f.column for f in fields])
    _readme(book, _COMPARE_RULES)
    return _proven(session, book, "comparison")


def _is_used(session: Session, column: str) -> bool:
    """Whether a measure was compared at all: three empty columns would only push the others off the page."""
    of = column.split("_", 1)[-1]
    used: bool = session.value(f'select count("left_{of}") + count("right_{of}") > 0 from compare_difference')
    return used


def _compared(f: Field) -> Field:
    """A column of the differences as it fits on paper."""
    if f.kind is Type.RATE:
        return replace(f, style="" if f.column.endswith("points") else "money12", width=14)
    if f.column == "explanation":
        return replace(f, width=50, wraps=True)
    if f.column.endswith("_text"):  # beside figures that end at its edge
        return replace(f, style="set_in")
    return replace(f, width=11) if f.column in ("left_lines", "right_lines") else f


def _coloured(book: Book, sheet: Sheet, columns: Sequence[str]) -> None:
    """Colour the class of every row, and both sides and the difference of every measure that differs; the words say the same."""
    if "status" not in columns:
        return
    last = max(sheet.height_with_bulk, 2)
    status = xl_col_to_name(columns.index("status"))
    for words, colours in _CLASS_COLOURS:
        anyone = ",".join(f'${status}2="{w}"' for w in words)
        sheet.page.conditional_format(f"{status}2:{status}{last}", {"type": "formula", "criteria": f"=OR({anyone})", "format": book.colours(*colours)})
    for column in columns:
        if not column.startswith("difference_"):
            continue
        of = column.removeprefix("difference_")
        letters = [xl_col_to_name(columns.index(f"{side}_{of}")) for side in ("left", "right", "difference") if f"{side}_{of}" in columns]
        for criteria, colours in ((f'AND(${letters[-1]}2<>0,${status}2="within_tolerance")', _AMBER), (f"${letters[-1]}2<>0", _RED)):
            for letter in letters:
                rule = {"type": "formula", "criteria": f"={criteria}", "format": book.colours(*colours), "stop_if_true": True}
                sheet.page.conditional_format(f"{letter}2:{letter}{last}", rule)


_RED, _AMBER, _BLUE, _GREY = ("#FDE2E1", "#9B1C1C"), ("#FFF3CD", "#7A4B00"), ("#DBEAFE", "#1E3A8A"), ("#E5E7EB", "#1F2937")
_CLASS_COLOURS = (
    (("amount_differs", "points_differ", "unreadable"), _RED),
    (("within_tolerance", "zero_left", "zero_right"), _AMBER),
    (("only_left", "only_right"), _BLUE),
    (("duplicate_left", "duplicate_right", "duplicate_both"), _GREY),
)


def _fields(session: Session, select: str) -> tuple[list[Field], str]:
    """Columns of a select by type; what a sheet has no type for (floats, lists) goes over as text."""
    fields, columns = [], []
    for row in session.fetch(f"describe {select}"):
        name, kind = row["column_name"], _kind(row["column_type"])
        fields.append(Field(name, kind))
        quoted = '"' + name.replace('"', '""') + '"'
        columns.append(f"{quoted}::varchar as {quoted}" if kind is Type.TEXT else quoted)
    return fields, f"select {', '.join(columns)} from ({select})"


def _kind(sql_type: str) -> Type:
    if sql_type.startswith("DECIMAL"):
        return Type.RATE if sql_type.endswith(",12)") else Type.SUM
    if sql_type in _WHOLE:
        return Type.COUNT
    return {"DATE": Type.DATE, "BOOLEAN": Type.BOOL, "TIMESTAMP WITH TIME ZONE": Type.INSTANT}.get(sql_type, Type.TEXT)


def _sheet_name(title: str) -> str:
    """A name Excel accepts, short enough for a part number behind it."""
    return _NOT_IN_NAMES.sub(" ", title).strip()[:26] or "Table"


_COMPARE_RULES = (
    ("Rows", "Every key that is not equal, once. Keys that are equal are only counted in the summary."),
    ("Signs", "Difference = left − right. A side that lacks the key is empty and counts as zero in the difference."),
    ("Lines", "The lines of each file on which the key stands, the header being line 1."),
    ("Duplicates", "A key that stands several times on a side is one row: the sums of its lines are shown, and nothing is paired by guess."),
    *(r for r in RULES if r[0] in ("Negatives", "Text", "Long numbers")),
    ("Tolerance", "Colours a row, never hides one: a difference within it is listed as within_tolerance and counts in net and gross."),
)


def _readme(book: Book, rules: Sequence[tuple[str, str]] = RULES) -> None:
    sheet = book.sheet("README", portrait=True)
    sheet.widths((24, 110))
    for label, words in rules:
        sheet.row([label, words], ("label", "wrap"), height=15 * (1 + len(words) // 110))


def _proven(session: Session, book: Book, name: str) -> bytes:
    content = book.to_bytes(session)
    prove(name, content, [s.name for s in book.sheets], book.expected)
    return content
