"""Two programmes of one company: closed together each says what it says alone.

Their members, cohorts, classes, currencies and accounts bear the same names on purpose: whatever forgets a part of a key adds two programmes up.
"""

from collections.abc import Sequence
from pathlib import Path

from tests.spec.worked_books import HEAD, Closed, Row, close, event, programme

DAYS = ("2026-01-30", "2026-01-31", "2026-02-01")
MADE = (
    "lot_issue", "lot_movement", "allocation", "tax_entry", "cohort_state", "cohort_movement", "event_value", "roll_forward", "urr_estimate",
    "journal_line", "journal_source",
)  # fmt: skip
TERMS = {"one": ("0.05", "0.8", "0.004", "0.7"), "two": ("0.04", "0.6", "0.003", "0.9")}
"""Programme -> value, rate and cost of a point; the rate that is approved on the last day."""
SIZES = {"one": 100, "two": 170}
_OWN = "programme_id = 'one'"
_OWNED = {"tax_entry": "event_id like 'one-%'", "journal_source": f"entry_id in (select entry_id from journal_line where {_OWN})"}


def _file(name: str) -> str:
    value, at_issue, cost, rate = TERMS[name]
    rules = f'''value_per_point = "{value}"
urr_for_ssp = "{at_issue}"
free_points = "accrue_cost"
cost_per_point = "{cost}"
journal_scope = "full_sale"'''
    return programme(rules, urr=[(DAYS[2], rate)], head=HEAD.replace('"example"', f'"{name}"'))


def _events(name: str, size: int) -> list[Row]:
    """Issues of two classes and currencies, a redemption over both, part of it taken back, an expiry."""

    def told(event_id: str, day: int, kind: str, points: int, **more: object) -> Row:
        return {**event(f"{name}-{event_id}", DAYS[day], kind, points, **more), "programme_id": name}

    sale = {"transaction_amount": f"{size}.00", "tax_jurisdiction": "US-WA"}
    return [
        told("A", 0, "accrual", 10 * size, order_id=f"{name}-1", **sale), told("B", 0, "accrual", 3 * size, earn_class="bonus"),
        told("C", 0, "accrual", 7 * size, currency="CAD", transaction_amount=f"{2 * size}.00"),
        told("R", 1, "redemption", -15 * size, order_id=f"{name}-2", **sale),
        told("V", 2, "reversal", 2 * size, reverses_event_id=f"{name}-R", order_id=f"{name}-2"), told("X", 2, "expiry", -size),
    ]  # fmt: skip


def _closed(folder: Path, names: Sequence[str]) -> Closed:
    sale = {"kind": "sale", "currency": "USD", "occurred_at": f"{DAYS[0]}T12:00:00Z", "tax_amount": "1.00"}
    payments = [{"payment_id": f"{n}-1", "order_id": f"{n}-1", "amount": f"{SIZES[n] + 1}.00", **sale} for n in names]
    return close(folder / "books", {n: _file(n) for n in names}, [e for n in names for e in _events(n, SIZES[n])], more={"payment": payments})


def test_a_programme_says_the_same_beside_another(tmp_path: Path) -> None:
    alone, together = _closed(tmp_path / "alone", ["one"]), _closed(tmp_path / "together", ["one", "two"])
    for table in MADE:
        # sequence is a place in the day, over all programmes
        columns = "close_id, sequence" if table == "lot_movement" else "close_id"
        sql = f"select * exclude ({columns}) from {table} where {_OWNED.get(table, _OWN)} order by all"
        rows = alone.rows(sql, *{table, "journal_line"})
        assert rows, table
        assert together.rows(sql, *{table, "journal_line"}) == rows, table
