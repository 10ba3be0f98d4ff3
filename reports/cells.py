"""Spreadsheet cells as XML, in two places that must agree: Python for statements, SQL for record sheets.

Nothing here knows what a sheet is about. Three promises hold in both places: text is never a formula, a character nobody
can see is shown as an escape instead of being dropped, and a number Excel cannot hold (over 15 digits) becomes marked text.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from typing import Any

from core.schema import Type

EXCEL_DAY_ZERO = date(1899, 12, 30)
EXCEL_DIGITS = 15
EXCEL_TEXT = 32_767
_KEPT_TEXT = 32_600
# C0, DEL and C1 controls, zero-width and bidirectional marks, byte-order mark, XML non-characters.
UNSEEN = "\\x00-\\x1f\\x7f-\\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
_UNSEEN = re.compile(f"[{UNSEEN}]")
_ESCAPE_LOOKALIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
FORMULA_STARTS = "=+-@"


@dataclass(frozen=True, slots=True)
class Formula:
    """A live formula and the value it has now, so that viewers that do not calculate show the number."""

    text: str
    cached: Decimal | int | str


Value = str | int | Decimal | date | bool | Formula | None


def visible(text: str) -> str:
    r"""Text with every unseen character shown as an escape, and cut at Excel's limit with a word about it.

    >>> visible("a\tb\u202e")
    'a\\x09b\\u202e'
    """
    shown = _UNSEEN.sub(lambda m: f"\\x{ord(m[0]):02x}" if ord(m[0]) < 256 else f"\\u{ord(m[0]):04x}", text)
    return shown if len(shown) <= EXCEL_TEXT else f"{shown[:_KEPT_TEXT]} [cut: {len(shown)} characters, tieout export has all]"


def significant_digits(number: Decimal) -> int:
    """Digits that matter: what a spreadsheet must hold to keep the number exact."""
    return len(f"{abs(number):f}".replace(".", "").strip("0"))


def _escape(text: str) -> str:
    # nearly every text is plain: whatever must be shown as an escape is not printable
    shown = text if text.isprintable() and "_x" not in text and len(text) <= EXCEL_TEXT else odd_shown(text)
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text_cell(ref: str, style: int, text: str) -> str:
    """An inline string cell; spaces at either end are kept."""
    return f'<c r="{ref}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{_escape(text)}</t></is></c>'


def plain(number: Decimal | int) -> str:
    """A number without exponent, as XML wants it."""
    return f"{number:f}" if isinstance(number, Decimal) else str(number)


def cell(ref: str, style: int, marked: int, guarded: int, value: Value) -> str:
    """One cell. `marked` styles a number written as text, `guarded` a text that begins like a formula."""
    match value:
        case None:
            return f'<c r="{ref}" s="{style}"/>'
        case bool():
            return f'<c r="{ref}" s="{style}" t="b"><v>{int(value)}</v></c>'
        case Formula():
            return _formula_cell(ref, style, value)
        case str():
            return text_cell(ref, guarded if value[:1] and value[0] in FORMULA_STARTS else style, value)
        case date():
            return f'<c r="{ref}" s="{style}"><v>{(value - EXCEL_DAY_ZERO).days}</v></c>'
        case _:
            shown = plain(value)
            if len(shown) > EXCEL_DIGITS and significant_digits(Decimal(value)) > EXCEL_DIGITS:
                return text_cell(ref, marked, shown)
            return f'<c r="{ref}" s="{style}"><v>{shown}</v></c>'


def record_value(value: Any, kind: Type) -> Value:
    """A value of a record column as a cell shows it; the SQL below says the same."""
    if value is None:
        return None
    if kind is Type.BOOL:
        return "yes" if value else "no"
    if kind is Type.INSTANT:
        return str(value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    return value  # type: ignore[no-any-return]


def _formula_cell(ref: str, style: int, formula: Formula) -> str:
    if isinstance(formula.cached, str):
        return f'<c r="{ref}" s="{style}" t="str"><f>{_escape(formula.text)}</f><v>{_escape(formula.cached)}</v></c>'
    return f'<c r="{ref}" s="{style}"><f>{_escape(formula.text)}</f><v>{plain(formula.cached)}</v></c>'


# ------------------------------------------------------------------------------------------------------------------------- in SQL

ODD_TEXT = f"[{UNSEEN}]|_x[0-9A-Fa-f]{{4}}_"
"""Texts that match this (RE2), or are too long, are few: Python shows them by `odd_shown` and SQL looks them up."""


def odd_shown(text: str) -> str:
    """An odd text as the cell must carry it, before `&`, `<`, `>` are escaped."""
    return _ESCAPE_LOOKALIKE.sub("_x005F_", visible(text))


def sql_cell(column: str, kind: Type, letter: str, style: int, marked: int, guarded: int, *, is_long: bool) -> str:
    """An SQL expression giving one cell of the row numbered `rn`; NULL gives no cell at all. `is_long`: numbers may exceed 15 digits."""
    name, start = f'"{column}"', f"'<c r=\"{letter}', rn, '\" s=\""
    text_start, text_end = 't="inlineStr"><is><t xml:space="preserve">\'', "'</t></is></c>'"
    match kind:
        case Type.TEXT:
            starts = ", ".join(f"'{c}'" for c in FORMULA_STARTS)
            safe = f"replace(replace(replace({name}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
            made = f"concat({start}', if(left({name}, 1) in ({starts}), '{guarded}', '{style}'), '\" {text_start}, {safe}, {text_end})"
        case Type.DATE:
            made = f"concat({start}{style}\"><v>', {name} - date '1899-12-30', '</v></c>')"
        case Type.BOOL:
            made = f"concat({start}{style}\" {text_start}, if({name}, 'yes', 'no'), {text_end})"
        case Type.INSTANT:
            made = f"concat({start}{style}\" {text_start}, strftime({name}, '%Y-%m-%dT%H:%M:%S.%fZ'), {text_end})"
        case _:
            made = f"concat({start}{style}\"><v>', {name}, '</v></c>')"
            if is_long:
                long = f"length(trim(replace(abs({name})::varchar, '.', ''), '0')) > {EXCEL_DIGITS}"
                made = f'if({long}, concat({start}{marked}" {text_start}, {name}, {text_end}), {made})'
    return f"if({name} is null, '', {made})"
