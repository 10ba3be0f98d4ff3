"""tax_rules.csv, tax_rates.csv and escheat_rules.csv: dated, cited data, read strictly (contract section 9)."""

import csv
import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from core.errors import UsageFault
from core.schema import Column, Table, Type, table
from core.strict import nearest, read_text

_DEFAULTS: dict[str, dict[str, str]] = {"tax_rule": {"rounding_level": "item", "priority": "100"}, "tax_rate": {"tax_type": "SALES"}, "escheat_rule": {}}


def read_tax_rules(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Rows of tax_rules.csv as typed dicts of the parameter table `tax_rule`; a missing file is no rules."""
    return _read(path, table("tax_rule"))


def read_tax_rates(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Rows of tax_rates.csv as typed dicts of the parameter table `tax_rate`; a missing file is no rates."""
    return _read(path, table("tax_rate"))


def read_escheat_rules(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Rows of escheat_rules.csv as typed dicts of the parameter table `escheat_rule`; a missing file is no rules."""
    return _read(path, table("escheat_rule"))


def _read(path: Path, declared: Table) -> tuple[Mapping[str, Any], ...]:
    if not path.is_file():
        return ()
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True, restkey="", restval=None)
    unknown = [n for n in reader.fieldnames or () if n not in declared.names]
    missing = [c.name for c in declared.columns if c.required and c.name not in (reader.fieldnames or ())]
    if unknown or missing:
        raise _fault(
            path, 1, "; ".join(f"{words} {', '.join(names)}" for words, names in (("unknown columns", unknown), ("missing columns", missing)) if names)
        )
    try:
        rows = [_typed(row, declared, path, reader.line_num) for row in reader]
    except csv.Error as fault:
        raise _fault(path, reader.line_num, f"not valid CSV: {fault}") from None
    seen: set[tuple[Any, ...]] = set()
    for number, row in enumerate(rows, start=2):
        key = tuple(row[k] for k in declared.key)
        if key in seen:
            raise _fault(path, number, f"{', '.join(declared.key)} {key} is there twice")
        seen.add(key)
    return tuple(rows)


def _typed(row: Mapping[str, str | None], declared: Table, path: Path, line: int) -> dict[str, Any]:
    if "" in row or None in row.values():
        raise _fault(path, line, "the line has more or fewer fields than the header")
    typed: dict[str, Any] = {}
    for column in declared.columns:
        value = (row.get(column.name) or "").strip() or _DEFAULTS[declared.name].get(column.name, "")
        if column.required and not value:
            raise _fault(path, line, f"{column.name} is empty")
        try:
            typed[column.name] = _cast(column, value)
        except (ValueError, InvalidOperation):
            raise _fault(path, line, f"{column.name}: {value!r} is not {_expected(column)}{nearest(value, column.words)}") from None
    return typed


def _expected(column: Column) -> str:
    """What a column takes, in words."""
    if column.words:
        return f"one of {', '.join(column.words)}"
    words = {Type.DATE: "a date, YYYY-MM-DD", Type.RATE: 'a number from 0 on, as in "0.0725" for 7.25%', Type.COUNT: "a whole number"}
    return words.get(column.type, "text")


def _cast(column: Column, value: str) -> object:
    if value == "":
        return "" if column.type is Type.TEXT else None
    if column.words and value not in column.words:
        raise ValueError(value)
    match column.type:
        case Type.DATE:
            return date.fromisoformat(value)
        case Type.RATE:
            number = Decimal(value)
            if not number.is_finite() or number < 0:
                raise ValueError(value)
            return number
        case Type.COUNT:
            return int(value)
        case _:
            return value


def _fault(path: Path, line: int, what: str) -> UsageFault:
    return UsageFault(what, f"{path}:{line}", "tax rules and rates are law as data; nothing in them is guessed", f"correct line {line} of {path.name}")
