"""`tieout attest --since DATE`: is the control unchanged since a baseline, and if not, what changed on which day."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.errors import UsageFault
from tieout.reading import open_workspace


@dataclass(frozen=True, slots=True)
class AttestResult:
    """Changes of code and configuration between consecutive closed days."""

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
    """Compare code version and configuration hash of each closed day with the day before it, from the baseline on."""
    closes = [c for d, c in sorted(open_workspace(folder).store.closes().items()) if d >= since]
    if not closes:
        raise UsageFault(f"no day has been closed since {since}", str(folder), "there is nothing to attest", "tieout close DATE")
    changes = [
        {"day": after.business_date.isoformat(), "what": what, "before": old, "after": new}
        for before, after in pairwise(closes)
        for what, old, new in (("code", before.code_version, after.code_version), ("configuration", before.config_hash[:12], after.config_hash[:12]))
        if old != new
    ]
    return AttestResult(since, len(closes), changes)
