"""The second reader: opens finished workbook bytes with another library and proves that what the session holds is what a person will see.

Written by one library, read by another; a difference is our bug and stops the close. Of sheets over 100 rows only the columns with
totals are read, from the raw XML: making an object of every cell would take longer than writing them.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation, localcontext
from typing import IO

from core.errors import IntegrityFault
from core.money import EXACT
from reports.sheet import Expected

FULL_READ_ROWS = 100
_PIECE = 8 * 1024 * 1024

Table = Sequence[Sequence[object]]


def prove(name: str, content: bytes, sheets: Sequence[str], expected: Sequence[Expected]) -> None:
    """Raise IntegrityFault if a sheet is missing, or its rows or totals are not the session's."""
    with localcontext(EXACT):
        _prove(name, content, sheets, expected)


def _prove(name: str, content: bytes, sheets: Sequence[str], expected: Sequence[Expected]) -> None:
    from python_calamine import CalamineWorkbook  # only when a workbook is made

    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook, zipfile.ZipFile(io.BytesIO(content)) as archive:
        if workbook.sheet_names != list(sheets):
            raise _fault(name, "sheets", f"{list(sheets)}", f"{workbook.sheet_names}")
        for want in expected:
            letters = [letter for letter, _ in want.totals]
            with archive.open(f"xl/worksheets/sheet{list(sheets).index(want.sheet) + 1}.xml") as text:
                last, totals = _scan(text, letters if want.rows > FULL_READ_ROWS else ())
            rows = last - want.first_row + 1
            if rows != want.rows:
                raise _fault(name, want.sheet, f"{want.rows} rows", f"{rows} rows")
            if rows <= FULL_READ_ROWS:
                table = workbook.get_sheet_by_name(want.sheet).to_python(skip_empty_area=False)
                totals = [sum((_number(_at(row, letter)) for row in table[want.first_row - 1 :]), Decimal(0)) for letter in letters]
                _prove_cells(name, table, want)
            for (letter, total), found in zip(want.totals, totals, strict=True):
                if total != found:
                    raise _fault(name, f"{want.sheet}, column {letter}", f"total {total}", f"total {found}")


def _prove_cells(name: str, table: Table, want: Expected) -> None:
    """Single cells (totals of a statement) hold what the session holds."""
    for row, letter, value in want.cells:
        found = _number(_at(table[row - 1], letter))
        if found != value:
            raise _fault(name, f"{want.sheet}, cell {letter}{row}", f"{value}", f"{found}")


_ROW = re.compile(r'<row r="(\d+)"')
_CELL = r'<c r="{letter}(?!1")\d+" s="\d+"(?: t="inlineStr"><is><t xml:space="preserve">|><v>)([^<]*)<'


def _scan(text: IO[bytes], letters: Sequence[str]) -> tuple[int, list[Decimal]]:
    """The number of the last row and the totals of columns, a piece at a time: a million rows are gigabytes of XML."""
    last, totals = 0, [Decimal(0)] * len(letters)
    for piece in _pieces(text):
        numbers = _ROW.findall(piece)
        last = int(numbers[-1]) if numbers else last
        totals = [total + _total(piece, letter) for total, letter in zip(totals, letters, strict=True)]
    return last, totals


def _pieces(text: IO[bytes]) -> Iterator[str]:
    """XML cut behind rows."""
    rest = b""
    while block := text.read(_PIECE):
        rows, mark, rest = (rest + block).rpartition(b"</row>")
        yield (rows + mark).decode("utf-8")
    yield rest.decode("utf-8")


def _total(text: str, letter: str) -> Decimal:
    """Total of a column over rows of a record sheet, whose header is row 1, from their XML."""
    return sum(map(Decimal, re.findall(_CELL.format(letter=letter), text)), Decimal(0))


def _number(value: object) -> Decimal:
    """A cell as an exact number. Up to 15 digits a float's shortest text is the number written; more digits are text already."""
    try:
        return Decimal(0) if value is None or value == "" else Decimal(str(value))
    except InvalidOperation:
        return Decimal("NaN")


def _at(row: Sequence[object], letter: str) -> object:
    """The value in a column, "A" being the first; None beyond the end of the row."""
    number = 0
    for c in letter:
        number = number * 26 + ord(c) - 64
    return row[number - 1] if number <= len(row) else None


def _fault(name: str, where: str, written: str, read: str) -> IntegrityFault:
    return IntegrityFault(
        f"{name} does not read back: {where} should have {written}, a second reader finds {read}",
        f"{name}, {where}",
        "a workbook that differs from the tables of the close must not be published",
        "report this with the close id; the tables themselves are intact (tieout verify)",
    )
