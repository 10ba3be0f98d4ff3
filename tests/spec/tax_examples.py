"""Books for tax examples: a programme file, tax rules, tax rates and dropped rows in; the steps of a close; published rows out.

What belongs here: writing the files and reading the export. The examples and their answers stand in test_tax_published.py.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.system.system_books import close_plainly, query
from tieout.commands.init import write_books

EARNED, REDEEMED = date(2026, 3, 31), date(2026, 4, 1)
PROGRAMME = """
id = "{id}"
name = "{id} (made up)"
currency = "{currency}"
company_id = "1000"
timezone = "UTC"
value_per_point = "0.01"
urr_for_ssp = "0.80"
lot_policy = "{policy}"
{more}
[windows]
posting_days = 1
[accounts]
liability = "2100"
sales = "4000"
revenue_redeemed = "4050"
sales_tax = "2150"
use_tax = "2155"
marketing_expense = "6100"
"""
PROGRAMMES = {
    "dollars": {"currency": "USD", "policy": "expiring_first", "more": ""},
    "classes": {"currency": "USD", "policy": "subtype_sequence", "more": 'earn_class_sequence = ["cobrand", "bonus", "purchase"]'},
    "euros": {"currency": "EUR", "policy": "fifo", "more": ""},
}
FIGURES = ("base_before", "base_adjustment", "taxable_base", "exempt_base", "tax_amount", "base_collected", "tax_collected")
COLUMNS = (
    *("event_id", "programme_id", "member_id", "kind", "points", "occurred_at", "order_id", "earn_class", "transaction_amount", "redemption_value"),
    *("taxable_amount", "cost_amount", "tax_jurisdiction", "instrument", "funded_by", "reimbursed_amount", "receipt_evidence", "expires_on"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """One published example: the goods, the reward, the lots it was paid from; `owed` is base and tax, `charged` what the customer saw (same if empty)."""

    name: str
    source: str
    place: str
    goods: str
    reward: str
    owed: tuple[str, str]
    lots: Sequence[tuple[str, int]] = (("purchase", 0),)
    charged: tuple[str, str] = ("", "")
    use: tuple[str, str] | None = None
    programme: str = "dollars"
    facts: Mapping[str, str] = field(default_factory=dict)
    order: str = ""

    @property
    def points(self) -> int:
        """Points redeemed: one per cent of money off unless the lots say how many."""
        return sum(n for _, n in self.lots) or int(Decimal(self.reward) * 100) or 1


Found = dict[str, dict[str, dict[str, Any]]]
"""Per redemption and tax type: the sums of its entries."""


def close(
    folder: Path, examples: Sequence[Example], rules: Sequence[Mapping[str, str]], rates: Sequence[Mapping[str, str]], lines: Sequence[Mapping[str, str]] = ()
) -> Found:
    """Close both days and give what is published of every example."""
    write_books(folder)
    (folder / "programmes" / "your-programme.toml").unlink()
    for name, terms in PROGRAMMES.items():
        (folder / "programmes" / f"{name}.toml").write_text(PROGRAMME.format(id=name, **terms))
    _append(folder / "tax_rules.csv", rules)
    _append(folder / "tax_rates.csv", rates)
    drop = folder / "inbox" / "loyalty"
    drop.mkdir(parents=True)
    _write(drop / f"loyalty_event_{EARNED}.csv", [row for e in examples for row in _accruals(e)])
    _write(drop / f"loyalty_event_{REDEEMED}.csv", [_redemption(e) for e in examples])
    if lines:
        _write(drop.parent / "gl" / f"ledger_line_{REDEEMED}.csv", lines)
    close_plainly(folder, EARNED, REDEEMED)
    return entries(folder)


def entries(folder: Path) -> Found:
    """Published tax entries summed per redemption and tax type."""
    sums = ", ".join(f"sum({figure}) as {figure}" for figure in FIGURES)
    rows = query(
        folder,
        f"select redemption_event_id, tax_type, list_sort(list_distinct(list(treatment))) as treatments, {sums} from tax_entry group by all",
        "tax_entry",
    )
    found: Found = defaultdict(dict)
    for row in rows:
        found[str(row["redemption_event_id"])][str(row["tax_type"])] = row
    return found


def _accruals(example: Example) -> list[dict[str, str]]:
    rows = []
    for n, (earn_class, points) in enumerate(example.lots):
        if earn_class == "none":
            continue
        whole = points or example.points
        paid = {"purchase": "100", "bonus": ""}.get(earn_class, str(Decimal(whole) / 100))
        # an earlier expiry date is used up first
        rows.append(
            {
                "event_id": f"{example.name} lot {n}", "programme_id": example.programme, "member_id": example.name, "kind": "accrual", "points": str(whole),
                "occurred_at": f"{EARNED}T10:00:0{n}Z", "earn_class": earn_class, "transaction_amount": paid, "expires_on": f"202{7 + n}-01-31",
            }
        )  # fmt: skip
    return rows


def _redemption(example: Example) -> dict[str, str]:
    return {
        "event_id": example.name, "programme_id": example.programme, "member_id": example.name, "kind": "redemption", "points": str(-example.points),
        "occurred_at": f"{REDEEMED}T10:00:00Z", "order_id": example.order or f"order {example.name}", "transaction_amount": example.goods,
        "redemption_value": example.reward, "tax_jurisdiction": example.place, **example.facts,
    }  # fmt: skip


def _append(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    with path.open("a", encoding="utf-8", newline="") as handle:
        csv.DictWriter(handle, header, restval="").writerows(rows)


def tax_line(document: str, redemption: str, amount: str, base: str, place: str, account: str = "2150") -> dict[str, str]:
    """A tax line of the ledger, credit -; without a redemption it belongs to some other sale."""
    return {
        "ledger_id": "gl", "company_id": "1000", "document_id": document, "line_id": "1", "posting_date": REDEEMED.isoformat(), "account": account,
        "amount": amount, "currency": "USD", "event_id": redemption, "tax_jurisdiction": place, "tax_base": base, "is_tax_line": "true",
    }  # fmt: skip


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS if "kind" in rows[0] else list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
