"""Dagster's own records of some books: runs, events and ticks in SQLite files beside the lake, made once before two processes meet in them."""

import fcntl
from pathlib import Path

import dagster as dg

_CONFIG = "telemetry:\n  enabled: false\nrun_monitoring:\n  enabled: false\nnux:\n  enabled: false\n"


def open_instance(folder: Path) -> dg.DagsterInstance:
    """The instance of these books, its files in place; to be used as a context, or disposed of.

    The web interface and the daemon start at the same moment, and so may a close. Dagster guards the making of its files only between
    threads: two processes that meet there leave files which no later start can open ("more than one head present"). Here one makes
    them while the others wait. The lock ends with the process that holds it.
    """
    home = home_of(folder)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "making.lock").open("ab") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        config = home / "dagster.yaml"
        if not config.is_file():
            config.write_text(_CONFIG, encoding="utf-8")
        return dg.DagsterInstance.from_config(str(home))


def home_of(folder: Path) -> Path:
    """The DAGSTER_HOME of these books."""
    return folder / "dagster"


def prepare(folder: Path) -> Path:
    """The DAGSTER_HOME of these books, its files in place for any number of processes."""
    open_instance(folder).dispose()
    return home_of(folder)
