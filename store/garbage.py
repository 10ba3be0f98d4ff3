"""Garbage: files nobody can reach any more. What a recorded close pins is never garbage, superseded closes included."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from store.register import Recorded
from store.report_files import ReportFiles

if TYPE_CHECKING:
    from store.lake import Lake


def collect(root: Path, reports: ReportFiles, rows: Sequence[Recorded], lake: "Lake", *, before: int) -> int:
    """Remove orphans and leftovers last changed before `before` (nanoseconds since 1970 UTC); returns how many files or folders went."""
    kept = {root / f.path for r in rows for f in (*r.close.files, r.record)}
    kept |= {reports.kept / p.sha256 for r in rows for p in r.close.reports}
    kept |= lake.metadata_in_use()
    removed = 0
    for path in _candidates(root, reports):
        if path not in kept and path.lstat().st_mtime_ns < before:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed += 1
    return removed


def _candidates(root: Path, reports: ReportFiles) -> Iterator[Path]:
    """Data files, kept report bytes, Iceberg metadata, and half-made folders of reports/<date>/."""
    for folder in (root / "data", reports.kept, root / "iceberg"):
        yield from sorted(p for p in folder.rglob("*") if p.is_file())
    if reports.shown.is_dir():
        yield from sorted(reports.shown.glob(".*.tmp"))
