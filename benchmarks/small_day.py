"""What a small day costs: closing about 1 000 events against a bare Dagster run of as many empty assets, and a backfilled day against a single one.

Every figure comes from a process of its own, in the same run of the benchmark, so the ratios hold on a busy machine too.
"""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from benchmarks.child import Cost
from benchmarks.company import make_books

EVENTS, WARM_UP, BACKFILL = 1_000, 3, 10


def measure(folder: Path) -> list[tuple[str, str]]:
    """The benchmark in `folder`: (what, figure) rows to print."""
    python = _Python(folder / "bytecode")
    days = make_books(folder / "books", WARM_UP + 2 + BACKFILL, EVENTS)
    structure = shape()
    python("bare", str(folder / "warm_bare"), "1", stdin=json.dumps(structure))  # the bytecode of every module is written by these two
    _close(python, folder, [(days[0], days[WARM_UP - 1])])
    [importing] = python("import", "great_expectations")
    [dagster] = python("import", "dagster")
    bare_fresh, *bare_again = python("bare", str(folder / "bare"), "3", stdin=json.dumps(structure))
    fresh, warm = _close(python, folder, [(days[WARM_UP], days[WARM_UP]), (days[WARM_UP + 1], days[WARM_UP + 1])])
    [backfill] = _close(python, folder, [(days[WARM_UP + 2], days[-1])])
    bare_warm = {k: min(b[k] for b in bare_again) for k in bare_fresh}
    controls = fresh["children"] - importing["cpu"]
    rows = [
        ("assets, checks, steps", f"{sum(len(s['assets']) for s in structure)}, {sum(len(s['checks']) for s in structure)}, {len(structure)}"),
        ("import of great-expectations (apart)", _show(importing)),
        ("import of Dagster", _show(dagster)),
        ("bare run, fresh process", _show(bare_fresh)),
        ("close of a day, fresh process", _show(fresh)),
        ("  controls judged in the child, import apart", f"{'':8}{max(controls, 0):8.2f}"),
        ("bare run, again in the same process", _show(bare_warm)),
        ("close of a day, again in the same process", _show(warm)),
        (f"backfill of {BACKFILL} days, fresh process, per day", _show({k: v / BACKFILL for k, v in backfill.items()})),
    ]
    gx = importing["cpu"]
    whole_day = fresh["cpu"] + fresh["children"] - gx
    warm_day = warm["cpu"] + warm["children"] - gx
    backfilled = (backfill["cpu"] + backfill["children"] - gx) / BACKFILL
    rows += [
        ("ratio: close / bare, fresh process", f"{'':8}{whole_day / bare_fresh['cpu']:8.2f}   bar 3.00"),
        ("ratio: close / bare, same process", f"{'':8}{warm_day / bare_warm['cpu']:8.2f}"),
        ("ratio: backfilled day / close, fresh processes", f"{'':8}{backfilled / whole_day:8.2f}   bar 0.50"),
    ]
    return rows


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
