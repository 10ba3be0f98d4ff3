"""Faults: our bug, a wrong configuration, a dead system. Wrong data is never a fault; it becomes a break row.

Every fault says what, where, why it matters and the next command, carries its exit code, and never holds personal data.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path


def quoted(path: Path) -> str:
    """A path as it can be typed after a command, blanks and all."""
    return shlex.quote(str(path))


@dataclass(eq=False)
class Fault(Exception):
    """A reason to stop. `where` is file:line:column, or system and call; `next_step` is a command or an edit."""

    what: str
    where: str
    why: str
    next_step: str

    exit_code = 5

    def __str__(self) -> str:
        return f"{self.what}\n  where: {self.where}\n  why:   {self.why}\n  next:  {self.next_step}"

    def as_dict(self) -> dict[str, object]:
        """The same facts for `--json`."""
        return {
            "error": type(self).__name__,
            "what": self.what,
            "where": self.where,
            "why": self.why,
            "next": self.next_step,
            "exit_code": self.exit_code,
        }


class UsageFault(Fault):
    """A bad command or configuration."""

    exit_code = 2


class SystemFault(Fault):
    """A source or target system failed."""

    exit_code = 3


class UnprovenFault(SystemFault):
    """What a system answered is here and cannot be proven: asking it again may help, reading the same answer again does not."""


class IntegrityFault(Fault):
    """Our own stored data, or an invariant, does not hold."""

    exit_code = 4
