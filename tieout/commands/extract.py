"""`tieout extract`: read the systems for a day and deliver what they say, without closing."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.extraction import extract_days, told
from assets.workspace import Workspace
from core.errors import UsageFault


@dataclass(frozen=True, slots=True)
class ExtractResult:
    """What was read."""

    extractions: list[Any]
    exit_code: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {"extractions": [{**e.facts, "is_new": e.is_new} for e in self.extractions]}

    def show(self) -> None:
        from tieout.commands.show import console

        for extraction in self.extractions:
            console().print(told(extraction) + ("" if extraction.is_new else " (read before)"), soft_wrap=True, highlight=False, markup=False)


def run(folder: Path, day: date, source: str, *, again: bool) -> ExtractResult:
    """Extract every source of a system, or one."""
    workspace = Workspace(folder)
    if not any(s.kind for s in workspace.books.file.sources.values()):
        raise UsageFault(
            "these books read no system", str(folder / "tieout.toml"), "everything comes by file", 'name one: [sources.<name>] kind = "netsuite" (docs/erp.md)'
        )
    try:
        workspace.hold("tieout extract")
        return ExtractResult(extract_days(workspace, day, day, only=source, again=again))
    finally:
        workspace.release()
