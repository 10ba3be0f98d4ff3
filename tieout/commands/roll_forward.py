"""`tieout roll-forward`: opening to closing over any range of closed days, by the dimensions asked for."""

from datetime import date
from pathlib import Path

from core.errors import UsageFault
from core.schema import TABLES
from reports.period import DIMENSIONS, range_roll
from tieout.commands.export import FORMATS, write_rows
from tieout.reading import open_workspace, published


def run(folder: Path, first: date, last: date, by: str, form: str, out: Path | None) -> None:
    """Write the rows to `out`, or to standard output (CSV and JSON). Raises UsageFault for days that are not closed or an unknown dimension."""
    wanted = tuple(d.strip() for d in by.split(",") if d.strip())
    short = {d.removesuffix("_id"): d for d in DIMENSIONS}
    for name in wanted:
        if short.get(name, name) not in DIMENSIONS:
            raise UsageFault(f"{name} is not a dimension of the roll-forward", "--by", "it is summed by what its rows carry", ", ".join(short))
    if form not in FORMATS or form == "xlsx":
        raise UsageFault(f"there is no format {form} here", "--format", "rows leave in a format others can read", "csv, parquet or json")
    if out is None and form == "parquet":
        raise UsageFault("parquet needs a file", "the command line", "it cannot be read from a terminal", "--out roll_forward.parquet")
    workspace = open_workspace(folder)
    closed = sorted(workspace.store.closes())
    for day in (first, last):
        if day not in workspace.store.closes():
            raise UsageFault(
                f"{day} has not been closed", str(folder), "a range opens and closes on closed days", f"tieout close {day}; closed: {closed[0]} to {closed[-1]}"
            )
    tables = ("roll_forward", "cohort_movement")
    with published(workspace, tables, first=last, last=last) as session:
        for name in tables:
            before = workspace.store.files(name, first=first, last=date.fromordinal(last.toordinal() - 1)) if first < last else []
            session.view(f"prior_{name}", TABLES[name], before, prefix=("business_date", "close_id"))
        write_rows(session, range_roll(session, first, last, [short.get(d, d) for d in wanted]), form, out, workspace)
