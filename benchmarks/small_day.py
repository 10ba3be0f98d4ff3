"""What a small day costs: closing about 1 000 events against a bare Dagster run of as many empty assets, and a backfilled day against a single one.

Every figure comes from a process of its own, in the same run of the benchmark, so the ratios hold on a busy machine too.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from benchmarks.child import Cost
from benchmarks.company import make_books

EVENTS, WARM_UP = 1_000, 3


def measure(folder: Path, backfilled_days: int) -> Iterator[tuple[str, str]]:
    """The benchmark in `folder`: (what, figures) as they are measured."""
    python = _Python(folder / "bytecode")
    days = make_books(folder / "books", WARM_UP + 2 + backfilled_days, EVENTS)
    structure = shape()
    python("bare", str(folder / "warm_bare"), "1", stdin=json.dumps(structure))  # the bytecode of every module is written by these two
    _close(python, folder, [(days[0], days[WARM_UP - 1])])
    yield "assets, checks, steps", f"{sum(len(s['assets']) for s in structure):8}{sum(len(s['checks']) for s in structure):8}{len(structure):8}"
    [controls] = python("import", "great_expectations")
    yield "import of great-expectations (apart)", _show(controls)
    [dagster] = python("import", "dagster")
    yield "import of Dagster (in both of the next two)", _show(dagster)
    bare, *again = python("bare", str(folder / "bare"), "3", stdin=json.dumps(structure))
    yield "bare run, fresh process", _show(bare)
    bare_again = min(again, key=lambda c: c["cpu"])
    yield "bare run, again in the same process", _show(bare_again)
    close, close_again = _close(python, folder, [(d, d) for d in days[WARM_UP : WARM_UP + 2]])
    yield "close of a day, fresh process", _show(close)
    yield "  and its controls in a child, import apart", f"{'':8}{close['children'] - controls['cpu']:8.2f}"
    yield "close of a day, again in the same process", _show(close_again)
    [backfill] = _close(python, folder, [(days[WARM_UP + 2], days[-1])])
    yield f"backfill of {backfilled_days} days, fresh process, per day", _show({k: v / backfilled_days for k, v in backfill.items()})
    day, day_again, backfilled = (c["cpu"] + c["children"] - controls["cpu"] for c in (close, close_again, backfill))
    yield "close / bare, fresh processes (bar 3)", f"{'':8}{day / bare['cpu']:8.2f}"
    yield "close / bare, again in the same process", f"{'':8}{day_again / bare_again['cpu']:8.2f}"
    yield "backfilled day / close, fresh (bar 0.5)", f"{'':8}{backfilled / backfilled_days / day:8.2f}"


def shape() -> list[dict[str, list[list[str]]]]:
    """Steps, assets with what they wait for, and checks of the real job."""
    from dagster_project.definitions import defs

    steps = []
    for definition in defs.get_repository_def().assets_defs_by_key.values():
        specs = [[s.key.to_user_string(), *sorted(d.asset_key.to_user_string() for d in s.deps)] for s in definition.specs]
        checks = [[c.asset_key.to_user_string(), c.name] for c in definition.check_specs]
        step = {"name": [[definition.op.name]], "assets": specs, "checks": checks}
        if step not in steps:
            steps.append(step)
    return steps


def _close(python: "_Python", folder: Path, ranges: list[tuple[date, date]]) -> list[Cost]:
    return python("close", str(folder / "books"), *(d.isoformat() for r in ranges for d in r))


def _show(cost: Cost) -> str:
    return f"{cost['wall']:8.2f}{cost['cpu']:8.2f}"


class _Python:
    """Runs measured children; their bytecode is kept apart, so that compiling is never measured, whatever the environment says."""

    def __init__(self, bytecode: Path) -> None:
        kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "TIEOUT_BOOKS")}
        self._environment = kept | {"PYTHONPYCACHEPREFIX": str(bytecode)}

    def __call__(self, *words: str, stdin: str = "") -> list[Cost]:
        command = [sys.executable, "-m", "benchmarks.child", *words]
        done = subprocess.run(command, env=self._environment, input=stdin, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
        costs: list[Cost] = json.loads(done.stdout.rstrip().rsplit("\n", 1)[-1])
        return costs
