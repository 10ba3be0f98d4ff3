"""Which code a loyalty event or a ledger line gets: what loyalty says, what the ledger carries, the verdict (contract sections 6 and 7).

Every code has a row that earns it and a near miss that does not. One point is worth 0.01; amounts are owed (+).
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.fold import programme
from tests.reconcilers.event_ledger.ledger_books import LedgerBooks, codes

D1, D2, D3 = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)
Setup = Callable[[LedgerBooks], Any]


def posted(books: LedgerBooks, event: str = "e1", points: str = "100", owed: str = "1.00", document: str = "d1", on: date = D1, **more: Any) -> str:
    return books.line(document, owed, on, points=points, event_id=event, **more)


def several(*steps: Setup) -> Setup:
    def run(books: LedgerBooks) -> None:
        for step in steps:
            step(books)

    return run


E1: Setup = lambda b: b.event("e1", "100", D1)  # noqa: E731
R1: Setup = lambda b: b.event("r1", "-100", D1)  # noqa: E731
B1: Setup = several(E1, lambda b: b.event("e2", "50", D1), lambda b: b.member("b1", "e1", "100", "1.00", D1), lambda b: b.member("b1", "e2", "50", "0.50", D1))

# what is set up -> codes at the close of 1 March
FIRST_DAY: dict[str, tuple[Setup, set[tuple[str, str]]]] = {
    "agrees": (several(E1, lambda b: posted(b)), set()),
    "MS-03 accrual without entry": (E1, {("MS-03", "e1")}),
    "MS-01 redemption without entry": (R1, {("MS-01", "r1")}),
    "MS-01 redemption without entry, money zero": (lambda b: b.event("r1", "-100", D1, value="0"), {("MS-01", "r1")}),
    "no units and no money need no entry": (lambda b: b.event("e1", "0", D1), set()),
    "MS-04 expiry without entry": (lambda b: b.event("x1", "-100", D1, kind="expiry"), {("MS-04", "x1")}),
    "MS-01 other kinds where units are negative": (lambda b: b.event("v1", "-100", D1, kind="reversal"), {("MS-01", "v1")}),
    "MS-03 other kinds where units are positive": (lambda b: b.event("j1", "100", D1, kind="adjustment"), {("MS-03", "j1")}),
    "MS-03 entries that cancel one another carry nothing": (
        several(E1, lambda b: posted(b), lambda b: posted(b, points="-100", owed="-1.00", document="d2")),
        {("MS-03", "e1")},
    ),
    "MS-02 line names an unknown event": (lambda b: posted(b, "nobody"), {("MS-02", "gl/1000/d1/1")}),
    "MS-02 line names nothing": (lambda b: b.line("d1", "1.00", D1, points="100"), {("MS-02", "gl/1000/d1/1")}),
    "MS-02 batch without manifest": (lambda b: b.line("d1", "1.00", D1, batch_id="b9"), {("MS-02", "gl/1000/d1/1")}),
    "MS-02 batch with a member nobody knows": (
        several(B1, lambda b: b.member("b1", "ghost", "10", "0.10", D1), lambda b: b.line("d1", "1.60", D1, points="160", batch_id="b1")),
        {("MS-02", "gl/1000/d1/1")},
    ),
    "a tax line is another pair's": (lambda b: b.line("d1", "1.00", D1, is_tax_line=True, event_id="nobody"), set()),
    "a line on an account of nobody is out of scope": (lambda b: b.line("d1", "1.00", D1, account="9999", event_id="nobody"), set()),
    "CL-01 on another account": (several(E1, lambda b: posted(b, account="2190")), {("CL-01", "e1")}),
    "CL-01 in another company": (several(E1, lambda b: posted(b, company_id="2000")), {("CL-01", "e1")}),
    "the counter line has the other sign": (several(E1, lambda b: posted(b, account="4000", owed="-1.00", points="-100")), {("MS-03", "e1")}),
    "other money elsewhere is not this event": (several(E1, lambda b: posted(b, account="2190", owed="1.01")), {("MS-03", "e1")}),
    "a reversed document is no entry": (
        several(E1, lambda b: posted(b), lambda b: posted(b, points="-100", owed="-1.00", document="d2", is_reversal=True, reverses_document_id="d1")),
        {("MS-03", "e1")},
    ),
    "a reversed document does not make a duplicate": (
        several(
            E1,
            lambda b: posted(b),
            lambda b: b.line("d2", "-1.00", D1, points="-100", is_reversal=True, reverses_document_id="d1"),
            lambda b: posted(b, document="d3"),
        ),
        set(),
    ),
    "DU-01 two documents": (several(E1, lambda b: posted(b), lambda b: posted(b, document="d2")), {("DU-01", "e1")}),
    "DU-01 document and batch": (
        several(B1, lambda b: b.line("d1", "1.50", D1, points="150", batch_id="b1"), lambda b: posted(b, document="d2")),
        {("DU-01", "e1")},
    ),
    "DU-01 one batch posted again": (
        several(B1, lambda b: b.line("d1", "1.50", D1, points="150", batch_id="b1"), lambda b: b.line("d2", "1.50", D1, points="150", batch_id="b1")),
        {("DU-01", "e1"), ("DU-01", "e2")},
    ),
    "two documents that make up the event are one match": (
        several(E1, lambda b: posted(b, points="60", owed="0.60"), lambda b: posted(b, points="40", owed="0.40", document="d2")),
        set(),
    ),
    "two lines of one document are no duplicate": (
        several(E1, lambda b: posted(b, points="60", owed="0.60"), lambda b: posted(b, points="60", owed="0.60", line_id="2")),
        {("AM-01", "e1")},
    ),
    "CL-02 posted in the month before": (several(E1, lambda b: posted(b, on=date(2026, 2, 28), late=D1)), {("CL-02", "e1")}),
    "CL-02 period says another month": (
        several(lambda b: b.event("e1", "100", date(2026, 2, 27), late=D1), lambda b: posted(b, on=date(2026, 2, 26), late=D1, fiscal_period="01")),
        {("CL-02", "e1")},
    ),
    "an early posting in the same month is no wrong period": (
        several(lambda b: b.event("e1", "100", date(2026, 2, 27), late=D1), lambda b: posted(b, on=date(2026, 2, 26), late=D1, fiscal_period="02")),
        set(),
    ),
    "AM-01 units differ": (several(E1, lambda b: posted(b, points="101")), {("AM-01", "e1")}),
    "a ledger without quantities says nothing about units": (several(E1, lambda b: b.line("d1", "1.00", D1, event_id="e1")), set()),
    "AM-02 beyond tolerance": (several(E1, lambda b: posted(b, owed="1.0002")), {("AM-02", "e1")}),
    "AM-03 equality is within": (
        several(lambda b: b.event("e1", "9999", D1), lambda b: posted(b, points="9999", owed="100.00")),
        {("AM-03", "e1")},
    ),
    "AM-02 one ten-thousandth more": (several(lambda b: b.event("e1", "9999", D1), lambda b: posted(b, points="9999", owed="100.0001")), {("AM-02", "e1")}),
    "AM-06 no rate": (several(E1, lambda b: posted(b, currency="EUR", owed="0.80")), {("AM-06", "e1")}),
    "AM-06 another rate": (
        several(E1, lambda b: b.rate(D1, "EUR", "USD", "1.20"), lambda b: posted(b, currency="EUR", owed="0.80")),
        {("AM-06", "e1")},
    ),
    "a foreign line at the rate of the day agrees": (
        several(E1, lambda b: b.rate(D1, "EUR", "USD", "1.25"), lambda b: posted(b, currency="EUR", owed="0.80")),
        set(),
    ),
    "a batch ties row by row": (several(B1, lambda b: b.line("d1", "1.50", D1, points="150", batch_id="b1")), set()),
    "AM-08 batch and manifest differ in money": (several(B1, lambda b: b.line("d1", "1.51", D1, points="150", batch_id="b1")), {("AM-08", "gl/1000/d1/1")}),
    "AM-08 batch and manifest differ in units": (several(B1, lambda b: b.line("d1", "1.50", D1, points="151", batch_id="b1")), {("AM-08", "gl/1000/d1/1")}),
    "AM-02 member of a batch that ties": (
        several(E1, lambda b: b.member("b1", "e1", "100", "1.10", D1), lambda b: b.line("d1", "1.10", D1, points="100", batch_id="b1")),
        {("AM-02", "e1")},
    ),
    "a manifest without its batch carries nothing": (B1, {("MS-03", "e1"), ("MS-03", "e2")}),
    "composite: same member, order and units": (
        several(
            lambda b: b.event("e1", "100", D1, order_id="o1"), lambda b: b.line("d1", "1.00", D1, points="100", member_id="m1", global_id="m1", order_id="o1")
        ),
        set(),
    ),
    "composite: another member is not the event": (
        several(E1, lambda b: b.line("d1", "1.00", D1, points="100", member_id="m2", global_id="m2")),
        {("MS-03", "e1"), ("MS-02", "gl/1000/d1/1")},
    ),
    "AB-01 two equal events": (
        several(E1, lambda b: b.event("e2", "100", D1), lambda b: b.line("d1", "1.00", D1, points="100", member_id="m1", global_id="m1")),
        {("MS-03", "e1"), ("MS-03", "e2"), ("AB-01", "gl/1000/d1/1")},
    ),
    "both legs of a transfer inside the company need no entry": (
        several(
            lambda b: b.event("t1", "-100", D1, kind="transfer_out", transfer_id="t"),
            lambda b: b.event("t2", "100", D1, kind="transfer_in", transfer_id="t", member="m2"),
        ),
        set(),
    ),
    "one leg posted alone leaves the other missing": (
        several(
            lambda b: b.event("t1", "-100", D1, kind="transfer_out", transfer_id="t"),
            lambda b: b.event("t2", "100", D1, kind="transfer_in", transfer_id="t", member="m2"),
            lambda b: posted(b, "t1", points="-100", owed="-1.00"),
        ),
        {("MS-03", "t2")},
    ),
}


@pytest.mark.parametrize("case", FIRST_DAY)
def test_code_of_the_day(case: str) -> None:
    setup, expected = FIRST_DAY[case]
    books = LedgerBooks()
    setup(books)
    closed = books.close(D1)
    assert codes(closed) == expected
    assert closed["violations"] == []


def test_in_transit_until_the_window_is_over() -> None:
    books = LedgerBooks(windows={"posting_days": 2})
    books.event("e1", "100", D1)
    books.event("e2", "100", D1, member="m2")
    posted(books, "e2", document="d2", on=D2)
    assert [codes(c) for c in books.run(D1, 3)] == [{("TM-01", "e1"), ("TM-01", "e2")}, {("TM-01", "e1")}, {("MS-03", "e1")}]


def test_posted_twice_is_dated_when_the_second_arrives() -> None:
    books = LedgerBooks()
    books.event("e1", "100", D1)
    posted(books)
    posted(books, document="d2", on=D2)
    books.line("d3", "-1.00", D3, points="-100", event_id="e1", is_reversal=True, reverses_document_id="d2")
    assert [codes(c) for c in books.run(D1, 3)] == [set(), {("DU-01", "e1")}, set()]


def test_an_older_or_newer_rate_explains_the_money() -> None:
    values = [{"effective": date(2020, 1, 1), "value": "0.01"}, {"effective": date(2026, 6, 1), "value": "0.012"}]
    books = LedgerBooks(value_per_point=values)
    books.event("e1", "100", D1)
    books.event("e2", "100", D1)
    posted(books, owed="1.20")
    posted(books, "e2", owed="1.21", document="d2")
    found = books.close(D1)
    assert codes(found) == {("AM-04", "e1"), ("AM-02", "e2")}
    assert any("; 0.012 USD a point, in force from 2026-06-01, explains it" in r["explanation"] for r in found["finding"])


def test_the_first_rate_of_all_has_no_day_to_name() -> None:
    books = LedgerBooks(value_per_point=[{"effective": date(2020, 1, 1), "value": "0.012"}, {"effective": date(2026, 1, 1), "value": "0.01"}])
    books.event("e1", "100", D1)
    posted(books, owed="1.20")
    [row] = books.close(D1)["finding"]
    assert (row["code"], "; 0.012 USD a point, in force at first, explains it" in row["explanation"]) == ("AM-04", True), row["explanation"]


@pytest.mark.parametrize(
    ("says", "at", "event_day", "posted_on", "expected"),
    [
        ("TM-02 after the cut-off, posted by the calendar", "2026-03-01T22:30:00+00:00", D2, D1, {("TM-02", "e1")}),
        ("TM-02 before CL-02 at the end of a month", "2026-02-28T22:30:00+00:00", D1, date(2026, 2, 28), {("TM-02", "e1")}),
        ("TM-02 posted on the day of UTC", "2026-03-01T20:59:00-05:00", D1, D2, {("TM-02", "e1")}),
        ("TM-02 not: posted on the business day", "2026-03-01T22:30:00+00:00", D2, D2, set()),
        ("TM-02 not: that day was over everywhere", "2026-03-02T12:00:00+00:00", D2, D1, set()),
    ],
)
def test_cut_off_shift(says: str, at: str, event_day: date, posted_on: date, expected: set[tuple[str, str]]) -> None:
    books = LedgerBooks(cut_off="22:00")
    books.event("e1", "100", event_day, occurred_at=at, late=D2)
    posted(books, on=posted_on, late=D2)
    assert codes(books.close(D2)) == expected, says


@pytest.mark.parametrize(
    ("says", "lower", "higher", "is_biased"),
    [
        ("AM-05 sixteen roundings down", 16, 0, True),
        ("AM-05 not: fifteen", 15, 0, False),
        ("AM-05 nearly all", 40, 2, True),
        ("AM-05 not: as chance has it", 30, 14, False),
    ],
)
def test_rounding_bias(says: str, lower: int, higher: int, is_biased: bool) -> None:
    books = LedgerBooks()
    for n in range(lower + higher):
        books.event(f"e{n}", "9999", D1)
        posted(books, f"e{n}", points="9999", owed="99.9899" if n < lower else "99.9901", document=f"d{n}")
    closed = books.close(D1)
    biased = [r for r in closed["break"] if r["code"] == "AM-05"]
    assert [r["business_key"] for r in biased] == (["gl/1000/2100/p1"] if is_biased else []), says
    assert all(r["difference_amount"] == 0 for r in biased)
    assert closed["violations"] == []


def test_a_few_differences_among_many_events_are_no_rounding_bias() -> None:
    books = LedgerBooks()
    for n in range(120):
        books.event(f"e{n}", "9999", D1)
        posted(books, f"e{n}", points="9999", owed="99.9899" if n < 20 else "99.99", document=f"d{n}")
    assert {c for c, _ in codes(books.close(D1))} == {"AM-03"}


def test_differences_larger_than_a_rounding_are_no_rounding_bias() -> None:
    books = LedgerBooks()
    for n in range(20):
        books.event(f"e{n}", "9999", D1)
        posted(books, f"e{n}", points="9999", owed="99.97", document=f"d{n}")
    assert {c for c, _ in codes(books.close(D1))} == {"AM-02"}


def test_what_a_ledger_lacks_is_listed_on_its_own_account_and_not_on_a_parallel_one() -> None:
    books = LedgerBooks(ledgers={"gl": "face", "local": "face"})
    books.event("e1", "100", D1)
    books.line("d1", "1.00", D1, points="100", event_id="e1")  # local has nothing
    books.event("e2", "200", D1)
    books.line("d2", "1.50", D1, points="200", event_id="e2")  # gl too little, local nothing: one break, a difference in each
    books.line("d3", "0.07", D1, points="7", ledger_id="local", programme_id=None)
    books.missing[D2] = {"ledger_line", "posting_manifest"}
    first, second = books.run(D1, 2)
    expected = {("gl", "p1", "p1", 1, "0.50", "0.50"), ("local", "p1", "p1", 2, "3.00", "3.00"), ("local", "p1", "", 1, "-0.07", "0.07")}
    for closed in (first, second):  # a day that is not judged leaves them as they stood
        rows = closed["account_difference"]
        assert {
            (r["ledger_id"], r["programme_id"], r["stated_programme_id"], r["break_count"], f"{r['net_amount']:.2f}", f"{r['gross_amount']:.2f}") for r in rows
        } == expected
        assert {(r["company_id"], r["account"], r["currency"]) for r in rows} == {("1000", "2100", "USD")}


def test_money_posted_in_another_currency_is_lacking_here_and_too_much_there() -> None:
    """AM-06 lists 0.04 USD; the balance in USD lacks the whole event, the one in EUR holds what nobody owes: both accounts are explained."""
    books = LedgerBooks()
    books.rate(D1, "EUR", "USD", "1.20")
    books.event("e1", "100", D1)
    posted(books, currency="EUR", owed="0.80")
    books.event("e2", "200", D1)
    posted(books, "e2", "100", "1.00", document="d2")  # half of it in its own currency
    posted(books, "e2", "100", "0.50", document="d3", currency="GBP")
    (closed,) = books.run(D1, 1)
    assert codes(closed) == {("AM-06", "e1"), ("AM-06", "e2")}
    assert {(r["currency"], r["break_count"], f"{r['net_amount']:.2f}", f"{r['gross_amount']:.2f}") for r in closed["account_difference"]} == {
        ("USD", 2, "2.00", "2.00"),
        ("EUR", 1, "-0.80", "0.80"),
        ("GBP", 1, "-0.50", "0.50"),
    }


def test_parallel_ledgers_are_not_duplicates_and_each_must_carry_the_event() -> None:
    books = LedgerBooks(ledgers={"gl": "face", "ifrs": "deferred"})
    for event in ("e1", "e2"):
        books.event(event, "100", D1)
        books.deferral(event, "100", "0.7407", D1)
    posted(books)
    posted(books, ledger_id="ifrs", owed="0.7407")
    posted(books, "e2", document="d2")
    closed = books.close(D1)
    assert codes(closed) == {("MS-03", "e2")}
    assert closed["violations"] == []


def test_what_one_of_two_ledgers_lacks_is_in_transit_there_alone_in_its_measure() -> None:
    books = LedgerBooks(ledgers={"gl": "face", "ifrs": "deferred"}, windows={"posting_days": 1})
    for event in ("e1", "e2"):
        books.event(event, "100", D1)
        books.deferral(event, "100", "0.7407", D1)
    posted(books)
    posted(books, "e2", document="d2", ledger_id="ifrs", owed="0.7407")
    closed = books.close(D1)
    assert codes(closed) == {("TM-01", "e1"), ("TM-01", "e2")}
    assert [(r["ledger_id"], r["global_id"], r["points"], f"{r['amount']:.4f}") for r in closed["in_transit"]] == [
        ("gl", "m1", 100, "1.0000"),
        ("ifrs", "m1", 100, "0.7407"),
    ]


def test_legs_of_a_transfer_may_be_booked_until_the_window_is_over() -> None:
    books = LedgerBooks(windows={"posting_days": 1})
    books.event("t1", "-100", D1, kind="transfer_out", transfer_id="t")
    books.event("t2", "100", D1, kind="transfer_in", transfer_id="t", member="m2")
    first, second = books.run(D1, 2)
    assert codes(first) == codes(second) == set()
    assert [(r["global_id"], r["points"], r["transfer_points"]) for r in first["in_transit"]] == [("m1", 0, -100), ("m2", 0, 100)]
    assert second["in_transit"] == []


def test_what_one_ledger_still_expects_hides_no_break_of_another() -> None:
    books = LedgerBooks(ledgers={"gl": "face", "local": "face"}, windows={"posting_days": 1})
    for event, points, owed in (("e1", "110", "1.00"), ("e2", "100", "2.00"), ("e3", "100", "1.0001")):
        books.event(event, "100", D1)
        posted(books, event, points, owed, f"d-{event}")
    closed = books.close(D1)
    assert codes(closed) == {("AM-01", "e1"), ("AM-02", "e2"), ("TM-01", "e3")}
    assert {(r["disposition"], r["reason"]) for r in closed["disposition"] if (r["pair"], r["side"]) == ("event_ledger", "left")} == {
        ("break", "AM-01"),
        ("break", "AM-02"),
        ("expected", "TM-01"),
    }
    assert closed["violations"] == []


def test_a_transfer_inside_the_company_stays_without_entry_when_a_line_of_its_giver_is_looked_at_again() -> None:
    # the giver has a line without event of those days, so that all its events of those days come up again with its next one
    books = LedgerBooks()
    books.event("t1", "-100", D1, kind="transfer_out", transfer_id="t")
    books.event("t2", "100", D1, kind="transfer_in", transfer_id="t", member="m2")
    books.event("e1", "50", D1)
    books.line("d1", "0.50", D1, points="50", member_id="m1", global_id="m1")
    for n in range(2, 5):
        books.event(f"o{n}", "10", date(2026, 3, n), member="m3")
        posted(books, f"o{n}", "10", "0.10", f"o{n}", date(2026, 3, n))
    books.event("e2", "70", date(2026, 3, 5))
    assert [codes(c) for c in books.run(D1, 5)] == [set(), set(), set(), set(), {("MS-03", "e2")}]


def test_our_own_entry_is_found_as_a_batch_of_its_id() -> None:
    books = LedgerBooks(ledger_measure="deferred")
    books.own_entry("entry-1", "-2.50", D1)
    books.own_entry("entry-2", "1.00", D1)
    books.line("d1", "-2.50", D1, batch_id="entry-1")
    assert codes(books.close(D1)) == {("MS-03", "entry-2")}


def test_migrated_lots_up_to_go_live_need_no_line() -> None:
    books = LedgerBooks(go_live=D1)
    books.event("old", "100", D1, earn_class="migrated")
    books.event("new", "100", D2, earn_class="migrated")
    assert [codes(c) for c in books.run(D1, 2)] == [set(), {("MS-03", "new")}]


def test_a_line_of_another_programmes_event_is_not_hidden() -> None:
    books = LedgerBooks(others=[programme(id="p2", accounts={"liability": "2200"})])
    books.event("e1", "100", D1, programme_id="p2")
    posted(books, account="2200", programme_id="p2")
    posted(books, account="2100", document="d2", programme_id="p1")
    assert codes(books.close(D1)) == {("MS-02", "gl/1000/d2/1")}


def test_a_missing_feed_judges_nothing_and_closes_nothing() -> None:
    books = LedgerBooks()
    books.event("e1", "100", D1)
    books.event("e2", "100", D2)
    posted(books, on=D3)
    books.missing[D2] = {"ledger_line", "posting_manifest"}
    first, second, third = books.run(D1, 3)
    assert codes(first) == {("MS-03", "e1")}
    assert codes(second) == {("MS-03", "e1")}
    assert {(r["disposition"], r["reason"]) for r in second["disposition"]} == {("excluded", "feed_missing")}
    assert codes(third) == {("MS-03", "e2")}


def test_the_sentence_names_both_sides_and_the_other_codes() -> None:
    books = LedgerBooks()
    books.event("e1", "100", D1)
    posted(books, points="110", owed="2.20")
    row = next(r for r in books.close(D1)["break"])
    assert row["explanation"] == "the ledger is 10 points higher than loyalty for accrual e1 (money differs by 1.20 USD); also AM-02"
    assert (row["difference_points"], row["difference_amount"], str(row["relative_difference"])) == (
        -10,
        row["left_amount"] - row["right_amount"],
        "0.545454545455",
    )
