"""Closed vocabularies. A word that is not here does not exist in tieout; adding one is a change of the contract.

What does not belong here: anything configurable (see `policy`) and anything computed.
"""

from enum import StrEnum
from typing import NamedTuple


class EventKind(StrEnum):
    """The movements of points, as loyalty platforms deliver them."""

    ACCRUAL = "accrual"
    REDEMPTION = "redemption"
    EXPIRY = "expiry"
    REVERSAL = "reversal"
    ADJUSTMENT = "adjustment"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"


class EarnClass(StrEnum):
    """Why the points of a lot were given; decides deferral and, in some states, tax."""

    PURCHASE = "purchase"
    BONUS = "bonus"
    PURCHASED = "purchased"
    COBRAND = "cobrand"
    PARTNER = "partner"
    SERVICE = "service"
    MIGRATED = "migrated"


class Instrument(StrEnum):
    POINTS = "points"
    COUPON = "coupon"
    GIFT_CARD = "gift_card"
    STAMP = "stamp"
    STORE_CREDIT = "store_credit"
    VOUCHER_SPV = "voucher_spv"
    VOUCHER_MPV = "voucher_mpv"


class FundedBy(StrEnum):
    SELLER = "seller"
    MANUFACTURER = "manufacturer"
    BANK = "bank"
    PARTNER = "partner"


class PaymentKind(StrEnum):
    SALE = "sale"
    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    CHARGEBACK = "chargeback"


class Pair(StrEnum):
    """The comparisons made every day (contract section 7)."""

    DELIVERY = "delivery"
    BALANCE_EVENTS = "balance_events"
    ORDER_EVENT = "order_event"
    EVENT_LEDGER = "event_ledger"
    REDEMPTION_TAX = "redemption_tax"
    MEMBER_BALANCE = "member_balance"
    CONTROL_ACCOUNT = "control_account"
    LEDGER_ROLL = "ledger_roll"


class Disposition(StrEnum):
    """Where every input row ends."""

    MATCHED = "matched"
    BREAK = "break"
    EXPECTED = "expected"
    EXCLUDED = "excluded"
    QUARANTINED = "quarantined"


class Queue(StrEnum):
    FINANCE = "finance"
    TECH_SUPPORT = "tech_support"
    SECURITY = "security"


class BreakStatus(StrEnum):
    EXPECTED = "expected"
    OPEN = "open"
    EXPLAINED = "explained"
    PROPOSED = "proposed"
    APPROVED = "approved"
    ACCEPTED = "accepted"
    SUPPRESSED = "suppressed"
    CLOSED = "closed"


class Severity(StrEnum):
    """How urgent a break is, lowest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class DecisionAction(StrEnum):
    """What a person may decide about a break. All but the last three give it a status of the same name."""

    EXPLAINED = "explained"
    PROPOSED = "proposed"
    APPROVED = "approved"
    ACCEPTED = "accepted"
    SUPPRESSED = "suppressed"
    ASSIGNED = "assigned"
    NOTED = "noted"
    WITHDRAWN = "withdrawn"


RELEASING = (BreakStatus.APPROVED, BreakStatus.ACCEPTED, BreakStatus.SUPPRESSED, BreakStatus.EXPECTED, BreakStatus.CLOSED)
"""Statuses with which a break does not keep a day from being signed; it stays in every total all the same."""


class Treatment(StrEnum):
    """How a reward changes the taxable base (reference: contract section 9)."""

    DISCOUNT_REDUCES_BASE = "DISCOUNT_REDUCES_BASE"
    COUPON_EXCLUDED_ALWAYS = "COUPON_EXCLUDED_ALWAYS"
    VAT_PRICE_REDUCTION = "VAT_PRICE_REDUCTION"
    EXCLUDED_IF_LINKED_ON_RECEIPT = "EXCLUDED_IF_LINKED_ON_RECEIPT"
    THIRD_PARTY_INCLUDED = "THIRD_PARTY_INCLUDED"
    TENDER_FULL_BASE = "TENDER_FULL_BASE"
    UNREVIEWED_FULL_BASE = "UNREVIEWED_FULL_BASE"
    COLLECT_NET_REMIT_GROSS = "COLLECT_NET_REMIT_GROSS"
    MAX_VALUE_OR_RETAIL = "MAX_VALUE_OR_RETAIL"
    SELLER_USE_TAX_COST = "SELLER_USE_TAX_COST"
    SELLER_USE_TAX_DEFERRED = "SELLER_USE_TAX_DEFERRED"
    VAT_SPV_AT_ISSUE = "VAT_SPV_AT_ISSUE"
    VAT_MPV_AT_REDEMPTION = "VAT_MPV_AT_REDEMPTION"
    VAT_THIRD_PARTY_CONSIDERATION = "VAT_THIRD_PARTY_CONSIDERATION"
    NO_TAX_EVENT = "NO_TAX_EVENT"


class BreakCode(NamedTuple):
    """One named difference: who works it and whether a day can be signed with it open."""

    code: str
    meaning: str
    queue: Queue
    blocks_signoff: bool


_T, _F, _S = Queue.TECH_SUPPORT, Queue.FINANCE, Queue.SECURITY

BREAK_CODES: dict[str, BreakCode] = {
    c.code: c
    for c in (
        BreakCode("DQ-01", "feed missing or late", _T, True),
        BreakCode("DQ-02", "control total fails", _T, True),
        BreakCode("DQ-03", "delivered twice", _T, False),
        BreakCode("DQ-04", "bad row or file", _T, False),
        BreakCode("DQ-05", "unknown identity or account", _T, False),
        BreakCode("DQ-06", "key twice with different content", _T, False),
        BreakCode("TM-01", "expected, in transit", _T, False),
        BreakCode("TM-02", "cut-off shift", _F, False),
        BreakCode("MS-01", "redemption not in ledger", _F, True),
        BreakCode("MS-02", "ledger entry without event", _F, True),
        BreakCode("MS-03", "accrual not in ledger", _F, True),
        BreakCode("MS-04", "expiry not booked, or lot past its last day without expiry", _F, False),
        BreakCode("MS-05", "redemption without tax entry", _F, True),
        BreakCode("MS-06", "member balance only in loyalty", _F, True),
        BreakCode("MS-07", "member balance only in ledger", _F, True),
        BreakCode("AM-01", "points differ", _T, True),
        BreakCode("AM-02", "money differs beyond tolerance", _T, True),
        BreakCode("AM-03", "money differs within tolerance, not zero", _F, False),
        BreakCode("AM-04", "an older or newer rate explains the difference", _F, False),
        BreakCode("AM-05", "rounding bias", _F, False),
        BreakCode("AM-06", "FX difference", _F, False),
        BreakCode("AM-07", "tax amount, base or jurisdiction differs", _F, True),
        BreakCode("AM-08", "parts do not add up to the whole", _F, False),
        BreakCode("DU-01", "posted twice", _F, True),
        BreakCode("DU-02", "event twice under two ids", _T, True),
        BreakCode("RV-01", "refund, points not reversed", _T, True),
        BreakCode("RV-02", "reversed twice or beyond the original", _S, True),
        BreakCode("RV-03", "points refunded as cash", _F, False),
        BreakCode("RV-04", "reversal crosses a closed period", _F, False),
        BreakCode("CL-01", "wrong account or company", _F, False),
        BreakCode("CL-02", "wrong period", _F, False),
        BreakCode("CL-03", "closed period changed", _F, True),
        BreakCode("BL-01", "balance differs from the sum of events", _T, True),
        BreakCode("BL-02", "negative or above-cap balance", _S, True),
        BreakCode("BL-03", "opening differs from yesterday's closing as delivered", _F, True),
        BreakCode("BL-04", "cumulative drift", _F, False),
        BreakCode("ID-01", "merged or split identity", _T, False),
        BreakCode("ID-02", "erased subject", _T, False),
        BreakCode("FR-01", "earn without order", _S, False),
        BreakCode("FR-02", "manual-adjustment pattern", _S, False),
        BreakCode("FR-03", "redemption burst", _S, False),
        BreakCode("FR-04", "earn-refund or transfer cycle", _S, False),
        BreakCode("AB-01", "two equal candidates", _F, False),
        BreakCode("AB-02", "search not exhausted", _T, False),
        BreakCode("LT-01", "engine's lots differ from the platform's trace", _F, False),
    )
}
