"""What is checked and written before anything is replaced: closes against the register, files against their pins, the closes' own rows.

Checked here: that what the caller pins is what lies on disk. Whether the numbers are right is decided elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from core import schema
from core.errors import IntegrityFault
from core.schema import Column, Table, Type
from core.sql import Session, literal
from store.closes import Close, PinnedFile, files_to_json, output_hash, reports_to_json
from store.disk import sync_folder
from store.register import Recorded, refuse_signed

_KEYS = (("business_date", "DATE"), ("close_id", "VARCHAR"))


def stored_table(name: str) -> Table:
    """The declared table as the lake stores it: `close` carries its pins and reports as JSON text besides its declared columns."""
    declared = schema.table(name)
    if name != "close":
        return declared
    pins = (
        Column("delivery_hash", Type.TEXT, "hash of the delivered files' bytes"),
        Column("files", Type.TEXT, "the data files of the day with rows and hashes, as JSON"),
        Column("reports", Type.TEXT, "the reports of the day with sizes and hashes, as JSON"),
    )
    return replace(declared, columns=(*declared.columns, *pins))


def check_closes(closes: Sequence[Close], current: Mapping[date, Recorded], withdrawn: date | None = None) -> None:
    """Raise IntegrityFault when a day comes twice, is signed, or its seal is not that of its pins."""
    days = [c.business_date for c in closes]
    if len(days) != len(set(days)):
        raise _fault("a day is published twice at once", ", ".join(str(d) for d in days), "one close per day and publication")
    for close in closes:
        refuse_signed(current.get(close.business_date), close, withdrawn)
        if close.output_hash != output_hash(close.files, close.reports):
            raise _fault(f"the seal of {close.business_date} is not that of its pins", f"close {close.close_id}", "output_hash covers every file and report")
        if stray := [f.path for f in close.files if not f.path.startswith(f"data/{f.table}/business_date={close.business_date.isoformat()}/")]:
            raise _fault(f"a file of {close.business_date} lies outside its day's folder", stray[0], "a day's files are replaced together")


def check_files(session: Session, root: Path, closes: Sequence[Close]) -> None:
    """Bring the folders of new data files to disk and re-read every file: rows as pinned, columns as declared, only rows of its day."""
    pins = {str(root / f.path): (c.business_date, f) for c in closes for f in c.files}
    for folder in sorted({Path(path).parent for path in pins}):
        if not folder.is_dir():
            raise _fault("a pinned folder is missing", str(folder), "only what is on disk can be published")
        sync_folder(folder)
        sync_folder(folder.parent)
    if missing := [path for path in pins if not Path(path).is_file()]:
        raise _fault("a pinned file is missing", missing[0], "only what is on disk can be published")
    for path, what in _mismatches(session, pins):
        raise _fault(what, path, "a file must be what its close pins")


def _mismatches(session: Session, pins: Mapping[str, tuple[date, PinnedFile]]) -> list[tuple[str, str]]:
    if not pins:
        return []
    # the paths go in as text: DuckDB takes no parameter for the files of these functions
    paths = "[" + ", ".join(literal(p) for p in pins) + "]"
    rows = {r["file_name"]: r["num_rows"] for r in session.fetch(f"select file_name, num_rows from parquet_file_metadata({paths})")}
    columns: dict[str, list[tuple[str, str]]] = {p: [] for p in pins}
    for r in session.fetch(f"select file_name, name, duckdb_type from parquet_schema({paths}) where duckdb_type is not null"):
        columns[r["file_name"]].append((r["name"], r["duckdb_type"]))
    days = {
        (r["file_name"], r["low"], r["high"])
        for r in session.fetch(
            f"select file_name, min(stats_min_value) as low, max(stats_max_value) as high from parquet_metadata({paths}) "
            "where path_in_schema = 'business_date' and num_values > 0 group by all"
        )
    }
    found = [(p, f"{rows[p]} rows on disk, {f.rows} pinned") for p, (_, f) in pins.items() if rows[p] != f.rows]
    found += [(p, f"columns are not those of {f.table}: {columns[p]}") for p, (_, f) in pins.items() if columns[p] != _columns(f.table)]
    found += [(p, f"rows of {low} to {high} in a file of {pins[p][0]}") for p, low, high in days if not low == high == pins[p][0].isoformat()]
    return sorted(found)


def _columns(table: str) -> list[tuple[str, str]]:
    return [*_KEYS, *((c.name, c.type.sql) for c in stored_table(table).columns)]


def write_records(session: Session, root: Path, closes: Sequence[Close]) -> dict[date, PinnedFile]:
    """Write the row of each close as Parquet into the lake; returns its pin per day."""
    declared = stored_table("close")
    rows = [
        {
            **{name: getattr(c, name, None) for name in ("business_date", "close_id", *declared.names)},
            "files": files_to_json(c.files),
            "reports": reports_to_json(c.reports),
        }
        for c in closes
    ]
    records = {}
    session.rows("close", declared, rows, prefix=("business_date", "close_id"))
    for close in closes:
        folder = root / "data" / "close" / f"business_date={close.business_date.isoformat()}"
        folder.mkdir(parents=True, exist_ok=True)
        only = f"select * from \"close\" where business_date = date '{close.business_date.isoformat()}'"
        written = session.write(only, ["business_date"], folder, "close")
        records[close.business_date] = PinnedFile("close", written.path.relative_to(root).as_posix(), written.rows, written.sha256)
        sync_folder(folder)
    return records


def _fault(what: str, where: str, why: str) -> IntegrityFault:
    return IntegrityFault(what, where, why, "nothing was published; report this with the output of: tieout doctor")
