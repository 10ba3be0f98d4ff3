"""`tieout certify DATE`: is the day, or a pair of it, in order under the approved policy? Each refusal has a reason code. Never for a period's end."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from assets.plan import plan_range
from assets.workspace import Workspace
from core.certification import REASONS, Facts, Item, refusals
from core.errors import UsageFault
from core.kinds import RELEASING, BreakStatus, Pair
from core.policy import Certification
from core.sql import Session
from reconcilers.balances import INPUTS as BALANCES
from reconcilers.decisions import text_fault
from reconcilers.orders import INPUTS as ORDERS
from store.acts import Act
from store.certificates import DAY, FALLS, KIND, certify, changes, reperformed, standing, withdraw
from store.closes import Close
from tieout.reading import open_workspace, published

_RELEASING = ", ".join(f"'{s}'" for s in RELEASING)
_DECIDED = ", ".join(f"'{s}'" for s in (BreakStatus.ACCEPTED, BreakStatus.SUPPRESSED))
SIDES = {**BALANCES, "order_event": ORDERS, "event_ledger": ("loyalty_event",), "redemption_tax": ("loyalty_event", "ledger_line")}
LEDGER_SIDE = {"ledger_line", "posting_manifest"}
"""The input tables that a pair needs; either of these is the ledger's side of event_ledger."""


@dataclass(frozen=True, slots=True)
class CertifyResult:
    """The certificate of a day and of each pair, or why there is none."""

    business_date: date
    refused: dict[str, list[str]]
    """Reason codes by scope, `day` or the pair; an empty list is a certificate."""
    policy_version: str

    exit_code = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "business_date": self.business_date.isoformat(), "policy_version": self.policy_version, "certified": [s for s, r in self.refused.items() if not r],
            "refused": {s: {code: REASONS[code] for code in r} for s, r in self.refused.items() if r},
        }  # fmt: skip

    def show(self) -> None:
        from tieout.commands.show import console

        screen = console()
        for scope, codes in self.refused.items():
            said = "; ".join(f"{code} ({REASONS[code]})" for code in codes)
            screen.print(f"{self.business_date} {scope}: {'refused: ' + said if codes else 'certified'}", soft_wrap=True, markup=False, highlight=False)


@dataclass(frozen=True, slots=True)
class SampleResult:
    """Certified days of a period that a person has to perform again, and whether somebody did."""

    period: str
    days: dict[date, str]

    exit_code = 0

    def as_dict(self) -> dict[str, Any]:
        return {"period": self.period, "sample": {d.isoformat(): who or None for d, who in self.days.items()}}

    def show(self) -> None:
        from tieout.commands.show import console

        for day, who in self.days.items():
            console().print(f"{day}: {'performed again by ' + who if who else 'waiting for a person'}", markup=False, highlight=False)
        if not self.days:
            console().print(f"{self.period}: no day was certified")


def run(folder: Path, day: date) -> CertifyResult:
    """Judge a closed day and its pairs, record a certificate for each that is in order, withdraw one that data or configuration has overtaken."""
    workspace = open_workspace(folder)
    close = workspace.store.closes().get(day)
    if close is None:
        raise UsageFault(f"{day} has not been closed", str(folder), "only a closed day can be certified", f"tieout close {day}")
    policy = _policy(workspace)
    facts = gather(workspace, day)
    refused = {DAY: refusals(policy, facts), **{str(p): refusals(policy, facts, str(p)) for p in Pair}}
    held = standing(workspace.store.acts.rows(KIND))
    overtaken = {(day, s): words for s, codes in refused.items() if (day, s) in held and (words := [FALLS[c] for c in codes if c in FALLS])}
    withdraw(workspace.store.acts, overtaken)
    fresh = [s for s, codes in refused.items() if not codes and not ((day, s) in held and not changes(held[(day, s)], close))]
    if fresh:
        certify(workspace.store.acts, close, fresh, {"version": policy.version, "approved_by": policy.approved_by, "approved_on": str(policy.approved_on)})
    return CertifyResult(day, refused, policy.version)


def _policy(workspace: Workspace) -> Certification:
    policy = workspace.books.file.certification
    if policy is None:
        raise UsageFault(
            "there is no certification policy", str(workspace.folder / "tieout.toml"), "only a policy that a named person approved certifies",
            "add [certification] with version, approved_by and approved_on",
        )  # fmt: skip
    return policy


def gather(workspace: Workspace, day: date) -> Facts:
    """What the conditions ask of a closed day."""
    closes = workspace.store.closes()
    with published(workspace, ("break", "roll_forward", "tie_out", "control_total", "disposition", "feed_status"), first=day, last=day) as session:
        items, facts = _items(session), _figures(session)
    earlier = closes.get(day - timedelta(days=1))
    is_signed = closes[day].status == "signed"
    return Facts(
        items, facts["liabilities"], facts["failed"], facts["untied"], workspace.books.file.company.calendar.is_end(day),
        is_current=is_signed or not [d for d in plan_range(workspace, day, day, again=False).days if d <= day],
        is_day_before_signed=earlier is None or earlier.status == "signed" or _is_certified(workspace, earlier),
        is_sample_outstanding=is_outstanding(workspace, day),
        is_of_this_configuration=is_signed or closes[day].config_hash == workspace.books.config_hash, uncompared=facts["uncompared"],
    )  # fmt: skip


def _items(session: Session) -> list[Item]:
    rows = session.fetch(f"""
        select pair, code, coalesce(currency, '') as currency, count(*) as n,
            count(*) filter (where blocks_signoff and status not in ({_RELEASING})) as blocking,
            coalesce(sum(difference_amount), 0)::decimal(38, 4) as net, coalesce(sum(abs(difference_amount)), 0)::decimal(38, 4) as gross,
            coalesce(sum(abs(difference_points)), 0)::decimal(38, 4) as gross_points, max(effective_age_days) as oldest,
            count(*) filter (where status in ({_DECIDED})) as decided,
            coalesce(sum(abs(difference_amount)) filter (where status in ({_DECIDED})), 0)::decimal(38, 4) as decided_gross
        from "break" where status not in ('closed', 'expected') group by all order by all""")
    keys = ("pair", "code", "currency", "n", "blocking", "net", "gross", "gross_points", "oldest", "decided", "decided_gross")
    return [Item(*(r[k] for k in keys)) for r in rows]


def _figures(session: Session) -> dict[str, Any]:
    owed = session.fetch("""select r.currency, sum(r.closing_amount) as amount from roll_forward r join programme p using (programme_id)
        where r.measure = p.ledger_measure group by r.currency""")
    missing = session.fetch("select distinct pair from disposition where reason in ('feed_missing', 'ledger_shows_no_tax')")
    return {
        "liabilities": {r["currency"]: r["amount"] for r in owed},
        "failed": int(session.value("select count(*) from control_total where status in ('failed', 'refused')")),
        "untied": int(session.value("select count(*) from tie_out where status = 'untied'")),
        "uncompared": frozenset(r["pair"] for r in missing) | _without_delivery(session),
    }


def _without_delivery(session: Session) -> frozenset[str]:
    """Pairs that were not judged because a side of them had no delivery: where neither side had one, no row tells it."""
    delivered = {r["table"] for r in session.fetch('select "table" from feed_status where is_delivered')}
    unjudged = {pair for pair, tables in SIDES.items() if not delivered.issuperset(tables)}
    return frozenset(unjudged | (set() if delivered & LEDGER_SIDE else {str(Pair.EVENT_LEDGER)}))


def _is_certified(workspace: Workspace, close: Close) -> bool:
    held = standing(workspace.store.acts.rows(KIND)).get((close.business_date, DAY))
    return held is not None and not changes(held, close)


# -------------------------------------------------------------------------------------------------------------------- the sample


def sample(folder: Path, period_id: str) -> SampleResult:
    """The certified days of a period that are to be performed again."""
    workspace = open_workspace(folder)
    try:
        period = workspace.books.file.company.calendar.period(period_id)
    except ValueError as fault:
        raise UsageFault(str(fault), "--sample", "a sample is drawn per period", "name a period of the fiscal calendar") from None
    return SampleResult(period_id, _sample(workspace, period.first, period.last))


def perform_again(folder: Path, day: date, person: str, reason: str) -> SampleResult:
    """Record that a person performed a day of the sample again, by hand."""
    workspace = open_workspace(folder)
    period = workspace.books.file.company.calendar.period_of(day)
    faults = [
        f"{name} {fault}" for name, text in (("the name", person), ("what was found", reason)) if (fault := text_fault(text) or ("" if text else "is empty"))
    ]
    if day not in _sample(workspace, period.first, period.last):
        faults.append(f"{day} is not in the sample of {period.period_id}")
    if faults:
        raise UsageFault(
            "; ".join(faults), str(folder), "a sample shows that the policy certifies what people would", f"tieout certify --sample {period.period_id}"
        )
    reperformed(workspace.store.acts, day, " ".join(person.split()), reason.strip())
    return sample(folder, period.period_id)


def _sample(workspace: Workspace, first: date, last: date) -> dict[date, str]:
    """Certified days of a period, drawn by hash so that nobody chooses, with who performed each again (empty: nobody yet).

    A day is drawn by the policy version that certified it, so that a new version asks for no other days of months that are done. What a person
    performed again before the day was certified anew was other figures, and does not count.
    """
    acts = workspace.store.acts.rows(KIND)
    certified = {d: a for d, a in _issued(acts).items() if first <= d <= last}
    drawn = sorted(certified, key=lambda d: hashlib.sha256(f"{certified[d].body['policy']['version']} {d}".encode()).hexdigest())
    again = [a for a in acts if a.body["what"] == "reperformed" and a.effective_date in certified]
    who = {a.effective_date: a.person for a in again if a.sequence > certified[a.effective_date].sequence}
    return {d: who.get(d, "") for d in sorted(drawn[: _policy(workspace).sample_days])}


def _issued(acts: Sequence[Act]) -> dict[date, Act]:
    """Every day that was ever certified, with its last certificate."""
    return {a.effective_date: a for a in acts if a.body["what"] == "issued" and a.body["scope"] == DAY}


def is_outstanding(workspace: Workspace, day: date) -> bool:
    """Whether somebody still has to perform a day of an earlier period again: a month in which nothing was certified does not end the wait."""
    calendar = workspace.books.file.company.calendar
    opened = calendar.period_of(day).first
    earlier = {calendar.period_of(d) for d in _issued(workspace.store.acts.rows(KIND)) if d < opened}
    return any(not who for p in earlier for who in _sample(workspace, p.first, p.last).values())
