"""`tieout compare` on two files, start-up included, against datacompy's own command on the same files in the same run."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.balances_made import KEYS, make_sides
from benchmarks.process import best, measured, python

ON = ",".join(KEYS)


def measure(folder: Path, rows: int, repeats: int = 3, peer: str = "") -> Iterator[tuple[str, str]]:
    """(what, figures) as they are measured. `peer`: the datacompy command (default: the one on the path, if any)."""
    command = peer or shutil.which("datacompy") or ""
    for form in ("csv", "parquet"):
        left, right = make_sides(folder, rows, form)
        ours, theirs = [], []
        words = ("-m", "tieout", "compare", left, right, "--on", ON, "--amount", "amount", "--points", "points", "--json")
        for _ in range(repeats):
            ours.append(measured(python(*words)))
            if command:
                shown = ("compare", "--left", left, "--right", right, "--on", ON, "--rel-tol", "0.0001", "--output", folder / "datacompy.txt", "--quiet")
                theirs.append(measured([command, *shown], accepted=(0, 1)))
        yield f"tieout compare, {rows:,} x {rows:,}, {form}", str(best(ours))
        if theirs:
            yield "  datacompy's command (its default backend)", str(best(theirs))
            yield "  datacompy / tieout, processor (bar 5)", f"{'':8}{best(theirs).cpu / best(ours).cpu:8.1f}"
            yield "  datacompy / tieout, wall, best of each", f"{min(t.wall for t in theirs) / min(o.wall for o in ours):8.1f}"
        else:
            yield "  datacompy is not installed; name its command by --datacompy", ""
