"""The register of closes: appends and reads rows of `close`, and notes publications that have begun but not ended.

Rows are only ever added, so rows once read are kept; every call asks the database only for what came since.
"""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import NamedTuple

import sqlalchemy as sa

from core.errors import IntegrityFault
from store.closes import ByTable, Close, PinnedFile, by_table, files_from_json, files_to_json, reports_from_json, reports_to_json
from store.database import close_rows, publication_rows, writing


@dataclass(frozen=True)
class Recorded:
    """A close as recorded: when (microseconds since 1970 UTC), and the Parquet file of its row in the lake."""

    recorded_at: int
    close: Close
    record: PinnedFile

    def by_table(self) -> ByTable:
        """The pins by table, that of the close's own row included; grouped once, as every read asks for it."""
        return self._grouped

    @cached_property
    def _grouped(self) -> ByTable:
        return by_table(self.close.files, self.record)


class Unfinished(NamedTuple):
    """Days and tables that a publication has begun to replace."""

    days: frozenset[date]
    tables: frozenset[str]


class Register:
    """Reads and appends on one engine. Safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._rows: list[Recorded] = []
        self._last = 0
        self._guard = threading.Lock()

    def rows(self) -> list[Recorded]:
        """Every close ever recorded, oldest first."""
        with self._guard:
            query = sa.select(close_rows).where(close_rows.c.sequence > self._last).order_by(close_rows.c.sequence)
            with self._engine.connect() as connection:
                for row in connection.execute(query):
                    self._rows.append(_from_row(row))
                    self._last = row.sequence
            return list(self._rows)

    def current(self, as_of: datetime | None = None) -> dict[date, Recorded]:
        """The latest recorded close of each day in day order; with `as_of` (aware), as it was at that instant."""
        limit = None if as_of is None else microseconds(as_of)
        latest = {r.close.business_date: r for r in self.rows() if limit is None or r.recorded_at <= limit}
        return dict(sorted(latest.items()))

    def append(self, closes: Sequence[Close], records: Mapping[date, PinnedFile], withdrawn: date | None = None) -> None:
        """Record closes in one transaction; a signed day is refused (IntegrityFault), but for the one whose signature is `withdrawn`."""
        current = self.current()
        with writing(self._engine).begin() as connection:
            last = connection.execute(sa.select(sa.func.max(close_rows.c.recorded_at))).scalar() or 0
            now = max(time.time_ns() // 1000, last + 1)  # a clock that went back must not reorder history
            for close in closes:
                refuse_signed(current.get(close.business_date), close, withdrawn)
                connection.execute(sa.insert(close_rows).values(recorded_at=now, **_to_row(close, records[close.business_date])))

    def begin(self, unfinished: Unfinished) -> None:
        """Note, before anything is replaced, what is going to be."""
        days, tables = (json.dumps(sorted(str(x) for x in part)) for part in unfinished)
        with writing(self._engine).begin() as connection:
            connection.execute(sa.insert(publication_rows).values(days=days, tables=tables))

    def unfinished(self) -> Unfinished:
        """What earlier publications began and, being killed, did not end."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(publication_rows.c.days, publication_rows.c.tables)).fetchall()
        days = {date.fromisoformat(d) for row in rows for d in json.loads(row.days)}
        return Unfinished(frozenset(days), frozenset(t for row in rows for t in json.loads(row.tables)))

    def end(self) -> None:
        """Everything begun is done."""
        with writing(self._engine).begin() as connection:
            connection.execute(sa.delete(publication_rows))


def refuse_signed(current: Recorded | None, close: Close, withdrawn: date | None = None) -> None:
    """A signed close stands: raise IntegrityFault when `close` would replace it, unless it only takes back the signature of `withdrawn`."""
    if withdrawn == close.business_date and current is not None and replace(current.close, status=close.status).same_outcome(close):
        return
    if current is not None and current.close.status == "signed" and not current.close.same_outcome(close):
        raise IntegrityFault(
            f"{close.business_date} is signed and cannot be closed again",
            f"close {current.close.close_id}",
            "a signed day never changes; what arrives late enters the first open day",
            "close the next open day; the difference appears there",
        )


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970 UTC of an aware datetime, exact."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    passed = instant.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


_PLAIN = ("close_id", "status", "code_version", "config_hash", "input_hash", "output_hash", "supersedes", "delivery_hash")


def _to_row(close: Close, record: PinnedFile) -> dict[str, object]:
    return {
        "business_date": close.business_date.isoformat(),
        "started_at": close.started_at.isoformat(),
        "files": files_to_json(close.files),
        "reports": reports_to_json(close.reports),
        "record": files_to_json([record]),
        **{name: getattr(close, name) for name in _PLAIN},
    }


def _from_row(row: sa.Row[tuple[object, ...]]) -> Recorded:
    values = row._mapping
    close = Close(
        business_date=date.fromisoformat(values["business_date"]),
        started_at=datetime.fromisoformat(values["started_at"]),
        files=files_from_json(values["files"]),
        reports=reports_from_json(values["reports"]),
        **{name: values[name] for name in _PLAIN},
    )
    return Recorded(values["recorded_at"], close, files_from_json(values["record"])[0])
