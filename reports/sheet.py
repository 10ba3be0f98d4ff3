"""One sheet under construction: rows of cells top to bottom, its header, its columns, and what a second reader must find on it.

Putting sheets together into a workbook belongs to book; what a sheet says, to liability, discrepancies, ledger_export.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from core.schema import Type
from reports.cells import Value, cell

PLACE = "<!--rows-->"
NUMBERED = "/*numbered*/"
"""Stands in SQL for the rows of one page."""
letter_of = cache(xl_col_to_name)
"""The letters of a column by its number from 0."""


class CellSheet(Worksheet):  # type: ignore[misc]
    """A worksheet whose rows are XML we made; a placeholder stands where the rows go."""

    def _write_sheet_data(self) -> None:
        self.fh.write(f"<sheetData>{PLACE}</sheetData>")


def grown(texts: Iterable[tuple[str, float]]) -> float:
    """The height a row needs for wrapped texts in columns of these widths; 0 where one line will do. A row without it prints over the next one."""
    lines = max((1 + len(text) // max(round(0.9 * width), 1) for text, width in texts), default=1)
    return 13 * lines if lines > 1 else 0


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a record sheet: `column` of the select, its type, what the header says; `wraps`: long texts grow downwards where rows are few; `style`
    where neither type nor name says how its numbers look."""

    column: str
    kind: Type
    header: str = ""
    width: float = 0
    meaning: str = ""
    wraps: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a second reader must find on a sheet: rows from `first_row` on, totals of columns by letter, single cells by row and letter."""

    sheet: str
    first_row: int
    rows: int
    totals: tuple[tuple[str, Any], ...] = ()
    cells: tuple[tuple[int, str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Bulk:
    """Many record rows that never become Python objects: a select of `rows` rows, their order, and the select that makes XML of `NUMBERED` rows."""

    source: str
    order: str
    xml: str
    rows: int


@dataclass(slots=True)
class Sheet:
    """One sheet: append rows top to bottom."""

    name: str
    page: Any
    styles: dict[str, int]
    rows: list[str] = field(default_factory=list)
    bulk: Bulk | None = None
    height: int = 0
    breadth: int = 1

    def row(self, values: Sequence[Value], styles: Sequence[str] | str = "text", *, height: float = 0) -> int:
        """Append a row; gives its 1-based number. One style name for all cells, or one for each."""
        self.height += 1
        names = [styles] * len(values) if isinstance(styles, str) else styles
        marked, guarded = self.styles["long"], self.styles["guarded"]
        made = "".join(
            [cell(f"{letter_of(i)}{self.height}", self.styles[s], marked, guarded, v) for i, (v, s) in enumerate(zip(values, names, strict=True)) if s]
        )
        tall = f' ht="{height}" customHeight="1"' if height else ""
        self.rows.append(f'<row r="{self.height}"{tall}>{made}</row>')
        self.breadth = max(self.breadth, len(values))
        return self.height

    @property
    def height_with_bulk(self) -> int:
        """Rows of the finished sheet."""
        return self.height + (self.bulk.rows if self.bulk else 0)

    def gap(self) -> None:
        """An empty line between two statements."""
        self.height += 1

    def widths(self, widths: Iterable[float]) -> None:
        """Column widths in characters, from column A."""
        for i, width in enumerate(widths):
            self.page.set_column(i, i, width)

    def head(self, headers: Sequence[str], styles: Sequence[str] | str = "header", *, filtered: int = 0, freeze_columns: int = 0) -> int:
        """The header row of a table: frozen, repeated on every printed page, filtered over `filtered` rows below it."""
        number = self.row(list(headers), styles, height=30)
        self.page.freeze_panes(number, freeze_columns)
        self.page.repeat_rows(number - 1)
        if filtered:
            self.page.autofilter(number - 1, 0, number - 1 + filtered, len(headers) - 1)
        return number
