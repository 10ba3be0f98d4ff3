"""What a stand-in is to the books that read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tieout.standins.server import StandIn


def _nothing(_: Path) -> None:
    """No exports to write."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A stand-in and how books speak to it."""

    stand_in: StandIn | None
    """None: nothing is asked, exports are dropped."""
    secrets: Mapping[str, str]
    credentials: str
    settings: Mapping[str, str]
    fields: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    """Secrets that a system rolls on, and that are kept in files therefore."""
    token_path: str = ""
    by_posting_date: bool = False
    """The system can be asked by posting date only: books begin with the first one, and see what is entered late as far back as they read again."""
    overlap_days: int | None = None
    """How far back books read again; None: as the definition says."""
    dialect: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], None] = _nothing
    """Writes what lies in the exports folder."""
