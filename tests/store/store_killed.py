"""A publication in a process of its own, killed (SIGKILL) at a chosen point: after a step, or at a chosen rename of a file."""

import multiprocessing
import os
import signal
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from store_company import close_days

from store import Store

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["store.lake", "store_company", "psycopg"])


def publish_apart(books: Path, url: str, days: Sequence[date], flavour: str, tables: Sequence[str], *, step: int = -1, rename: int = -1) -> int:
    """Publish `days`; die at the given step or rename (counted from 0). Returns the exit code: 0 done, -9 killed."""
    process = _processes.Process(target=_publish, args=(books, url, days, flavour, tables, step, rename))
    process.start()
    process.join()
    return process.exitcode or 0


def _publish(books: Path, url: str, days: Sequence[date], flavour: str, tables: Sequence[str], step: int, rename: int) -> None:
    store = Store.open(books / "lake", url, books / "reports")
    counted = {"step": 0, "rename": 0}

    def at(kind: str, limit: int) -> None:
        if counted[kind] == limit:
            os.kill(os.getpid(), signal.SIGKILL)
        counted[kind] += 1

    original = Path.replace

    def replace(self: Path, target: Any) -> Path:
        at("rename", rename)
        return original(self, target)

    Path.replace = replace  # type: ignore[method-assign]
    close_days(store, books / "staging", days, flavour, tables=tables, on_step=lambda _: at("step", step))
