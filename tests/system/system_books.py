"""Books for the tests of the whole: made, closed by plain steps or by the real command line, and compared byte for byte.

What belongs here: preparing, running and fingerprinting. What must hold is said in the tests.
"""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from assets import steps
from assets.closing import publish_days
from assets.plan import plan_range
from assets.reporting import render_days
from assets.workspace import Days, Workspace
from core.schema import TABLES
from core.sql import Limits, Session
from store.closes import Close
from tieout.commands.demo import prepare
from tieout.sample.files import write_company

STEPS = (steps.LOTS, steps.VALUATION, steps.RECONCILIATION, steps.SETTLEMENT)
SAY_FILES = frozenset({"control_total", "quarantine", "close"})
"""Tables that speak of files and clocks: exempt from sameness when the same rows come in other files (contract section 4)."""


def make_company(folder: Path, days: int, members: int, seed: int = 7) -> list[date]:
    """Books of the sample company with a full inbox and nothing closed; returns its business days."""
    prepare(folder)
    return write_company(folder, days, members, seed)[0]


def close_plainly(folder: Path, first: date, last: date, *, again: bool = True, before_step: Callable[[str], None] = lambda _: None) -> list[date]:
    """Close a range through the steps themselves, without Dagster; returns the days taken. Every invariant must hold on the way."""
    workspace = Workspace(folder)
    workspace.hold("a test")
    try:
        workspace.store.recover()
        planned = plan_range(workspace, first, last, again=again)
        if planned.days:
            before_step("intake")
            days, _ = steps.take_in(workspace, planned)
            perform_and_publish(workspace, days, before_step)
        for day in planned.days:
            workspace.store.restore_reports(day)
        return list(planned.days)
    finally:
        workspace.release()
        workspace.store.dispose()


def perform_and_publish(workspace: Workspace, days: Days, before_step: Callable[[str], None]) -> None:
    """Every step after intake."""
    for step in STEPS:
        before_step(step.name)
        for day, outcome in steps.perform(step, workspace, days).items():
            assert outcome.violations == (), f"{step.name} of {day}: {outcome.violations}"
    before_step("reports")
    render_days(workspace, days)
    before_step("publish")
    publish_days(workspace, days)


def tieout(
    *arguments: str | Path, books: Path | None = None, environment: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """The real command line in a process of its own."""
    chosen = {**os.environ, **({"TIEOUT_BOOKS": str(books)} if books else {}), **(environment or {})}
    return subprocess.run([sys.executable, "-m", "tieout", *map(str, arguments)], env=chosen, cwd=cwd, capture_output=True, text=True, timeout=1500)


def closes(folder: Path) -> dict[date, Close]:
    """The current close of each day."""
    return Workspace(folder).store.closes()


def seals(folder: Path) -> dict[str, str]:
    """Hash of every table file and report of every closed day, and the close ids: equal seals are equal bytes."""
    found: dict[str, str] = {}
    for day, close in closes(folder).items():
        found[f"{day} close_id"] = close.close_id
        found |= {f"{day} {f.table}": f.sha256 for f in close.files}
        found |= {f"{day} reports/{r.name}": r.sha256 for r in close.reports}
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes themselves: every pinned table file and every file people open."""
    workspace = Workspace(folder)
    found = {f"{day} {f.table}": (workspace.lake / f.path).read_bytes() for day, close in workspace.store.closes().items() for f in close.files}
    return found | {str(p.relative_to(folder)): p.read_bytes() for p in sorted(workspace.reports.rglob("*")) if p.is_file()}


def must_be_equal(left: dict[str, str] | dict[str, bytes], right: dict[str, str] | dict[str, bytes]) -> None:
    """Same names, same bytes; what differs is named."""
    differing = sorted(k for k in left.keys() | right.keys() if left.get(k) != right.get(k))
    assert not differing, f"{len(differing)} of {len(left)} differ: {differing[:12]}"


def query(folder: Path, sql: str, *tables: str) -> list[dict[str, object]]:
    """Rows over published tables, each named with its business_date and close_id in front."""
    workspace = Workspace(folder)
    with Session(Limits((workspace.lake,))) as session:
        for name in tables:
            session.view(name, TABLES[name], workspace.store.files(name), prefix=("business_date", "close_id"))
        return session.fetch(sql)


def shuffle_rows(inbox: Path, seed: int) -> None:
    """Put the rows of every file into another order, equal files equally; control files state the new hash."""
    for path in sorted(inbox.rglob("*.csv")):
        content = path.read_bytes()
        end = b"\r\n" if b"\r\n" in content else b"\n"
        header, *rows = content.removesuffix(end).split(end)
        random.Random(f"{seed} {hashlib.sha256(content).hexdigest()}").shuffle(rows)
        shuffled = end.join([header, *rows]) + end
        path.write_bytes(shuffled)
        control = path.with_suffix(".control.json")
        if control.is_file():
            stated = json.loads(control.read_text(encoding="utf-8"))
            control.write_text(json.dumps({**stated, "sha256": hashlib.sha256(shuffled).hexdigest()}), encoding="utf-8")


def copy_books(source: Path, target: Path) -> Path:
    """A twin of some books, closes and all."""
    shutil.copytree(source, target)
    return target
