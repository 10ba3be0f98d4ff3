"""What a report says about itself and its surroundings: frozen, deterministic facts handed in by the caller.

No wall clock, no host, no path belongs here: two closes with the same facts and tables give the same bytes.
"""

from dataclasses import dataclass
from datetime import date

from core.policy import Certification


@dataclass(frozen=True, slots=True)
class ProgrammeFacts:
    """A programme in words: what its points are called and which currency it is kept in."""

    programme_id: str
    name: str
    points_name: str
    currency: str


@dataclass(frozen=True, slots=True)
class PreviousClose:
    """The close before this one, for the reader who wants to compare."""

    business_date: date
    close_id: str


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """One closed business day: which day, which close, which code, configuration and input made it, whose books."""

    business_date: date
    close_id: str
    code_version: str
    config_hash: str
    input_hash: str
    company: str
    presentation_currency: str
    programmes: tuple[ProgrammeFacts, ...] = ()
    previous_close: PreviousClose | None = None
    certification: Certification | None = None
    is_period_end: bool = False
    period_first: date | None = None

    def programme(self, programme_id: str | None) -> ProgrammeFacts:
        """The programme of that id; one the facts do not name is called by its id."""
        for programme in self.programmes:
            if programme.programme_id == programme_id:
                return programme
        name = programme_id or "no programme"
        return ProgrammeFacts(name, name, "points", "")
