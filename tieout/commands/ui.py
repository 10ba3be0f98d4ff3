"""`tieout ui`: Dagster's web interface and daemon over the books, in the foreground."""

import os
import signal
import subprocess
import sys
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[2] / "workspace.yaml"


def run(folder: Path, port: int) -> None:
    """Start both services and stop both when one ends or the user interrupts."""
    from core.books import load_books
    from dagster_project.instance import prepare

    load_books(folder)
    environment = {**os.environ, "TIEOUT_BOOKS": str(folder), "DAGSTER_HOME": str(prepare(folder)), "PYTHONUNBUFFERED": "1"}
    here = Path(sys.executable).parent
    commands = (
        [str(here / "dagster-daemon"), "run", "-w", str(WORKSPACE)],
        [str(here / "dagster-webserver"), "-w", str(WORKSPACE), "-h", "127.0.0.1", "-p", str(port)],
    )
    processes = [subprocess.Popen(c, env=environment, cwd=WORKSPACE.parent) for c in commands]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        processes[1].wait()
    except KeyboardInterrupt:
        return
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=30)
