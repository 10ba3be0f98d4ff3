"""The smallest coin of each currency met today, for rules that round money of another currency than a programme's own."""

from collections.abc import Iterable

from core.money import minor_unit
from core.schema import Column, Kind, Table, Type
from core.sql import Session

_CURRENCY_UNIT = Table(
    "currency_unit",
    Kind.PARAMETER,
    "Decimal places of the currencies met today (ISO 4217).",
    ("currency",),
    (Column("currency", Type.TEXT, "ISO 4217"), Column("minor_unit", Type.COUNT, "decimal places")),
)


def units(session: Session, currencies: Iterable[str]) -> None:
    """Make `currency_unit`, or add to it what it lacks: tax, translation and journal of a day read the same one. One row per currency."""
    met = {str(r["currency"]) for r in session.fetch("select currency from currency_unit")} if "currency_unit" in session.names() else set()
    session.rows("currency_unit", _CURRENCY_UNIT, [{"currency": c, "minor_unit": minor_unit(c)} for c in sorted(met | set(currencies))])
