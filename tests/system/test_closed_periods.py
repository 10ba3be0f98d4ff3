"""Fiscal periods over whole books: closed when all is signed, late rows named and posted to the open period, and the difference explained."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from assets.workspace import Workspace
from core.errors import UsageFault
from store.periods import KIND, open_day
from tests.system.small_books import breaks, close, drop, event, fill, line, make
from tests.system.system_books import query
from tieout.commands.period import change, show
from tieout.commands.sign import run_range, withdraw
from tieout.commands.urr import Adoption, adopt

pytestmark = pytest.mark.minutes
D1, D2, D3, D4 = date(2017, 1, 30), date(2017, 1, 31), date(2017, 2, 1), date(2017, 2, 2)


def refused(action: str, books: Path, period: str, person: str = "Ann", second: str = "", reason: str = "") -> str:
    with pytest.raises(UsageFault, match="cannot be") as fault:
        change(books, action, period, person, second, reason)
    return fault.value.what


def test_the_life_of_a_period(tmp_path: Path) -> None:
    books = make(tmp_path / "books")
    fill(books, D1, 3)
    close(books, D1, D3)
    assert "none of its days is signed" in refused("close", books, "2017-01")
    assert not show(books, "2017-01").is_signed, "nobody has signed what is shown"
    run_range(books, D1, D2, "Ann", "preparer", "")
    assert run_range(books, D1, D2, "Bob", "reviewer", "").close.status == "signed"
    assert "only a closed period" in refused("lock", books, "2017-01")
    assert change(books, "close", "2017-01", "Ann", "", "").effective == D3
    assert "closed already" in refused("close", books, "2017-01")
    assert "not all signed" in refused("close", books, "2017-02")
    with pytest.raises(UsageFault, match="period 2017-01 is closed"):
        withdraw(books, D2, "Ann", "Bob", "wrong")

    drop(books, D3, [event("e3", 100, D3), event("late", 40, D1), event("back", -30, D3, "reversal", "e1")],
         [line("e3", 100, D3), line("late", 40, D3), line("back", -30, D3)])  # fmt: skip
    close(books, D3)
    found = {(b["code"], b["business_key"]): b for b in breaks(books, D3)}
    assert found[("CL-03", "late")]["blocks_signoff"] or "also CL-03" in str(found)
    assert ("RV-04", "e1") in found
    posted = query(books, "select distinct business_date, effective_date from journal_line order by all", "journal_line")
    assert all(r["business_date"] != D1 or r["effective_date"] == D1 for r in posted)

    assert [open_day(Workspace(books).store.acts.rows(KIND), d) for d in (D1, D2, D3)] == [D3, D3, D3], "entries of a closed month are posted in the next"

    restated = show(books, "2017-01")
    assert restated.is_signed
    face = next(f for f in restated.figures if f["measure"] == "face")
    assert (face["signed_points"], face["known_points"], face["difference_amount"]) == (200, 240, Decimal("0.4"))
    assert [(e["event_id"], e["entered_on"]) for e in restated.explained] == [("late", D3)]

    assert "a second person" in refused("reopen", books, "2017-01", "Ann", "ann", "wrong rate")
    assert "the reason is empty" in refused("reopen", books, "2017-01", "Ann", "Bob")
    change(books, "reopen", "2017-01", "Ann", "Bob", "wrong rate")
    close(books, D3)
    assert not [b for b in breaks(books, D3) if b["code"] in ("CL-03", "RV-04")]
    change(books, "close", "2017-01", "Ann", "", "")
    change(books, "lock", "2017-01", "Cid", "", "")
    assert "a locked period stays" in refused("reopen", books, "2017-01", "Ann", "Bob", "again")
    with pytest.raises(UsageFault, match="is no period"):
        show(books, "2017-P01")

    late = adopt(books, Adoption("p1", "0.7", D1, "Cid", "study"))
    assert f"The close of {D3} posts its effect" in late and f"{D1} is signed" in late, "an estimate never changes what is signed"
