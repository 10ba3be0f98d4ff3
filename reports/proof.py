"""The second reader: opens finished workbook bytes with openpyxl and proves that what the session holds is what a person will see.

Written by one library, read by another; a difference is our bug and stops the close. Sheets over 100 rows are read as raw XML,
because openpyxl takes some 20 microseconds a cell.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

from core.errors import IntegrityFault
from core.money import EXACT
from reports.sheet import Expected

FULL_READ_ROWS = 100


def prove(name: str, content: bytes, sheets: Sequence[str], expected: Sequence[Expected]) -> None:
    """Raise IntegrityFault if a sheet is missing, or its rows or totals are not the session's."""
    with localcontext(EXACT):
        _prove(name, content, sheets, expected)


def _prove(name: str, content: bytes, sheets: Sequence[str], expected: Sequence[Expected]) -> None:
    from openpyxl import load_workbook  # a second to import: only when a workbook is made

    workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        if workbook.sheetnames != list(sheets):
            raise _fault(name, "sheets", f"{list(sheets)}", f"{workbook.sheetnames}")
        for want in expected:
            letters = [letter for letter, _ in want.totals]
            if want.rows > FULL_READ_ROWS:
                rows, totals = _scan(content, list(sheets).index(want.sheet) + 1, letters)
            else:
                rows, totals = _read(workbook[want.sheet], want.first_row, letters)
                _prove_cells(name, workbook[want.sheet], want)
            if rows != want.rows:
                raise _fault(name, want.sheet, f"{want.rows} rows", f"{rows} rows")
            for (letter, total), found in zip(want.totals, totals, strict=True):
                if total != found:
                    raise _fault(name, f"{want.sheet}, column {letter}", f"total {total}", f"total {found}")
    finally:
        workbook.close()


def _prove_cells(name: str, sheet: Any, want: Expected) -> None:
    """Single cells (totals of a statement) hold what the session holds."""
    if not want.cells:
        return
    table = list(sheet.iter_rows(values_only=True))
    for row, letter, value in want.cells:
        found = _number(table[row - 1][_column(letter)])
        if found != value:
            raise _fault(name, f"{want.sheet}, cell {letter}{row}", f"{value}", f"{found}")


def _read(sheet: Any, first_row: int, letters: Sequence[str]) -> tuple[int, list[Decimal]]:
    """Rows from first_row on, and totals of columns, as openpyxl sees them."""
    columns = [_column(letter) for letter in letters]
    totals, rows = [Decimal(0)] * len(columns), 0
    for values in sheet.iter_rows(min_row=first_row, values_only=True):
        rows += 1
        for i, column in enumerate(columns):
            totals[i] += _number(values[column] if column < len(values) else None)
    return rows, totals


_CELL = r'<c r="{letter}(?!1")\d+" s="\d+"(?: t="inlineStr"><is><t xml:space="preserve">|><v>)([^<]*)<'


def _scan(content: bytes, number: int, letters: Sequence[str]) -> tuple[int, list[Decimal]]:
    """The same from the XML of a record sheet, whose header is row 1."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read(f"xl/worksheets/sheet{number}.xml").decode("utf-8")
    rows = text.count("<row ") - 1
    return rows, [sum(map(Decimal, re.findall(_CELL.format(letter=letter), text)), Decimal(0)) for letter in letters]


def _number(value: object) -> Decimal:
    """A cell as an exact number. Up to 15 digits a float's shortest text is the number written; more digits are text already."""
    try:
        return Decimal(0) if value is None or value == "" else Decimal(str(value))
    except InvalidOperation:
        return Decimal("NaN")


def _column(letter: str) -> int:
    number = 0
    for c in letter:
        number = number * 26 + ord(c) - 64
    return number - 1


def _fault(name: str, where: str, written: str, read: str) -> IntegrityFault:
    return IntegrityFault(
        f"{name} does not read back: {where} should have {written}, a second reader finds {read}",
        f"{name}, {where}",
        "a workbook that differs from the tables of the close must not be published",
        "report this with the close id; the tables themselves are intact (tieout verify)",
    )
