"""Dagster's own records of some books: runs, events and ticks in SQLite files beside the lake, made once before two processes meet in them."""

import fcntl
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster_shared.yaml_utils import load_yaml_from_path

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
        return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=_event_log(home)))


def _event_log(home: Path) -> dict[str, Any]:
    """Our way of writing the event log, unless the folder's own dagster.yaml names a storage (PostgreSQL, say)."""
    config = load_yaml_from_path(str(home / "dagster.yaml"))
    if isinstance(config, dict) and any("storage" in key for key in config):
        return {}
    storage = {"module": "dagster_project.event_storage", "class": "OpenEventLogStorage", "config": {"base_dir": str(home / "history" / "runs")}}
    return {"event_log_storage": storage}


def home_of(folder: Path) -> Path:
    """The DAGSTER_HOME of these books."""
    return folder / "dagster"


def prepare(folder: Path) -> Path:
    """The DAGSTER_HOME of these books, its files in place for any number of processes."""
    open_instance(folder).dispose()
    return home_of(folder)
