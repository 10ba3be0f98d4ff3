"""Reading decisions out of discrepancies.xlsx as a person, or LibreOffice, saved it. Only the decision columns are theirs to fill."""

import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import UsageFault
from core.schema import Type, table
from reconcilers.decisions import Asked
from reports.cells import odd_shown, visible
from reports.discrepancies import DECISION_FIELDS

if TYPE_CHECKING:
    from tieout.commands.decide import Wanted

_WORDS = {
    "explain": "explained", "accept": "accepted", "suppress": "suppressed", "propose": "proposed", "approve": "approved", "assign": "assigned",
    "note": "noted", "withdraw": "withdrawn",
}  # fmt: skip
_HEADERS = {f.header: f.column for f in DECISION_FIELDS}


def read_decisions(path: Path, person: str) -> "list[Wanted]":
    """The rows whose decision columns are filled. Raises UsageFault for a file that is no such workbook or holds no decision."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
    except (OSError, InvalidFileException, zipfile.BadZipFile, KeyError) as fault:
        raise _fault(path, f"cannot be read as a workbook ({fault})") from fault
    try:
        sheets = [s for s in workbook.worksheets if s.title.split()[0] == "Breaks"]
        if not sheets:
            raise _fault(path, "has no sheet Breaks")
        wanted = [w for sheet in sheets for w in _rows(path, sheet, person)]
    finally:
        workbook.close()
    if not wanted:
        raise _fault(path, "has no row with a decision")
    return wanted


def _rows(path: Path, sheet: Any, person: str) -> "Iterator[Wanted]":
    from tieout.commands.decide import Wanted

    rows = sheet.iter_rows(values_only=True)
    header = [str(h or "") for h in next(rows, ())]
    names = [_HEADERS.get(h) or h.replace(" ", "_") for h in header]
    missing = {"break_id", "row_hash", *_HEADERS.values()} - set(names)
    if missing:
        raise _fault(path, f"sheet {sheet.title} has no column {sorted(missing)[0]}")
    for number, values in enumerate(rows, start=2):
        cells = dict(zip(names, values, strict=False))
        given = {n: _text(cells.get(n)) for n in _HEADERS.values()}
        if any(v for n, v in given.items() if n != "your_name"):
            place = f"{sheet.title} row {number}"
            shown = {n: v for n, v in cells.items() if n not in given and n not in ("row_hash", "freshness")}
            yield Wanted(place, _text(cells["break_id"]), _text(cells["row_hash"]) or "none", _asked(path, place, given, cells, person), shown)


def _asked(path: Path, place: str, given: Mapping[str, str], cells: Mapping[str, object], person: str) -> Asked:
    word = given["your_decision"].casefold()
    return Asked(
        _WORDS.get(word, word), given["your_name"] or person, given["your_reason"], date.min, given["your_queue"].replace(" ", "_"),
        _day(path, place, cells.get("your_until")), given["your_approver"], given["your_evidence"],
    )  # fmt: skip


def edited_cell(row: Mapping[str, Any], cells: Mapping[str, object]) -> str:
    """The name of the first cell that does not show what the row of the register says; empty if all do."""
    declared = table("break")
    for column in declared.columns:
        if column.name in cells and not _agrees(row[column.name], cells[column.name], column.type):
            return column.name
    return ""


def _agrees(value: Any, shown: object, kind: Type) -> bool:
    if value is None or value == "":
        return shown is None or shown == ""
    if kind is Type.BOOL:
        return _text(shown) == ("yes" if value else "no")
    if kind is Type.DATE:
        return _text(shown) == str(value)
    if kind is Type.TEXT:
        return str(shown) in {str(value), visible(value), odd_shown(value)}
    try:
        return bool(Decimal(str(shown)) == value)
    except InvalidOperation:
        return False


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else str(value).strip()


def _day(path: Path, place: str, value: object) -> date | None:
    text = _text(value)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _fault(path, f"{place}: {text!r} is not a date, YYYY-MM-DD") from None


def _fault(path: Path, what: str) -> UsageFault:
    why = "decisions are taken from the sheet Breaks of discrepancies.xlsx"
    return UsageFault(f"{path.name} {what}", str(path), why, "fill its decision columns and save it as .xlsx")
