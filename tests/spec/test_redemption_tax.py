"""Tax owed on redeemed units against the ledger's tax lines: what is owed, what is booked, the verdict (contract sections 7 and 9)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.reconcilers.event_ledger.ledger_books import LedgerBooks, codes

D1, D2, D3, D4 = (date(2026, 3, n) for n in range(1, 5))
Setup = Callable[[LedgerBooks], Any]


def owed(books: LedgerBooks, event: str = "r1", base: str = "10.00", tax: str = "0.65", order: str = "o1", on: date = D1, **more: Any) -> None:
    books.event(event, "-100", on, order_id=order)
    books.tax(event, base, tax, on, order_id=order, **more)


def booked(books: LedgerBooks, event: str | None = "r1", base: str = "10.00", tax: str = "0.65", document: str = "t1", on: date = D1, **more: Any) -> None:
    terms = {"account": "2150", "is_tax_line": True, "tax_base": base, "tax_jurisdiction": "US-WA", "event_id": event, "order_id": "o1"}
    books.line(document, tax, on, **{**terms, **more})


# what is set up -> codes of redemption_tax at the close of 1 March
FIRST_DAY: dict[str, tuple[list[Setup], set[tuple[str, str]]]] = {
    "agrees": ([owed, booked], set()),
    "MS-05 no tax line": ([owed], {("MS-05", "r1")}),
    "an expected base of zero needs none": ([lambda b: owed(b, base="0", tax="0")], set()),
    "a line where none is owed": ([lambda b: owed(b, base="0", tax="0"), booked], {("AM-07", "r1")}),
    "AM-07 tax": ([owed, lambda b: booked(b, tax="0.66")], {("AM-07", "r1")}),
    "AM-07 base": ([owed, lambda b: booked(b, base="11.00")], {("AM-07", "r1")}),
    "AM-07 jurisdiction": ([owed, lambda b: booked(b, tax_jurisdiction="US-CA")], {("AM-07", "r1")}),
    "AM-07 no rule, even if the amounts agree": ([lambda b: owed(b, rule_id=None), booked], {("AM-07", "r1")}),
    "AM-07 no rate, even if the amounts agree": ([lambda b: owed(b, rate=None, tax="0"), lambda b: booked(b, tax="0")], {("AM-07", "r1")}),
    "AM-03 base within tolerance": ([lambda b: owed(b, base="1000.00"), lambda b: booked(b, base="1000.10")], {("AM-03", "r1")}),
    "two allocations add up to one line": (
        [lambda b: owed(b, base="6.00", tax="0.39"), lambda b: b.tax("r1", "4.00", "0.26", D1, order_id="o1"), booked],
        set(),
    ),
    "a line of the order alone": ([owed, lambda b: booked(b, None)], set()),
    "two rewards of one order point to one line": ([owed, lambda b: owed(b, "r2"), lambda b: booked(b, None, base="20.00", tax="1.30")], set()),
    "one line under the first reward's id for both": ([owed, lambda b: owed(b, "r2"), lambda b: booked(b, base="20.00", tax="1.30")], set()),
    "the order's line differs: one break for the order": (
        [owed, lambda b: owed(b, "r2"), lambda b: booked(b, None, base="20.00", tax="1.31")],
        {("AM-07", "r1")},
    ),
    "an order of two places, nothing to tax in one of them": (
        [owed, lambda b: owed(b, "r2", base="0", tax="0", jurisdiction="US-CO"), lambda b: booked(b, None)],
        set(),
    ),
    "an order of two places, taxed in one only": (
        [owed, lambda b: owed(b, "r2", jurisdiction="US-CO"), lambda b: booked(b, None, base="20.00", tax="1.30")],
        {("AM-07", "r1")},
    ),
    "a line of one reward is no line of the other": ([owed, lambda b: owed(b, "r2"), booked], {("MS-05", "r2")}),
    "sale tax of the same order is not the reward's": ([owed, booked, lambda b: booked(b, None, base="50.00", tax="3.25", document="t2")], set()),
    "tax lines of no redemption": ([lambda b: booked(b, None, order_id="o9")], set()),
    "a reversed tax document is no entry": (
        [owed, booked, lambda b: booked(b, tax="-0.65", document="t2", reverses_document_id="t1", is_reversal=True)],
        {("MS-05", "r1")},
    ),
}


@pytest.mark.parametrize("case", FIRST_DAY)
def test_code_of_the_day(case: str) -> None:
    steps, expected = FIRST_DAY[case]
    books = LedgerBooks()
    for step in steps:
        step(books)
    closed = books.close(D1)
    assert codes(closed, "redemption_tax") == expected
    assert closed["violations"] == []


def test_a_missing_rule_is_told_of_its_own_reward_alone() -> None:
    books = LedgerBooks()
    owed(books)
    owed(books, "r2", rule_id=None)
    booked(books, None, base="20.00", tax="1.30")
    (found,) = [f for f in books.close(D1)["finding"] if f["pair"] == "redemption_tax"]
    assert (found["code"], found["left_ref"]) == ("AM-07", "r2")
    assert found["explanation"] == (
        "no tax rule covers it: redemption r2 is taxed in full (its order owes 1.30 USD on a base of 20.00 in US-WA), and the ledger agrees"
    )


def test_in_transit_until_the_window_is_over() -> None:
    books = LedgerBooks(windows={"posting_days": 1})
    owed(books)
    owed(books, "r2", order="o2")
    booked(books, "r2", order_id="o2", document="t2", on=D2)
    found = [codes(c, "redemption_tax") for c in books.run(D1, 3)]
    assert found == [{("TM-01", "r1"), ("TM-01", "r2")}, {("MS-05", "r1")}, {("MS-05", "r1")}]


def test_a_reversal_is_compared_with_its_own_lines_and_debit() -> None:
    books = LedgerBooks()
    owed(books)
    booked(books)
    for event, on in (("v1", D2), ("v2", D3)):
        books.event(event, "50", on, kind="reversal", reverses_event_id="r1", order_id="o1")
        books.tax(event, "-5.00", "-0.33", on, redemption="r1", order_id="o1", reversal_of="x")
    booked(books, None, base="5.00", tax="-0.33", document="t2", on=D2)
    first, second, third = books.run(D1, 3)
    assert [codes(c, "redemption_tax") for c in (first, second)] == [set(), set()]
    # the order's one line settles what was reversed up to its day; the second reversal still lacks a line of its own
    assert codes(third, "redemption_tax") == {("MS-05", "v2")}
    booked(books, None, base="5.00", tax="-0.33", document="t3", on=D4)
    (fourth,) = books.run(D4, 1)
    assert codes(fourth, "redemption_tax") == set()
    assert fourth["violations"] == []


@pytest.mark.parametrize(
    ("line_of", "tax", "base", "code"),
    [
        ("v1", "-2.33", "23.34", "AM-03"),  # a third of 7.00 on 70.03 is 2.3333 on 23.3433, and nobody can book that
        (None, "-2.33", "23.34", "AM-03"),
        ("v1", "-2.34", "23.34", "AM-07"),
        ("v1", "-2.33", "23.35", "AM-07"),
        (None, "-2.32", "23.34", "AM-07"),
    ],
)
def test_a_part_taken_back_is_booked_in_whole_cents(line_of: str | None, tax: str, base: str, code: str) -> None:
    """What is left of the cent is listed, not hidden; a whole cent is a difference."""
    books = LedgerBooks()
    owed(books, base="70.03", tax="7.00")
    booked(books, base="70.03", tax="7.00")
    books.event("v1", "33", D2, kind="reversal", reverses_event_id="r1", order_id="o1")
    books.tax("v1", "-23.3433", "-2.3333", D2, redemption="r1", order_id="o1", reversal_of="x")
    booked(books, line_of, base=base, tax=tax, document="t2", on=D2)
    _, second = books.run(D1, 2)
    assert codes(second, "redemption_tax") == {(code, "v1")}


def test_two_reversals_of_one_day_with_one_line_of_the_order_are_one_difference() -> None:
    """Nothing says which of the two the line belongs to: it is not given to either."""
    books = LedgerBooks()
    owed(books)
    booked(books)
    for event in ("v1", "v2"):
        books.event(event, "50", D2, kind="reversal", reverses_event_id="r1", order_id="o1")
        books.tax(event, "-5.00", "-0.33", D2, redemption="r1", order_id="o1", reversal_of="x")
    booked(books, None, base="5.00", tax="-0.33", document="t2", on=D2)
    _, second = books.run(D1, 2)
    assert codes(second, "redemption_tax") == {("AM-07", "v1")}


def test_each_redemption_knows_its_tax_lines() -> None:
    books = LedgerBooks()
    owed(books)
    owed(books, "r2")
    booked(books, None, base="20.00", tax="1.30")
    links = [(r["event_id"], r["ledger_refs"]) for r in books.close(D1)["ledger_link"] if r["pair"] == "redemption_tax"]
    assert links == [("r1", "gl/1000/t1/1"), ("r2", "gl/1000/t1/1")]


def test_a_late_line_closes_the_break() -> None:
    books = LedgerBooks()
    owed(books)
    booked(books, on=D3)
    _, second, third = books.run(D1, 3)
    assert codes(second, "redemption_tax") == {("MS-05", "r1")}
    assert codes(third, "redemption_tax") == set()
    assert [(r["code"], r["status"]) for r in third["break"] if r["pair"] == "redemption_tax"] == [("MS-05", "closed")]


def test_a_ledger_that_cannot_show_tax_lines_is_not_said_to_lack_them() -> None:
    """Excluded with its reason and never a match; what the rules do not cover is told all the same."""
    books = LedgerBooks(without=["MS-05"])
    owed(books)
    owed(books, "r2", order="o2", rule_id=None)
    closed = books.close(D1)
    assert codes(closed, "redemption_tax") == {("AM-07", "r2")}
    ended = {(r["disposition"], r["reason"], r["row_count"]) for r in closed["disposition"] if r["pair"] == "redemption_tax"}
    assert ended == {("excluded", "ledger_shows_no_tax", 1), ("break", "AM-07", 1)}
    assert not [m for m in closed["match"] if m["pair"] == "redemption_tax"]
    assert closed["violations"] == []


def test_a_ledger_that_shows_a_tax_line_can() -> None:
    """Whatever its definition says: one tax line in the window, and those that are absent are missed."""
    books = LedgerBooks(without=["MS-05"])
    owed(books)
    owed(books, "r2", order="o2")
    booked(books)
    assert codes(books.close(D1), "redemption_tax") == {("MS-05", "r2")}


def test_breaks_close_where_it_turns_out_that_the_ledger_cannot_show_them() -> None:
    books = LedgerBooks()
    owed(books)
    assert codes(books.close(D1), "redemption_tax") == {("MS-05", "r1")}
    books.without("MS-05")
    assert [(r["code"], r["status"]) for r in books.close(D2)["break"] if r["pair"] == "redemption_tax"] == [("MS-05", "closed")]
