"""Reading a stream: slice by slice, page by page, archived before parsed, until the pages are proven complete.

What belongs here: the loop all transports share, cursors and their proofs. What does not: how one answer is got (`http`, `soap`,
`database`) or what records mean.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from connectors.extraction.definition import LOYALTY_FIELDS, Platform, Stream
from connectors.extraction.records import Drift, Page, RecordFile, told
from connectors.extraction.template import Slice, cursor_value, fill, slice_values, slices
from connectors.extraction.vault import Vault
from core.policy import Source


class Transport(Protocol):
    """One way of asking."""

    def fetch(self, stream: Stream, values: Mapping[str, str]) -> tuple[bytes, dict[str, object]]:
        """The answer to one request as bytes, and the request as it may be shown."""
        ...

    def parse(self, stream: Stream, content: bytes, names: Mapping[str, str]) -> Page:
        """The answer taken apart. Raises Drift."""
        ...

    @property
    def resumes(self) -> bool:
        """Whether a cursor outlives the connection."""
        ...


def read_stream(
    source_name: str, source: Source, platform: Platform, name: str, transport: Transport, window: tuple[date, date], folder: Path
) -> tuple[Path, int, frozenset[str]]:  # fmt: skip
    """Read a stream's window into a folder of Parquet files of text records. Returns the folder, the count and unknown fields. Raises SystemFault on drift."""
    stream = platform.definition.streams[name]
    names = field_names(platform, source, stream)
    ours = [f"x_{c}" for c in LOYALTY_FIELDS] if stream.field else []
    places = ["file_line", *(["sum_level"] if stream.sums_lack else [])] if stream.transport == "file" else []
    columns = list(dict.fromkeys([*stream.fields, *(f"line_{f}" for f in stream.line_fields), *ours, *names.values(), *places]))
    path = folder / "records" / name
    records, unknown = RecordFile(path, columns), frozenset[str]()
    try:
        for part in slices(stream, *window):
            vault, before = Vault(folder / name / part.name), records.count
            try:
                unknown |= _read_slice(platform, stream, source, part, window[1], transport, names, vault, records)
                if name == "total" and records.count == before:
                    raise Drift("the system states no total, so that nothing can be proven by it")
            except Drift as drift:
                raise told(drift, source_name, f"source {source_name}, stream {name}, {vault.folder}") from None
    finally:
        records.close()
    return path, records.count, unknown


def field_names(platform: Platform, source: Source, stream: Stream) -> dict[str, str]:
    """Where mapped fields are in a record -> column (x_event_id, ...)."""
    mapped = {**platform.definition.fields, **source.fields} if stream.field else {}
    renamed = " AS {column}" in stream.field
    prefix = stream.field_prefix or ("line_" if stream.each and stream.line_fields else "")
    return {(f"x_{ours}" if renamed else theirs if theirs in stream.fields else f"{prefix}{theirs}"): f"x_{ours}" for ours, theirs in mapped.items()}


def _read_slice(
    platform: Platform, stream: Stream, source: Source, part: Slice, day: date, transport: Transport, names: Mapping[str, str], vault: Vault,
    records: RecordFile,
) -> frozenset[str]:  # fmt: skip
    if not vault.is_complete and not transport.resumes:
        vault.forget()
    base = slice_values(platform.definition, stream, source, part, day)
    cursor: dict[str, str] | None = first_cursor(stream)
    number, count, total, unknown = 0, 0, None, frozenset[str]()
    asked: set[frozenset[tuple[str, str]]] = set()
    announced: int | None = None
    while cursor is not None:
        number += 1
        if frozenset(cursor.items()) in asked:
            raise Drift("the answer leads back to a page that was read: the pages go in a circle")
        asked.add(frozenset(cursor.items()))
        content = vault.page(number)
        if content is None:
            if vault.is_complete:
                raise Drift("the archive lacks a page of a complete slice")
            content, request = transport.fetch(stream, {**base, **cursor})
            vault.keep(number, content, {**request, "cursor": cursor})
        page = transport.parse(stream, content, names)
        _check_said(stream, page, base)
        total = _same_total(stream, total, page.total)
        records.add(page, part.name)
        count, unknown = count + page.records, unknown | page.unknown
        announced = page.announced if announced is None else announced
        if page.announced != announced:
            raise Drift(f"{announced} records were announced, then {page.announced}: the reading is not of one moment")
        if stream.pager.kind in ("offset", "link") and total is not None and count > total:
            raise Drift(f"{count} records came where {total} were announced")
        cursor = _next(stream, cursor, page, number, count, total)
    if stream.pager.kind in ("offset", "link") and total is not None and total != count:
        raise Drift(f"{count} records came where {total} were announced")
    if announced is not None and announced != count:
        raise Drift(f"{count} records came where {announced} were announced")
    vault.complete(number, count)
    return unknown


def first_cursor(stream: Stream) -> dict[str, str]:
    """What fills the cursor's placeholders in the first request of a slice."""
    pager = stream.pager
    if pager.kind == "keyset":
        return {f"after_{k.lower()}": s for k, s in zip(pager.key, pager.start, strict=True)}
    return {"offset": "0", "position": "1", "page": str(pager.first), "link": ""}


def _check_said(stream: Stream, page: Page, values: Mapping[str, str]) -> None:
    """Where an answer says what it is about, that is what was asked for: a report of another day or company would look like ours."""
    for place, asked in stream.says.items():
        if page.said.get(place, fill(asked, values)) != fill(asked, values):
            raise Drift(f"the answer says {place} {page.said[place]} where {fill(asked, values)} was asked for")


def _same_total(stream: Stream, before: int | None, now: int | None) -> int | None:
    if stream.pager.total:
        if now is None and before is not None and stream.pager.kind == "link":
            return before  # some systems say it on the first page only
        if now is None:
            raise Drift(f"the answer does not say its {stream.pager.total}")
        if before is not None and before != now:
            raise Drift(f"the total moved from {before} to {now} between pages: the reading is not of one moment")
    return now


def _next(stream: Stream, cursor: Mapping[str, str], page: Page, number: int, count: int, total: int | None) -> dict[str, str] | None:
    """The cursor of the next page; None after the last."""
    pager = stream.pager
    if page.rest:
        return {**cursor, **page.rest}
    if pager.kind == "link":
        return {**cursor, "link": page.next} if page.next else None
    if pager.kind == "offset":
        if not page.records and total is not None and count < total:
            raise Drift(f"an empty page after {count} of {total} records")
        done = count >= total if total is not None else page.records < pager.size
        return None if done else {**cursor, "offset": str(count), "position": str(count + 1)}
    if pager.kind == "page":
        return None if number >= (total or 0) else {**cursor, "page": str(pager.first + number), **({"link": page.next} if page.next else {})}
    if pager.kind != "keyset" or not (page.more if page.more is not None else page.records >= pager.size):
        return None
    if not page.last:
        raise Drift("more is announced after an empty page")
    return {f"after_{k.lower()}": cursor_value(page.last[k]) for k in pager.key}
