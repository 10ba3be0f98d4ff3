"""From text to declared types, strictly: SQL expressions generated from core.schema and a declared dialect.

What belongs here: what a cell must look like, and the sentence for a cell that does not. What does not: reading files, rules over
several rows. Nothing is guessed, rounded or dropped: a cell is exactly a value of its column, or a reason.
"""

from typing import TYPE_CHECKING

from core.schema import Column, Table, Type
from core.sql import literal

if TYPE_CHECKING:
    from core.policy import Dialect

FREE_TEXT = frozenset({"text", "reason", "actor", "tender", "document_type"})
"""Columns for people: they may hold spaces, tabs and line breaks. Every other text is an id or a code."""
PLACES = {Type.POINTS: (14, 4), Type.AMOUNT: (14, 4), Type.RATE: (26, 12)}
"""Digits before and after the decimal point."""
_CURRENCY = frozenset({"currency", "from_currency", "to_currency"})
_SIGNED = "[+-]?"
_INVISIBLE = (
    r"[\x00-\x1F\x7F-\xA0\x{AD}\x{34F}\x{61C}\x{115F}\x{1160}\x{1680}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2000}-\x{200F}\x{2028}-\x{202F}"
    r"\x{205F}-\x{206F}\x{3000}\x{3164}\x{FE00}-\x{FE0F}\x{FEFF}\x{FFA0}\x{FFF0}-\x{FFFD}]"
)
_CONTROL_IN_TEXT = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\x{202A}-\x{202E}\x{2066}-\x{2069}]"
_SCIENTIFIC = r"\d(\.\d+)?[eE]\+?\d+"
_TIME = r"(\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2}))"


def typed(column: Column, cell: str, dialect: "Dialect", *, clean: bool) -> str:
    """SQL for the value of a cell, NULL where it is empty or not a value of the column. `clean`: the file holds no invisible character."""
    if column.type in PLACES:
        return _decimal(column.type, plain_number(cell, dialect))
    if column.type is Type.DATE:
        return f"try_cast({iso_date(cell, dialect)} as date)"
    if column.type is Type.INSTANT:
        return f"try_cast({_instant(cell, dialect)} as timestamp with time zone)"
    if column.type is Type.BOOL:
        return f"(case {cell} when 'true' then true when 'false' then false end)"
    return _text(column, cell, clean)


def plain_number(cell: str, dialect: "Dialect") -> str:
    """SQL for a number of the dialect in canonical form (sign, digits, point); NULL where it is not written that way."""
    point, group = _class(dialect.decimal), _class(dialect.thousands) if dialect.thousands else ""
    whole = rf"(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+)" if group else r"\d+"
    digits = rf"{whole}(?:{point}\d+)?"
    if dialect.decimal == "." and not group and dialect.sign == "leading":
        return cell
    unsigned = f"replace({cell}, {literal(dialect.thousands)}, '')" if group else cell
    unsigned = f"replace({unsigned}, ',', '.')" if dialect.decimal == "," else unsigned
    if dialect.sign == "leading":
        return f"(case when regexp_full_match({cell}, {literal(_SIGNED + digits)}) then {unsigned} end)"
    mark, negative = (r"\(", rf"\({digits}\)") if dialect.sign == "parentheses" else ("-$", rf"{digits}-")
    bare = f"translate({unsigned}, '()-', '')"
    return (
        f"(case when regexp_full_match({cell}, {literal(digits)}) then {unsigned} "
        f"when regexp_full_match({cell}, {literal(negative)}) and regexp_matches({cell}, {literal(mark)}) then '-' || {bare} end)"
    )


def iso_date(cell: str, dialect: "Dialect") -> str:
    """SQL for a date of the dialect as YYYY-MM-DD; NULL where it is not written that way."""
    return _rearranged(cell, dialect, "", "")


def reason(column: Column, cell: str, dialect: "Dialect") -> str:
    """SQL for why a cell that is not a value of its column is none: the rule that is broken, and what to do."""
    if column.type in PLACES:
        return _number_reason(column, cell, dialect)
    if column.type is Type.DATE:
        shown = _date_words(dialect)
        return (
            f"(case when {iso_date(cell, dialect)} is not null then 'not a day of the calendar; correct it at the source' "
            f"else {literal(f'not a date written {shown}; export dates that way or declare the date order of this source')} end)"
        )
    if column.type is Type.INSTANT:
        shown = f"{_date_words(dialect)}Thh:mm:ss+hh:mm"
        no_offset = literal(f"an instant without offset; write {shown} or a Z at the end")
        return (
            f"(case when {_instant(cell, dialect)} is not null then 'no such time on the calendar or the clock; correct it at the source' "
            f"when try_cast({cell} as timestamp) is not null and not regexp_matches({cell}, '(Z|[+-]\\d{{2}}:\\d{{2}})$') then {no_offset} "
            f"else {literal(f'not an instant written {shown}; export instants that way')} end)"
        )
    if column.type is Type.BOOL:
        return literal("not true or false (empty: false); export booleans as words")
    return _text_reason(column, cell)


# ------------------------------------------------------------------------------------------------------------------- pieces


def _class(char: str) -> str:
    return "\\" + char if char in ".'" else char


def _decimal(kind: Type, number: str) -> str:
    whole, places = PLACES[kind]
    shape = rf"[+-]?0*\d{{1,{whole}}}(\.\d{{1,{places}}}0*)?"
    return f"(case when regexp_full_match({number}, {literal(shape)}) then try_cast({number} as {kind.sql}) end)"


def _rearranged(cell: str, dialect: "Dialect", tail: str, tail_reference: str) -> str:
    """A dialect's date (and what follows it) with the date turned into ISO order; NULL where the shape is another."""
    separator = _class(dialect.date_separator)
    if dialect.date_order == "ymd":
        shape, parts = rf"(\d{{4}}){separator}(\d{{2}}){separator}(\d{{2}})", r"\1-\2-\3"
    else:
        shape = rf"(\d{{2}}){separator}(\d{{2}}){separator}(\d{{4}})"
        parts = r"\3-\2-\1" if dialect.date_order == "dmy" else r"\3-\1-\2"
    whole = literal(shape + tail)
    if dialect.date_order == "ymd" and dialect.date_separator == "-":
        return f"(case when regexp_full_match({cell}, {whole}) then {cell} end)"
    return f"(case when regexp_full_match({cell}, {whole}) then regexp_replace({cell}, {whole}, {literal(parts + tail_reference)}) end)"


def _instant(cell: str, dialect: "Dialect") -> str:
    return _rearranged(cell, dialect, f"[T ]{_TIME}", r"T\4")


def _text(column: Column, cell: str, clean: bool) -> str:
    if column.words:
        return f"(case when {cell} in ({', '.join(literal(w) for w in column.words)}) then {cell} end)"
    if column.name in FREE_TEXT:
        return cell if clean else f"(case when not regexp_matches({cell}, {literal(_CONTROL_IN_TEXT)}) then {cell} end)"
    if column.name in _CURRENCY:
        return f"(case when regexp_full_match({cell}, '[A-Z]{{3}}') then {cell} end)"
    rules = [f"{cell} not like ' %'", f"{cell} not like '% '", f"not regexp_full_match({cell}, {literal(_SCIENTIFIC)})"]
    if column.name == "receipt_evidence":
        rules.append(f"regexp_full_match({cell}, '(described|linked|disclosed)(;(described|linked|disclosed))*')")
    if not clean:
        rules.append(f"not regexp_matches({cell}, {literal(_INVISIBLE)}) and not regexp_matches({cell}, '^\\s|\\s$')")
    return f"(case when {' and '.join(rules)} then {cell} end)"


def _text_reason(column: Column, cell: str) -> str:
    if column.words:
        return literal(f"not a word of this column; use one of {', '.join(column.words)}")
    if column.name in FREE_TEXT:
        return literal("a control or direction character in a text; remove it at the source")
    if column.name in _CURRENCY:
        return literal("not a currency code of three capital letters (ISO 4217)")
    words = literal("not a list of described, linked, disclosed joined by ;") if column.name == "receipt_evidence" else literal("not an id")
    return (
        f"(case when regexp_full_match({cell}, {literal(_SCIENTIFIC)}) then "
        "'an id in scientific notation: digits are lost; re-export the column as text' "
        f"when regexp_matches({cell}, {literal(_INVISIBLE)}) then "
        "'a control, invisible or direction character or special space in an id; correct the id at the source' "
        f"when regexp_matches({cell}, '^\\s|\\s$') then 'a space before or after an id; trim the column at the source' else {words} end)"
    )


def _number_reason(column: Column, cell: str, dialect: "Dialect") -> str:
    whole, places = PLACES[column.type]
    number = plain_number(cell, dialect)
    declared = f"decimal {dialect.decimal}, thousands {dialect.thousands or 'none'}, sign {dialect.sign}"
    return f"""(case
        when regexp_matches(lower({cell}), '^[+-]?(nan|inf|infinity)$') then 'not a finite number; correct it at the source'
        when regexp_full_match({number}, '[+-]?\\d+(\\.\\d+)?') and length(ltrim(split_part(ltrim({number}, '+-'), '.', 1), '0')) > {whole}
            then 'too large: at most {whole} digits before the decimal point are kept exactly; correct it at the source'
        when regexp_full_match({number}, '[+-]?\\d+(\\.\\d+)?') then 'more than {places} decimal places; nothing is rounded, deliver at most {places}'
        when regexp_full_match({cell}, '[+-]?\\d+(\\.\\d+)?[eE][+-]?\\d+') then 'scientific notation; export the number with all its digits'
        when regexp_matches({cell}, '[$€£¥]|[A-Za-z]{{3}}') then 'a currency sign or word in a number; deliver digits only, the currency has its own column'
        when regexp_matches({cell}, '\\d') then {literal(f"not written in the declared format ({declared}); declare the number format of this source")}
        else 'not a number; correct it at the source' end)"""


def _date_words(dialect: "Dialect") -> str:
    words = {"ymd": ("YYYY", "MM", "DD"), "dmy": ("DD", "MM", "YYYY"), "mdy": ("MM", "DD", "YYYY")}[dialect.date_order]
    return dialect.date_separator.join(words)


def is_missing(column: Column, declared: Table) -> str:
    """The sentence for a required cell that is empty."""
    return f"empty, but {declared.name} needs {column.name}; deliver it"
