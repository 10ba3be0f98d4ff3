"""`tieout verify`: recompute seals and totals of what is stored."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import UsageFault
from reports.words import plural
from tieout.reading import open_workspace


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What does not hold; nothing is good news."""

    closes: int
    findings: list[str]

    @property
    def exit_code(self) -> int:
        return 4 if self.findings else 0

    def as_dict(self) -> dict[str, Any]:
        return {"closes": self.closes, "findings": self.findings}

    def show(self) -> None:
        from tieout.commands.show import console

        screen = console()
        for finding in self.findings:
            screen.print(f"- {finding}", soft_wrap=True, markup=False)
        found = plural(len(self.findings), "finding") if self.findings else "every file, report and seal holds"
        screen.print(f"{plural(self.closes, 'close')} verified: {found}")


def run(folder: Path, day: date | None) -> VerifyResult:
    """Hash every pinned file and report again and compare with the close rows. Raises UsageFault for a day that was never closed."""
    store = open_workspace(folder).store
    if day and day not in store.closes():
        raise UsageFault(f"{day} has not been closed", str(folder), "there is nothing of it to verify", "tieout verify, for every closed day")
    return VerifyResult(1 if day else len(store.closes()), store.verify(day))
