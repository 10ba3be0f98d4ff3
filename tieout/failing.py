"""What ends a command too early, in words: misuse, a file system that says no, and bugs of ours.

What does not belong here: faults that say themselves what, where, why and next (`core.errors`).
"""

import errno
import shlex
import sys
from typing import Any

from core.errors import Fault, SystemFault, UsageFault

_NOT_OURS_TO_USE = frozenset({errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP})
_FAILING_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE})


def misuse(fault: Any) -> UsageFault:
    """A command line that is not understood. `fault` is the command line library's own error."""
    command = fault.ctx.command_path if fault.ctx else "tieout"
    what = fault.format_message().strip().rstrip(".")
    return UsageFault(what[:1].lower() + what[1:], command, "a command that is not understood is not guessed", f"{command} --help")


def file_system(failure: OSError) -> Fault | None:
    """What the file system refused, in words; None: it is not the file system's fault but ours."""
    place = str(failure.filename or "the file system")
    if failure.errno in _NOT_OURS_TO_USE:
        return UsageFault(
            f"{failure.strerror}", place, "tieout reads and writes there", "check the path and who may read and write it, then run the command again"
        )
    if failure.errno in _FAILING_DISK:
        return SystemFault(f"{failure.strerror}", place, "nothing half-written is published", "make room or repair it, then run the command again")
    return None


def bug(failure: Exception) -> Fault:
    """Everything unforeseen."""
    return Fault(f"{type(failure).__name__}: {failure}", shlex.join(["tieout", *sys.argv[1:]]), "this is a bug of tieout", "report it with the lines above")
