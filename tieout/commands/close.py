"""`tieout close` and `tieout backfill`: run the Dagster job in this process and say what each day came to."""

import gc
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from assets.extraction import extract_days
from assets.progress import listen
from assets.workspace import Workspace
from core.calendar import days_between
from core.errors import IntegrityFault, UsageFault
from core.kinds import RELEASING, Pair
from tieout.reading import published

DAYS_PER_RUN = 31
"""A long backfill is published month by month, so that a killed one resumes where it was."""
_RELEASING = ", ".join(f"'{s}'" for s in RELEASING)


@dataclass(frozen=True, slots=True)
class DayResult:
    """One closed day in a line."""

    business_date: date
    close_id: str
    events: int
    matched: int
    breaks: dict[str, int]
    blocking: int
    liability: dict[str, Decimal]
    """By currency, each programme in the measure its ledger carries, as in the reports' headline."""
    tie_out: dict[str, int]
    unattributed: dict[str, Decimal]
    seconds: float | None


@dataclass(slots=True)
class CloseResult:
    """What a close or backfill did."""

    folder: Path
    days: list[DayResult]
    closed: list[date]
    strict: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        return 1 if self.strict and any(d.blocking for d in self.days) else 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "books": str(self.folder),
            "closed": [d.isoformat() for d in self.closed],
            "days": [
                {
                    "business_date": d.business_date.isoformat(), "close_id": d.close_id, "events": d.events, "matched": d.matched, "breaks": d.breaks,
                    "blocking": d.blocking, "liability": {k: str(v) for k, v in d.liability.items()}, "tie_out": d.tie_out,
                    "unattributed": {k: str(v) for k, v in d.unattributed.items()}, "seconds": d.seconds,
                }
                for d in self.days
            ],
            "reports": [str(self.folder / "reports" / d.business_date.isoformat()) for d in self.days],
            **self.extra,
        }  # fmt: skip

    def show(self) -> None:
        from tieout.commands.show import show_close

        show_close(self)


def run(folder: Path, first: date, last: date, *, again: bool, strict: bool, quiet: bool) -> CloseResult:
    """Close first..last (with `again`: even where nothing changed); earlier missing days come first, later unsigned ones follow."""
    from assets.plan import plan_range

    os.environ["TIEOUT_BOOKS"] = str(folder)
    gc.set_threshold(100_000, 20, 20)  # libraries of this size make most of what a collection would look through, and keep it
    workspace = Workspace(folder)
    seconds: dict[date, float] = {}
    try:
        workspace.hold("tieout close")
        workspace.store.recover()
        extract_days(workspace, first, last, tell=partial(_tell, quiet))
        days = plan_range(workspace, first, last, again=again).days
        _refuse_days_to_come(days)
        with _progress(days, seconds, quiet):
            for start in range(0, len(days), DAYS_PER_RUN):
                workspace.hold("tieout close")
                chunk = days[start : start + DAYS_PER_RUN]
                _run_job(workspace, chunk[0], chunk[-1])
        for day in days_between(first, last):
            workspace.store.restore_reports(day)
    finally:
        workspace.release()
    wanted = sorted({*days, *days_between(first, last)} & set(workspace.store.closes()))
    result = CloseResult(folder, [summary(workspace, d, seconds.get(d)) for d in wanted], list(days), strict)
    policy = workspace.books.file.certification
    if policy is not None and policy.automatic:
        from tieout.commands.certify import run as certify

        result.extra["certification"] = {d.isoformat(): certify(folder, d).as_dict() for d in wanted}
    return result


def _refuse_days_to_come(days: tuple[date, ...]) -> None:
    """A day that has not begun, and that nothing was delivered for, has no partition to be recorded under."""
    from assets.partitions import LAST_DAY

    if days and days[-1] > LAST_DAY:
        raise UsageFault(
            f"{days[-1]} has not begun and nothing was delivered for it",
            "the range to close",
            f"what enters the books on it cannot be known; the last day that can be closed is {LAST_DAY}",
            f"close a day up to {LAST_DAY}",
        )


def _tell(quiet: bool, line: str) -> None:
    if not quiet and sys.stderr.isatty():
        print(f"extracted {line}", file=sys.stderr)  # noqa: T201 - progress belongs on standard error


def _run_job(workspace: Workspace, first: date, last: date) -> None:
    """One Dagster run over a range of partitions, in this process, recorded in the books' own instance."""
    import warnings

    import dagster as dg
    from dagster._core.errors import DagsterAssetCheckFailedError
    from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    from assets.resources import BooksResource, remember
    from dagster_project.definitions import defs
    from dagster_project.instance import open_instance

    remember(workspace)
    with open_instance(workspace.folder) as instance:
        job = defs.get_repository_def().get_job("close_books")
        tags = {ASSET_PARTITION_RANGE_START_TAG: first.isoformat(), ASSET_PARTITION_RANGE_END_TAG: last.isoformat()}
        resource = {"books": BooksResource(folder=str(workspace.folder))}
        try:
            job.execute_in_process(instance=instance, tags=tags, resources=resource, run_config={"loggers": {"console": {}}})
        except dg.Failure as failure:
            raise failure.__cause__ or failure from None
        except DagsterAssetCheckFailedError as fault:
            raise IntegrityFault(
                f"an invariant does not hold: {fault}",
                "the close job",
                "nothing was published; the earlier close stands",
                "report this as a bug; tieout ui shows the run",
            ) from fault


@contextmanager
def _progress(days: tuple[date, ...], seconds: dict[date, float], quiet: bool) -> Iterator[None]:
    """A bar on a terminal, and the time spent per day either way."""
    from rich.console import Console
    from rich.progress import Progress

    clock: list[Any] = [time.perf_counter(), None]

    def heard(step: str, day: date) -> None:
        now = time.perf_counter()
        if clock[1] is not None:
            seconds[clock[1]] = seconds.get(clock[1], 0.0) + now - clock[0]
        clock[:] = [now, day]
        bar.update(task, description=f"{day} {step}", advance=1)

    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("closing", total=len(days) * (7 + len(Pair)) + 1)  # steps, and pairs within one of them
        stop = listen(heard)
        try:
            yield
        finally:
            stop()
            if clock[1] is not None:
                seconds[clock[1]] = seconds.get(clock[1], 0.0) + time.perf_counter() - clock[0]


def summary(workspace: Workspace, day: date, seconds: float | None) -> DayResult:
    """What a published day came to."""
    close = workspace.store.closes()[day]
    with published(workspace, ("loyalty_event", "match", "break", "roll_forward", "tie_out", "allocation"), first=day, last=day) as session:
        breaks = {r["code"]: r["n"] for r in session.fetch("select code, count(*) as n from break where status not in ('closed') group by code order by code")}
        blocking = int(session.value(f"select count(*) from break where blocks_signoff and status not in ({_RELEASING})"))
        liability = {
            r["currency"]: r["amount"]
            for r in session.fetch(
                """select r.currency, sum(r.closing_amount) as amount from roll_forward r join programme p using (programme_id)
                where r.measure = p.ledger_measure group by r.currency order by r.currency"""
            )
        }
        tie = {r["status"]: r["n"] for r in session.fetch("select status, count(*) as n from tie_out group by status order by status")}
        return DayResult(
            day, close.close_id, int(session.value("select count(*) from loyalty_event")), int(session.value("select count(*) from match")),
            breaks, blocking, liability, tie, _unattributed(session), seconds,
        )  # fmt: skip


def _unattributed(session: Any) -> dict[str, Decimal]:
    """Redeemed units of the day without a lot, a ledger entry or a tax entry."""
    row: dict[str, Decimal] = session.fetch("""
        select coalesce(sum(points) filter (where lot_id like 'ARREARS/%'), 0) as lot,
               coalesce(sum(points) filter (where coalesce(ledger_ref, '') = ''), 0) as ledger_entry,
               coalesce(sum(points) filter (where status = 'tax_missing'), 0) as tax_entry
        from allocation where event_id = redemption_event_id""")[0]
    return row
