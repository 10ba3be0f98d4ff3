"""Extraction before a close: the systems that the books name are read for the days to close, and their deliveries stand in the inbox.

What belongs here: which sources and days. What does not: how a system is read (`connectors.extraction`). Books without such sources pay nothing.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from assets.workspace import Workspace
from core.calendar import days_between
from core.errors import UsageFault

if TYPE_CHECKING:
    from connectors.extraction.extract import Extraction


def extract_days(
    workspace: Workspace, first: date, last: date, *, only: str = "", again: bool = False, tell: Callable[[str], None] = lambda _: None
) -> list["Extraction"]:  # fmt: skip
    """Read every source of a system for each day that was not read yet (with `again`: anew). Raises SystemFault on the first that fails."""
    chosen = {n: s for n, s in sorted(workspace.books.file.sources.items()) if s.kind and only in ("", n)}
    if only and not chosen:
        raise UsageFault(
            f"no source {only} is read from a system", str(workspace.folder / "tieout.toml"), "there is nothing to extract", "name a source with a kind"
        )
    if not chosen:
        return []
    from connectors.extraction.extract import Place, extract_day

    place = Place(workspace.folder, workspace.lake, workspace.inbox)
    found = []
    for day in days_between(first, last):
        for name, source in chosen.items():
            extraction = extract_day(name, source, place, day, workspace.books.file.engine, again=again)
            found.append(extraction)
            if extraction.is_new or "waiting_for" in extraction.facts:
                tell(told(extraction))
    return found


def told(extraction: "Extraction") -> str:
    """One extraction in a line."""
    facts = extraction.facts
    lines, balances, strange = facts.get("lines"), facts.get("balances"), facts.get("unknown_fields")
    parts = [", ".join(f"{v} {k}" for k, v in lines.items())] if isinstance(lines, dict) else []
    parts += [f"{balances} balances"] if balances is not None else []
    parts += [f"waiting for {facts['waiting_for']}"] if "waiting_for" in facts else []
    parts += [f"NEW FIELDS the definition does not know: {strange}"] if strange else []
    return f"{extraction.source} {extraction.day}: {'; '.join(parts)}"
