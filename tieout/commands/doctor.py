"""`tieout doctor`: environment, configuration, reachability, versions; each line says ok or what to do."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from core.errors import Fault
from core.policy import Books
from core.version import code_version
from tieout.failing import bug, environment

PACKAGES = (
    *("dagster", "dagster-webserver", "duckdb", "polars", "pyiceberg", "pyarrow"),
    *("sqlalchemy", "great-expectations", "xlsxwriter", "openpyxl", "python-calamine"),
)


@dataclass(frozen=True, slots=True)
class Examination:
    """One thing looked at."""

    name: str
    is_well: bool
    finding: str


@dataclass(frozen=True, slots=True)
class DoctorResult:
    examinations: list[Examination]

    @property
    def exit_code(self) -> int:
        return 0 if all(e.is_well for e in self.examinations) else 2

    def as_dict(self) -> dict[str, Any]:
        return {"well": self.exit_code == 0, "examinations": [{"name": e.name, "well": e.is_well, "finding": e.finding} for e in self.examinations]}

    def show(self) -> None:
        from tieout.commands.show import console

        screen = console()
        for e in self.examinations:
            screen.print(f"{'ok  ' if e.is_well else 'FAIL'} {e.name}: {e.finding}", soft_wrap=True, highlight=False, markup=False)


def run(folder: Path) -> DoctorResult:
    """Look at everything a close needs; nothing is changed but what opening the database migrates."""
    return DoctorResult([*_environment(), *_books(folder)])


def _environment() -> Iterator[Examination]:
    yield Examination("python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield Examination("code", True, code_version())
    for package in PACKAGES:
        try:
            yield Examination(package, True, metadata.version(package))
        except metadata.PackageNotFoundError:
            yield Examination(package, False, "not installed; make setup")


def _books(folder: Path) -> Iterator[Examination]:
    from assets.workspace import Workspace

    try:
        workspace = Workspace(folder)
        yield Examination(
            "configuration",
            True,
            f"{len(workspace.books.programmes)} programmes, {len(workspace.books.tax_rules)} tax rules, {len(workspace.books.tax_rates)} rates",
        )
        unreviewed = sum(1 for r in workspace.books.tax_rules if not r["reviewed_by"])
        yield Examination("tax rules", True, f"{unreviewed} not reviewed yet: their figures say so")
        yield Examination("inbox", workspace.inbox.is_dir(), f"{sum(1 for _ in workspace.inbox.glob('*/*'))} files in {workspace.inbox}")
        yield Examination("lake", not workspace.is_read_only, str(workspace.lake))
        yield from _systems(workspace.books)
        closes = workspace.store.closes()
        yield Examination("database", True, f"{len(closes)} closed days" + (f", {min(closes)} to {max(closes)}" if closes else ""))
        broken = workspace.store.verify(max(closes)) if closes else []
        yield Examination("last close", not broken, "; ".join(broken) or "every file and report holds")
    except Fault as fault:
        yield _failed("books", fault)
    except OSError as failure:
        yield _failed("books", environment(failure) or bug(failure))


def _failed(name: str, fault: Fault) -> Examination:
    return Examination(name, False, f"{fault.what} ({fault.where}); next: {fault.next_step}")


def _systems(books: Books) -> Iterator[Examination]:
    """Every source that is read from a system: does it answer, does it let us in, when do the credentials end."""
    for name, source in sorted(books.file.sources.items()):
        if source.kind:
            from connectors.extraction.checking import check_source

            for is_well, finding in check_source(name, source, books.folder, date.today()):
                yield Examination(f"source {name}", is_well, finding)
        if source.posting:
            yield _posting(name, books)


def _posting(name: str, books: Books) -> Examination:
    """Whether entries could be sent to a source: its definition and settings, without asking the system."""
    from connectors.posting.gateway import Gateway

    try:
        then = Gateway(name, books.file.sources[name], books.folder).then
    except Fault as fault:
        return _failed(f"posting to {name}", fault)
    ledgers = books.file.sources[name].posting
    takes = f"takes entries of {', '.join(ledgers.ledgers) if ledgers else 'nothing'}"
    return Examination(f"posting to {name}", True, f"{takes}; an entry becomes {then}" if then else takes)
