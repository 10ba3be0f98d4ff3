"""A close killed (SIGKILL) at any point, then closed again: the same bytes as if nothing had happened, and readers never see half of it."""

import os
import shutil
import signal
from collections.abc import Callable
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest

from assets.closing import publish_days
from assets.workspace import Days, Workspace
from store.store import Store
from tests.system.system_books import close_plainly, contents, copy_books, make_company, must_be_equal, query, seals

pytestmark = pytest.mark.minutes
_processes = get_context("forkserver")
_processes.set_forkserver_preload(["assets.closing", "store.lake"])


class Case:
    """One books folder that is put back to a known state again and again, at one place: books that move start their Iceberg tables anew."""

    def __init__(self, folder: Path) -> None:
        self.books, self._kept = folder / "books", folder / "kept"
        self.days = make_company(self.books, days=2, members=12)
        close_plainly(self.books, self.days[0], self.days[0])
        self.keep("one day closed")
        self.before = seals(self.books)
        assert _apart(_close, self.books, self.days[1], "publish") == -signal.SIGKILL
        self.keep("second day made")
        close_plainly(self.books, self.days[1], self.days[1])
        self.after, self.bytes_after = seals(self.books), contents(self.books)

    def keep(self, state: str) -> None:
        copy_books(self.books, self._kept / state)

    def put_back(self, state: str) -> None:
        shutil.rmtree(self.books)
        copy_books(self._kept / state, self.books)

    def must_be_as_undisturbed(self) -> None:
        must_be_equal(self.after, seals(self.books))
        must_be_equal(self.bytes_after, contents(self.books))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Made once; every test puts it back first."""
    return Case(tmp_path_factory.mktemp("killed"))


def _apart(work: Callable[..., None], *arguments: object) -> int:
    """The exit code of `work` in a process of its own."""
    process = _processes.Process(target=work, args=arguments)
    process.start()
    process.join()
    return process.exitcode or 0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _close(folder: Path, day: date, die_before: str) -> None:
    """Close a day and die before a step of it, or in the middle of one (`step/table`: when that table has been written)."""
    step, _, table = die_before.partition("/")
    if table:
        written = Workspace.write

        def write(self: Workspace, session: object, select: str, name: str, plan: object) -> object:
            made = written(self, session, select, name, plan)  # type: ignore[arg-type]
            if name == table:
                _die()
            return made

        Workspace.write = write  # type: ignore[assignment]
    close_plainly(folder, day, day, before_step=lambda name: _die() if name == step and not table else None)


def _publish(folder: Path, die_at: int, names: Path) -> None:
    """Publish what is staged and die at a step counted from 0; every step's name goes into a file."""
    published = Store.publish

    def publish(self: Store, closes: object, reports: object) -> None:
        steps: list[str] = []

        def on_step(name: str) -> None:
            if len(steps) == die_at:
                _die()
            steps.append(name)

        published(self, closes, reports, on_step)  # type: ignore[arg-type]
        names.write_text("\n".join(steps), encoding="utf-8")

    Store.publish = publish  # type: ignore[assignment,method-assign]
    workspace = Workspace(folder)
    workspace.hold("a test")
    publish_days(workspace, Days.load(workspace))
    workspace.release()


def test_killed_at_every_publishing_step(case: Case, tmp_path: Path) -> None:
    names = tmp_path / "steps"
    case.put_back("second day made")
    assert _apart(_publish, case.books, -1, names) == 0
    case.must_be_as_undisturbed()
    steps = names.read_text(encoding="utf-8").splitlines()
    assert len(steps) > 40
    # "before" a step is the state "after" the one before it, so the first and every "after" are all the states there are
    for point in (0, *(n for n, name in enumerate(steps) if name.startswith("after"))):
        case.put_back("second day made")
        assert _apart(_publish, case.books, point, names) == -signal.SIGKILL, steps[point]
        assert seals(case.books) in (case.before, case.after), f"killed at {steps[point]}: readers see the close before or the whole one"
        days = query(case.books, "select count(distinct business_date) as days from roll_forward", "roll_forward")[0]["days"]
        assert days == (1 if point <= steps.index("before: record the closes") else 2)
        _finish(case.books, case.days[1])
        case.must_be_as_undisturbed()
    assert Workspace(case.books).store.verify() == []


def _finish(folder: Path, day: date) -> None:
    """What the next close does: it finishes what a kill left, then publishes the same day; what is staged is what it would make again."""
    workspace = Workspace(folder)
    workspace.hold("a test")
    workspace.store.recover()
    if day not in workspace.store.closes() or (workspace.staging / "plan.json").is_file():
        publish_days(workspace, Days.load(workspace))
    workspace.store.restore_reports(day)
    workspace.release()
    workspace.store.dispose()


@pytest.mark.parametrize("point", ["lots", "intake/ledger_line", "valuation/journal_line", "publish"])
def test_killed_in_the_middle_of_the_work(case: Case, point: str) -> None:
    case.put_back("one day closed")
    assert _apart(_close, case.books, case.days[1], point) == -signal.SIGKILL
    assert list(Workspace(case.books).store.closes()) == case.days[:1]
    must_be_equal(case.before, seals(case.books))
    half_written = case.books / "lake" / "data" / "lot_issue" / f"business_date={case.days[1]}" / ".lot_issue.1.tmp"
    half_written.parent.mkdir(parents=True, exist_ok=True)
    half_written.write_bytes(b"of the killed run")
    os.utime(half_written, (1_000_000_000, 1_000_000_000))
    assert close_plainly(case.books, case.days[1], case.days[1]) == case.days[1:]
    case.must_be_as_undisturbed()
    assert not half_written.exists(), "the next close clears away what a killed one left"
    assert Workspace(case.books).store.verify() == []
