"""Where the steps of a close work: sessions that see the right rows, and files that carry results from step to step.

A day's Parquet files are written straight to their place in the lake, named by content; nobody reads them before the close row
pins them. `lake/staging/<day>/<step>.json` lists what each step of the running close made.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from core.books import load_books, parameter_rows
from core.errors import IntegrityFault, UsageFault
from core.kept import Kept
from core.policy import Books
from core.schema import INPUTS, PARAMETERS, TABLES, Kind
from core.sql import Limits, Session, Written
from store.closes import Close
from store.store import Store

PREFIX = ("business_date", "close_id")
INPUT_NAMES = tuple(t.name for t in INPUTS)
_PARAMETER_NAMES = frozenset(t.name for t in PARAMETERS)
LARGE_FILE, LARGE_INBOX = 4_000_000, 1_000_000_000
"""Bytes of one delivered file, and of all of them, from which on a close uses all its threads."""
_WHERE_ANY = frozenset({"decision", "closed_period"})
"""Tables that are made only on days that have rows of them."""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One day to close and what identifies its result."""

    business_date: date
    close_id: str
    input_hash: str
    delivery_hash: str
    supersedes: str | None


class Workspace:
    """One books folder, opened for closing or reading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.books: Books = load_books(self.folder)
        self.lake = self.folder / self.books.file.storage.lake
        self.inbox = self.folder / "inbox"
        self.reports = self.folder / "reports"
        self.staging = self.lake / "staging"
        self._lease: ExitStack | None = None

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written where the lake is, or would be: an archive, a mounted snapshot. Reading works there."""
        place = next(p for p in (self.lake, *self.lake.parents) if p.exists())
        return not os.access(place, os.W_OK)

    @cached_property
    def scratch(self) -> Path:
        """Where temporary files go: the lake's own disk, or, where that is read only, the system's place for them."""
        return Path(tempfile.gettempdir()).resolve() if self.is_read_only else self.lake

    @cached_property
    def store(self) -> Store:
        return Store.open(self.lake, self.database_url, self.reports)

    @property
    def database_url(self) -> str:
        storage = self.books.file.storage
        url = os.environ.get(storage.database_env, "") if storage.database_env else storage.database
        if not url:
            raise UsageFault(
                f"environment variable {storage.database_env} is empty",
                str(self.folder / "tieout.toml"),
                "storage.database_env says the database URL is there",
                f"export {storage.database_env}=postgresql+psycopg://...",
            )
        prefix = "sqlite:///"
        if url.startswith(prefix) and not Path(url.removeprefix(prefix)).is_absolute():
            return f"{prefix}{self.folder / url.removeprefix(prefix)}"
        return url

    # ---------------------------------------------------------------------------------------------------------------- lease
    def hold(self, owner: str) -> None:
        """Hold the books for one close until `release` or the end of the process; holding again is nothing new."""
        if self._lease is None:
            held = ExitStack()
            held.enter_context(self.store.lease(owner))  # may be refused: then nothing is held, and the next attempt must ask again
            self._lease = held

    def release(self) -> None:
        """Let others close."""
        self._kept.forget()
        if self._lease is not None:
            self._lease.close()
            self._lease = None

    # ------------------------------------------------------------------------------------------------------------- sessions
    @cached_property
    def _calculator(self) -> Session:
        spill = self.scratch / "spill"
        engine = self.books.file.engine
        threads = engine.threads or (engine.most_threads if is_large(self.inbox) else 1)
        session = Session(Limits((self.lake, self.folder, self.scratch), engine.memory, threads, spill))
        rows = parameter_rows(self.books, self._without_data())
        for declared in PARAMETERS:
            session.rows(declared.name, declared, rows[declared.name])
        return session

    def _without_data(self) -> dict[str, str]:
        """Codes no ledger of these books has data for; books without systems do not even load what reads them."""
        sources = self.books.file.sources
        if not any(s.kind for s in sources.values()):
            return {}
        from connectors.extraction.definition import codes_without_data

        return codes_without_data(sources, self.folder)

    @cached_property
    def _kept(self) -> Kept:
        return Kept(self._calculator)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The calculator with the parameter tables and nothing else; one user at a time, swept clean afterwards."""
        try:
            yield self._calculator
        finally:
            self._calculator.sweep(_PARAMETER_NAMES | self._kept.names)

    @contextmanager
    def day_session(self, days: "Days", day: date, reads: Iterable[str]) -> Iterator[Session]:
        """A session that sees what `reads` names: inputs, `prior_<table>`, and tables made earlier today."""
        with self.session() as session:
            self._show(session, days, day, reads)
            yield session

    def _show(self, session: Session, days: "Days", day: date, reads: Iterable[str]) -> None:
        yesterday = date.fromordinal(day.toordinal() - 1)
        for name in reads:
            declared = TABLES[name.removeprefix("prior_")]
            if declared.kind is Kind.PARAMETER:
                continue
            if name.startswith("prior_"):
                self.view_of_days(session, days, declared.name, date.min, yesterday, name)
            elif declared.kind is Kind.INPUT:
                self.view_of_days(session, days, name, date.min, day)
            else:
                self.view_of_days(session, days, name, day, day)

    def view_of_days(self, session: Session, days: "Days", table: str, first: date, last: date, name: str = "") -> None:
        """Make `name` (default: the table's) a view of a table's rows of the days first..last, as published before the run or made by it."""
        self._kept.show(name or table, TABLES[table], days.files(table, first, last), (first, last))

    def archive_evidence(self, plan: DayPlan, verdict: Mapping[str, Any]) -> None:
        """Keep the controls' verdict of a close as evidence."""
        folder = self.lake / "evidence" / plan.business_date.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        _write_json(folder / f"{plan.close_id}.json", verdict)

    def write(self, session: Session, select: str, name: str, plan: DayPlan) -> Written:
        """Write one declared table of a day into the lake, in its total order, with business_date and close_id in front."""
        declared = TABLES[name]
        columns = ", ".join(f'cast("{c.name}" as {c.type.sql}) as "{c.name}"' for c in declared.columns)
        written = session.write(
            f"select cast('{plan.business_date}' as date) as business_date, '{plan.close_id}' as close_id, {columns} from ({select})",
            ("business_date", *declared.key),
            self.store.data_folder(name, plan.business_date),
            name,
        )
        self._kept.keep(declared, plan.business_date, written.path, select)
        return written


class Days:
    """The days one run closes, in order, with the files made so far; survives from step to step as JSON in staging."""

    def __init__(self, workspace: Workspace, plans: Sequence[DayPlan]) -> None:
        self.workspace = workspace
        self.plans = tuple(sorted(plans, key=lambda p: p.business_date))
        self._staged: dict[date, dict[str, Written]] = {}
        self._published: dict[str, dict[date, list[Path]]] = {}

    @property
    def first(self) -> date:
        return self.plans[0].business_date

    def plan(self, day: date) -> DayPlan:
        return next(p for p in self.plans if p.business_date == day)

    def replace(self, plan: DayPlan) -> None:
        """Put the identified plan of a day in place of the preliminary one."""
        self.plans = tuple(plan if p.business_date == plan.business_date else p for p in self.plans)

    def is_first_under_new_configuration(self, day: date) -> bool:
        """Whether the day before in the books was closed under another configuration; days of one run share theirs."""
        if day != self.first:
            return False
        earlier = {d: c for d, c in self.workspace.store.closes().items() if d < day}
        return bool(earlier) and earlier[max(earlier)].config_hash != self.workspace.books.config_hash

    # ---------------------------------------------------------------------------------------------------------------- files
    def record(self, day: date, step: str, written: dict[str, Written]) -> None:
        """Remember what a step made of a day."""
        folder = self.workspace.staging / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        content = {name: {**asdict(w), "path": str(w.path.relative_to(self.workspace.lake))} for name, w in sorted(written.items())}
        _write_json(folder / f"{step}.json", content)
        self._staged.setdefault(day, {}).update(written)

    def made(self, day: date) -> dict[str, Written]:
        """Every table made of the day so far, by name."""
        if day not in self._staged:
            found: dict[str, Written] = {}
            for path in sorted((self.workspace.staging / day.isoformat()).glob("*.json")):
                for name, w in json.loads(path.read_text(encoding="utf-8")).items():
                    found[name] = Written(self.workspace.lake / w["path"], w["rows"], w["sha256"])
            self._staged[day] = found
        return self._staged[day]

    def staged(self, day: date, name: str) -> list[Path]:
        made = self.made(day)
        if name not in made and name in _WHERE_ANY:
            return []
        if name not in made:
            raise IntegrityFault(
                f"{name} of {day} has not been made",
                f"staging of {day}",
                "a step of the close runs on what the steps before it made",
                "close the whole day: tieout close, or select every asset of the job",
            )
        return [made[name].path] if made[name].rows else []

    def files(self, name: str, first: date, last: date) -> dict[date, list[Path]]:
        """Files of a table with rows of the days first..last: published ones of days before this run, then those this run made."""
        if name not in self._published:
            self._published[name] = self.workspace.store.files_by_day(name, last=date.fromordinal(self.first.toordinal() - 1))
        found = {day: paths for day, paths in self._published[name].items() if first <= day <= last}
        for plan in self.plans:
            if first <= plan.business_date <= last and (made := self.staged(plan.business_date, name)):
                found[plan.business_date] = made
        return found

    # -------------------------------------------------------------------------------------------------------------- between steps
    def save(self) -> None:
        """Start staging afresh for these days; a run that did not end before leaves a plan, and files nobody will ever read."""
        if self._plan_file.is_file():
            self.workspace.store.recover()
            self.workspace.store.collect_garbage()
        shutil.rmtree(self.workspace.staging, ignore_errors=True)
        self.workspace.staging.mkdir(parents=True)
        self.save_plan()

    def save_plan(self) -> None:
        """Keep the plan for the steps that follow, in this process or another."""
        _write_json(self._plan_file, [{**asdict(p), "business_date": p.business_date.isoformat()} for p in self.plans])

    @property
    def _plan_file(self) -> Path:
        return _plan_file(self.workspace)

    @classmethod
    def load(cls, workspace: Workspace) -> "Days":
        """The days of the running close, as the intake step planned them."""
        path = _plan_file(workspace)
        if not path.is_file():
            raise UsageFault("nothing is being closed", str(path), "this step continues what the intake step began", "close the whole day: tieout close DATE")
        plans = [DayPlan(**{**p, "business_date": date.fromisoformat(p["business_date"])}) for p in json.loads(path.read_text(encoding="utf-8"))]
        return cls(workspace, plans)


def _plan_file(workspace: Workspace) -> Path:
    """What tells the steps of a run, in whatever process, which days they work on; gone when the run has ended."""
    return workspace.staging / "plan.json"


def is_large(inbox: Path) -> bool:
    """Whether a second thread is worth its while: over small files it waits more than it works, and every statement pays for waking it."""
    sizes = [path.stat().st_size for path in inbox.glob("*/*") if path.is_file()]
    return max(sizes, default=0) > LARGE_FILE or sum(sizes) > LARGE_INBOX


def _write_json(path: Path, content: object) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, sort_keys=True), encoding="utf-8")
    temporary.replace(path)


__all__ = ["INPUT_NAMES", "PREFIX", "Close", "DayPlan", "Days", "Workspace"]
