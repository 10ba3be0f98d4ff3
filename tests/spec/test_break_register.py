"""The break register over days: ids that survive, first seen, ages, closing by itself, reopening (contract section 4)."""

from datetime import date

from core.kinds import BREAK_CODES
from tests.reconcilers.event_ledger.ledger_books import LedgerBooks

D1, D2, D3, D4 = (date(2026, 3, d) for d in (1, 2, 3, 4))


def test_the_life_of_a_break() -> None:
    books = LedgerBooks()
    books.event("e1", "100", D1)
    books.line("d1", "1.00", D3, points="100", event_id="e1")
    books.line("d2", "-1.00", D4, points="-100", event_id="e1", is_reversal=True, reverses_document_id="d1")
    days = [c["break"] for c in books.run(D1, 4)]
    # missing, still missing, posted, and the posting reversed: the same break returns
    assert [[(r["code"], r["status"], r["age_days"], r["first_seen"]) for r in day] for day in days] == [
        [("MS-03", "open", 0, D1)],
        [("MS-03", "open", 1, D1)],
        [("MS-03", "closed", 2, D1)],
        [("MS-03", "open", 3, D1)],
    ]
    assert len({r["break_id"] for day in days for r in day}) == 1


def test_a_change_of_code_closes_one_break_and_opens_another() -> None:
    books = LedgerBooks(windows={"posting_days": 1})
    books.event("e1", "100", D1)
    first, second = (c["break"] for c in books.run(D1, 2))
    assert [(r["code"], r["status"], r["blocks_signoff"]) for r in first] == [("TM-01", "expected", False)]
    assert {(r["code"], r["status"], r["first_seen"]) for r in second} == {("TM-01", "closed", D1), ("MS-03", "open", D2)}
    assert len({r["break_id"] for r in second}) == 2


def test_queue_and_sign_off_follow_the_code() -> None:
    books = LedgerBooks()
    books.event("e1", "100", D1)
    books.event("e2", "100", D1)
    books.line("d2", "1.00", D1, points="101", event_id="e2")
    books.event("e3", "9999", D1)
    books.line("d3", "100.00", D1, points="9999", event_id="e3")
    rows = books.close(D1)["break"]
    assert {r["code"] for r in rows} == {"MS-03", "AM-01", "AM-03"}
    assert all((r["queue"], r["blocks_signoff"]) == (BREAK_CODES[r["code"]].queue, BREAK_CODES[r["code"]].blocks_signoff) for r in rows)


def test_one_sided_rows_have_exact_differences() -> None:
    books = LedgerBooks()
    books.event("r1", "-100", D1)
    (row,) = books.close(D1)["break"]
    assert (row["left_amount"], row["right_amount"], row["difference_amount"], row["difference_points"], row["relative_difference"]) == (-1, 0, -1, -100, 1)
