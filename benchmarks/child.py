"""One measured process: a close, a bare Dagster run, or an import, with its processor time as JSON on stdout.

python -m benchmarks.child close BOOKS FIRST LAST [FIRST LAST ...]     each range is one close; the first also pays for the imports
python -m benchmarks.child bare HOME TIMES                             reads the shape of the job (see small_day.shape) from stdin
python -m benchmarks.child controls DAYS                               [import of great-expectations, everything else the controls' own process does]
python -m benchmarks.child import MODULE
"""

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg

Cost = dict[str, float]


def cost_so_far() -> Cost:
    """Wall clock, and processor seconds of this process since it started. The one child of a close is measured by `controls`."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return {"wall": time.perf_counter(), "cpu": own.ru_utime + own.ru_stime}


_STARTED = cost_so_far()


def measured(work: Callable[[], object], since: Cost | None = None) -> Cost:
    """What the work costs, start-up of the process included if `since` is that of its start."""
    before = since or cost_so_far()
    work()
    after = cost_so_far()
    return {k: after[k] - before[k] for k in after}


def close(folder: Path, first: date, last: date) -> None:
    """As `tieout close` and `tieout backfill` do it."""
    from tieout.commands.close import run

    run(folder, first, last, again=False, strict=False, quiet=True)


def controls(days: int) -> list[Cost]:
    """What the child of a close does: judge days without violations. The import and the rest, of one process, so that neither is a difference of two runs."""
    imported = measured(lambda: importlib.import_module("great_expectations"))
    from assets.control_judge import judge
    from assets.controls import expected_controls

    whole = measured(lambda: judge({str(n): dict.fromkeys(expected_controls(), 0) for n in range(days)}), _STARTED)
    return [imported, {k: whole[k] - imported[k] for k in whole}]


def bare(home: Path, shape: list[dict[str, list[list[str]]]]) -> None:
    """As many empty assets, in the same steps with the same checks, dependencies, partitions and backfill policy, in an instance of their own."""
    import dagster as dg

    days = dg.DailyPartitionsDefinition("2026-01-01")
    assets = [_empty(step, days) for step in shape]
    defs = dg.Definitions(assets=assets, jobs=[dg.define_asset_job("bare", selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor)])
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        job = defs.get_repository_def().get_job("bare")
        job.execute_in_process(instance=instance, partition_key="2026-01-05", run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}})


def _empty(step: dict[str, list[list[str]]], days: "dg.DailyPartitionsDefinition") -> "dg.AssetsDefinition":
    import dagster as dg

    [[name]] = step["name"]

    @dg.multi_asset(
        name=name,
        specs=[dg.AssetSpec(key, deps=deps, partitions_def=days) for key, *deps in step["assets"]],
        check_specs=[dg.AssetCheckSpec(check, asset=asset) for asset, check in step["checks"]],
        partitions_def=days,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def nothing() -> Iterator[object]:
        for key, *_ in step["assets"]:
            yield dg.MaterializeResult(asset_key=key)
        for asset, check in step["checks"]:
            yield dg.AssetCheckResult(asset_key=asset, check_name=check, passed=True)

    return nothing


def main(command: str, *words: str) -> None:
    costs: list[Cost] = []
    if command == "close":
        folder, days = Path(words[0]), [date.fromisoformat(w) for w in words[1:]]
        for n in range(0, len(days), 2):
            costs.append(measured(lambda n=n: close(folder, days[n], days[n + 1]), _STARTED if not costs else None))  # type: ignore[misc]
    elif command == "bare":
        shape = json.loads(sys.stdin.read())
        for n in range(int(words[1])):
            costs.append(measured(lambda n=n: bare(Path(words[0]) / str(n), shape), _STARTED if not costs else None))  # type: ignore[misc]
    elif command == "controls":
        costs = controls(int(words[0]))
    else:
        costs.append(measured(lambda: importlib.import_module(words[0]), _STARTED))
    sys.stdout.write("\n" + json.dumps(costs) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
