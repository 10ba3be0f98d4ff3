"""Rules over the cells of one row that decide whether it can enter the books at all. Signs, references, known programmes.

What belongs here: what makes a row unusable on its own. What does not: anything that compares rows or sides (reconcilers).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.sql import literal


@dataclass(frozen=True, slots=True)
class RowRule:
    """A row is bad where `broken` (SQL over typed columns) is true; the column to look at and the reason are shown."""

    column: str
    broken: str
    reason: str


_LOYALTY_EVENT = (
    RowRule("points", "kind in ('accrual', 'transfer_in') and points < 0", "negative points of an accrual or transfer_in; correct the sign or the kind"),
    RowRule(
        "points",
        "kind in ('redemption', 'expiry', 'transfer_out') and points > 0",
        "positive points of a redemption, expiry or transfer_out; correct the sign or the kind",
    ),
    RowRule("reverses_event_id", "kind = 'reversal' and reverses_event_id is null", "a reversal must name the event it takes back"),
    RowRule(
        "reason",
        "deferred_amount is not null and reason is null and earn_class is distinct from 'migrated'",
        "a deferred_amount that replaces the computed one needs a reason",
    ),
    RowRule(
        "deferred_amount",
        "deferred_amount <> 0 and points = 0",
        "money deferred without points: no lot could carry it; deliver it with its points (another price: take the open ones back and issue them again)",
    ),
    RowRule(
        "deferred_amount",
        "deferred_amount < 0 and points > 0",
        "a negative deferral: points that come in are owed; correct the sign, or take points back with a reversal",
    ),
    RowRule(
        "deferred_amount",
        "deferred_amount <> 0 and points <> 0 and (kind not in ('accrual', 'adjustment') or points < 0)",
        "a deferral stated for units that leave or move, which keep that of their own lots; deliver it with what issues them",
    ),
)
_PAYMENT = (RowRule("amount", "amount < 0", "a negative payment; amounts are positive, kind gives the direction"),)
_FX_RATE = (RowRule("rate", "rate <= 0", "a rate must be above zero"),)
_IDENTITY = (RowRule("valid_to", "valid_to < valid_from", "valid_to lies before valid_from"),)


def row_rules(table: str, programme_ids: Sequence[str]) -> tuple[RowRule, ...]:
    """The rules of a table. Loyalty tables must name a known programme."""
    known = ", ".join(literal(p) for p in programme_ids)
    programme = RowRule(
        "programme_id", f"programme_id not in ({known})", f"not a programme of these books; known: {', '.join(programme_ids)}. Add programmes/<id>.toml"
    )
    return {
        "loyalty_event": (programme, *_LOYALTY_EVENT),
        "loyalty_balance": (programme,),
        "payment": _PAYMENT,
        "fx_rate": _FX_RATE,
        "identity": _IDENTITY,
    }.get(table, ())
