"""Reports that come as a tree of sections: every data row once, with the account of the section it stands in.

What belongs here: walking Header / Columns / Rows. What does not: what columns mean (mapping SQL). Rows are told apart by what they hold, never
by a localised title; a section's Summary is no line, but the sum its lines must give.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.extraction.definition import Stream
from connectors.extraction.records import Columns, Drift, Page


def flatten(stream: Stream, answer: Any) -> Page:
    """Lines of a report tree: the stream's fields are column keys, `<key>_id` the id beside a value, `section` and `section_id` the account."""
    if not isinstance(answer, dict) or "Columns" not in answer or "Rows" not in answer:
        raise Drift("the report has no Columns and Rows")
    keys = [_key(c) for c in answer["Columns"].get("Column", [])]
    lacking = [f for f in stream.fields if not f.startswith("section") and f.removesuffix("_id") not in keys]
    if lacking:
        raise Drift(f"the report has no column {', '.join(lacking)}")
    rows = list(_lines(answer["Rows"], keys, "", "", stream.number_fields))
    columns: Columns = {f: [r.get(f) for r in rows] for f in stream.fields}
    return Page(columns, len(rows), len(rows), unknown=frozenset(k for k in keys if k and k not in stream.fields))


def _key(column: Mapping[str, Any]) -> str:
    """A column's key: its ColKey where it says one, else its type; titles are for people."""
    for meta in column.get("MetaData", []):
        if meta.get("Name") == "ColKey":
            return str(meta.get("Value", ""))
    return str(column.get("ColType", ""))


def _lines(rows: Any, keys: list[str], section: str, section_id: str, summed: tuple[str, ...]) -> Iterator[dict[str, str | None]]:
    if not isinstance(rows, dict):
        raise Drift("a section's Rows are no object")
    for row in rows.get("Row", []):
        if "ColData" in row:
            yield {**_cells(row["ColData"], keys), "section": section, "section_id": section_id}
            continue
        if "Rows" not in row and "Summary" not in row:
            raise Drift("a row of the report is neither section nor data")
        header = row.get("Header", {}).get("ColData", [])
        name, number = (str(header[0].get("value", "")), str(header[0].get("id", ""))) if header else (section, section_id)
        inner = list(_lines(row.get("Rows", {}), keys, name, number, summed))
        _check_summary(row.get("Summary"), keys, inner, summed, name)
        yield from inner


def _cells(data: list[dict[str, Any]], keys: list[str]) -> dict[str, str | None]:
    if len(data) != len(keys):
        raise Drift(f"a row of the report has {len(data)} cells for {len(keys)} columns")
    cells: dict[str, str | None] = {}
    for key, cell in zip(keys, data, strict=True):
        cells[key] = str(cell["value"]) if cell.get("value") not in (None, "") else None
        cells[f"{key}_id"] = str(cell["id"]) if cell.get("id") else None
    return cells


def _check_summary(summary: Any, keys: list[str], lines: list[dict[str, str | None]], summed: tuple[str, ...], section: str) -> None:
    """The section's own total is the vendor's control over its lines."""
    if not summary:
        return
    stated = _cells(summary["ColData"], keys)
    for key in summed:
        if stated.get(key) is not None and _sum(lines, key) != _exact(stated[key]):
            raise Drift(f"the lines of section {section!r} do not add up to its summary of {key}")


def _sum(lines: list[dict[str, str | None]], key: str) -> Decimal:
    return sum((_exact(line[key]) for line in lines if line.get(key)), Decimal(0))


def _exact(text: str | None) -> Decimal:
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        raise Drift("a number of the report is not readable") from None
