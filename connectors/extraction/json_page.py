"""A page of JSON to columns of text.

What belongs here: taking one answer apart. What does not: reading its bytes (`json_text`), what a field means (mapping SQL).
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from operator import itemgetter
from typing import Any

import polars as pl

from connectors.extraction.definition import Stream
from connectors.extraction.records import Columns, Drift, Page


def read_answer(stream: Stream, answer: Any, names: Mapping[str, str], must: Collection[str] = ()) -> Page:
    """One answer of a stream, decoded. `names` are the mapped fields: where they are in a record -> column, `must` the columns among them
    that no record may lack. Raises Drift.
    """
    found = at(answer, stream.records) if stream.records else answer
    if found is None and stream.leaves_out_empty and isinstance(at(answer, stream.records.rpartition("/")[0]), dict):
        found = []
    if stream.is_single and isinstance(found, dict):
        found = [found]
    if found is None and stream.shape != "report_tree":
        raise Drift(f"the answer has no {stream.records or 'records'}")
    if stream.shape == "report_tree":
        from connectors.extraction.report_tree import flatten

        page = flatten(stream, answer)
    elif stream.shape == "rows":
        page = _of_rows(stream, answer)
    elif not isinstance(found, list):
        raise Drift(f"{stream.records} is not a list")
    else:
        page = of_records(stream, found, names, must)
    page.next = next((str(at(answer, n)) for n in stream.pager.next if at(answer, n)), None)
    page.said = {place: str(at(answer, place)) for place in stream.says if at(answer, place) not in (None, "")}
    total = str(at(answer, stream.pager.total)) if stream.pager.total else ""
    page.total = int(total) if total.isdigit() else None
    if stream.pager.more:
        page.more = at(answer, stream.pager.more)
        if not isinstance(page.more, bool):
            raise Drift(f"the answer does not say at {stream.pager.more} whether there is more")
    return page


def of_records(stream: Stream, records: Sequence[Any], names: Mapping[str, str], must: Collection[str] = ()) -> Page:
    """Columns of a list of objects; lists inside them make one row per element."""
    owners, lines = records, records
    if stream.each:
        inner = [_inner(record, stream.each) for record in records]
        owners, lines = [r for r, found in zip(records, inner, strict=True) for _ in found], list(chain.from_iterable(inner))
    wanted = [*((f, f) for f in stream.fields), *((f"line_{f}", f"line_{f}") for f in stream.line_fields), *names.items()]
    of_owners: dict[str, tuple[str, bool]] = {}
    of_lines: dict[str, tuple[str, bool]] = {}
    for path, column in wanted:
        may_be_absent = stream.omits_nulls or (path in names and column not in must) or column in stream.optional
        if stream.each and path.startswith("line_"):
            of_lines[column] = path.removeprefix("line_"), may_be_absent
        else:
            of_owners[column] = path, may_be_absent
    columns = _columns(owners, of_owners, stream.nested) | _columns(lines, of_lines, stream.nested)
    known = {re.split(r"[/[]", p)[0] for p, _ in wanted} | {stream.each}
    unknown = frozenset(k for k in set().union(*records) - known if not k.startswith(("@", "odata.", "__"))) - {"links"}
    if stream.names_columns and unknown:
        raise Drift(f"a record has columns that were not asked for: {', '.join(sorted(unknown))}")
    last = {k: _text(at(records[-1], k)) or "" for k in stream.pager.key} if records else {}
    return Page(columns, len(lines), len(records), last=last, unknown=unknown)


def at(value: Any, path: str) -> Any:
    """What is at a path of names joined by slashes; None where nothing is. `name[Key=x]` is the one of a list whose Key is x, a number its place in one.

    >>> at({"a": [{"Name": "x", "v": "1"}, {"Name": "y", "v": "2"}]}, "a[Name=y]/v")
    '2'
    """
    for step in path.split("/"):
        if isinstance(value, list) and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
            continue
        if not isinstance(value, dict):
            return None
        name, _, choice = step.removesuffix("]").partition("[")
        value = value.get(name)
        if choice:
            key, _, wanted = choice.partition("=")
            found = [v for v in value or [] if isinstance(v, dict) and v.get(key) == wanted]
            if len(found) > 1:
                raise Drift(f"{name} holds {choice} more than once")
            value = found[0] if found else None
    return value


def _columns(rows: Sequence[Any], wanted: Mapping[str, tuple[str, bool]], nested: Sequence[str]) -> Columns:
    """Column -> its texts. `wanted` says where each is in a row, and whether a row may lack it; what every row has is picked in one pass."""
    if not rows or not wanted:
        return {c: [] for c in wanted}
    if not set(map(type, rows)) <= {dict}:
        raise Drift("a record is no object")
    found = _picked(rows, {c: place for c, (place, _) in wanted.items()})
    for column, (place, may_be_absent) in wanted.items():
        if column in found:
            continue
        if "/" in place or "[" in place:
            found[column] = [at(r, place) for r in rows]
        elif may_be_absent or all(place in r for r in rows):
            found[column] = [r.get(place) for r in rows]
        else:
            raise Drift(f"a record has no field {place}; the system changed, or the definition is for another version")
    return {c: _texts(c, found[c], c in nested) for c in wanted}


def _picked(rows: Sequence[dict[str, Any]], wanted: Mapping[str, str]) -> dict[str, Sequence[Any]]:
    """Column -> its values, for what every row has: all in one pass, row by row, which costs a third of a pass for each."""
    shape = set(rows[0]).intersection(*rows[:_SAMPLE])
    there = {c: place for c, place in wanted.items() if place in shape}
    while len(there) > 1:
        try:
            cells = list(chain.from_iterable(map(itemgetter(*there.values()), rows)))
            return {column: cells[n :: len(there)] for n, column in enumerate(there)}
        except KeyError as lack:
            there = {c: place for c, place in there.items() if place != lack.args[0]}
    return {}


_SAMPLE = 20


def _texts(column: str, values: Sequence[Any], is_nested: bool) -> pl.Series:
    """A column of text. Polars itself refuses what is none, so that the kinds of values are looked at only where the first is another."""
    try:
        if is_nested:
            return pl.Series(column, [None if v is None else json.dumps(v, ensure_ascii=False) for v in values], pl.String)
        if not isinstance(values[0], bool | int):
            with suppress(TypeError):
                return pl.Series(column, values, pl.String)
        return pl.Series(column, list(map(_text, values)), pl.String)
    except UnicodeEncodeError:
        raise Drift(f"{column} holds half a character, which is no text") from None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise Drift("a field holds a list or an object where the definition has a value")


def _inner(record: Any, name: str) -> list[Any]:
    inner = record.get(name) if isinstance(record, dict) else None
    if not isinstance(inner, list):
        raise Drift(f"a record has no list {name}")
    return inner


def _of_rows(stream: Stream, answer: Any) -> Page:
    """An answer of column names and rows, as the SQL transport writes it."""
    names, rows = answer["columns"], answer["rows"]
    folded = [str(n).lower() for n in names]
    missing = [f for f in stream.fields if f.lower() not in folded]
    if missing:
        raise Drift(f"the result has no column {', '.join(missing)}")
    columns: Columns = {f: [r[folded.index(f.lower())] for r in rows] for f in stream.fields}
    last = {k: str(rows[-1][folded.index(k.lower())]) for k in stream.pager.key} if rows else {}
    return Page(columns, len(rows), len(rows), last=last)
