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
    notes: list[str]
    """What is no fault and worth knowing."""

    @property
    def exit_code(self) -> int:
        return 4 if self.findings else 0

    def as_dict(self) -> dict[str, Any]:
        return {"closes": self.closes, "findings": self.findings, "notes": self.notes}

    def show(self) -> None:
        from tieout.commands.show import console

        screen = console()
        for line in (*self.findings, *self.notes):
            screen.print(f"- {line}", soft_wrap=True, markup=False)
        found = plural(len(self.findings), "finding") if self.findings else "every file, report and seal holds"
        screen.print(f"{plural(self.closes, 'close')} verified: {found}")


def run(folder: Path, day: date | None) -> VerifyResult:
    """Hash every pinned file and report again and compare with the close rows. Raises UsageFault for a day that was never closed."""
    store = open_workspace(folder).store
    if day and day not in store.closes():
        raise UsageFault(f"{day} has not been closed", str(folder), "there is nothing of it to verify", "tieout verify, for every closed day")
    moved = store.elsewhere()
    notes = [f"the books were copied or moved: {plural(len(moved), 'Iceberg table')} for other engines will be made here by the next close"] if moved else []
    return VerifyResult(1 if day else len(store.closes()), store.verify(day), notes)
