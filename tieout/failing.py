"""What ends a command too early, in words: misuse, a machine that says no, and bugs of ours.

What does not belong here: faults that say themselves what, where, why and next (`core.errors`).
"""

import errno
import re
import shlex
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from core.errors import Fault, SystemFault, UsageFault

_NOT_OURS_TO_USE = frozenset({errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP})
_FAILING_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE})

_FAILING_DATABASE = ("disk is full", "readonly database", "unable to open database file", "disk I/O error")


_ABOUT_BOOKS = re.compile(r"tieout (?!demo|init|compare)[a-z-]+( DATE| \d{4}-\d{2}-\d{2})*")


def on_the_same_books(fault: Fault, typed: Sequence[str]) -> Fault:
    """The fault with a next command that can be typed as it stands: it names the books that the failed command named."""
    given = [w.removeprefix("--books=") for w in typed if w.startswith("--books=")] or [b for a, b in pairwise(typed) if a == "--books"]
    command = _ABOUT_BOOKS.match(fault.next_step)
    if not given or not command or "--books" in fault.next_step:
        return fault
    rest = fault.next_step[command.end() :]
    return replace(fault, next_step=f"{command[0]} --books {shlex.quote(given[-1])}{rest}")


def misuse(fault: Any) -> UsageFault:
    """A command line that is not understood. `fault` is the command line library's own error."""
    command = fault.ctx.command_path if fault.ctx else "tieout"
    what = fault.format_message().strip().rstrip(".")
    return UsageFault(what[:1].lower() + what[1:], command, "a command that is not understood is not guessed", f"{command} --help")


def environment(failure: BaseException) -> Fault | None:
    """What the disk, the database file on it or the limit of memory refused, in words; None: it is not their fault but ours."""
    import duckdb  # only where something failed: a command that needs no database starts without it

    link: BaseException | None = failure
    while link is not None:
        if isinstance(link, OSError) and link.errno in _NOT_OURS_TO_USE:
            place = str(link.filename or "the file system")
            return UsageFault(
                f"{link.strerror}", place, "tieout reads and writes there", "check the path and who may read and write it, then run the command again"
            )
        if isinstance(link, OSError) and link.errno in _FAILING_DISK:
            return _failing(str(link.strerror), str(link.filename or "the file system"))
        if isinstance(link, sqlite3.OperationalError) and any(words in str(link) for words in _FAILING_DATABASE):
            return _failing(str(link), "the database of the books")
        if isinstance(link, duckdb.OutOfMemoryException):
            return _too_little(str(link).partition("\n")[0])
        link = link.__cause__
    return None


def _failing(what: str, where: str) -> SystemFault:
    return SystemFault(what, where, "nothing half-written is published", "make room or repair it, then run the command again")


def _too_little(what: str) -> UsageFault:
    where = "[engine] memory in tieout.toml, --memory of compare, or the disk that is spilled to"
    return UsageFault(what, where, "nothing half-written is published", "allow more memory or make room on the disk, then run the command again")


def bug(failure: Exception) -> Fault:
    """Everything unforeseen."""
    return Fault(f"{type(failure).__name__}: {failure}", shlex.join(["tieout", *sys.argv[1:]]), "this is a bug of tieout", "report it with the lines above")
