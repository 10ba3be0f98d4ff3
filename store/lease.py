"""The lease: one close at a time on a books. The operating system or the database server frees it when its holder dies.

SQLite: a lock on a file beside the lake's data (not inherited by child processes). PostgreSQL: an advisory lock of one connection.
The row in `lease` only says who holds it.
"""

import fcntl
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from core.errors import SystemFault
from store.database import lease_rows, writing

_ADVISORY_KEY = 7305812
_held_here: dict[tuple[int, Path], str] = {}
_guard = threading.Lock()


@contextmanager
def hold(engine: sa.Engine, lock_file: Path, owner: str) -> Iterator[None]:
    """Hold the lease; SystemFault naming the holder when somebody else does."""
    lock = _advisory_lock(engine) if engine.dialect.name == "postgresql" else _file_lock(lock_file, owner)
    with lock as taken:
        if not taken:
            raise SystemFault(
                f"another close is running on these books: {_holder(engine)}",
                str(lock_file.parent),
                "two closes at once would each miss what the other publishes",
                "wait until it has finished, then run the command again",
            )
        lock_file.touch()  # its time divides files of the running close from leftovers of earlier ones
        _sign_in(engine, owner)
        try:
            yield
        finally:
            with writing(engine).begin() as connection:
                connection.execute(sa.delete(lease_rows))


@contextmanager
def _file_lock(path: Path, owner: str) -> Iterator[bool]:
    # a POSIX record lock belongs to the process: it neither survives it nor passes to children, but a second
    # opening in the same process would silently share and then drop it, hence the list of locks held here
    key = (os.getpid(), path.resolve())
    with _guard:
        if key in _held_here:
            yield False
            return
        handle = path.open("ab")
        if not _try(handle):
            handle.close()
            yield False
            return
        _held_here[key] = owner
    try:
        yield True
    finally:
        with _guard:
            del _held_here[key]
            handle.close()


def _try(handle: BinaryIO) -> bool:
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


@contextmanager
def _advisory_lock(engine: sa.Engine) -> Iterator[bool]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taken = bool(connection.execute(sa.select(sa.func.pg_try_advisory_lock(_ADVISORY_KEY))).scalar())
        try:
            yield taken
        finally:
            if taken:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_ADVISORY_KEY)))


def _sign_in(engine: sa.Engine, owner: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with writing(engine).begin() as connection:
        connection.execute(sa.delete(lease_rows))
        connection.execute(sa.insert(lease_rows).values(name="close", owner=owner, host=socket.gethostname(), pid=os.getpid(), taken_at=now))


def _holder(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        row = connection.execute(sa.select(lease_rows)).fetchone()
    return "its holder has not signed in yet" if row is None else f"{row.owner} on {row.host}, process {row.pid}, since {row.taken_at}"
