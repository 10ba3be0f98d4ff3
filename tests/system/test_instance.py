"""The files of Dagster's instance when several processes meet in fresh books, as the services of `tieout ui` do."""

import multiprocessing
import sqlite3
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path

import dagster as dg
import pytest

from assets.catalogue import in_words
from core.errors import UsageFault
from dagster_project.event_storage import OpenEventLogStorage
from dagster_project.instance import home_of, open_instance, prepare

PROCESSES = 3
ROUNDS = 4


def _prepare_together(barrier: Barrier, folders: list[Path]) -> None:
    for folder in folders:
        barrier.wait(60)
        prepare(folder)


def test_processes_that_meet_in_fresh_books_leave_files_that_open_again(tmp_path: Path) -> None:
    folders = [tmp_path / str(n) for n in range(ROUNDS)]
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    processes = [context.Process(target=_prepare_together, args=(barrier, folders)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    for folder in folders:
        versions = {}
        for file in sorted((folder / "dagster").rglob("*.db")):
            with sqlite3.connect(file) as connection:
                versions[file.stem] = connection.execute("SELECT count(*) FROM alembic_version").fetchone()[0]
        assert versions == {"index": 1, "runs": 1, "schedules": 1}
        assert prepare(folder) == folder / "dagster"


DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")


@dg.multi_asset(
    specs=[dg.AssetSpec("made", partitions_def=DAYS)],
    check_specs=[dg.AssetCheckSpec("holds", asset="made")],
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def some_days() -> Iterator[object]:
    yield dg.MaterializeResult(asset_key="made", metadata={"rows": 7}, tags={"some": "tag"})
    yield dg.AssetCheckResult(asset_key="made", check_name="holds", passed=False)


def _record(instance: dg.DagsterInstance, first: str, last: str) -> str:
    job = dg.Definitions(assets=[some_days], jobs=[dg.define_asset_job("job", executor_def=dg.in_process_executor)]).get_repository_def().get_job("job")
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    return job.execute_in_process(instance=instance, tags=tags, run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}).run_id


def _seen(instance: dg.DagsterInstance, run_id: str) -> dict[str, object]:
    """What the screens show of a run."""
    key = dg.AssetKey("made")
    log = [e.dagster_event.event_type_value for e in instance.all_logs(run_id) if e.dagster_event]
    latest = instance.get_latest_materialization_event(key)
    assert latest is not None
    assert latest.asset_materialization is not None
    checks = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(key, "holds"), limit=10)
    return {
        "log": log, "partitions": sorted(instance.get_materialized_partitions(key)), "metadata": latest.asset_materialization.metadata,
        "tags": [sorted(t) for t in instance.get_event_tags_for_asset(key)], "checks": [str(c.status) for c in checks],
    }  # fmt: skip


RANGES = (("2026-01-01", "2026-01-02"), ("2026-01-03", "2026-01-03"), ("2026-01-02", "2026-01-03"))


def test_what_a_close_records_over_open_connections_is_what_the_class_of_the_orchestrator_records(tmp_path: Path) -> None:
    with open_instance(tmp_path) as ours, dg.DagsterInstance.from_config(str(prepare(tmp_path / "theirs"))) as theirs:
        assert isinstance(ours.event_log_storage, OpenEventLogStorage)
        assert not isinstance(theirs.event_log_storage, OpenEventLogStorage)
        runs = [(_record(ours, *days), _record(theirs, *days)) for days in RANGES]
        with dg.DagsterInstance.from_config(str(home_of(tmp_path))) as screen:
            for by_ours, by_theirs in runs:
                assert _seen(screen, by_ours) == _seen(ours, by_ours) == _seen(theirs, by_theirs)
        seen = _seen(ours, runs[0][0])
    assert seen["partitions"] == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert seen["log"].count("ASSET_MATERIALIZATION") == 2  # type: ignore[attr-defined]
    assert seen["checks"]


@dg.asset(partitions_def=DAYS)
@in_words
def stopped() -> Iterator[object]:
    yield from ()
    raise UsageFault("a day is signed", "books", "a signed day never changes", "close a later day")


def test_a_run_that_a_fault_ends_says_it_in_words(tmp_path: Path) -> None:
    job = dg.Definitions(assets=[stopped], jobs=[dg.define_asset_job("job", executor_def=dg.in_process_executor)]).get_repository_def().get_job("job")
    with open_instance(tmp_path) as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        run = job.execute_in_process(instance=instance, partition_key="2026-01-01", run_config=quiet, raise_on_error=False)
        shown = run.failure_data_for_node("stopped")
        assert shown is not None
        assert shown.user_failure_data is not None
        assert shown.user_failure_data.description == "a day is signed"
        assert {k: v.value for k, v in shown.user_failure_data.metadata.items()} == {
            "where": "books", "why": "a signed day never changes", "next": "close a later day",
        }  # fmt: skip
        with pytest.raises(dg.Failure) as raised:
            job.execute_in_process(instance=instance, partition_key="2026-01-01", run_config=quiet)
        assert isinstance(raised.value.__cause__, UsageFault), "the command line shows the fault itself"


def test_a_storage_named_by_the_books_is_kept(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    home.mkdir()
    named = {"base_dir": str(home / "elsewhere")}
    (home / "dagster.yaml").write_text(f"telemetry: {{enabled: false}}\nstorage: {{sqlite: {{base_dir: {named['base_dir']}}}}}\n", encoding="utf-8")
    with open_instance(tmp_path) as instance:
        assert not isinstance(instance.event_log_storage, OpenEventLogStorage)
    assert (home / "elsewhere").is_dir()
