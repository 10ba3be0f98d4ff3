"""Verification: recompute what the closes claim from what is on disk, and say every difference. Changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from core.sql import Limits, Session, literal
from store.closes import PinnedFile, output_hash
from store.disk import sha256_of
from store.register import Recorded
from store.report_files import ReportFiles

if TYPE_CHECKING:
    from store.lake import Lake


def findings(root: Path, rows: Sequence[Recorded], current: Mapping[date, Recorded], reports: ReportFiles, lake: "Lake", day: date | None) -> list[str]:
    """Every difference between the recorded closes (of `day`, else of all days) and the disk, as sentences; empty = none."""
    chosen = [r for r in rows if day is None or r.close.business_date == day]
    found = [f"close {r.close.close_id} of {r.close.business_date}: seal is not that of its pins" for r in chosen if _broken(r)]
    found += _file_findings(root, {f.path: f for r in chosen for f in (*r.close.files, r.record)}.values())
    found += reports.findings_kept(list({p.sha256: p for r in chosen for p in r.close.reports}.values()))
    for closed, recorded in current.items():
        if (day is None or closed == day) and recorded.close.reports:
            found += reports.findings_shown(closed, recorded.close.reports)
    return list(dict.fromkeys(found + _lake_findings(lake, current, day)))


def _broken(recorded: Recorded) -> bool:
    return recorded.close.output_hash != output_hash(recorded.close.files, recorded.close.reports)


def _file_findings(root: Path, pins: Iterable[PinnedFile]) -> list[str]:
    found = []
    with Session(Limits((root,))) as session:
        for pin in pins:
            path = root / pin.path
            if not path.is_file():
                found.append(f"{path}: missing")
            elif sha256_of(path) != pin.sha256:
                found.append(f"{path}: bytes differ from what the close pins")
            else:
                rows = session.value(f"select num_rows from parquet_file_metadata({literal(path)})")
                if rows != pin.rows:
                    found.append(f"{path}: {rows} rows, the close pins {pin.rows}")
    return found


def _lake_findings(lake: "Lake", current: Mapping[date, Recorded], day: date | None) -> list[str]:
    pinned = [(f, d) for d, r in current.items() for f in (*r.close.files, r.record)]
    found = []
    for name in sorted(({f.table for f, _ in pinned} | lake.names()) - lake.elsewhere()):
        try:
            live = lake.live_files(name)
        except FileNotFoundError as fault:
            found.append(f"Iceberg table {name}: no metadata here ({fault.filename}); its next commit makes it again")
            continue
        wanted = {f.path: f.rows for f, _ in pinned if f.table == name and f.rows}
        of_day = "" if day is None else f"/business_date={day.isoformat()}/"
        wrong = sorted(p for p in live.keys() ^ wanted.keys() | {p for p in live.keys() & wanted.keys() if live[p] != wanted[p]} if of_day in p)
        found += [f"Iceberg table {name}: {path} {'is not pinned' if path in live else 'is not there'}" for path in wrong]
    return found
