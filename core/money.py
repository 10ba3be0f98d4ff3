"""Exact money and points in Python: rounding and splitting, for the small frames (cohorts, totals) that SQL hands over."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext

_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
EXACT = Context(prec=60)

# ISO 4217 minor units that are not 2 (ISO 4217 list one, amendment 176); a programme file may override.
_MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def minor_unit(currency: str) -> int:
    """Decimal places of a currency's smallest unit.

    >>> minor_unit("USD"), minor_unit("JPY"), minor_unit("KWD")
    (2, 0, 3)
    """
    return _MINOR_UNITS.get(currency, 2)


def round_to(value: Decimal, places: int, mode: str = "half_up") -> Decimal:
    """Round half away from zero by default, to a number of decimal places.

    >>> round_to(Decimal("-1.00005"), 4)
    Decimal('-1.0001')
    """
    with localcontext(EXACT):
        return value.quantize(Decimal(1).scaleb(-places), rounding=_MODES[mode])


def ratio(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """amount x part / whole at 60 digits; whole must not be 0."""
    with localcontext(EXACT):
        return amount * part / whole


def split(total: Decimal, weights: Sequence[Decimal], places: int) -> list[Decimal]:
    """Split a total by weights so that the parts add up: differences of cumulative rounded shares.

    >>> split(Decimal("1.00"), [Decimal(1)] * 3, 2)
    [Decimal('0.33'), Decimal('0.34'), Decimal('0.33')]
    """
    whole = sum(weights, Decimal(0))
    if whole == 0:
        return [Decimal(0)] * len(weights)
    parts, before, running = [], Decimal(0), Decimal(0)
    for weight in weights:
        running += weight
        after = round_to(ratio(total, running, whole), places)
        parts.append(after - before)
        before = after
    return parts
