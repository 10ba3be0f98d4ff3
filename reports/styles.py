"""How cells look: one vocabulary of styles for every workbook, and which style and width a column gets by its type.

Negative money is in parentheses, dates are ISO, ids are text, a difference never speaks by colour alone.
"""

from collections.abc import Mapping
from typing import Protocol

from core.schema import Type

_FONT = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
_INK, _LINE, _PALE = "#1F2937", "#9CA3AF", "#EEF2F7"
_MONEY4 = '#,##0.00##_);(#,##0.00##);"–"_)'
_MONEY2 = '#,##0.00_);(#,##0.00);"–"_)'
_POINTS = '#,##0_);(#,##0);"–"_)'
_POINTS4 = '#,##0.0000_);(#,##0.0000);"–"_)'
_MONEY12 = '#,##0.00##########_);(#,##0.00##########);"–"_)'
_COUNT = "#,##0_);(#,##0);0_)"
_CHECK = "#,##0.00##_);(#,##0.00##);0_)"

_HEADER = {**_FONT, "bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "border": 1, "border_color": _LINE}

STYLES: Mapping[str, Mapping[str, object]] = {
    "text": {**_FONT, "num_format": "@"},
    "set_in": {**_FONT, "num_format": "@", "indent": 1},
    "wrap": {**_FONT, "num_format": "@", "text_wrap": True},
    "guarded": {**_FONT, "num_format": "@", "quote_prefix": True},
    "long": {**_FONT, "num_format": "@", "align": "right", "bg_color": "#FFF3CD", "border": 1, "border_color": "#B45309"},
    "title": {**_FONT, "font_size": 16, "bold": True, "font_color": _INK},
    "section": {**_FONT, "font_size": 12, "bold": True, "font_color": _INK},
    "note": {**_FONT, "italic": True, "font_color": "#4B5563"},
    "label": {**_FONT, "bold": True, "num_format": "@", "font_color": "#374151"},
    "header": _HEADER,
    "header_n": {**_HEADER, "align": "right", "indent": 1},
    "date": {**_FONT, "num_format": "yyyy-mm-dd", "align": "left"},
    "count": {**_FONT, "num_format": _COUNT},
    "points": {**_FONT, "num_format": _POINTS},
    "points4": {**_FONT, "num_format": _POINTS4},
    "money": {**_FONT, "num_format": _MONEY4},
    "money12": {**_FONT, "num_format": _MONEY12},
    "money2": {**_FONT, "num_format": _MONEY2},
    "rate": {**_FONT, "num_format": "0.00####_)"},
    "percent": {**_FONT, "num_format": "0.0000%_)"},
    "check": {**_FONT, "num_format": _CHECK, "italic": True, "font_color": "#14532D", "bg_color": "#ECFDF3"},
    "total_text": {**_FONT, "bold": True, "num_format": "@", "top": 1, "bottom": 6, "bg_color": _PALE},
    "total_count": {**_FONT, "bold": True, "num_format": _COUNT, "top": 1, "bottom": 6, "bg_color": _PALE},
    "total_points": {**_FONT, "bold": True, "num_format": _POINTS, "top": 1, "bottom": 6, "bg_color": _PALE},
    "total_points4": {**_FONT, "bold": True, "num_format": _POINTS4, "top": 1, "bottom": 6, "bg_color": _PALE},
    "total_money": {**_FONT, "bold": True, "num_format": _MONEY4, "top": 1, "bottom": 6, "bg_color": _PALE},
    "total_money2": {**_FONT, "bold": True, "num_format": _MONEY2, "top": 1, "bottom": 6, "bg_color": _PALE},
    "across_points": {**_FONT, "bold": True, "num_format": _POINTS, "bg_color": _PALE},
    "across_points4": {**_FONT, "bold": True, "num_format": _POINTS4, "bg_color": _PALE},
    "across_money": {**_FONT, "bold": True, "num_format": _MONEY4, "bg_color": _PALE},
    "across_money2": {**_FONT, "bold": True, "num_format": _MONEY2, "bg_color": _PALE},
    "sign": {**_FONT, "bottom": 1, "bottom_color": _LINE},
    "decide": {**_FONT, "num_format": "@", "bg_color": "#FFFBEB", "border": 1, "border_color": "#D1D5DB"},
}

_BY_TYPE = {
    Type.TEXT: "text",
    Type.POINTS: "points",
    Type.AMOUNT: "money",
    Type.SUM: "money",
    Type.RATE: "rate",
    Type.DATE: "date",
    Type.INSTANT: "text",
    Type.BOOL: "text",
    Type.COUNT: "count",
}
_WIDTHS = {
    "explanation": 60, "reason": 34, "citation": 34, "meaning": 44, "file": 32, "sums_stated": 40, "sums_computed": 64, "global_id": 16, "business_key": 26,
    "left_ref": 22, "right_ref": 26, "left_refs": 24, "right_refs": 26, "ledger_ref": 26, "lot_ledger_ref": 26, "tax_entry_id": 26, "sha256": 66,
    "row_hash": 26, "break_id": 26, "close_id": 34, "match_id": 26, "entry_id": 26, "event_id": 18, "redemption_event_id": 18, "lot_id": 18,
    "treatment": 28,
    "earn_class": 10, "cohort": 9, "currency": 9, "tax_type": 8, "side": 7, "code": 8, "rung": 11, "cardinality": 9, "rule_version": 15, "measure": 10,
    "company_id": 10, "funded_by": 10, "ledger_id": 10, "account": 10, "source": 10, "disposition": 12,
}  # fmt: skip
_BY_TYPE_WIDTH = {Type.TEXT: 15, Type.DATE: 11, Type.BOOL: 9, Type.COUNT: 10, Type.RATE: 12, Type.INSTANT: 28}


class Columnar(Protocol):
    """A column with a name and a type."""

    @property
    def column(self) -> str: ...
    @property
    def kind(self) -> Type: ...


def style_of(column: Columnar) -> str:
    """The style of a record column: units in whole points unless the column is money."""
    if column.column.endswith("points"):
        return "points"
    if column.column in ("relative_difference",):
        return "percent"
    if column.column.startswith("your_"):  # what a person fills in
        return "decide"
    return _BY_TYPE[column.kind]


def header_of(column: Columnar) -> str:
    """Headers stand over their figures: to the right for numbers."""
    return "header" if column.kind in (Type.TEXT, Type.DATE, Type.BOOL, Type.INSTANT) else "header_n"


def width_of(column: Columnar) -> float:
    """Characters wide enough to read the column without clipping a usual value."""
    return _WIDTHS.get(column.column, _BY_TYPE_WIDTH.get(column.kind, 14))
