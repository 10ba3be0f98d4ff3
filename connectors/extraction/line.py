"""What every ERP's lines and balances become before they are ours: the columns that mapping SQL may give, all exact.

What belongs here: names, types, macros of mapping SQL. What does not: our input tables (`core.schema`), any platform's fields.
Flags have three states: true, false, and NULL where the system cannot tell.
"""

from connectors.files.strict_cast import iso_date, plain_number
from core.policy import Dialect
from core.sql import literal

LINE = {
    **dict.fromkeys(("ledger_id", "company_id", "document_id", "line_id"), "VARCHAR"),
    **dict.fromkeys(("document_no", "document_type", "external_ref", "fiscal_year", "fiscal_period"), "VARCHAR"),
    **dict.fromkeys(("posting_date", "document_date", "tax_date", "cleared_on"), "VARCHAR"),
    **dict.fromkeys(("account", "account_name", "side", "currency_local", "currency_document", "currency_group"), "VARCHAR"),
    **dict.fromkeys(("amount_local", "amount_document", "amount_group", "tax_base", "tax_amount", "points"), "DECIMAL(38,10)"),
    **dict.fromkeys(("is_storno", "is_reversal", "is_reversed", "is_tax_line"), "BOOLEAN"),
    **dict.fromkeys(("reverses_document_id", "clearing_document_id", "tax_code", "tax_jurisdiction", "status", "text"), "VARCHAR"),
    **dict.fromkeys(("counterparty_id", "cost_center", "programme_id", "member_id", "event_id", "batch_id", "order_id"), "VARCHAR"),
    **dict.fromkeys(("created_at", "changed_at", "raw_amount_text"), "VARCHAR"),
}
"""A posted line: amounts signed, debit +; side D or C where the system says it beside the amount; dates as ISO text, local."""

BALANCE = {
    **dict.fromkeys(("as_of_date", "ledger_id", "company_id", "account", "currency", "programme_id", "member_id"), "VARCHAR"),
    **dict.fromkeys(("amount", "points"), "DECIMAL(38,10)"),
}
TOTAL = {"line_count": "BIGINT", "debit": "DECIMAL(38,10)", "credit": "DECIMAL(38,10)"}
SHAPES = {"line": LINE, "balance": BALANCE, "total": TOTAL}

_CANONICAL = Dialect()


def macros(dialect: Dialect) -> tuple[str, ...]:
    """Macros of mapping SQL. number() and day() read text in the source's declared dialect and stop at anything else: no value is lost silently.

    `exact` is number() for systems that always write canonical numbers; odata_day reads /Date(ms)/, where an offset would say another day and is
    refused; asked_day is iso_day() of a system that was asked for days of posting, and refuses others; flag reads the usual words;
    padded is a number kept with its zeros; is_shown says that an amount does not have the two decimals in which SAP's tables store a currency without
    any (times 100) or with three (times 0.1).
    """
    return (
        f"create or replace macro exact(x) as {_number('trim(x)', _CANONICAL, _WITH_EXPONENT)}",
        f"create or replace macro number(x) as {_number('x', dialect)}",
        f"create or replace macro day(x) as {_day('x', dialect)}",
        f"create or replace macro iso_day(x) as {_day('left(x, 10)', _CANONICAL)}",
        """create or replace macro odata_day(x) as (case when x is null or x = '' then null
            when regexp_full_match(x, '/Date\\(-?\\d+([+-]0000)?\\)/')
                then cast(cast(epoch_ms(cast(regexp_extract(x, '-?\\d+') as bigint)) as date) as varchar)
            when regexp_full_match(left(x, 10), '\\d{4}-\\d{2}-\\d{2}') and try_cast(left(x, 10) as date) is not null then left(x, 10)
            else error('a date is not readable: ' || regexp_replace(left(x, 20), '\\d', '9', 'g')) end)""",
        """create or replace macro asked_day(x, slice) as (case when iso_day(x) between left(slice, 10) and right(slice, 10) then iso_day(x)
            when iso_day(x) is not null then error('a line is dated ' || iso_day(x) || ', which was not asked for') end)""",
        """create or replace macro flag(x) as (case when x is null or trim(x) = '' then null
            when lower(trim(x)) in ('true', 't', 'x', 'tyes', 'yes', 'y', '1') then true
            when lower(trim(x)) in ('false', 'f', 'tno', 'no', 'n', '0') then false
            else error('a flag is not readable') end)""",
        "create or replace macro filled(x) as (nullif(trim(x), ''))",
        """create or replace macro padded(x, width, what, setting, line) as (
            case when width <> '0' and regexp_full_match(x, '\\d+') and length(x) < cast(width as integer)
                then error(what || ' has lost its leading zeros: export the column as text, or say ' || setting || ': line ' || line) else x end)""",
        """create or replace macro is_shown(x, times) as ((times = 100 and number(x) <> 0 and not regexp_matches(x, '[.,]\\d{1,2}\\D*$'))
            or (times = 0.1 and (number(x) * 100) % 1 <> 0))""",
    )


_WITH_EXPONENT = """when regexp_full_match(trim(x), '[+-]?(\\d{1,20}(\\.\\d{0,20})?|\\.\\d{1,20})[eE][+-]?\\d{1,2}')
    and length(regexp_extract(x, '\\.(\\d*)', 1)) - cast(regexp_extract(trim(x), '[eE](.*)', 1) as integer) <= 10 then cast(trim(x) as decimal(38, 10))"""
"""A number as machines write large and small ones (1.25E7), where none of its digits is lost."""


def _number(cell: str, dialect: Dialect, otherwise: str = "") -> str:
    plain = plain_number(cell, dialect)
    shape = literal(r"[+-]?\d{1,28}(\.\d{0,10}0*)?|[+-]?\.\d{1,10}")
    wrong = f"error('a number is not readable in the declared format: ' || regexp_replace(left({cell}, 30), '\\d', '9', 'g'))"
    value = f"when regexp_full_match({plain}, {shape}) then cast({plain} as decimal(38, 10))"
    return f"(case when {cell} is null or trim({cell}) = '' then null {value} {otherwise} else {wrong} end)"


def _day(cell: str, dialect: Dialect) -> str:
    """A date of the dialect, or eight digits YYYYMMDD as tables store it: no dialect writes those otherwise. A date of zeros is none."""
    wrong = f"error('a date is not readable in the declared format: ' || regexp_replace(left({cell}, 20), '\\d', '9', 'g'))"
    whole = f"regexp_replace({cell}, '(....)(..)(..)', '\\1-\\2-\\3')"
    none = f"when regexp_full_match({cell}, '0{{8}}|00.00.0000|0000.00.00') then null"
    compact = f"when regexp_full_match({cell}, '(19|20)\\d{{6}}') and {_exists(whole)} then {whole}"
    value = f"when {_exists(iso_date(cell, dialect))} then {iso_date(cell, dialect)} {none} {compact}"
    return f"(case when {cell} is null or trim({cell}) = '' then null {value} else {wrong} end)"


def _exists(day: str) -> str:
    """SQL for whether the calendar has such a day."""
    return f"try_cast({day} as date) is not null"
