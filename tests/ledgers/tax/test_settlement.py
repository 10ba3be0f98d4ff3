"""What an allocation and a tax entry say about the ledger at the day's close."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.schema import table
from core.sql import Limits, Session
from ledgers import settlement, tax
from tests.ledgers.tax.day import DAY, PROGRAMME, Books, event, rate, redemption, rule, units

YESTERDAY = DAY - timedelta(1)
LAW = ([rule("r", "US-WA", "DISCOUNT_REDUCES_BASE")], [rate("US", "0.10")])
EVENTS = [redemption("R", "200", transaction_amount=Decimal(50), order_id="o"), event("L", "accrual", "200", YESTERDAY)]
UNITS = [units("R", "L", "200")]


def link(event_id: str, refs: str, pair: str = "event_ledger") -> dict[str, Any]:
    return {"pair": pair, "event_id": event_id, "ledger_refs": refs}


LINKED = [link("R", "g/1000/d1/1"), link("R", "g/1000/t1/1", "redemption_tax")]
EARLIER = [link("L", "g/1000/d0/1")]


def settle(
    links: Sequence[Mapping[str, Any]] = LINKED, earlier: Sequence[Mapping[str, Any]] = EARLIER, findings: Sequence[Mapping[str, Any]] = (),
    events: Sequence[Any] = EVENTS, allocations: Sequence[Any] = UNITS, programme: Mapping[str, Any] = PROGRAMME,
    lines: Sequence[Mapping[str, Any]] = (), balances: Sequence[Mapping[str, Any]] = (),
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, int]]:  # fmt: skip
    """Allocations, tax entries and unattributed units of the day."""
    books = Books(*LAW, [programme])
    books.events = list(events)
    with Session(Limits(folders=(Path("/nonexistent"),), threads=1)) as session:
        books.load(session, DAY, allocations)
        tax.assess(session, DAY)
        inputs = {"ledger_line": lines, "ledger_balance": balances, "ledger_link": links, "finding": findings}
        for name, rows in inputs.items():
            session.rows(name, table(name), [{"business_date": DAY} | dict(r) for r in rows], prefix=("business_date",))
        session.rows("prior_ledger_link", table("ledger_link"), [{"business_date": YESTERDAY} | dict(r) for r in earlier], prefix=("business_date",))
        session.rows("programme_ledger", table("programme_ledger"), [])
        accounts = [{"programme_id": "p", "role": r, "account": a} for r, a in (("sales", "400"), ("liability", "210"))]
        session.rows("programme_account", table("programme_account"), accounts)
        settlement.settle(session, DAY)
        entries = session.fetch("select * from tax_entry order by tax_entry_id")
        return session.fetch("select * from allocation order by event_id, sequence"), entries, settlement.unattributed(session)


def finding(code: str, pair: str = "redemption_tax") -> dict[str, Any]:
    return {"pair": pair, "code": code, "business_key": "R", "left_ref": "R", "currency": "USD"}


def test_a_unit_followed_to_its_accrual_its_entry_and_its_tax_is_complete() -> None:
    ((unit,), (entry,), lacking) = settle()
    assert (unit["ledger_ref"], unit["lot_ledger_ref"], unit["tax_entry_id"], unit["status"]) == (
        "g/1000/d1/1", "g/1000/d0/1", entry["tax_entry_id"], "complete",
    )  # fmt: skip
    assert (entry["ledger_ref"], entry["status"]) == ("g/1000/t1/1", "matched")
    assert set(lacking.values()) == {0}


def test_the_first_thing_missing_is_named() -> None:
    tax_only, entry_only = LINKED[1:], LINKED[:1]
    table_of: list[tuple[str, str, dict[str, Any], str]] = [
        # allocation status, tax status, what is known, which units lack
        ("entry_missing", "missing", {"links": [], "earlier": []}, "without_ledger_entry"),
        ("entry_missing", "matched", {"links": [*tax_only, link("R", "")], "earlier": [*EARLIER, LINKED[0]]}, "without_ledger_entry"),
        ("lot_entry_missing", "matched", {"earlier": []}, "without_lot_entry"),
        ("tax_missing", "missing", {"links": entry_only}, "without_tax_entry"),
        ("tax_missing", "missing", {"findings": [finding("MS-05")]}, "without_tax_entry"),
        ("complete", "difference", {"findings": [finding("AM-07")]}, ""),
        ("entry_missing", "matched", {"findings": [finding("MS-01", "event_ledger")]}, "without_ledger_entry"),
        ("complete", "not_due", {"links": entry_only, "programme": dict(PROGRAMME) | {"posting_days": 1}}, ""),
        # a posting window counted in business days is the comparison's to tell
        ("complete", "not_due", {"links": entry_only, "findings": [finding("TM-01")]}, ""),
        ("complete", "not_due", {"links": entry_only, "events": [EVENTS[0] | {"transaction_amount": Decimal(10)}, EVENTS[1]]}, ""),
    ]
    for status, tax_status, known, lacks in table_of:
        ((unit,), (entry,), lacking) = settle(**known)
        assert (unit["status"], entry["status"]) == (status, tax_status), known
        assert not lacks or lacking[lacks] == 200


def test_a_difference_of_an_orders_line_is_one_of_every_reward_behind_it() -> None:
    both = [*EVENTS, redemption("S", "200", transaction_amount=Decimal(50), order_id="o")]
    one_line = [link("R", "g/1000/t1/1", "redemption_tax"), link("S", "g/1000/t1/1", "redemption_tax")]
    told = finding("AM-07") | {"left_ref": "R;S"}
    (_, entries, _) = settle(links=one_line, findings=[told], events=both, allocations=[*UNITS, units("S", "L", "200")])
    assert sorted((e["event_id"], e["status"]) for e in entries) == [("R", "difference"), ("S", "difference")]


def test_units_in_arrears_have_no_lot_yet() -> None:
    ((unit,), _, lacking) = settle(allocations=[units("R", "ARREARS/R", "200", "")])
    assert unit["status"] == "lot_entry_missing"
    assert (lacking["without_lot"], lacking["without_lot_entry"]) == (200, 0)


def test_a_redemption_without_money_stands_on_the_sale_line_of_its_order() -> None:
    sale = {"ledger_id": "g", "company_id": "1000", "document_id": "s", "line_id": "1", "account": "400", "order_id": "o", "amount": Decimal(-50)}
    others: list[dict[str, Any]] = [
        {"event_id": "L"}, {"account": "999"}, {"account": "210"}, {"is_tax_line": True}, {"company_id": "2000"}, {"order_id": "p"}, {"batch_id": "b"},
    ]  # fmt: skip
    lines = [sale, *(sale | {"line_id": str(n)} | other for n, other in enumerate(others, 2))]
    free = [EVENTS[0] | {"face_amount": Decimal(0)}, EVENTS[1]]
    ((unit,), _, _) = settle(links=LINKED[1:], events=free, lines=lines)
    assert (unit["ledger_ref"], unit["status"]) == ("g/1000/s/1", "complete")
    ((unit,), _, _) = settle(links=LINKED[1:], lines=lines)
    assert (unit["ledger_ref"], unit["status"]) == (None, "entry_missing")


def test_lots_migrated_up_to_go_live_stand_on_that_days_balance() -> None:
    balance = {"as_of_date": YESTERDAY, "ledger_id": "g", "company_id": "1000", "account": "210", "amount": Decimal(-9), "currency": "USD"}
    migrated = [EVENTS[0], EVENTS[1] | {"earn_class": "migrated"}]
    for go_live, ref in ((YESTERDAY, "g/1000/210/p"), (YESTERDAY - timedelta(1), None), (None, None)):
        programme = dict(PROGRAMME) | {"go_live": go_live}
        others = [
            {"account": "400"},
            {"company_id": "2000"},
            *({"ledger_id": "h"} | o for o in ({"member_id": "m"}, {"programme_id": "q"}, {"as_of_date": DAY})),
        ]
        ((unit,), _, _) = settle(earlier=[], events=migrated, balances=[balance, *(balance | o for o in others)], programme=programme)
        assert unit["lot_ledger_ref"] == ref


def test_a_reversal_is_settled_by_its_own_tax_line_or_by_the_redemptions() -> None:
    reversal = [*EVENTS, event("V", "reversal", "200", reverses_event_id="R")]
    both = [*UNITS, units("V", "L", "-200", of="R")]
    (found, entries, _) = settle(links=[*LINKED, link("V", "g/1000/t2/1", "redemption_tax")], events=reversal, allocations=both)
    assert [(u["event_id"], u["ledger_ref"], u["status"]) for u in found] == [("R", "g/1000/d1/1", "complete"), ("V", "g/1000/d1/1", "complete")]
    assert {e["event_id"]: e["ledger_ref"] for e in entries} == {"R": "g/1000/t1/1", "V": "g/1000/t2/1"}
