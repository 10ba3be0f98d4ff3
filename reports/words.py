"""Plain words for numbers, states and differences: one place, so that workbook, page and digest speak alike.

Words, not variances: "the ledger is 1.20 USD higher than loyalty". No HTML, no cell formats, no SQL.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.money import minor_unit

MEASURES = {"deferred": "deferred revenue", "face": "face value", "cost": "accrued cost", "functional": "in the functional currency",
            "presentation": "in the presentation currency"}  # fmt: skip
PAIRS = {
    "delivery": "Deliveries", "balance_events": "Balance against events", "order_event": "Orders against loyalty", "event_ledger": "Loyalty against ledger",
    "redemption_tax": "Redemptions against tax", "member_balance": "Member balances", "control_account": "Control account",
    "ledger_roll": "Ledger roll-forward",
}  # fmt: skip
QUEUES = {"finance": "Finance", "tech_support": "Tech support", "security": "Security"}
TIE_STATES = {
    "tied": "Agrees exactly",
    "within_tolerance": "Agrees within tolerance",
    "tied_by_breaks": "Differs; listed breaks explain it",
    "untied": "Does not agree",
}
CONTROL_STATES = {"ok": "Agrees", "unstated": "No control total stated", "failed": "Does not agree", "refused": "Refused", "duplicate": "Delivered twice"}
POINT_LINES = ("opening", "accrued", "redeemed", "expired", "reversed", "adjusted", "transferred", "closing")
MONEY_LINES = ("opening", "deferred", "released", "expired", "re_estimated", "reversed", "adjusted", "transferred", "translated", "closing")
LINE_WORDS = {
    "opening": "Opening", "accrued": "Earned", "redeemed": "Redeemed", "expired": "Expired", "reversed": "Reversed", "adjusted": "Adjusted",
    "transferred": "Transferred", "closing": "Closing", "deferred": "Deferred", "released": "Released to revenue", "re_estimated": "Re-estimated",
    "translated": "Translated",
}  # fmt: skip
AGE_BUCKETS = (
    ("0-1", "age_0_1"), ("2-7", "age_2_7"), ("8-30", "age_8_30"), ("31-60", "age_31_60"), ("61-90", "age_61_90"), ("91-180", "age_91_180"), (">180",
    "age_over_180"),
)  # fmt: skip


def number(value: Decimal | int, places: int) -> str:
    """Thousands separated; negatives in parentheses; at least `places` decimals, more only where they are not zero."""
    size = abs(Decimal(value))
    shown = f"{size:,.{places}f}" if size == round(size, places) else f"{size.normalize():,f}"
    return f"({shown})" if value < 0 else shown


def money(value: Decimal | None, currency: str | None) -> str:
    """An amount with its currency, at the currency's minor unit or as exact as it is."""
    if value is None:
        return "–"
    return f"{number(value, minor_unit(currency or ''))} {currency or ''}".strip()


def points(value: Decimal | int | None) -> str:
    """Units without needless decimals."""
    return "–" if value is None else number(value, 0)


def signed(value: Decimal, currency: str) -> str:
    """A change: + or − in front, as digests show it."""
    shown = number(abs(value), minor_unit(currency))
    return f"{'+' if value > 0 else '-' if value < 0 else ''}{shown} {currency}".strip()


def plural(count: int, word: str, many: str = "") -> str:
    """`1 break`, `2 breaks`."""
    return f"{count:,} {word if count == 1 else many or word + 's'}"


def tie_sentence(row: Mapping[str, Any]) -> str:
    """What a tie-out row says: which side is higher, by how much, and whether the breaks explain it."""
    difference, currency = row["difference_amount"] or Decimal(0), row["currency"]
    if difference == 0:
        return "The ledger and our sub-ledger agree."
    higher, lower = ("our sub-ledger", "the ledger") if difference > 0 else ("the ledger", "our sub-ledger")
    sentence = f"{higher[0].upper()}{higher[1:]} is {money(abs(difference), currency)} higher than {lower}"
    if row["status"] == "within_tolerance":
        return f"{sentence}, within tolerance."
    rest = row["unexplained_amount"] or Decimal(0)
    return f"{sentence}; listed breaks explain all of it." if rest == 0 else f"{sentence}; {money(abs(rest), currency)} is not explained by listed breaks."


def _as_sentence(words: str) -> str:
    """A capital in front, unless a name stands there (fx_rate, payment_2026-03-01.csv), and a full stop behind."""
    begins = words[0].upper() + words[1:] if words.split()[0].isalpha() else words
    return begins if begins[-1] in ".!?" else f"{begins}."


def break_sentence(row: Mapping[str, Any]) -> str:
    """The break's own explanation, else one made from its two sides."""
    if row["explanation"]:
        return _as_sentence(str(row["explanation"]))
    amount, units = row["difference_amount"] or Decimal(0), row["difference_points"] or Decimal(0)
    if amount:
        higher, lower = ("loyalty", "the ledger") if amount > 0 else ("the ledger", "loyalty")
        return f"{higher[0].upper()}{higher[1:]} is {money(abs(amount), row['currency'])} higher than {lower} for {row['business_key']}."
    if units:
        higher, lower = ("loyalty", "the ledger") if units > 0 else ("the ledger", "loyalty")
        return f"{higher[0].upper()}{higher[1:]} is {points(abs(units))} points higher than {lower} for {row['business_key']}."
    return f"Open for {row['business_key']}."
