"""`tieout verify`: recompute seals and totals of what is stored."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

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
        screen.print(f"{self.closes} closes verified: " + (f"{len(self.findings)} findings" if self.findings else "every file, report and seal holds"))


def run(folder: Path, day: date | None) -> VerifyResult:
    """Hash every pinned file and report again and compare with the close rows."""
    store = open_workspace(folder).store
    return VerifyResult(1 if day else len(store.closes()), store.verify(day))
