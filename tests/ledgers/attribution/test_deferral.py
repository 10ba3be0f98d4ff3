"""The exact division behind a purchase lot's deferral, against Python's Decimal; too large a value raises and never wraps."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.schema import table
from core.sql import Limits, Session
from tests.fold import books_rows, programme

DAY = date(2026, 1, 5)
points = st.decimals(Decimal("0.0001"), Decimal(10) ** 11, places=4)
money = st.one_of(st.decimals(Decimal("0.0001"), Decimal(10) ** 10, places=4), st.decimals(Decimal("0.0001"), Decimal(1), places=4))


def _deferrals(cases: Sequence[tuple[Decimal, Decimal, Decimal | None]], ssp: Decimal) -> list[Decimal]:
    """Deferral by the rules for (points, transaction_amount, goods_ssp) rows."""
    rows = [_event(n, *case) for n, case in enumerate(cases)]
    with Session(Limits(folders=(Path("/nonexistent"),))) as session:
        for name, made in books_rows(programme(ssp_per_point=format(ssp, "f"))).items():
            session.rows(name, table(name), made)
        session.rows("loyalty_event", table("loyalty_event"), rows, prefix=("business_date",))
        for rule in ("lot_scope", "lot_event"):
            session.rule("ledgers", rule, as_of_date=DAY)
        session.rule("ledgers", "lot_template")
        query = "select from_units12(deferral_units) as deferral from lot_template order by lot_id"
        return [r["deferral"] for r in session.fetch(query)]


def _event(number: int, units: Decimal, amount: Decimal, goods: Decimal | None) -> dict[str, Any]:
    return {
        "business_date": DAY, "event_id": f"e{number:03}", "programme_id": "p1", "member_id": "m1", "global_id": "m1", "kind": "accrual", "points": units,
        "occurred_at": datetime(2026, 1, 5, tzinfo=UTC), "effective_date": DAY, "transaction_amount": amount, "goods_ssp": goods,
    }  # fmt: skip


def _expected(units: Decimal, amount: Decimal, goods: Decimal | None, ssp: Decimal) -> Decimal:
    with localcontext(Context(prec=120)):
        worth = units * ssp
        return (amount * worth / ((amount if goods is None else goods) + worth)).quantize(Decimal(1).scaleb(-12), ROUND_HALF_UP)


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(points, money, st.one_of(st.none(), money)), min_size=60, max_size=90),
    st.one_of(st.decimals(Decimal("0.000000000001"), Decimal(10), places=12), st.just(Decimal("0.008"))),
)
def test_deferral_is_exact_to_twelve_places_half_up(cases: list[tuple[Decimal, Decimal, Decimal | None]], ssp: Decimal) -> None:
    assert _deferrals(cases, ssp) == [_expected(*case, ssp) for case in cases]


def test_a_tie_is_rounded_away_from_zero() -> None:
    # 0.0001 x 1 / (199 999 999 + 1) = 0.0000000000005
    half = (Decimal(1), Decimal("0.0001"), Decimal("199999999"))
    assert _expected(*half, Decimal(1)) == Decimal("0.000000000001")
    assert _deferrals([half], Decimal(1)) == [Decimal("0.000000000001")]


def test_a_value_too_large_for_the_integers_raises() -> None:
    with pytest.raises(duckdb.Error, match=r"[Oo]verflow|[Oo]ut of [Rr]ange"):
        _deferrals([(Decimal(10) ** 13, Decimal(10) ** 13, None)], Decimal(10) ** 9 + Decimal("0.000000000001"))
