"""Signatures on closed days: who prepared, who reviewed, who withdrew, and over which bytes. Recorded as acts.

A signature is over the close and the hash of everything it published; a day closed again with another outcome has to be signed anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from store.acts import Act, Acts, Draft
from store.closes import Close

KIND = "signature"
PREPARER, REVIEWER, WITHDRAWAL = "preparer", "reviewer", "withdrawal"


@dataclass(frozen=True, slots=True)
class Signature:
    """One standing signature on a day."""

    role: str
    person: str
    reason: str
    act: Act


def sign(acts: Acts, close: Close, role: str, person: str, reason: str, second: str = "") -> Act:
    """Record a signature, or a withdrawal, over a close."""
    body = {"role": role, "close_id": close.close_id, "output_hash": close.output_hash, "reason": reason, **({"second": second} if second else {})}
    return acts.append([Draft(KIND, close.business_date.isoformat(), close.business_date, person, body)])[0]


def standing(found: Sequence[Act], close: Close) -> list[Signature]:
    """Signatures on a close that hold: made over these bytes, not withdrawn since."""
    made: list[Signature] = []
    for act in found:
        if act.kind != KIND or act.subject != close.business_date.isoformat():
            continue
        if act.body["role"] == WITHDRAWAL:
            made = []
        elif act.body["output_hash"] == close.output_hash:
            made.append(Signature(act.body["role"], act.person, act.body["reason"], act))
    return made


def last_signed(closes: dict[date, Close]) -> date | None:
    """The last signed day; None before any."""
    return max((d for d, c in closes.items() if c.status == "signed"), default=None)
