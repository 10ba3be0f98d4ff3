"""`tieout compare` on two files, start-up included, against datacompy's own command on the same files in the same run, in several widths."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.balances_made import KEYS, make_sides
from benchmarks.process import best, measured, python


@dataclass(frozen=True, slots=True)
class Shape:
    """Columns of both files as SQL over the balances as made, and which of them are compared."""

    name: str
    columns: str
    on: str
    amount: str
    points: str


_TEXTS = ", ".join(f"'text {n} of ' || hash(global_id, {n}) % 100000 as text_{n}" for n in range(10))
_MONEY = ", ".join(f"(amount * {n})::decimal(18, 2) as money_{n}" for n in range(2, 10))
SHAPES = (
    Shape("3 keys, 2 numbers", "*", ",".join(KEYS), "amount", "points"),
    Shape("1 key, 1 number", "global_id || programme || currency as id, amount", "id", "amount", ""),
    Shape("3 keys, 2 numbers, 10 texts", f"*, {_TEXTS}", ",".join(KEYS), "amount", "points"),
    Shape("3 keys, 10 numbers", f"*, {_MONEY}", ",".join(KEYS), ",".join(["amount", *(f"money_{n}" for n in range(2, 10))]), "points"),
)


def measure(folder: Path, rows: int, repeats: int = 3, peer: str = "") -> Iterator[tuple[str, str]]:
    """(what, figures) as they are measured. `peer`: the datacompy command (default: the one on the path, if any)."""
    command = peer or shutil.which("datacompy") or ""
    if not command:
        yield "datacompy is not installed; name its command by --datacompy", ""
    for shape in SHAPES:
        for form in ("csv", "parquet"):
            left, right = (_shaped(path, shape, form) for path in make_sides(folder, rows, "parquet"))
            yield from _compared(folder, left, right, shape, f"{rows:,} x {rows:,}, {form}, {shape.name}", repeats, command)


def _compared(folder: Path, left: Path, right: Path, shape: Shape, what: str, repeats: int, command: str) -> Iterator[tuple[str, str]]:
    ours, theirs = [], []
    points = ("--points", shape.points) if shape.points else ()
    for _ in range(repeats):
        ours.append(measured(python("-m", "tieout", "compare", left, right, "--on", shape.on, "--amount", shape.amount, *points, "--json")))
        if command:
            shown = ("compare", "--left", left, "--right", right, "--on", shape.on, "--rel-tol", "0.0001", "--output", folder / "datacompy.txt", "--quiet")
            theirs.append(measured([command, *shown], accepted=(0, 1)))
    yield f"tieout compare, {what}", str(best(ours))
    if theirs:
        yield "  datacompy's command (its default backend)", str(best(theirs))
        yield "  datacompy / tieout, processor (bar 5)", f"{'':8}{best(theirs).cpu / best(ours).cpu:8.1f}"
        yield "  datacompy / tieout, wall, best of each", f"{min(t.wall for t in theirs) / min(o.wall for o in ours):8.1f}"


def _shaped(made: Path, shape: Shape, form: str) -> Path:
    """The same rows in the same order with the columns of a shape; an existing file is used again."""
    path = made.with_name(f"{made.stem}_{SHAPES.index(shape)}.{form}")
    if not path.exists():
        how = "format csv, header" if form == "csv" else "format parquet, compression zstd"
        duckdb.execute(f"copy (select {shape.columns} from read_parquet('{made}')) to '{path}' ({how})")
    return path
