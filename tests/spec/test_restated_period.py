"""`tieout period show`: as signed, as known now, and the events between them, in figures that add up for whoever reads them."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.spec.worked_books import HEAD, close, event, programme
from tests.system.system_books import close_plainly
from tieout.commands.period import show

D = Decimal


def test_what_came_late_adds_up_to_the_last_cent(tmp_path: Path) -> None:
    """Three late purchases that defer 4.274 each and a programme nobody had heard of by the month's end: what a reader adds up is what is shown."""
    settings = 'value_per_point = "0.05"\nurr_for_ssp = "0.8"'
    programmes = {n: programme(settings, head=HEAD.replace("example", n)) for n in ("old", "new")}
    own = {"programme_id": "old", "deferred_amount": "4.274", "reason": "as stated"}
    folder = tmp_path / "books"
    close(folder, programmes, [event("a", "2026-01-31", "accrual", 111, **own)])
    late = [event(f"l{n}", "2026-01-31", "accrual", 111, **own) for n in range(3)]
    late.append(event("n", "2026-01-31", "accrual", 50, programme_id="new", transaction_amount="50"))
    with (folder / "inbox" / "examples" / "loyalty_event_2026-02-01.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(dict.fromkeys(c for row in late for c in row)))
        writer.writeheader()
        writer.writerows(late)
    close_plainly(folder, date(2026, 2, 1), date(2026, 2, 1))
    shown = show(folder, "2026-01")
    found = {(f["programme_id"], f["measure"]): (f["signed_amount"], f["difference_amount"], f["known_amount"]) for f in shown.figures}
    assert found == {
        ("old", "face"): (D("5.55"), D("16.65"), D("22.2")), ("old", "deferred"): (D("4.27"), D("12.82"), D("17.09")),
        ("new", "face"): (0, D("2.5"), D("2.5")), ("new", "deferred"): (0, D("1.92"), D("1.92")),
    }  # fmt: skip
    assert [e["deferred_amount"] for e in shown.explained if e["programme_id"] == "old"] == [D("4.27"), D("4.28"), D("4.27")]
