"""Which decisions about a break may be made, by whom: the split of duties. Pure: what is asked, the policy and the break come in.

What does not belong here: recording decisions, and what they do to a break (`sql/break_decided.sql`).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.kinds import BreakStatus, DecisionAction, Queue
from core.policy import BreakWork

LONGEST = 2000
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ON_STATUS = frozenset(DecisionAction) - {DecisionAction.ASSIGNED, DecisionAction.NOTED}


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision as a person asks for it."""

    action: str
    decided_by: str
    reason: str
    effective_date: date
    queue: str = ""
    until: date | None = None
    approved_by: str = ""
    evidence: str = ""


def objections(asked: Asked, standing: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], work: BreakWork) -> list[str]:
    """Why the decision may not be made, one sentence each; empty when it may.

    `standing` is the break's latest row (core.schema `break`), `earlier` the decisions about it in order of recording.
    """
    if asked.action not in {str(a) for a in DecisionAction}:
        return [f"{asked.action!r} is no decision; one of: {', '.join(DecisionAction)}"]
    found = [f"{name} {fault}" for name, text in _texts(asked) if (fault := text_fault(text))]
    found += [f"{name} is empty" for name, text in (("who decides", asked.decided_by), ("the reason", asked.reason)) if not text.strip()]
    found += _terms(asked)
    if asked.action in _ON_STATUS:
        found += _standing(asked, standing) + _persons(asked, standing, earlier, work)
    return found


def text_fault(text: str) -> str:
    """What is wrong with a text a person typed; empty if nothing. A text that a spreadsheet would run as a formula is refused at the door.

    >>> text_fault('=HYPERLINK("http://x")'), text_fault("paid twice, see ticket 4711")
    ('begins with =, which spreadsheets run as a formula', '')
    """
    if len(text) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if _UNSEEN.search(text):
        return "holds a character that cannot be seen"
    return f"begins with {text.lstrip()[0]}, which spreadsheets run as a formula" if text.lstrip()[:1] in ("=", "+", "-", "@") else ""


def _texts(asked: Asked) -> list[tuple[str, str]]:
    return [("who decides", asked.decided_by), ("who approves", asked.approved_by), ("the reason", asked.reason), ("the evidence", asked.evidence)]


def _terms(asked: Asked) -> list[str]:
    """What belongs to which decision."""
    found = []
    if asked.action == DecisionAction.ASSIGNED and asked.queue not in {str(q) for q in Queue}:
        found.append(f"assigned needs a queue: {', '.join(Queue)}")
    if asked.action != DecisionAction.ASSIGNED and asked.queue:
        found.append("a queue belongs to assigned only")
    if asked.action == DecisionAction.SUPPRESSED and (asked.until is None or asked.until < asked.effective_date):
        found.append(f"suppressed needs a last day, {asked.effective_date} or later")
    if asked.action != DecisionAction.SUPPRESSED and asked.until is not None:
        found.append("a last day belongs to suppressed only")
    return found


def _standing(asked: Asked, standing: Mapping[str, Any]) -> list[str]:
    if standing["status"] == BreakStatus.CLOSED:
        return ["the break has closed; nothing is left to decide but for an unsigned day on which it was open (--date)"]
    if standing["status"] == BreakStatus.EXPECTED and asked.action != DecisionAction.WITHDRAWN:
        return ["the difference is in transit and expected; it becomes a break when it is overdue"]
    return []


def _persons(asked: Asked, standing: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], work: BreakWork) -> list[str]:
    """Preparer and approver are two people, where policy asks for two."""
    size = abs(Decimal(standing["difference_amount"] or 0))
    is_large = work.second_person_from is not None and size >= work.second_person_from
    if asked.action == DecisionAction.APPROVED:
        proposals = [d for d in earlier if d["action"] in (DecisionAction.PROPOSED, DecisionAction.WITHDRAWN)]
        if not proposals or proposals[-1]["action"] != DecisionAction.PROPOSED:
            return ["nothing is proposed that could be approved"]
        return _second(asked.decided_by, proposals[-1]["decided_by"], work)
    if asked.action in work.second_person or (is_large and asked.action in (DecisionAction.EXPLAINED, DecisionAction.ACCEPTED)):
        if not asked.approved_by.strip():
            why = f"at {size} a second person" if is_large and asked.action not in work.second_person else "a second person"
            return [f"{why} has to approve what is {asked.action}"]
        return _second(asked.approved_by, asked.decided_by, work)
    return _second(asked.approved_by, asked.decided_by, work) if asked.approved_by else []


def _second(second: str, first: str, work: BreakWork) -> list[str]:
    if same_person(second, first):
        return [f"{first} cannot approve what {first} prepared"]
    if work.approvers and not any(same_person(second, a) for a in work.approvers):
        return [f"{second} is not one of the approvers: {', '.join(work.approvers)}"]
    return []


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's, whatever their spelling in case and spaces, and however an accent is stored.

    >>> same_person("Zo\u00eb  Ruiz", "zoe\u0308 ruiz"), same_person("Zoe Ruiz", "Zo\u00eb Ruiz")
    (True, False)
    """
    return _spelt(one) == _spelt(other)


def _spelt(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", " ".join(name.split())).casefold())
