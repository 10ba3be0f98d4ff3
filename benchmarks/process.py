"""One measured child process: wall clock, processor seconds and the greatest resident memory, of itself and of what it waited for."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and GiB of one process; what it printed."""

    wall: float
    cpu: float
    memory: float
    output: str

    def __str__(self) -> str:
        return f"{self.wall:8.2f}{self.cpu:8.2f}{self.memory:8.2f}"


def measured(command: Sequence[str | Path], *, accepted: Sequence[int] = (0,)) -> Cost:
    """Run a command to its end. Raises RuntimeError with what it said if it ends otherwise than `accepted`."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read().decode(errors="replace")
    if child.returncode not in accepted:
        raise RuntimeError(f"{command} ended with {child.returncode}:\n{output[-2000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20, output)


def best(costs: Sequence[Cost]) -> Cost:
    """The one that used the processor least: the others were disturbed."""
    return min(costs, key=lambda c: c.cpu)


def python(*words: str | Path) -> list[str | Path]:
    """A command of this interpreter."""
    return [sys.executable, *words]


def busy() -> str:
    """How loaded the machine is, for the head of a table."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} while measuring"
