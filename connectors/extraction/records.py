"""Answers to records of text: numbers keep the digits the system wrote, nothing passes through a binary double.

What belongs here: taking one answer apart, and writing records as text columns. What does not: what a field means (mapping SQL).
"""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

import polars as pl

from connectors.extraction.definition import Stream
from core.errors import SystemFault

_PART = 50_000
Columns = dict[str, Sequence[str | None]]


class Drift(Exception):
    """An answer that is not what the definition says: never a null, always told."""


@dataclass(slots=True)
class Page:
    """One answer taken apart: columns of text, how many records, and what the pager needs."""

    columns: Columns
    count: int
    records: int = 0
    """Records of the answer; more or fewer than rows where each record has a list of lines."""
    next: str | None = None
    total: int | None = None
    announced: int | None = None
    """Records the whole answer has, where a page says it beside its count of pages."""
    more: bool | None = None
    rest: Mapping[str, str] = field(default_factory=dict)
    """What asks for the rest of this very answer, where it came in pieces."""
    last: dict[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()


_LONGEST = 60
"""Digits before or behind the point: an exponent that asks for more is left as it is, and is not readable as an amount."""


def plain(number: str) -> str:
    """A number's own digits; an exponent is written out.

    >>> plain("0.10"), plain("1E-7"), plain("1E999999999")
    ('0.10', '0.0000001', '1E999999999')
    """
    if "e" not in number and "E" not in number:
        return number
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    return format(value, "f") if value.is_finite() and abs(value.adjusted()) < _LONGEST and len(number) < _LONGEST else number


def parse_json(content: bytes) -> Any:
    """JSON with every number as the text it was written in. Raises Drift, also where an object names something twice: which one counts is not guessed."""
    try:
        answer = json.loads(content, parse_float=plain, parse_int=str, parse_constant=_no_number)
        if content.translate(None, _BLANKS).count(b'":') != _named(answer):  # may be twice, may be a quote inside of a text
            json.loads(content, object_pairs_hook=_once)
        return answer
    except (ValueError, RecursionError) as fault:
        raise Drift(f"not readable as JSON ({type(fault).__name__}): the answer is cut off or no JSON at all") from None


_BLANKS = b" \t\r\n"


def _named(value: Any) -> int:
    """How many names the objects of an answer hold; too few where objects of one list are not alike."""
    if isinstance(value, dict):
        return len(value) + sum(_named(v) for v in value.values() if isinstance(v, dict | list))
    rows = [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
    inner = [k for k, v in rows[0].items() if isinstance(v, dict | list)] if rows else []
    return sum(map(len, rows)) + sum(_named(r.get(k)) for k in inner for r in rows)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [k for k, _ in pairs]
        raise Drift(f"an object names {next(k for k in found if names.count(k) > 1)} twice")
    return found


def read_answer(stream: Stream, content: bytes, names: Mapping[str, str]) -> Page:
    """One JSON answer of a stream. `names` are the mapped fields: where they are in a record -> column. Raises Drift."""
    answer = parse_json(content)
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
        page = of_records(stream, found, names)
    page.next = next((str(at(answer, n)) for n in stream.pager.next if at(answer, n)), None)
    total = at(answer, stream.pager.total) if stream.pager.total else None
    page.total = int(total) if isinstance(total, str) and total.isdigit() else None
    if stream.pager.more:
        page.more = at(answer, stream.pager.more)
        if not isinstance(page.more, bool):
            raise Drift(f"the answer does not say at {stream.pager.more} whether there is more")
    return page


def of_records(stream: Stream, records: Sequence[Any], names: Mapping[str, str]) -> Page:
    """Columns of a list of objects; lists inside them make one row per element."""
    owners, lines = records, records
    if stream.each:
        inner = [_inner(record, stream.each) for record in records]
        owners, lines = [r for r, found in zip(records, inner, strict=True) for _ in found], list(chain.from_iterable(inner))
    wanted = [*((f, f) for f in stream.fields), *((f"line_{f}", f"line_{f}") for f in stream.line_fields), *names.items()]
    columns: Columns = {}
    for path, column in wanted:
        rows, place = (lines, path.removeprefix("line_")) if stream.each and path.startswith("line_") else (owners, path)
        if column in stream.nested:
            columns[column] = [None if (kept := at(r, place)) is None else json.dumps(kept, ensure_ascii=False) for r in rows]
        else:
            columns[column] = _column(rows, place, stream.omits_nulls or path in names or column in stream.optional)
    known = {re.split(r"[/[]", p)[0] for p, _ in wanted} | {stream.each}
    unknown = frozenset(k for r in records[:50] if isinstance(r, dict) for k in r.keys() - known if not k.startswith(("@", "odata.", "__"))) - {"links"}
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


def _column(rows: Sequence[Any], path: str, may_be_absent: bool) -> Sequence[str | None]:
    try:
        values = [at(r, path) for r in rows] if "/" in path else _values(rows, path, may_be_absent)
    except (KeyError, TypeError, AttributeError):
        raise Drift(f"a record has no field {path}; the system changed, or the definition is for another version") from None
    kinds = set(map(type, values))
    if kinds <= _TEXTS:
        return values
    return [_FLAGS[v] for v in values] if kinds <= _BOOLEANS else [_text(v) for v in values]


def _values(rows: Sequence[Any], name: str, may_be_absent: bool) -> list[Any]:
    try:
        return list(map(itemgetter(name), rows))  # nearly every field is there nearly always
    except KeyError:
        if not may_be_absent:
            raise
        return [r.get(name) for r in rows]


_TEXTS, _BOOLEANS = {str, type(None)}, {bool, type(None)}
_FLAGS = {True: "true", False: "false", None: None}


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return _FLAGS[value]
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


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is not a number")


class RecordFile:
    """Records of one stream on their way into Parquet files of text columns; memory holds some pages, never the stream."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder, self._schema = folder, dict.fromkeys((*columns, "slice"), pl.String)
        self._waiting: list[pl.DataFrame] = []
        self.count, self._parts = 0, 0

    def add(self, page: Page, slice_name: str) -> None:
        if page.count:
            data = {c: page.columns.get(c) or [None] * page.count for c in self._schema if c != "slice"}
            self._waiting.append(pl.DataFrame({**data, "slice": [slice_name] * page.count}, schema=self._schema))
        self.count += page.count
        if sum(f.height for f in self._waiting) >= _PART:
            self._flush()

    def close(self) -> None:
        if self._waiting or not self._parts:
            self._flush()

    def _flush(self) -> None:
        frame = pl.concat(self._waiting) if self._waiting else pl.DataFrame(schema=self._schema)
        self._parts += 1
        frame.write_parquet(self._folder / f"{self._parts:06d}.parquet", compression="lz4", statistics=False)
        self._waiting = []


def told(drift: Drift, source: str, where: str) -> SystemFault:
    """Drift as the fault it is."""
    return SystemFault(
        f"{source} answered something else than its definition says: {drift}", where,
        "a figure that is not where it should be would be missing without a word",
        "compare the answer kept in lake/extracts with the platform's definition; correct the definition or ask the system's owner",
    )  # fmt: skip
