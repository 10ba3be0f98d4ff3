"""Spec of the pair delivery: what intake found wrong becomes a finding; every delivered row is accounted for."""

from core.schema import INPUTS
from reconcilers import delivery
from tests.reconcilers.balances.pair_day import D, PairDay


def test_what_intake_found_is_a_finding_under_its_key() -> None:
    day = PairDay().put(
        "delivery_finding",
        {"code": "DQ-01", "business_key": "pos/payment", "explanation": "absent"},
        {"code": "DQ-02", "business_key": "payment_2026-03-10.csv", "explanation": "one row short"},
        {"code": "DQ-06", "business_key": "E1", "programme_id": "p1", "explanation": "twice"},
    )
    with day.open() as session:
        delivery.compare(session, D)
        rows = session.fetch("select pair, code, business_key from delivery_pair_finding order by code")
        assert session.value("select count(*) from delivery_finding") == 3, "intake's own table stays as it is"
    assert [tuple(r.values()) for r in rows] == [
        ("delivery", "DQ-01", "pos/payment"),
        ("delivery", "DQ-02", "payment_2026-03-10.csv"),
        ("delivery", "DQ-06", "E1"),
    ]


def test_a_file_with_two_faults_is_one_break_that_names_both() -> None:
    file = "payment_2026-03-10.csv"
    day = PairDay().put(
        "delivery_finding",
        {"code": "DQ-04", "business_key": file, "explanation": "line 3 is bad"},
        {"code": "DQ-02", "business_key": file, "explanation": "one row short"},
    )
    with day.open() as session:
        delivery.compare(session, D)
        rows = session.fetch("select code, business_key, explanation from delivery_pair_finding")
    assert [tuple(r.values()) for r in rows] == [("DQ-02", file, "one row short Also: DQ-04, line 3 is bad")]


def test_an_account_our_journal_lacks() -> None:
    with PairDay().open() as session:
        session.statement("create table missing_account as select * from (values ('p1', 'breakage'), ('p2', 'breakage')) as t (programme_id, role)")
        delivery.compare(session, D)
        rows = session.fetch("select code, business_key, programme_id, explanation from delivery_pair_finding")
    assert [(r["code"], r["business_key"], r["programme_id"]) for r in rows] == [("DQ-05", "breakage", None)]
    assert "p1, p2" in rows[0]["explanation"]


def test_a_clean_day_finds_nothing_and_accounts_for_every_row() -> None:
    day = PairDay().event("E1", "100").pay("P1", "o1", "10.00")
    day.put("input_total", {"table": "payment", "disposition": "quarantined", "reason": "bad_row", "row_count": 1})
    assert day.findings(delivery.compare, "delivery", [t.name for t in INPUTS]) == {}
