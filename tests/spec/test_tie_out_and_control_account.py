"""The tie-out and the pair control_account live in two rooms and tell of one thing: which programmes a stated balance covers, and what we owe on it.

Each case is stated once and read by both; a balance that one of them covers otherwise than the other would explain itself in one report and not in the other.
"""

from typing import Any

import pytest

from ledgers import tie_out
from reconcilers import balances
from tests.fold import programme
from tests.reconcilers.balances.pair_day import D, PairDay

TWO = (programme(tolerance="0.0002"), programme(id="p2"))


def stated(ledger_id: str, programme_id: str | None, amount: str, currency: str = "USD") -> dict[str, Any]:
    return {
        "as_of_date": D, "ledger_id": ledger_id, "company_id": "1000", "account": "2100", "amount": f"-{amount}", "currency": currency,
        "programme_id": programme_id,
    }  # fmt: skip


# says, programmes, what the ledgers state -> (ledger, stated programme, currency): covered programmes
CASES: list[tuple[str, Any, list[dict[str, Any]], dict[tuple[str, str, str], str]]] = [
    ("each apart", TWO, [stated("gl", "p1", "100"), stated("gl", "p2", "40")], {("gl", "p1", "USD"): "p1", ("gl", "p2", "USD"): "p2"}),
    ("both in one", TWO, [stated("gl", None, "150")], {("gl", "", "USD"): "p1;p2"}),
    ("one apart, the rest in one", TWO, [stated("gl", "p1", "99"), stated("gl", None, "50")], {("gl", "p1", "USD"): "p1", ("gl", "", "USD"): "p2"}),
    ("nobody's, both apart", TWO, [stated("gl", "p1", "100"), stated("gl", "p2", "40"), stated("gl", None, "7")],
     {("gl", "p1", "USD"): "p1", ("gl", "p2", "USD"): "p2", ("gl", "", "USD"): ""}),
    ("under a programme that does not post there", TWO, [stated("gl", "gone", "7"), stated("gl", None, "150")],
     {("gl", "gone", "USD"): "", ("gl", "", "USD"): "p1;p2"}),
    ("two ledgers", TWO, [stated("gl", None, "150"), stated("tax", "p1", "100")], {("gl", "", "USD"): "p1;p2", ("tax", "p1", "USD"): "p1"}),
    ("a ledger that carries none of ours", (programme(ledgers={"gl": "deferred"}),), [stated("gl", "p1", "60"), stated("tax", "p1", "9")],
     {("gl", "p1", "USD"): "p1"}),
    ("two currencies", TWO, [stated("gl", None, "150"), stated("gl", None, "30", "EUR")], {("gl", "", "USD"): "p1;p2", ("gl", "", "EUR"): "p1;p2"}),
]  # fmt: skip


@pytest.mark.parametrize(("says", "programmes", "rows", "covered"), CASES, ids=[c[0] for c in CASES])
def test_both_cover_the_same(says: str, programmes: Any, rows: list[dict[str, Any]], covered: dict[tuple[str, str, str], str]) -> None:
    day = PairDay(programmes=programmes).put("ledger_balance", *rows)
    for programme_id, currency, measure, owed in (
        ("p1", "USD", "face", "100"), ("p1", "USD", "deferred", "60"), ("p2", "USD", "face", "50"), ("p2", "EUR", "face", "30"),
    ):  # fmt: skip
        day.put("roll_forward", {
            "company_id": "1000", "programme_id": programme_id, "currency": currency, "measure": measure, "closing_points": "1", "closing_amount": owed,
        })  # fmt: skip
    with day.open() as session:
        balances.compare_control_account(session, D)
        ours = session.fetch("select ledger_id, stated_programme_id, currency, covers, left_amount, right_amount from control_account_row where has_right")
        session.statement("create view account_difference as from event_ledger_account_difference")
        tie_out.tie_out(session, D)
        theirs = session.fetch("select ledger_id, programme_id, currency, sub_ledger_amount, ledger_amount from tie_out")
    assert {(r["ledger_id"], r["stated_programme_id"], r["currency"]): r["covers"] for r in ours} == covered
    assert sorted((r["ledger_id"], r["covers"] or r["stated_programme_id"], r["currency"], r["left_amount"], r["right_amount"]) for r in ours) == sorted(
        tuple(r.values()) for r in theirs
    )
