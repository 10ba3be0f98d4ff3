"""What a close is: the files and reports it pins, and its seal. Values only; nothing here reads a disk or a database."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """One data file of a close: `path` is relative to the lake root, `sha256` is of its bytes (hex)."""

    table: str
    path: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a close: file name inside reports/<date>/, SHA-256 of its bytes (hex), size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Close:
    """One closed business day and everything it pins. `supersedes` is linked by the store when the close is recorded."""

    business_date: date
    close_id: str
    status: str
    started_at: datetime
    code_version: str
    config_hash: str
    input_hash: str
    output_hash: str
    supersedes: str | None
    delivery_hash: str
    files: tuple[PinnedFile, ...]
    reports: tuple[Report, ...]

    def same_outcome(self, other: "Close") -> bool:
        """Whether both say the same about the day; the wall clock and the link to an earlier close do not count."""
        return self._outcome() == other._outcome()

    def _outcome(self) -> tuple[object, ...]:
        seals = (self.business_date, self.close_id, self.status, self.code_version, self.config_hash, self.input_hash, self.output_hash)
        return (*seals, self.delivery_hash, sorted(self.files, key=_by_table), sorted(self.reports, key=_by_name))


def output_hash(files: Sequence[PinnedFile], reports: Sequence[Report]) -> str:
    """The seal of a close: SHA-256 (hex) over every pinned file (table, rows, hash) and report (name, size, hash), in sorted order.

    Paths are left out, so that the same rows seal the same wherever the books lie.
    """
    pins = sorted([f.table, f.rows, f.sha256] for f in files)
    pages = sorted([r.name, r.size, r.sha256] for r in reports)
    return hashlib.sha256(_json([pins, pages]).encode()).hexdigest()


ByTable = Mapping[str, tuple[PinnedFile, ...]]


def by_table(files: Sequence[PinnedFile], record: PinnedFile) -> ByTable:
    """Pins grouped by table, each table's in the order of the close; `record` is the close's own row, table `close`."""
    grouped: dict[str, tuple[PinnedFile, ...]] = {record.table: (record,)}
    for file in files:
        grouped[file.table] = (*grouped.get(file.table, ()), file)
    return grouped


def is_month_end(day: date) -> bool:
    """Whether a day is the last of its month."""
    return (day + timedelta(days=1)).day == 1


def files_to_json(files: Sequence[PinnedFile]) -> str:
    """Pins as JSON text, sorted by table and path."""
    return _json([asdict(f) for f in sorted(files, key=_by_table)])


def files_from_json(text: str) -> tuple[PinnedFile, ...]:
    return tuple(PinnedFile(**f) for f in json.loads(text))


def reports_to_json(reports: Sequence[Report]) -> str:
    """Reports as JSON text, sorted by name."""
    return _json([asdict(r) for r in sorted(reports, key=_by_name)])


def reports_from_json(text: str) -> tuple[Report, ...]:
    return tuple(Report(**r) for r in json.loads(text))


def _by_table(file: PinnedFile) -> tuple[str, str]:
    return file.table, file.path


def _by_name(report: Report) -> str:
    return report.name


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
