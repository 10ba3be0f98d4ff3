"""Sign-off: two people, in order, over exact bytes; a signed day never changes, and what comes late for it is said."""

from datetime import date
from pathlib import Path

import pytest

from assets.workspace import Workspace
from core.errors import UsageFault
from reconcilers.decisions import Asked
from tests.system.small_books import breaks, close, drop, event, fill, line, make
from tests.system.system_books import closes, contents, must_be_equal, query, seals
from tieout.commands.decide import run_one
from tieout.commands.sign import run as sign
from tieout.commands.sign import withdraw

pytestmark = pytest.mark.minutes
D1, D2, D3 = date(2017, 1, 30), date(2017, 1, 31), date(2017, 2, 1)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    folder = make(tmp_path / "books")
    fill(folder, D1, 2)
    close(folder, D1, D2)
    return folder


def refusal(folder: Path, day: date, person: str, role: str = "") -> str:
    with pytest.raises(UsageFault, match="cannot be signed") as refused:
        sign(folder, day, person, role, "")
    return refused.value.what


def sign_both(folder: Path, day: date) -> None:
    sign(folder, day, "Ann", "", "looked at every break")
    assert sign(folder, day, "Bob", "", "").close.status == "signed"


def test_two_people_sign_in_order_and_then_the_day_stands(books: Path) -> None:
    before, bytes_before = seals(books), contents(books)
    assert "2017-01-30 before it is not signed" in refusal(books, D2, "Ann")
    assert "no preparer has signed" in refusal(books, D1, "Ann", "reviewer")
    assert sign(books, D1, "Ann", "", "").close.status == "closed"
    assert "ann prepared it and cannot review it" in refusal(books, D1, " ann", "")
    assert "a preparer has signed already" in refusal(books, D1, "Cid", "preparer")
    assert sign(books, D1, "Bob", "", "").close.status == "signed"
    assert "signed already" in refusal(books, D1, "Cid", "reviewer")
    must_be_equal(seals(books), before)
    must_be_equal({k: v for k, v in contents(books).items() if "close" not in k}, {k: v for k, v in bytes_before.items() if "close" not in k})
    assert [c.status for c in Workspace(books).store.history(D1)] == ["closed", "signed"]
    assert Workspace(books).store.verify() == []
    with pytest.raises(UsageFault, match="is signed"):
        close(books, D1, again=True)


def test_what_comes_late_for_a_signed_day_enters_the_first_open_day_and_is_named(books: Path) -> None:
    sign_both(books, D1)
    signed = {k: v for k, v in contents(books).items() if "2017-01-30" in k}
    drop(books, D1, [event("e1", 150, D1), event("late", 40, D1)], [line("e1", 100, D1)])
    drop(books, D1, [event("later", 7, D1)], [line("late", 40, D1), line("later", 7, D1)], part="_2")
    assert close(books, D2) == [D2]
    must_be_equal(signed, {k: v for k, v in contents(books).items() if "2017-01-30" in k})
    entered = query(books, "select event_id, business_date, effective_date, points from loyalty_event order by event_id", "loyalty_event")
    assert [(r["event_id"], r["business_date"], r["effective_date"], int(str(r["points"]).split(".")[0])) for r in entered] == [
        ("e1", D1, D1, 100), ("e2", D2, D2, 100), ("late", D2, D1, 40), ("later", D2, D1, 7),
    ]  # fmt: skip
    named = {b["business_key"]: b for b in breaks(books, D2) if b["code"] == "CL-03"}
    assert set(named) == {"loyalty_event_2017-01-30.csv", "loyalty_event_2017-01-30_2.csv", "ledger_line_2017-01-30_2.csv"}
    again = named["loyalty_event_2017-01-30.csv"]
    assert again["blocks_signoff"]
    for words in ("came again with other content", "1 rows enter, points 40.0000", "1 rows contradict"):
        assert words in again["explanation"]
    assert any(b["code"] == "DQ-06" for b in breaks(books, D2))
    assert "CL-03×3" in refusal(books, D2, "Ann")
    assert close(books, D2) == []
    for b in named.values():
        run_one(books, [b["break_id"]], Asked("accepted", "Ann", "posted in January", D2), None)
    assert "close it again" in refusal(books, D2, "Ann")
    close(books, D2)
    sign_both(books, D2)
    drop(books, D3, [], [])
    assert close(books, D3) == [D3]
    assert not [b for b in breaks(books, D3) if b["code"] == "CL-03"]
    assert int(query(books, "select count(*) as n from loyalty_event", "loyalty_event")[0]["n"]) == 4  # type: ignore[call-overload]


def test_a_file_that_vanishes_from_a_signed_day_changes_nothing(books: Path) -> None:
    sign_both(books, D1)
    (books / "inbox" / "loyalty" / f"loyalty_event_{D1}.csv").unlink()
    assert close(books, D2) == []


def test_a_break_that_has_closed_since_is_decided_for_the_day_it_still_blocks(tmp_path: Path) -> None:
    """Two days closed at once: the entry came a day late, so the first day has a break that the second day closed."""
    books = make(tmp_path / "books")
    drop(books, D1, [event("e1", 100, D1)], [line("e0", 100, D1)])
    drop(books, D2, [event("e2", 100, D2), event("e0", 100, D1)], [line("e1", 100, D2), line("e2", 100, D2)])
    close(books, D1, D2)
    blocking = [b["break_id"] for b in breaks(books, D1)]
    assert blocking and not breaks(books, D2)
    assert "open breaks block it" in refusal(books, D1, "Ann")
    asked = Asked("accepted", "Ann", "posted on the next day", date.min)
    with pytest.raises(UsageFault, match="has closed"):
        run_one(books, blocking, asked, None)
    decided = run_one(books, blocking, asked, D1)
    assert {d.effective_date for d in decided.taken} == {D1}
    close(books, D1, D2)
    assert {b["status"] for b in breaks(books, D1)} == {"accepted"}
    sign_both(books, D1)
    with pytest.raises(UsageFault, match="has closed"):
        run_one(books, blocking, Asked("explained", "Ann", "again", date.min), D2)


def test_signatures_lapse_when_the_day_is_closed_again_with_another_outcome(books: Path) -> None:
    sign(books, D1, "Ann", "", "")
    drop(books, D1, [event("more", 5, D1)], [line("more", 5, D1)], part="_2")
    assert "close it again" in refusal(books, D1, "Bob")
    close(books, D1, D2)
    assert "no preparer has signed" in refusal(books, D1, "Bob", "reviewer")


def test_the_last_signature_can_be_withdrawn_by_two_people_with_a_reason(books: Path) -> None:
    sign_both(books, D1)
    sign_both(books, D2)

    def refused(day: date, person: str, second: str, reason: str) -> str:
        with pytest.raises(UsageFault, match="cannot be withdrawn") as fault:
            withdraw(books, day, person, second, reason)
        return fault.value.what

    assert "2017-01-31 has to be withdrawn first" in refused(D1, "Ann", "Bob", "wrong rate")
    assert "the reason is empty" in refused(D2, "Ann", "Bob", "")
    assert "a second person" in refused(D2, "Ann", "ANN", "wrong rate")
    assert withdraw(books, D2, "Ann", "Bob", "wrong rate").close.status == "closed"
    assert closes(books)[D2].status == "closed"
    assert close(books, D2, again=True) == [D2]
    sign_both(books, D2)
    assert Workspace(books).store.verify() == []


def test_who_may_sign_is_policy(tmp_path: Path) -> None:
    folder = make(tmp_path / "books", '\n[sign_off]\ntwo_persons = false\npreparers = ["Ann"]\n')
    fill(folder, D1, 1)
    drop(folder, D1, [event("gone", 9, D1)], [], part="_2")
    close(folder, D1)
    assert "MS-03×1" in refusal(folder, D1, "Ann")
    (found,) = [b for b in breaks(folder, D1) if b["code"] == "MS-03"]
    run_one(folder, [found["break_id"]], Asked("accepted", "Ann", "known", D1), None)
    close(folder, D1)
    assert "Bob is not one of the preparers" in refusal(folder, D1, "Bob")
    assert "begins with =" in refusal(folder, D1, "=Ann")
    assert sign(folder, D1, "ann", "", "").close.status == "signed"
