"""The proofs of a reconciled day notice what they are there for: each is shown a day that holds, and the same day with one thing put wrong."""

from collections.abc import Iterator

import pytest

from core.schema import TABLES
from core.sql import Session
from reconcilers import balances, dispositions, orders
from reconcilers.pair import rows_unaccounted
from tests.reconcilers.balances.pair_day import D, PairDay

ORDER = {"order_event": orders.INPUTS}


@pytest.fixture
def day() -> Iterator[Session]:
    """Two orders, paid and earned, compared."""
    made = PairDay()
    for n in ("1", "2"):
        made.event(f"E{n}", "10", order_id=f"o{n}", transaction_amount="10.00", earn_class="purchase").pay(f"P{n}", f"o{n}", "10.00")
    with made.open() as session:
        orders.compare(session, D)
        yield session


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("delete from order_event_ending where \"table\" = 'payment'", "payment has 2 rows but 0 dispositions"),
        ("insert into order_event_ending from (from order_event_ending where \"table\" = 'payment' limit 1)", "dispositions, 0.0000 points"),
        ("update order_event_ending set points = points + 1 where \"table\" = 'loyalty_event'", "-1.0000 points"),
        ("update order_event_ending set amount = amount - 0.01 where \"table\" = 'payment'", "0.0100 money apart"),
    ],
)
def test_a_row_without_a_disposition_or_with_two_is_named(day: Session, wrong: str, named: str) -> None:
    assert rows_unaccounted(day, ORDER, D) == []
    day.statement(wrong)
    [sentence] = rows_unaccounted(day, ORDER, D)
    assert named in sentence


def test_rows_set_aside_at_the_door_count_too(day: Session) -> None:
    aside = {"table": "payment", "disposition": "quarantined", "reason": "bad_row", "row_count": 1, "amount": "5.00", "points": "0"}
    day.rows("input_total", TABLES["input_total"], [aside])
    assert rows_unaccounted(day, ORDER, D) == ["order_event: payment has 3 rows but 2 dispositions, 0.0000 points and 5.0000 money apart"]


def test_every_pair_and_table_is_asked_about() -> None:
    with PairDay().put("loyalty_balance", {"as_of_date": D, "programme_id": "p1", "member_id": "m", "global_id": "m", "points": "5"}).open() as session:
        balances.compare(session, D)
        assert rows_unaccounted(session, balances.DELIVERED, D) == []
        session.statement("delete from member_balance_ending")
        [sentence] = rows_unaccounted(session, balances.DELIVERED, D)
    assert sentence.startswith("member_balance: loyalty_balance has 1 rows but 0 dispositions")


def _match(pair: str, left: str, right: str) -> dict[str, str]:
    return {"match_id": f"{pair}{left}{right}", "pair": pair, "left_refs": left, "right_refs": right}


def _finding(code: str, key: str) -> dict[str, str]:
    return {"pair": "balance_events", "code": code, "business_key": key, "currency": "USD"}


@pytest.mark.parametrize(
    ("matches", "findings", "named"),
    [
        ([_match("order_event", "P1", "E1"), _match("order_event", "P2", "E2")], [], ""),
        ([_match("order_event", "P1", "E1"), _match("order_event", "P1", "E2")], [], "order_event: left row P1 is in two matches"),
        ([_match("order_event", "P1", "E1"), _match("order_event", "P2", "E1;E2")], [], "order_event: right row E1 is in two matches"),
        ([_match("event_ledger", "E1", "erp/1/d1/1"), _match("event_ledger", "E1", "ifrs/1/d1/1")], [], ""),
        ([_match("event_ledger", "E1", "erp/1/d1/1"), _match("event_ledger", "E1", "erp/1/d2/1")], [], "event_ledger: left row E1 is in two matches"),
        ([], [_finding("BL-01", "p/m"), _finding("BL-02", "p/m")], ""),
        ([], [_finding("BL-01", "p/m"), _finding("MS-04", "p/m")], "balance_events: p/m has two findings in USD"),
    ],
    ids=["apart", "left twice", "right twice", "parallel ledgers", "one ledger twice", "BL-02 beside BL-01", "two findings"],
)
def test_a_row_in_two_matches_or_a_key_with_two_findings_is_named(matches: list[dict[str, str]], findings: list[dict[str, str]], named: str) -> None:
    with PairDay().open() as session:
        for name, rows in (("match", matches), ("finding", findings), ("break", []), ("disposition", [])):
            session.rows(name, TABLES[name], rows)
        assert dispositions.violations(session) == ([named] if named else [])


@pytest.mark.parametrize(("name", "column"), [("break", "status"), ("disposition", "disposition")])
def test_a_word_outside_its_vocabulary_is_named(name: str, column: str) -> None:
    with PairDay().open() as session:
        for other in ("match", "finding", "break", "disposition"):
            session.rows(other, TABLES[other], [{column: "perhaps"}] if other == name else [])
        assert dispositions.violations(session) == [f"{name}.{column} is 'perhaps', which is no word of its vocabulary"]
