"""What was done to bring an adjusting entry into a ledger: prepared, approved, attempted, and what came of it. Recorded as acts, never changed.

An attempt is on record before anything is sent, so that a process that dies leaves `unknown` behind and never a second posting.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from store.acts import Act, Acts, Draft

KIND = "posting"
PREPARED, APPROVED, WITHDRAWN, ATTEMPT, TAKEN, OUTCOME = "prepared", "approved", "withdrawn", "attempt", "taken", "outcome"
PROPOSED, UNKNOWN, REJECTED = "proposed", "unknown", "rejected"
DONE = ("created", "already_present")


@dataclass(slots=True)
class Standing:
    """Where one entry stands in one source. `prepared` and `approved` are over the hash in their body."""

    source: str
    key: str
    day: date
    prepared: Act | None = None
    approved: Act | None = None
    attempts: list[Act] = field(default_factory=list)
    outcome: Act | None = None
    rejections: int = 0
    taken: bool = False
    """The system said that it took it, and its outcome is unknown all the same; a withdrawal says that it is not there."""
    document: str = ""
    """What it named the document then."""
    withdrawn: int = 0
    """Sequence of the last withdrawal."""
    again: int = 0
    """How often it was handed over as a file and taken back: what no ledger took can be handed over again."""

    @property
    def may_be_there(self) -> bool:
        """Whether the ledger has it, or may: also where it has something else under our key, until somebody takes that back and withdraws."""
        said = self.outcome
        differs = said is not None and said.body["result"] == REJECTED and bool(said.body["document"]) and said.sequence > self.withdrawn
        return differs or self.state in (UNKNOWN, *DONE)

    @property
    def state(self) -> str:
        """proposed, prepared, approved, unknown, created, already_present or rejected."""
        done = self.outcome.sequence if self.outcome else 0
        if self.attempts and done < self.attempts[-1].sequence:
            return UNKNOWN
        asked = self.approved or self.prepared
        if self.outcome and (self.outcome.body["result"] != REJECTED or not asked or asked.sequence < done):
            return str(self.outcome.body["result"])
        return APPROVED if self.approved else PREPARED if self.prepared else PROPOSED

    @property
    def concerns(self) -> str:
        """What the entry was about."""
        return str(self.prepared.body["concerns"]) if self.prepared else ""


def record(acts: Acts, what: str, source: str, key: str, day: date, person: str, **body: Any) -> Act:
    """Record one act about an entry proposed for a day."""
    return acts.append([draft(what, source, key, day, person, **body)])[0]


def draft(what: str, source: str, key: str, day: date, person: str, **body: Any) -> Draft:
    """The same, to be recorded with others or not at all."""
    return Draft(KIND, key, day, person, {"what": what, "source": source, **body})


def standings(found: Sequence[Act]) -> dict[tuple[str, str], Standing]:
    """Where every entry stands, by source and key."""
    made: dict[tuple[str, str], Standing] = {}
    for act in found:
        if act.kind != KIND:
            continue
        at = made.setdefault((act.body["source"], act.subject), Standing(act.body["source"], act.subject, act.effective_date))
        _take(at, act)
    return made


def _take(at: Standing, act: Act) -> None:
    what = act.body["what"]
    if what == PREPARED:
        at.prepared, at.approved, at.day = act, None, act.effective_date
    elif what == APPROVED:
        at.approved = act
    elif what == WITHDRAWN:
        if at.outcome and at.outcome.body.get("handed"):
            at.again, at.attempts, at.outcome = at.again + 1, [], None
        at.approved = None
        at.prepared = None if not at.attempts else at.prepared
        at.taken, at.withdrawn = False, act.sequence
    elif what == ATTEMPT:
        at.attempts.append(act)
    elif what == TAKEN:
        at.taken, at.document = True, act.body["document"]
    elif what == OUTCOME:
        at.outcome = act
        at.taken, at.document = act.body.get("taken", False), act.body["document"]
        at.rejections += act.body["result"] == REJECTED
