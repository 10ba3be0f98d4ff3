"""One close at a time: the second is told who holds the books; a killed holder holds nothing."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from store_company import close_days

from core.errors import SystemFault
from store import Store

_processes = multiprocessing.get_context("spawn")


def _hold(lake: Path, url: str, reports: Path, pipe: Any) -> None:
    with Store.open(lake, url, reports).lease("the nightly run"):
        pipe.send("held")
        pipe.recv()


def test_a_second_closer_is_told_who_holds_the_books_and_a_killed_holder_frees_them(new_database: Callable[[], str], tmp_path: Path) -> None:
    url, here, there = new_database(), *_processes.Pipe()
    store = Store.open(tmp_path / "lake", url, tmp_path / "reports")
    holder = _processes.Process(target=_hold, args=(tmp_path / "lake", url, tmp_path / "reports", there))
    holder.start()
    assert here.recv() == "held"
    with pytest.raises(SystemFault, match=f"the nightly run on .* process {holder.pid}, since "), store.lease("me"):
        raise AssertionError("two closes at once")
    with pytest.raises(SystemFault, match="the nightly run"):
        close_days(store, tmp_path / "staging", [date(2017, 1, 1)], "x")
    assert store.closes() == {}
    os.kill(holder.pid or 0, signal.SIGKILL)
    holder.join()
    for _ in range(200):  # the database server notices a dead client a moment later
        try:
            with store.lease("me"):
                break
        except SystemFault:
            time.sleep(0.05)
    close_days(store, tmp_path / "staging", [date(2017, 1, 1)], "x")
    store.dispose()


def test_within_one_process_too(new_database: Callable[[], str], tmp_path: Path) -> None:
    url = new_database()
    first, second = (Store.open(tmp_path / "lake", url, tmp_path / "reports") for _ in range(2))
    with first.lease("first"):
        with pytest.raises(SystemFault, match="first on "), second.lease("second"):
            raise AssertionError("two closes at once")
        close_days(first, tmp_path / "staging", [date(2017, 1, 1)], "x")  # the holder publishes under its lease
        assert second.closes() == first.closes()  # and readers read
    with second.lease("second"):
        pass
    first.dispose()
    second.dispose()


def test_a_child_of_a_killed_holder_does_not_keep_the_books(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "lake", f"sqlite:///{tmp_path}/t.db", tmp_path / "reports")
    with store.lease("parent"):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(write)
            os.read(read, 1)
            os._exit(0)
    with store.lease("next"):  # the forked child, still alive, holds nothing
        pass
    os.write(write, b"x")
    os.waitpid(child, 0)
    os.close(read)
    os.close(write)
