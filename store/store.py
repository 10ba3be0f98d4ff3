"""The store of one books: publish closes, read them (also as they were), check them. What a close computes is not known here.

Order of a publication, each step harmless if the next never comes: data files checked and on disk; report bytes kept by hash; a note of what
will be replaced; Iceberg tables, one commit each; the close rows in one transaction (from here on readers see the new closes); reports/<date>/;
the note taken back. A note left by a killed publication makes the next one put its days and tables right as well.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from core.errors import UsageFault
from core.schema import table as declared_table
from core.sql import Limits, Session
from store import audit, garbage, lease
from store.acts import Acts
from store.closes import ByTable, Close, PinnedFile, by_table, is_month_end
from store.database import bring_up_to_date, connect, reachable
from store.prepare import check_closes, check_files, stored_table, write_records
from store.register import Recorded, Register, Unfinished
from store.report_files import ReportFiles

if TYPE_CHECKING:
    from store.lake import Lake


def _silent(_step: str) -> None:
    """Nobody watches the steps."""


class Store:
    """Where the tables of one books rest. Build with `Store.open`."""

    def __init__(self, root: Path, database_url: str, reports_root: Path, engine: sa.Engine) -> None:
        self.root = root
        self._database_url = database_url
        self._engine = engine
        self._register = Register(engine)
        self.acts = Acts(engine)
        self._reports = ReportFiles(root / "reports", reports_root)
        self._lake: Lake | None = None
        self._leased = False

    @classmethod
    def open(cls, lake_root: Path, database_url: str, reports_root: Path) -> "Store":
        """Open the store, creating folders and database or migrating it. UsageFault: unusable address; SystemFault: no connection."""
        root = lake_root.resolve()
        root.mkdir(parents=True, exist_ok=True)
        database_url = reachable(database_url)
        engine = connect(database_url)
        bring_up_to_date(engine)
        return cls(root, database_url, reports_root.resolve(), engine)

    def dispose(self) -> None:
        """Give back database connections."""
        self._engine.dispose()
        if self._lake is not None:
            self._lake.dispose()

    # ------------------------------------------------------------------ read
    def closes(self, as_of: datetime | None = None) -> dict[date, Close]:
        """The current close of each closed day, in day order; `as_of` (aware): those current at that instant."""
        return {d: r.close for d, r in self._register.current(as_of).items()}

    def history(self, day: date) -> list[Close]:
        """Every close ever recorded for a day, oldest first."""
        return [r.close for r in self._register.rows() if r.close.business_date == day]

    def close(self, close_id: str) -> Close:
        """The close with this id (the latest recorded, if it was recorded again); UsageFault if there is none."""
        for recorded in reversed(self._register.rows()):
            if recorded.close.close_id == close_id:
                return recorded.close
        raise UsageFault(f"no close {close_id}", "the register of closes", "only recorded closes can be read", "tieout export close")

    def files(self, table: str, *, first: date | None = None, last: date | None = None, as_of: datetime | None = None) -> list[Path]:
        """Data files of a table from `first` to `last` (both included), in day order, as the current closes pin them.

        `as_of` (aware): as the closes current at that instant pinned them. Table `close` has one file per closed day.
        """
        return [path for paths in self.files_by_day(table, first=first, last=last, as_of=as_of).values() for path in paths]

    def files_by_day(self, table: str, *, first: date | None = None, last: date | None = None, as_of: datetime | None = None) -> dict[date, list[Path]]:
        """The same by day, in day order; days without rows are left out."""
        chosen: dict[date, list[Path]] = {}
        for day, recorded in self._register.current(as_of).items():
            if (first is None or day >= first) and (last is None or day <= last) and (pins := recorded.by_table().get(table, ())):
                chosen[day] = [self.root / f.path for f in pins]
        return chosen

    def data_folder(self, table: str, day: date) -> Path:
        """The folder where a day's Parquet of a table is written; made if missing."""
        folder = self.root / "data" / table / f"business_date={day.isoformat()}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    # --------------------------------------------------------------- publish
    def publish(self, closes: Sequence[Close], reports: Mapping[date, Path], on_step: Callable[[str], None] = _silent, withdrawn: date | None = None) -> None:
        """Publish closes (one per day) whose Parquet is written and whose report bytes are staged in `reports[day]`.

        Publishing the same closes again changes nothing and finishes what a killed publication left. Calls `on_step` before and after
        every effect. Raises IntegrityFault when files differ from their pins or a day is signed, SystemFault when another close is running.
        """
        with self._ensure_lease("publish"):
            closes = sorted(closes, key=lambda c: c.business_date)
            current = self._register.current()
            check_closes(closes, current, withdrawn)
            fresh = _linked(closes, current)
            records = self._prepare(fresh, on_step) if fresh else {}
            for close in closes:
                staging = reports.get(close.business_date)
                with _effect(on_step, f"keep reports {close.business_date}"):
                    self._reports.keep(close.business_date, staging, close.reports)
            self._make_visible(fresh, records, current, on_step, withdrawn)
            self._show_reports([c.business_date for c in closes], on_step)

    def set_status(self, day: date, status: str) -> Close:
        """Give the current close of a day another status, `signed` or again `closed`; nothing else of it changes."""
        changed = replace(self.closes()[day], status=status)
        self.publish([changed], {}, withdrawn=day if status == "closed" else None)
        return self.closes()[day]

    def recover(self, on_step: Callable[[str], None] = _silent) -> bool:
        """Finish what a killed publication left; returns whether there was anything."""
        if not self._register.unfinished().days:
            return False
        self.publish([], {}, on_step)
        return True

    def restore_reports(self, day: date) -> bool:
        """Lay out reports/<day>/ again from the bytes the current close pins; returns whether anything had to be written."""
        current = self._register.current().get(day)
        if current is None:
            return False
        with self._ensure_lease(f"restore reports of {day}"):
            return self._reports.show(day, current.close.reports)

    def _prepare(self, fresh: Sequence[Close], on_step: Callable[[str], None]) -> dict[date, PinnedFile]:
        with Session(Limits((self.root,))) as session:
            with _effect(on_step, "check data files"):
                check_files(session, self.root, fresh)
            with _effect(on_step, "write close rows"):
                return write_records(session, self.root, fresh)

    def _make_visible(
        self,
        fresh: Sequence[Close],
        records: Mapping[date, PinnedFile],
        current: Mapping[date, Recorded],
        on_step: Callable[[str], None],
        withdrawn: date | None,
    ) -> None:
        left = self._register.unfinished()
        if not fresh and not left.days:
            return
        wanted = {d: r.by_table() for d, r in current.items()}
        wanted |= {c.business_date: by_table(c.files, records[c.business_date]) for c in fresh}
        changed = _changed_tables(fresh, current, wanted)
        days = frozenset(c.business_date for c in fresh)
        if fresh:
            with _effect(on_step, "note the publication"):
                self._register.begin(Unfinished(days, frozenset(changed)))
        lake = self._open_lake()
        lake.refresh()
        for name in sorted(changed | left.tables | lake.elsewhere(), key=lambda n: (n == "close", n)):
            with _effect(on_step, f"commit {name}"):
                lake.replace(stored_table(name), days | left.days, {d: tables[name] for d, tables in wanted.items() if name in tables})
        if fresh:
            with _effect(on_step, "record the closes"):
                self._register.append(fresh, records, withdrawn)

    def _show_reports(self, days: Sequence[date], on_step: Callable[[str], None]) -> None:
        unfinished = self._register.unfinished()
        current = self._register.current()
        for day in sorted(unfinished.days | set(days)):
            if day in current:
                with _effect(on_step, f"show reports {day}"):
                    self._reports.show(day, current[day].close.reports)
        if unfinished.days:
            with _effect(on_step, "end the publication"):
                self._register.end()

    def _open_lake(self) -> "Lake":
        if self._lake is None:
            from store.lake import Lake  # pyiceberg: long to import, needed only to publish and check

            self._lake = Lake(self.root, self._database_url)
        return self._lake

    # ----------------------------------------------------------- keep in order
    def verify(self, day: date | None = None) -> list[str]:
        """Recompute hashes, row counts and seals of every recorded close (of `day`, else of all); returns findings, empty = good."""
        found = audit.findings(self.root, self._register.rows(), self._register.current(), self._reports, self._open_lake(), day)
        return [*found, *self.acts.findings(), *self._unrecorded(day)]

    def elsewhere(self) -> list[str]:
        """Iceberg tables that other engines still find where the books were before they were copied or moved; the next publication makes them here."""
        return sorted(self._open_lake().elsewhere())

    def _unrecorded(self, day: date | None) -> list[str]:
        """Decisions that a close used and the record of acts does not know: the end of the record was cut off."""
        files = self.files("decision", first=day, last=day)
        if not files:
            return []
        known = {act.entry_hash[:24] for act in self.acts.rows("decision")}
        with Session(Limits((self.root,))) as session:
            session.view("decision", declared_table("decision"), files)
            used = session.fetch("select business_date, decision_id, break_id from decision order by business_date, sequence")
        return [
            f"decision {r['decision_id']} about break {r['break_id']}, used by {r['business_date']}, is not recorded"
            for r in used
            if r["decision_id"] not in known
        ]

    def collect_garbage(self) -> int:
        """Remove files that no recorded close pins and no snapshot needs, and leftovers of killed runs; returns how many.

        Within a lease only what is older than the lease is touched: the running close's own files are not published yet.
        """
        with self._ensure_lease("collect garbage"):
            return garbage.collect(self.root, self._reports, self._register.rows(), self._open_lake(), before=self._lock_file.stat().st_mtime_ns)

    @contextmanager
    def lease(self, owner: str) -> Iterator[None]:
        """Hold the books for one close; SystemFault naming the holder when another close is running. Freed when the holder dies."""
        with lease.hold(self._engine, self._lock_file, owner):
            self._leased = True
            try:
                yield
            finally:
                self._leased = False

    @property
    def _lock_file(self) -> Path:
        return self.root / ".lease"

    @contextmanager
    def _ensure_lease(self, owner: str) -> Iterator[None]:
        if self._leased:
            yield
        else:
            with self.lease(owner):
                yield


@contextmanager
def _effect(on_step: Callable[[str], None], name: str) -> Iterator[None]:
    on_step(f"before: {name}")
    yield
    on_step(f"after: {name}")


def _linked(closes: Sequence[Close], current: Mapping[date, Recorded]) -> list[Close]:
    """The closes that say something new, each linked to the close it replaces."""
    fresh = []
    for close in closes:
        before = current.get(close.business_date)
        if before is None or not before.close.same_outcome(close):
            fresh.append(replace(close, supersedes=_replaced(before.close, close) if before else None))
    return fresh


def _replaced(before: Close, close: Close) -> str | None:
    """What a close supersedes: the close before it; one that was only signed supersedes what it did."""
    return before.supersedes if before.close_id == close.close_id and before.output_hash == close.output_hash else before.close_id


def _changed_tables(fresh: Sequence[Close], current: Mapping[date, Recorded], wanted: Mapping[date, ByTable]) -> set[str]:
    """Tables whose pins differ from the current close; at a month's end every table, to be tagged."""
    changed = {"close"} if fresh else set()
    for close in fresh:
        before = current[close.business_date].close.files if close.business_date in current else ()
        changed |= {f.table for f in set(before) ^ set(close.files)}
    if any(is_month_end(c.business_date) for c in fresh):
        changed |= {name for tables in wanted.values() for name in tables}
    return changed
