"""Where a value stands that a mapping could not read: stream, line of the export or number of the record, and field.

What belongs here: finding it after the reading has stopped. What does not: reading (`line`), saying what the fault means (`judging`).
"""

import re
from collections.abc import Iterable

import duckdb

from core.sql import Session

_READ = re.compile(r'\b(exact|number|day|iso_day|odata_day|flag)\(\s*(?:\w+\.)?("[^"]+"|\w+)\s*\)')
"""A macro of mapping SQL over one field."""


def place_of_fault(session: Session, mapping: str, streams: Iterable[str]) -> str:
    """ ", stream line, line 3, field DMBTR" of the first value that cannot be read by itself; empty where each can."""
    asked = dict.fromkeys((macro, field.strip('"')) for macro, field in _READ.findall(mapping))
    for stream in streams:
        held = {r["column_name"] for r in session.fetch(f"describe {stream}_record")}
        for macro, field in asked:
            if field in held and _fails(session, f"select count({macro}({_quoted(field)})) from {stream}_record"):
                return f", stream {stream}, {_row(session, stream, macro, field, 'file_line' in held)}, field {field}"
    return ""


def _row(session: Session, stream: str, macro: str, field: str, has_lines: bool) -> str:
    """The first row whose field cannot be read, found by halves."""
    line = "file_line" if has_lines else "null"
    session.statement(
        f"create or replace temp table suspect as select row_number() over () as n, {line} as line, {_quoted(field)} as cell from {stream}_record"
    )
    low, high = 1, int(session.value("select count(*) from suspect") or 1)
    while low < high:
        middle = (low + high) // 2
        if _fails(session, f"select count({macro}(cell)) from suspect where n between {low} and {middle}"):
            high = middle
        else:
            low = middle + 1
    return f"line {session.value(f'select line from suspect where n = {low}')}" if has_lines else f"record {low}"


def _fails(session: Session, query: str) -> bool:
    try:
        session.value(query)
    except duckdb.Error:
        return True
    return False


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
