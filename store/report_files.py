"""Report bytes: kept once under their hash in the lake, and laid out per day in reports/<date>/ for people to open.

The folder of a day is only a copy: it can always be made again from the bytes the close pins. What a report says is not known here.
"""

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from core.errors import IntegrityFault
from store.closes import Report
from store.disk import copy_whole, sha256_of, sync_folder


class ReportFiles:
    """Reports of one books: `kept` holds bytes by hash, `shown` holds one folder per day."""

    def __init__(self, kept: Path, shown: Path) -> None:
        self.kept = kept
        self.shown = shown

    def keep(self, day: date, staging: Path | None, reports: Sequence[Report]) -> None:
        """Store the bytes of staged reports under their hash; what is there already stays.

        Raises IntegrityFault, before anything is stored, unless the staged files are exactly the reports the close names.
        """
        missing = [r for r in reports if not self._is_kept(r)]
        if staging is not None or missing:
            self._check_staged(day, staging, reports)
        self.kept.mkdir(parents=True, exist_ok=True)
        for report in missing:
            copy_whole(Path(staging or "") / report.name, self.kept / report.sha256)
        if missing:
            sync_folder(self.kept)

    def _check_staged(self, day: date, staging: Path | None, reports: Sequence[Report]) -> None:
        found = {p.name: p for p in staging.iterdir() if p.is_file()} if staging and staging.is_dir() else {}
        wrong = {r.name for r in reports if r.name not in found or found[r.name].stat().st_size != r.size or sha256_of(found[r.name]) != r.sha256}
        wrong |= found.keys() - {r.name for r in reports}
        if wrong:
            raise IntegrityFault(
                f"staged reports of {day} are not those the close names: {', '.join(sorted(wrong))}",
                str(staging),
                "only bytes that the close pins are published",
                f"tieout close {day}",
            )

    def show(self, day: date, reports: Sequence[Report]) -> bool:
        """Make reports/<day>/ hold exactly these reports; returns whether anything had to be written. IntegrityFault if bytes are lost."""
        folder = self.shown / day.isoformat()
        fresh, old = (self.shown / f".{day.isoformat()}.{word}.tmp" for word in ("new", "old"))
        for leftover in (fresh, old):  # of a killed run; the lease keeps others away
            if leftover.exists():
                shutil.rmtree(leftover)
        if not reports or not self.findings_shown(day, reports):
            return False
        if lost := [r.name for r in reports if not self._is_kept(r)]:
            raise IntegrityFault(
                f"reports of {day} cannot be restored: {', '.join(lost)}", str(self.kept), "the stored bytes are missing or damaged", f"tieout verify {day}"
            )
        fresh.mkdir(parents=True)
        for report in reports:
            copy_whole(self.kept / report.sha256, fresh / report.name)
        sync_folder(fresh)
        if folder.exists():
            folder.replace(old)
        fresh.replace(folder)
        sync_folder(self.shown)
        if old.exists():
            shutil.rmtree(old)
        return True

    def findings_shown(self, day: date, reports: Sequence[Report]) -> list[str]:
        """How reports/<day>/ differs from what the close pins; empty = it does not."""
        folder = self.shown / day.isoformat()
        found = {p.name: p for p in folder.iterdir()} if folder.is_dir() else {}
        findings = [f"{folder / r.name}: missing" for r in reports if r.name not in found]
        for report in reports:
            path = found.pop(report.name, None)
            if path is not None and (path.stat().st_size != report.size or sha256_of(path) != report.sha256):
                findings.append(f"{path}: differs from what the close pins")
        return findings + [f"{path}: not a report of the close" for _, path in sorted(found.items())]

    def findings_kept(self, reports: Sequence[Report]) -> list[str]:
        """Which stored bytes are missing or damaged; empty = none."""
        return [f"{self.kept / r.sha256}: bytes of {r.name} missing or damaged" for r in reports if not self._is_kept(r, whole=True)]

    def _is_kept(self, report: Report, *, whole: bool = False) -> bool:
        path = self.kept / report.sha256
        return path.is_file() and path.stat().st_size == report.size and (not whole or sha256_of(path) == report.sha256)
