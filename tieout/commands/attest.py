"""`tieout attest --since DATE`: is the control unchanged since a baseline, and if not, what changed on which day."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.errors import UsageFault
from core.version import code_version
from tieout.reading import open_workspace

NEXT = "next close"
"""Instead of a day: what is in force now and no close has used."""


@dataclass(frozen=True, slots=True)
class AttestResult:
    """Changes of code and configuration between consecutive closed days, and since the last of them."""

    since: date
    closes: int
    changes: list[dict[str, str]]

    exit_code = 0

    def as_dict(self) -> dict[str, Any]:
        return {"since": self.since.isoformat(), "closes": self.closes, "unchanged": not self.changes, "changes": self.changes}

    def show(self) -> None:
        from tieout.commands.show import console

        screen = console()
        if not self.changes:
            screen.print(f"Unchanged since {self.since}: {self.closes} closes under the same code, rules, rates and parameters.")
        for change in self.changes:
            screen.print(f"{change['day']}: {change['what']} {change['before']} → {change['after']}", soft_wrap=True, highlight=False)


def run(folder: Path, since: date) -> AttestResult:
    """Compare code version and configuration hash of each closed day with the day before it, from the baseline on, and the last with what is in force
    now: what changed after the last close has changed too."""
    workspace = open_workspace(folder)
    closes = [c for d, c in sorted(workspace.store.closes().items()) if d >= since]
    if not closes:
        raise UsageFault(f"no day has been closed since {since}", str(folder), "there is nothing to attest", "tieout close DATE")
    states = [(c.business_date.isoformat(), c.code_version, c.config_hash) for c in closes]
    states.append((NEXT, code_version(), workspace.books.config_hash))
    changes = [
        {"day": day, "what": what, "before": old, "after": new}
        for before, (day, code, config) in pairwise(states)
        for what, old, new in (("code", before[1], code), ("configuration", before[2][:12], config[:12]))
        if old != new
    ]
    return AttestResult(since, len(closes), changes)
