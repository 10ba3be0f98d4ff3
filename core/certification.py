"""Auto-certification: the conditions under which a day, or one pair of it, is in order without a person. Pure; the same for command and reports.

Every refusal has a reason code. What does not belong here: recording certificates, and reading tables.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from core.kinds import Pair
from core.policy import Certification

REASONS = {
    "policy_not_approved": "the policy names nobody who approved it",
    "period_end": "the last day of a period is always signed by people",
    "inputs_incomplete": "a declared feed is missing, or a file was refused or fails its control total",
    "input_changed": "something was delivered or decided since the day was closed",
    "configuration_changed": "rules, rates, parameters or the policy changed since the day was closed",
    "blocking_break": "a break that blocks the sign-off is open",
    "points_differ": "open breaks differ in points, which are exact",
    "net_beyond_tolerance": "the net of the open differences is beyond the tolerance",
    "gross_beyond_tolerance": "the gross of the open differences is beyond the tolerance",
    "item_too_old": "an open item is older than the limit",
    "drift": "cumulative drift is beyond its limit",
    "roll_forward_open": "the roll-forward does not close, or a control account does not tie",
    "day_before_unsigned": "the day before is neither signed nor certified",
    "decided_above_cap": "accepted and suppressed items are above the cap",
    "not_compared": "nothing was compared: a side has no delivery, or its system cannot show what there is",
    "sample_outstanding": "the sample of an earlier month has not been performed again by a person",
}


@dataclass(frozen=True, slots=True)
class Item:
    """Breaks of one code and currency (of one pair, or of all) that have not closed; money and points are sums, net or of absolute values."""

    pair: str
    code: str
    currency: str
    count: int
    blocking: int
    net: Decimal
    gross: Decimal
    gross_points: Decimal
    oldest_days: int
    decided: int
    decided_gross: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a closed day. None: not known here (a report does not know whether the day before was signed)."""

    items: Sequence[Item]
    liabilities: Mapping[str, Decimal]
    failed_files: int
    untied_accounts: int
    is_period_end: bool
    is_current: bool | None = None
    is_day_before_signed: bool | None = None
    is_sample_outstanding: bool | None = None
    is_of_this_configuration: bool | None = None
    uncompared: frozenset[str] = field(default_factory=frozenset)


def refusals(policy: Certification, facts: Facts, pair: str = "") -> list[str]:
    """Reason codes, in the order of REASONS, why the day (or `pair`) cannot be certified; empty: it can."""
    items = [i for i in facts.items if not pair or i.pair in (pair, "")]
    found = set(_of_the_day(policy, facts)) | set(_of_the_items(policy, items, facts.liabilities))
    needed = {pair} if pair else {str(p) for p in policy.pairs or Pair}
    if facts.uncompared & needed:
        found.add("not_compared")
    return [reason for reason in REASONS if reason in found]


def _of_the_day(policy: Certification, facts: Facts) -> Iterable[str]:
    codes = {i.code for i in facts.items}
    if not policy.approved_by.strip():
        yield "policy_not_approved"
    if facts.is_period_end:
        yield "period_end"
    if facts.failed_files or codes & {"DQ-01", "DQ-02"}:
        yield "inputs_incomplete"
    if facts.is_current is False:
        yield "input_changed"
    if facts.is_of_this_configuration is False:
        yield "configuration_changed"
    if "BL-04" in codes:
        yield "drift"
    if facts.untied_accounts or "BL-03" in codes:
        yield "roll_forward_open"
    if facts.is_day_before_signed is False:
        yield "day_before_unsigned"
    if facts.is_sample_outstanding:
        yield "sample_outstanding"


def _of_the_items(policy: Certification, items: Sequence[Item], liabilities: Mapping[str, Decimal]) -> Iterable[str]:
    if any(i.blocking for i in items):
        yield "blocking_break"
    if any(i.gross_points for i in items):
        yield "points_differ"
    for currency in {i.currency for i in items}:
        mine = [i for i in items if i.currency == currency]
        base = abs(liabilities.get(currency, Decimal(0)))
        if abs(sum((i.net for i in mine), Decimal(0))) > policy.net_tolerance * base:
            yield "net_beyond_tolerance"
        if sum((i.gross for i in mine), Decimal(0)) > policy.gross_tolerance * base:
            yield "gross_beyond_tolerance"
        if sum((i.decided_gross for i in mine), Decimal(0)) > policy.max_decided_amount:
            yield "decided_above_cap"
    if any(i.oldest_days > policy.max_age_days for i in items):
        yield "item_too_old"
    if sum(i.decided for i in items) > policy.max_decided:
        yield "decided_above_cap"
