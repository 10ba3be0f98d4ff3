"""The files of Dagster's instance when several processes meet in fresh books, as the services of `tieout ui` do."""

import multiprocessing
import sqlite3
from multiprocessing.synchronize import Barrier
from pathlib import Path

from dagster_project.instance import prepare

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
