"""A ledger that carries the contract liability: booked from our own event values, it must reconcile without a single break.

The loop: close books that have no ledger, book every event at its deferred value and every entry of ours under its entry id,
deliver those lines and balances, close again in the deferred measure.
"""

import csv
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from assets.workspace import Workspace
from tests.system.system_books import close_plainly
from tieout.commands.init import write_books
from tieout.reading import published

FIRST = date(2026, 3, 30)
DAYS = [FIRST + timedelta(days=n) for n in range(5)]
PROGRAMME = """
id = "solo"
name = "Solo (made up)"
currency = "USD"
company_id = "1000"
timezone = "UTC"
ledger_measure = "deferred"
value_per_point = "0.01"
urr_for_ssp = "0.80"
lot_policy = "fifo"
[[urr]]
effective = 2026-03-01
rate = "0.80"
approved_by = "R. Sample (made up)"
reason = "opening"
[[urr]]
effective = 2026-04-01
rate = "0.70"
approved_by = "R. Sample (made up)"
reason = "fewer redeem"
[windows]
posting_days = 0
[accounts]
liability = "2100"
sales = "4000"
revenue_redeemed = "4050"
breakage = "4060"
re_estimate = "4065"
"""
EVENTS = """event_id,programme_id,member_id,kind,points,occurred_at,reverses_event_id,order_id,earn_class,transaction_amount
A1,solo,M1,accrual,1000,2026-03-30T10:00:00Z,,,purchase,100.00
A2,solo,M2,accrual,700,2026-03-30T11:00:00Z,,,purchase,70.00
A3,solo,M1,accrual,333,2026-03-31T10:00:00Z,,,purchase,33.33
R1,solo,M1,redemption,-450,2026-03-31T12:00:00Z,,,,
X1,solo,M2,expiry,-100,2026-04-01T23:00:00Z,,,,
R2,solo,M1,redemption,-900,2026-04-01T12:00:00Z,,,,
V1,solo,M1,reversal,120,2026-04-02T12:00:00Z,R1,,,
A4,solo,M1,accrual,200,2026-04-02T13:00:00Z,,,purchase,20.00
V2,solo,M2,reversal,-70,2026-04-03T09:00:00Z,A2,,,7.00
J1,solo,M2,adjustment,25,2026-04-03T10:00:00Z,,,,
"""


@pytest.fixture
def books(tmp_path: Path) -> Path:
    folder = tmp_path / "books"
    write_books(folder)
    (folder / "programmes" / "your-programme.toml").unlink()
    (folder / "programmes" / "solo.toml").write_text(PROGRAMME)
    rows = list(csv.DictReader(EVENTS.splitlines()))
    balances: dict[str, Decimal] = defaultdict(Decimal)
    for day in DAYS:
        todays = [r for r in rows if r["occurred_at"].startswith(day.isoformat())]
        for r in todays:
            balances[r["member_id"]] += Decimal(r["points"])
        _write(folder / "inbox/loyalty" / f"loyalty_event_{day}.csv", todays, list(rows[0]))
        stated = [{"as_of_date": day, "programme_id": "solo", "member_id": m, "points": p} for m, p in sorted(balances.items())]
        _write(folder / "inbox/loyalty" / f"loyalty_balance_{day}.csv", stated, ["as_of_date", "programme_id", "member_id", "points"])
    return folder


def _write(path: Path, rows: list[dict[str, object]] | list[dict[str, str]], columns: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, columns)
        writer.writeheader()
        writer.writerows(rows)  # type: ignore[arg-type]


def _book(folder: Path) -> None:
    """Deliver a ledger made of our event values: an event under its event_id, an entry of ours under batch_id."""
    with published(Workspace(folder), ("event_value",)) as session:
        values = session.fetch("select business_date, event_id, coalesce(global_id, '') as member, points, deferred_amount from event_value order by 1, 2")
    owed = Decimal(0)
    lines: dict[date, list[dict[str, object]]] = defaultdict(list)
    for n, v in enumerate(values):
        if v["deferred_amount"] or v["member"]:
            named = {"event_id": v["event_id"], "batch_id": ""} if v["member"] else {"event_id": "", "batch_id": v["event_id"]}
            head = {"ledger_id": "gl", "company_id": "1000", "document_id": f"D{n:04d}", "line_id": "1", "posting_date": v["business_date"], "account": "2100"}
            lines[v["business_date"]].append({**head, "amount": -v["deferred_amount"], "currency": "USD", **named})
    columns = ["ledger_id", "company_id", "document_id", "line_id", "posting_date", "account", "amount", "currency", "event_id", "batch_id"]
    for day in DAYS:
        _write(folder / "inbox/erp" / f"ledger_line_{day}.csv", lines[day], columns)
        owed += sum((-Decimal(str(line["amount"])) for line in lines[day]), Decimal(0))
        control = {"as_of_date": day, "ledger_id": "gl", "company_id": "1000", "account": "2100", "amount": -owed, "currency": "USD", "programme_id": "solo"}
        _write(folder / "inbox/erp" / f"ledger_balance_{day}.csv", [control], list(control))


def test_a_ledger_booked_from_our_values_has_no_break_and_one_wrong_entry_is_the_one_break(books: Path) -> None:
    close_plainly(books, DAYS[0], DAYS[-1])
    _book(books)
    close_plainly(books, DAYS[0], DAYS[-1])
    with published(Workspace(books), ("break", "tie_out", "event_value")) as session:
        assert session.value("select count(*) from event_value where coalesce(global_id, '') = '' and deferred_amount <> 0") > 0, "no re-estimate was posted"
        assert session.fetch("select code, business_key, explanation from break where pair = 'event_ledger' and status <> 'closed'") == []
        untied = session.fetch("select business_date, difference_amount from tie_out where abs(difference_amount) > 0.02")
        assert untied == [], "the control account carries more than cents of rounding"
        assert session.value("select count(*) from tie_out where measure = 'deferred'") == len(DAYS)

    path = books / "inbox/erp" / f"ledger_line_{DAYS[-1]}.csv"
    rows = list(csv.DictReader(path.read_text().splitlines()))
    wrong = next(r for r in rows if r["event_id"] == "V2")
    wrong["amount"] = str(Decimal(wrong["amount"]) + 1)
    _write(path, rows, list(rows[0]))
    assert close_plainly(books, DAYS[-1], DAYS[-1], again=False) == [DAYS[-1]]
    with published(Workspace(books), ("break",)) as session:
        found = session.fetch("select distinct code, business_key from break where pair = 'event_ledger' and status <> 'closed'")
    assert found == [{"code": "AM-02", "business_key": "V2"}]
