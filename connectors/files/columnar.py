"""Parquet files: declared types only, turned into the same canonical text as every other format.

What belongs here: which stored types may become which column. What does not: rules of values (`strict_cast`). Binary floats are refused
whole, because what was lost in them cannot be seen.
"""

import re
from collections.abc import Mapping

import duckdb

from connectors.files.csv_text import Unreadable
from core.schema import Column, Type
from core.sql import Session, literal

_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"})
_EXACT = {Type.POINTS, Type.AMOUNT, Type.RATE}


def stored_columns(session: Session, path: str) -> dict[str, str]:
    """Column names and stored types of a Parquet file, in order. Raises Unreadable."""
    try:
        return {r["column_name"]: r["column_type"] for r in session.fetch(f"describe select * from read_parquet({literal(path)}, hive_partitioning = false)")}
    except duckdb.Error as fault:
        raise Unreadable(f"not a readable Parquet file ({type(fault).__name__}); write it again") from None


def text_select(path: str, stored: Mapping[str, str], columns: Mapping[str, Column]) -> str:
    """SELECT of line, structural and c0..cn as canonical text. `columns` are the known columns by stored name. Raises Unreadable."""
    cells = [f"{_as_text(name, kind, columns.get(name))} as c{n}" for n, (name, kind) in enumerate(stored.items())]
    rows = f"select *, row_number() over () as file_row_no from read_parquet({literal(path)}, hive_partitioning = false)"
    return f"select file_row_no + 1 as line, cast(null as varchar) as structural, {', '.join(cells)} from ({rows})"


def _as_text(name: str, stored: str, column: Column | None) -> str:
    cell = '"' + name.replace('"', '""') + '"'
    wanted = column.type if column else None
    if stored == "VARCHAR" or wanted is None:
        return f"cast({cell} as varchar)"
    if wanted in _EXACT and (stored in _INTEGERS or re.fullmatch(r"DECIMAL\(\d+,\d+\)", stored)):
        return f"cast({cell} as varchar)"
    if wanted is Type.DATE and stored == "DATE":
        return f"cast({cell} as varchar)"
    if wanted is Type.INSTANT and stored == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({cell} at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    if wanted is Type.BOOL and stored == "BOOLEAN":
        return f"cast({cell} as varchar)"
    raise Unreadable(f"column {name} is stored as {stored}; {_fix(wanted, stored)}")


def _fix(wanted: Type, stored: str) -> str:
    if wanted in _EXACT:
        lost = "a binary float is not exact; " if stored in ("DOUBLE", "FLOAT") else ""
        return f"{lost}write it as {wanted.sql} or as text"
    if wanted is Type.INSTANT:
        return "an instant needs its time zone: write a UTC timestamp with time zone, or ISO text with offset"
    return f"write it as {wanted.sql} or as text"
