"""`tieout export`: rows of one table of whole closes, as CSV, Parquet, JSON or XLSX."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from assets.workspace import PREFIX, Workspace
from core.errors import UsageFault
from core.schema import TABLES
from core.sql import Session, literal
from tieout.reading import DERIVED, EXPORTED, derived, open_workspace, published

FORMATS = {"csv": "format csv, header", "parquet": "format parquet, compression zstd", "json": "format json, array true", "xlsx": ""}


def run(folder: Path, table: str, first: date | None, last: date | None, form: str, out: Path | None, as_of: str | None) -> None:
    """Write the rows to `out`, or to standard output (CSV and JSON). Raises UsageFault for an unknown table, format or an unclosed day."""
    if table not in EXPORTED:
        raise UsageFault(
            f"there is no table {table}",
            "the command line",
            "these tables are published: docs/tables.md says what is in them",
            f"one of: {', '.join(sorted(EXPORTED))}",
        )
    if form not in FORMATS:
        raise UsageFault(f"there is no format {form}", "the command line", "rows leave in a format others can read", "csv, parquet, json or xlsx")
    if out is None and form in {"parquet", "xlsx"}:
        raise UsageFault(f"{form} needs a file", "the command line", "it cannot be read from a terminal", f"--out {table}.{form}")
    workspace = open_workspace(folder)
    closed = sorted(workspace.store.closes())
    for day in {first, last} - {None}:
        if first == last and day not in workspace.store.closes():
            raise UsageFault(
                f"{day} has not been closed", str(folder), "only whole closes are read", f"tieout close {day}; closed: {closed[0]} to {closed[-1]}"
            )
    instant = _instant(as_of)
    with _rows(workspace, table, first, last, instant) as session:
        columns = ", ".join(f'"{c}"' for c in (*PREFIX, *TABLES[table].names))
        order = ", ".join(f'"{c}" nulls first' for c in ("business_date", *TABLES[table].key))
        _write(session, f'select {columns} from "{table}" order by {order}', table, form, out, workspace)


@contextmanager
def _rows(workspace: Workspace, table: str, first: date | None, last: date | None, as_of: datetime | None) -> Iterator[Session]:
    """A session with the asked rows under the table's name."""
    if table in DERIVED:
        _derive(workspace, table, first, last, as_of)
    with published(workspace, () if table in ("close", *DERIVED) else (table,), first=first, last=last, as_of=as_of) as session:
        if table == "close":
            session.rows("close", TABLES["close"], _closes(workspace, first, last, as_of), prefix=PREFIX)
        if table in DERIVED:
            session.view(table, TABLES[table], sorted(_scratch(workspace).glob("*.parquet")), prefix=PREFIX)
        yield session
    shutil.rmtree(_scratch(workspace), ignore_errors=True)


def _closes(workspace: Workspace, first: date | None, last: date | None, as_of: datetime | None) -> list[dict[str, object]]:
    return [
        {"business_date": c.business_date, "close_id": c.close_id, **{n: getattr(c, n) for n in TABLES["close"].names}}
        for d, c in sorted(workspace.store.closes(as_of).items())
        if (first is None or d >= first) and (last is None or d <= last)
    ]


def _derive(workspace: Workspace, table: str, first: date | None, last: date | None, as_of: datetime | None) -> None:
    """A derived table of each asked day, one derivation and one file a day."""
    columns = ", ".join(f'"{c}"' for c in TABLES[table].names)
    for day, close in workspace.store.closes(as_of).items():
        if (first is None or day >= first) and (last is None or day <= last):
            with derived(workspace, table, day, as_of) as session:
                select = f"select cast('{day}' as date) as business_date, '{close.close_id}' as close_id, {columns} from \"{table}\""
                session.write(select, TABLES[table].key, _scratch(workspace), f"{table}-{day}")


def _scratch(workspace: Workspace) -> Path:
    folder = workspace.scratch / "scratch" / str(os.getpid())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageFault(f"{text!r} is not an instant", "--as-of", "closes are read as they stood then", "for example 2026-03-31T18:00:00+00:00") from None
    if instant.tzinfo is None:
        raise UsageFault(f"{text!r} has no offset", "--as-of", "an instant without offset is ambiguous", f"{text}+00:00")
    return instant


def _write(session: Session, select: str, table: str, form: str, out: Path | None, workspace: Workspace) -> None:
    if form == "xlsx" and out is not None:
        from reports.workbook import table_workbook

        out.write_bytes(table_workbook(session, select, table))
        return
    write_rows(session, select, form, out, workspace)


def write_rows(session: Session, select: str, form: str, out: Path | None, workspace: Workspace) -> None:
    """Write a result as CSV, JSON or Parquet to `out`, or to standard output."""
    with tempfile.TemporaryDirectory(dir=workspace.scratch) as scratch:
        path = Path(scratch) / f"export.{form}"
        session.statement(f"copy ({select}) to {literal(path)} ({FORMATS[form]})")
        content = path.read_bytes()
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)
