"""What a small day costs: closing about 1 000 events against a bare Dagster run of as many empty assets, and a backfilled day against a single one.

Every figure comes from a process of its own, in the same run of the benchmark, so the ratios hold on a busy machine too.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path

from benchmarks.child import Cost
from benchmarks.company import make_books

EVENTS, WARM_UP, TIMES = 1_000, 3, 3
"""Every figure is the cheapest of `TIMES` processes, each of which closes the same days in the same books made afresh."""


def measure(folder: Path, backfilled_days: int) -> Iterator[tuple[str, str]]:
    """The benchmark in `folder`: (what, figures) as they are measured."""
    python = _Python(folder / "bytecode")
    days = make_books(folder / "books", WARM_UP + backfilled_days, EVENTS)
    structure = shape()
    python("bare", str(folder / "warm_bare"), "1", stdin=json.dumps(structure))  # the bytecode of every module is written by these two
    _close(python, folder / "books", days[:WARM_UP])
    days = days[WARM_UP:]
    yield "assets, checks, steps", f"{sum(len(s['assets']) for s in structure):8}{sum(len(s['checks']) for s in structure):8}{len(structure):8}"
    [imported, judged], [_, judged_all] = (_cheapest(lambda n=n: python("controls", str(n))) for n in (1, backfilled_days))  # type: ignore[misc]
    yield "import of great-expectations (apart)", _show(imported)
    [dagster] = _cheapest(lambda: python("import", "dagster"))
    yield "import of Dagster (in both of the next two)", _show(dagster)
    fresh_homes = (str(folder / f"bare_{n}") for n in count())
    bare, bare_again = _cheapest(lambda: python("bare", next(fresh_homes), "2", stdin=json.dumps(structure)))
    yield "bare run, fresh process", _show(bare)
    yield "bare run, again in the same process", _show(bare_again)
    close, close_again = _cheapest(lambda: _close(python, _afresh(folder), days[:1], days[1:2]))
    yield "close of a day, fresh process", _show(close)
    yield "  and its controls in a child, import apart", _show(judged)
    yield "close of a day, again in the same process", _show(close_again)
    [backfill] = _cheapest(lambda: _close(python, _afresh(folder), days))
    yield f"backfill of {backfilled_days} days, fresh process, per day", _show({k: v / backfilled_days for k, v in backfill.items()})
    yield "  and its controls in a child, import apart", _show({k: v / backfilled_days for k, v in judged_all.items()})
    day, day_again, backfilled = close["cpu"] + judged["cpu"], close_again["cpu"] + judged["cpu"], backfill["cpu"] + judged_all["cpu"]
    yield "close / bare, fresh processes (bar 3)", f"{'':8}{day / bare['cpu']:8.2f}"
    yield "close / bare, again in the same process", f"{'':8}{day_again / bare_again['cpu']:8.2f}"
    yield "backfilled day / close, all there is to pay (bar 0.5)", f"{'':8}{(backfilled + imported['cpu']) / backfilled_days / (day + imported['cpu']):8.2f}"
    yield "  the same, import of great-expectations apart", f"{'':8}{backfilled / backfilled_days / day:8.2f}"


def _cheapest(run: Callable[[], list[Cost]]) -> list[Cost]:
    """Of what each of several processes measured, part by part what used the processor least."""
    return [min(same, key=lambda cost: cost["cpu"]) for same in zip(*(run() for _ in range(TIMES)), strict=True)]


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


def _afresh(folder: Path) -> Path:
    """The books as they were after the first days, where they were: the lake's metadata name their place."""
    books, kept = folder / "books", folder / "kept"
    if not kept.exists():
        shutil.copytree(books, kept)
    shutil.rmtree(books)
    return shutil.copytree(kept, books)


def _close(python: "_Python", books: Path, *ranges: list[date]) -> list[Cost]:
    """Close ranges of days, one after the other, in one process."""
    return python("close", str(books), *(d.isoformat() for r in ranges for d in (r[0], r[-1])))


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
