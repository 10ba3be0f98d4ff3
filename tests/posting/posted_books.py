"""Books whose ledger is a stand-in that can be written to: one accrual is missing in it, so that an entry is proposed.

What belongs here: making, closing and posting. What must hold is said in the tests.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

from assets.extraction import extract_days
from assets.posting import Item
from assets.workspace import Workspace
from tests.posting.vendors import Held
from tests.system.small_books import PROGRAMME, breaks, drop, event, make
from tests.system.system_books import close_plainly
from tieout.commands.post import PostResult, run
from tieout.standins.ledger import Ledger

D1, D2, D3 = date(2017, 1, 30), date(2017, 1, 31), date(2017, 2, 1)
ACCOUNTS = 'sales = "4000"\nsuspense = "2190"\nmarketing_expense = "6000"\n'


def books(folder: Path, source: str) -> Path:
    """Books reading their ledger from `source` (TOML): `e1` is in it, `gone` is not."""
    make(folder, source, PROGRAMME + ACCOUNTS)
    for on in (D1, D2, D3):
        drop(folder, on, [event("e1", 100, on), event("gone", 900, on)] if on == D1 else [], [])
        (folder / "inbox" / "erp" / f"ledger_line_{on}.csv").unlink()
    return folder


def held(book: str = "gl") -> Held:
    """`e1` as a ledger booked it."""
    kept = {"ledger_id": book, "company_id": "1000", "document_id": "101", "posting_date": D1.isoformat(), "document_date": D1.isoformat(), "currency": "USD"}
    lines = ((1, "2100", "-1.00", "-100"), (2, "4000", "1.00", "0"))
    rows = [{**kept, "line_id": str(n), "account": a, "amount": m, "points": p, "event_id": "e1", "member_id": "m1"} for n, a, m, p in lines]
    return Held(Ledger([(D1, r) for r in rows]), book, D2, ("2100", "4000", "2190", "6000"))


def close(folder: Path, day: date) -> list[dict[str, Any]]:
    """Read the systems for a day and close it; returns its open breaks."""
    workspace = Workspace(folder)
    workspace.hold("a test")
    try:
        extract_days(workspace, day, day)
    finally:
        workspace.release()
        workspace.store.dispose()
    close_plainly(folder, day, day)
    return [b for b in breaks(folder, day) if b["pair"] == "event_ledger"]


def post(folder: Path, day: date, action: str = "show", person: str = "", why: str = "", entries: tuple[str, ...] = ()) -> PostResult:
    return run(folder, day, "", entries, action, person, why)


def the(result: PostResult) -> Item:
    """The one entry that is not the bridge of a face-valued ledger."""
    (found,) = [i for i in result.items if i.entry.reason_code != "BRIDGE"]
    return found


def told(result: str) -> dict[str, Any]:
    """The same of `--json`."""
    (found,) = [e for e in json.loads(result)["entries"] if e["reason_code"] != "BRIDGE"]
    return dict(found)


def approved(folder: Path, day: date) -> PostResult:
    """Prepared by Ann, approved by Bob."""
    post(folder, day, "prepare", "Ann")
    return post(folder, day, "approve", "Bob")
