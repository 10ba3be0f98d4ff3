"""`tieout sign DATE`: preparer and reviewer sign a closed day; from then on it never changes. A withdrawal opens the last signed day again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.plan import plan_range
from assets.workspace import Workspace
from core.calendar import days_between
from core.errors import UsageFault, quoted
from core.kinds import RELEASING
from core.policy import SignOff
from reconcilers.decisions import same_person, text_fault
from store.closes import Close
from store.periods import CLOSED, LOCKED, states
from store.signatures import PREPARER, REVIEWER, WITHDRAWAL, Signature, last_signed, sign, standing
from tieout.reading import open_workspace, published

_RELEASING = ", ".join(f"'{s}'" for s in RELEASING)


@dataclass(frozen=True, slots=True)
class SignResult:
    """Where a day stands after the command."""

    business_date: date
    close: Close
    signatures: list[Signature]
    done: str

    exit_code = 0

    def as_dict(self) -> dict[str, Any]:
        made = [{"role": s.role, "by": s.person, "why": s.reason, "at": s.act.instant.isoformat()} for s in self.signatures]
        return {"business_date": self.business_date.isoformat(), "close_id": self.close.close_id, "status": self.close.status, "signatures": made}

    def show(self) -> None:
        from tieout.commands.show import console

        console().print(f"{self.business_date}: {self.done}. Status: {self.close.status}.", markup=False, highlight=False)


def run(folder: Path, day: date, person: str, role: str, reason: str) -> SignResult:
    """Sign a day as preparer or reviewer (empty: whichever comes next). Raises UsageFault with every reason why it cannot be signed."""
    workspace = open_workspace(folder)
    close = _closed(workspace, day)
    acts = workspace.store.acts
    made = standing(acts.rows("signature"), close)
    policy = workspace.books.file.sign_off
    role = role or (REVIEWER if any(s.role == PREPARER for s in made) else PREPARER)
    faults = [*_persons(person, role, reason, made, policy), *open_reasons(workspace, day, role)]
    if faults:
        raise UsageFault(
            f"{day} cannot be signed: {'; '.join(faults)}",
            str(folder),
            "a signature says that somebody looked and found it in order",
            f"work what is named: {quoted(folder / 'reports' / day.isoformat() / 'discrepancies.xlsx')}, tieout explain BREAK_ID",
        )
    sign(acts, close, role, " ".join(person.split()), reason.strip())
    if role == REVIEWER or not policy.two_persons:
        close = workspace.store.set_status(day, "signed")
    return SignResult(day, close, standing(acts.rows("signature"), close), f"signed by {person} as {role}")


def run_range(folder: Path, first: date, last: date, person: str, role: str, reason: str) -> SignResult:
    """Sign day after day; the first day that cannot be signed ends it (UsageFault), those before it are signed."""
    result = run(folder, first, person, role, reason)
    for day in days_between(first, last)[1:]:
        result = run(folder, day, person, role, reason)
    return result


def withdraw(folder: Path, day: date, person: str, second: str, reason: str) -> SignResult:
    """Take the signatures of the last signed day back, so that it can be closed again."""
    workspace = open_workspace(folder)
    close, last = _closed(workspace, day), last_signed(workspace.store.closes())
    made = standing(workspace.store.acts.rows("signature"), close)
    faults = [f"{name} {fault}" for name, text in (("the name", person), ("the reason", reason), ("the second person", second)) if (fault := text_fault(text))]
    faults += [f"{name} is empty" for name, text in (("the name", person), ("the reason", reason)) if not text.strip()]
    if not made and close.status != "signed":
        faults.append("nobody has signed it")
    shut = [s.period.period_id for s in states(workspace.store.acts.rows("period")).values() if s.state in (CLOSED, LOCKED) and s.period.last >= day]
    if close.status == "signed" and shut:
        faults.append(f"period {min(shut)} is closed")
    if close.status == "signed" and last != day:
        faults.append(f"later days build on it; {last} has to be withdrawn first")
    if close.status == "signed" and workspace.books.file.sign_off.two_persons and (not second.strip() or same_person(second, person)):
        faults.append("a second person has to agree (--second NAME)")
    if faults:
        raise UsageFault(f"the signature of {day} cannot be withdrawn: {'; '.join(faults)}", str(folder), "what was signed was relied on", "tieout sign --help")
    sign(workspace.store.acts, close, WITHDRAWAL, " ".join(person.split()), reason.strip(), " ".join(second.split()))
    if close.status == "signed":
        close = workspace.store.set_status(day, "closed")
    return SignResult(day, close, [], f"withdrawn by {person}")


def _closed(workspace: Workspace, day: date) -> Close:
    close = workspace.store.closes().get(day)
    if close is None:
        raise UsageFault(f"{day} has not been closed", str(workspace.folder), "only a closed day can be signed", f"tieout close {day}")
    return close


def _persons(person: str, role: str, reason: str, made: Sequence[Signature], policy: SignOff) -> list[str]:
    """What stands against this person signing in this role."""
    faults = [f"{name} {fault}" for name, text in (("the name", person), ("the reason", reason)) if (fault := text_fault(text))]
    if role not in (PREPARER, REVIEWER):
        return [*faults, f"{role!r} is no role; preparer or reviewer"]
    if not person.strip():
        return [*faults, "the name is empty"]
    allowed = policy.preparers if role == PREPARER else policy.reviewers
    if allowed and not any(same_person(person, a) for a in allowed):
        faults.append(f"{person} is not one of the {role}s: {', '.join(allowed)}")
    if any(s.role == role for s in made):
        faults.append(f"a {role} has signed already")
    if role == REVIEWER and policy.two_persons:
        prepared = [s.person for s in made if s.role == PREPARER]
        if not prepared:
            faults.append("no preparer has signed yet")
        elif same_person(prepared[0], person):
            faults.append(f"{person} prepared it and cannot review it")
    return faults


def open_reasons(workspace: Workspace, day: date, role: str) -> list[str]:
    """Why a closed day is not ready to be signed in a role, whoever signs; empty when it is. A preparer may prepare a day whose past is prepared."""
    closes = workspace.store.closes()
    if closes[day].status == "signed":
        return ["it is signed already"]
    before = [d for d, c in closes.items() if d < day and c.status != "signed"]
    if role == PREPARER and before:
        acts = workspace.store.acts.rows("signature")
        before = [d for d in before if not standing(acts, closes[d])]
    faults = [f"{min(before)} before it is not signed"] if before else []
    stale = [d for d in plan_range(workspace, day, day, again=False).days if d <= day]
    if stale:
        faults.append("something was delivered or decided since it was closed; close it again")
    with published(workspace, ("break",), first=day, last=day) as session:
        blocking = session.fetch(f'select code, count(*) as n from "break" where blocks_signoff and status not in ({_RELEASING}) group by code order by code')
    if blocking:
        faults.append("open breaks block it: " + ", ".join(f"{b['code']}×{b['n']}" for b in blocking))
    return faults
